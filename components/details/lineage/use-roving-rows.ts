/** One tab stop for rows of buttons: ↑ ↓ go from row to row, ← → within one, and Tab comes back to the one that was left. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { setTabIndex } from '../../parts/use-roving-focus.ts';

const ROWS = '[data-row]';

/** Rows bear `data-row`. Returns the handler of their keys. */
export function useRovingRows(body: RefObject<HTMLElement | null>): (event: KeyboardEvent) => void {
  const current = useRef<HTMLElement>(undefined);
  const buttonsOf = (row: Element) => [...row.querySelectorAll<HTMLElement>('button')];
  const rows = () =>
    [...(body.current?.querySelectorAll(ROWS) ?? [])].map(buttonsOf).filter((buttons) => buttons.length > 0);
  const apply = () => {
    const all = rows().flat();
    if (current.current === undefined || !all.includes(current.current)) current.current = all[0];
    for (const button of all) setTabIndex(button, button === current.current ? 0 : -1);
  };
  useEffect(apply);
  return (event) => {
    if (!(event.target instanceof HTMLElement)) return;
    const all = rows();
    const row = all.findIndex((buttons) => buttons.includes(event.target as HTMLElement));
    if (row < 0) return;
    const at = all[row]!.indexOf(event.target);
    const next = {
      ArrowDown: () => all[row + 1]?.[0],
      ArrowUp: () => all[row - 1]?.[0],
      ArrowRight: () => all[row]![at + 1],
      ArrowLeft: () => all[row]![at - 1],
    }[event.key];
    if (next === undefined) return;
    // At an end nothing moves: the keys are the rows', not the timeline's.
    event.preventDefault();
    event.stopPropagation();
    const button = next();
    if (button === undefined) return;
    current.current = button;
    apply();
    button.focus();
  };
}
