/** A table is one tab stop: arrows move among what its rows hold, and Tab comes back to where it was left. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { setTabIndex } from '../../parts/use-roving-focus.ts';

interface RovingCells {
  onKeyDown: (event: KeyboardEvent) => void;
  onFocusIn: (event: FocusEvent) => void;
}

/** Keeps exactly one of what `stops` matches below `body` reachable by Tab. Returns the handlers of `body`. */
export function useRovingCells(body: RefObject<HTMLElement | null>, stops: string): RovingCells {
  const current = useRef<HTMLElement>(undefined);
  const stopsIn = (part: Element | null) => [...(part?.querySelectorAll<HTMLElement>(stops) ?? [])];
  /** What the width hides has no box. */
  const shownIn = (part: Element | null) => stopsIn(part).filter((stop) => stop.getClientRects().length > 0);
  const choose = (stop: HTMLElement | undefined) => {
    current.current = stop;
    for (const other of stopsIn(body.current)) setTabIndex(other, other === stop ? 0 : -1);
  };
  // After each drawing: what was the stop may have gone with it.
  useLayoutEffect(() => {
    const all = stopsIn(body.current);
    choose(current.current !== undefined && all.includes(current.current) ? current.current : all[0]);
  });

  /** In the same column of the next row that has a stop, or in its last one. */
  const inRow = (from: HTMLElement, by: 1 | -1): HTMLElement | undefined => {
    const column = from.closest('td')!.cellIndex;
    for (let row = siblingOf(from.closest('tr'), by); row !== null; row = siblingOf(row, by)) {
      const own = shownIn(row);
      if (own.length > 0) return own.find((stop) => stop.closest('td')!.cellIndex >= column) ?? own.at(-1);
    }
    return undefined;
  };
  const beside = (from: HTMLElement, by: 1 | -1): HTMLElement | undefined => {
    const own = shownIn(from.closest('tr'));
    return own[own.indexOf(from) + by];
  };
  const KEYS: Record<string, (from: HTMLElement) => HTMLElement | undefined> = {
    ArrowDown: (from) => inRow(from, 1),
    ArrowUp: (from) => inRow(from, -1),
    ArrowRight: (from) => beside(from, 1),
    ArrowLeft: (from) => beside(from, -1),
    Home: () => shownIn(body.current)[0],
    End: () => shownIn(body.current).at(-1),
  };
  const stopOf = ({ target }: Event) => (target instanceof Element ? target.closest<HTMLElement>(stops) : null);
  return {
    onKeyDown(event) {
      const from = stopOf(event);
      const move = KEYS[event.key];
      if (from === null || move === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey)
        return;
      // At the edge it stays: the keys of the timeline would go on below it.
      event.preventDefault();
      event.stopPropagation();
      move(from)?.focus();
    },
    onFocusIn(event) {
      const stop = stopOf(event);
      if (stop !== null && stop !== current.current) choose(stop);
    },
  };
}

const siblingOf = (row: Element | null, by: 1 | -1): Element | null =>
  (by > 0 ? row?.nextElementSibling : row?.previousElementSibling) ?? null;
