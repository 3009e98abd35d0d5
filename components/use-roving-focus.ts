/** One tab stop for a bar of buttons: arrows move among them, and Tab comes back to the one that was left. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Keeps exactly one button of the bar reachable by Tab. Fields among them stay stops of their own: arrows move in
 * their text. Returns the handler of the bar's keys.
 */
export function useRovingFocus(bar: RefObject<HTMLElement | null>): (event: KeyboardEvent) => void {
  const current = useRef<HTMLButtonElement>(undefined);
  /** A button that the width hides has no box. */
  const buttons = () =>
    [...(bar.current?.querySelectorAll('button') ?? [])].filter((button) => button.getClientRects().length > 0);
  const apply = () => {
    const all = buttons();
    if (current.current === undefined || !all.includes(current.current)) current.current = all[0];
    for (const button of bar.current?.querySelectorAll('button') ?? [])
      button.tabIndex = button === current.current ? 0 : -1;
  };
  useLayoutEffect(() => {
    apply();
    const observer = new ResizeObserver(apply);
    observer.observe(bar.current!);
    return () => observer.disconnect();
  }, []);
  // After the paint: asked for boxes before it, the browser lays out the whole panel once more for each new row.
  useEffect(apply);
  return (event) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0 || !(event.target instanceof HTMLButtonElement)) return;
    const all = buttons();
    const next = all[(all.indexOf(event.target) + by + all.length) % all.length];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    current.current = next;
    apply();
    next.focus();
  };
}
