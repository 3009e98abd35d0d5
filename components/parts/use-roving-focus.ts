/** One tab stop for a bar of buttons: arrows move among them, and Tab comes back to the one that was left. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** Fields of text are stops of their own: arrows move in their text. */
const STOPS = 'button, input[type=checkbox]';

/**
 * Keeps exactly one button of the bar reachable by Tab.  Returns the handler of the bar's keys.
 */
export function useRovingFocus(bar: RefObject<HTMLElement | null>): (event: KeyboardEvent) => void {
  const current = useRef<HTMLElement>(undefined);
  const known = useRef<readonly HTMLElement[]>([]);
  const stopsOf = () => [...(bar.current?.querySelectorAll<HTMLElement>(STOPS) ?? [])];
  /** A button that the width hides has no box. */
  const buttons = () => stopsOf().filter((button) => button.getClientRects().length > 0);
  const apply = () => {
    const all = buttons();
    if (current.current === undefined || !all.includes(current.current)) current.current = all[0];
    for (const button of stopsOf()) setTabIndex(button, button === current.current ? 0 : -1);
    known.current = stopsOf();
  };
  /** Boxes are asked for where there are other buttons than before: asking lays the whole panel out once more. */
  const applyToOthers = () => {
    const all = stopsOf();
    if (all.length !== known.current.length || all.some((button, index) => button !== known.current[index])) apply();
  };
  useLayoutEffect(() => {
    apply();
    const observer = new ResizeObserver(apply);
    observer.observe(bar.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(applyToOthers);
  return (event) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0 || !(event.target instanceof HTMLElement && event.target.matches(STOPS))) return;
    const all = buttons();
    const next = all[(all.indexOf(event.target as HTMLElement) + by + all.length) % all.length];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    current.current = next;
    apply();
    next.focus();
  };
}

/** Set to what it is, it is drawn again anyway. */
export function setTabIndex(element: HTMLElement, tabIndex: number): void {
  if (element.tabIndex !== tabIndex || !element.hasAttribute('tabindex')) element.tabIndex = tabIndex;
}
