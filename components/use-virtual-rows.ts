/** Only the rows in sight are in the document: the rest is a height. */
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import type { Row } from '../model/index.ts';
import type { RowHeights } from './use-row-heights.ts';

/** Rows rendered beyond the edges: a fast wheel shows no gap. */
const OVERSCAN = 12;

/** This near to the end, px, is at the end: a row that has just come must not change it. */
const NEAR_END_PX = 48;

export interface VirtualRows {
  /** Height of all rows, px. */
  height: number;
  /** `start`: px below the top of the first row. */
  items: { index: number; start: number; size: number }[];
  scrollToIndex: (index: number, align: 'auto' | 'end') => void;
  /** The last row is in sight. */
  isAtEnd: () => boolean;
}

/** Lays `rows` out below a head that sticks. Measures them once for each `rows` and `heights`, not for each scroll. */
export function useVirtualRows(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  heights: RowHeights,
): VirtualRows {
  const [, rerender] = useReducer((turn: number) => turn + 1, 0);
  const virtualizer = useRef<Virtualizer<HTMLElement, HTMLElement>>(undefined);
  // The library measures every row anew when this function is another one: a hundred thousand, at each scroll.
  const keyOf = useCallback((index: number) => index, [rows, heights]);
  const options = {
    count: rows.length,
    estimateSize: (index: number) => heights[rows[index]!.kind],
    getItemKey: keyOf,
    getScrollElement: () => scroller.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    scrollMargin: heights.head,
    scrollPaddingStart: heights.head,
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
    items: list.getVirtualItems().map(({ index, start, size }) => ({ index, start: start - heights.head, size })),
    scrollToIndex: (index, align) => list.scrollToIndex(index, { align }),
    isAtEnd: () => {
      const element = scroller.current;
      return element === null || element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
    },
  };
}
