/** Only the rows in sight are in the document: the rest is a height. */
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';

/** Rows rendered beyond the edges: a fast wheel shows no gap. */
const OVERSCAN = 12;

export interface VirtualRows {
  /** Height of all rows, px. */
  height: number;
  items: { index: number; start: number; size: number }[];
  scrollToIndex: (index: number, align: 'auto' | 'end') => void;
  /** The last row is in sight. */
  isAtEnd: () => boolean;
}

export function useVirtualRows(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  sizeOf: (index: number) => number,
  keyOf: (index: number) => string,
): VirtualRows {
  const [, rerender] = useReducer((turn: number) => turn + 1, 0);
  const virtualizer = useRef<Virtualizer<HTMLElement, HTMLElement>>(undefined);
  const options = {
    count,
    estimateSize: sizeOf,
    getItemKey: keyOf,
    getScrollElement: () => scroller.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    overscan: OVERSCAN,
    onChange: () => rerender(0),
  };
  virtualizer.current ??= new Virtualizer<HTMLElement, HTMLElement>(options);
  const list = virtualizer.current;
  list.setOptions(options);
  useEffect(() => list._didMount(), [list]);
  useLayoutEffect(() => list._willUpdate());
  return {
    height: list.getTotalSize(),
    items: list.getVirtualItems(),
    scrollToIndex: (index, align) => list.scrollToIndex(index, { align }),
    isAtEnd: () => {
      const element = scroller.current;
      return element === null || element.scrollHeight - element.scrollTop - element.clientHeight < 48;
    },
  };
}
