/** Only the rows in sight are in the document: the rest is a height. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import type { RowSequence } from '../../model/index.ts';
import { type PlacedRow, RowLayout } from './row-layout.ts';
import type { RowHeights } from './use-row-heights.ts';

/** Rows drawn beyond the edges: a fast wheel shows no gap. What is not there yet is drawn once what is in sight is painted. */
const OVERSCAN = 12;

/** This near to the end, px, is at the end. */
const NEAR_END_PX = 48;

/** Before the first measure, px. */
const DEFAULT_VIEW = 600;

export interface VirtualRows {
  /** Height of all rows, px. */
  height: number;
  items: PlacedRow[];
  /** Brings a row into sight, below the head that sticks; one that is in sight stays where it is. */
  reveal: (index: number) => void;
}

/**
 * Lays `rows` out below a head that sticks. `follows`: the last row stays in sight, whatever comes, until somebody
 * scrolls away from it: then `onLeave` is called. Nothing is read from the document while rows are drawn: each reading
 * would lay all of it out once more.
 */
export function useVirtualRows(
  scroller: RefObject<HTMLElement | null>,
  rows: RowSequence,
  heights: RowHeights,
  follows: boolean,
  onLeave: () => void,
): VirtualRows {
  const [, rerender] = useReducer((turn: number) => turn + 1, 0);
  const layout = useRef<RowLayout>(undefined);
  /** What is in sight, px from the top of the head. */
  const sight = useRef({ top: 0, height: DEFAULT_VIEW });
  /** Where it is about to be scrolled to, px. */
  const wanted = useRef<number>(undefined);
  /** Keys of the rows that are drawn. */
  const standing = useRef<ReadonlySet<string>>(new Set());
  /** What is in sight is painted: those beyond the edges follow. */
  const isFilling = useRef(false);
  /** The next scroll event is of our own doing. */
  const isOwn = useRef(false);
  layout.current ??= new RowLayout();
  const rowsLaidOut = layout.current;
  rowsLaidOut.update(rows, heights);
  const { height } = rowsLaidOut;
  const last = Math.max(0, height + heights.head - sight.current.height);
  const top = follows ? last : Math.min(sight.current.top, last);
  const drawn = useRef({ follows, bottom: 0, onLeave });
  drawn.current = { follows, bottom: height + heights.head, onLeave };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = () => {
      sight.current = { ...sight.current, height: element.clientHeight };
      rerender(0);
    };
    const read = () => {
      const { scrollTop, clientHeight } = element;
      // Hidden or taken away meanwhile, it stands nowhere: nobody has scrolled it there.
      if (clientHeight === 0 || sight.current.top === scrollTop) return;
      sight.current = { top: scrollTop, height: clientHeight };
      // By the scrollbar or a key; a list that has just grown or shrunk is at its end still.
      if (drawn.current.follows && scrollTop + clientHeight < drawn.current.bottom - NEAR_END_PX)
        drawn.current.onLeave();
      rerender(0);
    };
    const scrolled = () => {
      // What follows our own scrolling says nothing new, and is read when the document has been laid out by itself.
      if (isOwn.current) setTimeout(read);
      else read();
      isOwn.current = false;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', scrolled, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', scrolled);
    };
  }, [scroller]);

  const scrollTo = (to: number) => {
    sight.current = { ...sight.current, top: to };
    const isUnderWay = wanted.current !== undefined;
    wanted.current = to;
    if (isUnderWay) return;
    // Scrolling lays the document out: once, behind all that is drawn with this.
    queueMicrotask(() => {
      const element = scroller.current;
      if (element !== null && wanted.current !== undefined) {
        isOwn.current = true;
        element.scrollTop = wanted.current;
      }
      wanted.current = undefined;
    });
  };
  useLayoutEffect(() => {
    if (follows) scrollTo(last);
  }, [follows, last]);

  const first = rowsLaidOut.indexAt(top);
  const end = rowsLaidOut.indexAt(top + sight.current.height);
  const isDrawn = (index: number) => isFilling.current || standing.current.has(rows.get(index)!.key);
  const edges = { from: Math.max(0, first - OVERSCAN), to: Math.min(rows.length - 1, end + OVERSCAN) };
  let from = Math.max(0, first);
  while (from > edges.from && isDrawn(from - 1)) from -= 1;
  let to = Math.min(rows.length - 1, end);
  while (to < edges.to && isDrawn(to + 1)) to += 1;
  const isWhole = from === edges.from && to === edges.to;
  const items: PlacedRow[] = [];
  const keys = new Set<string>();
  for (let index = from; index <= to; index++) {
    keys.add(rows.get(index)!.key);
    items.push(rowsLaidOut.place(index));
  }
  standing.current = keys;
  isFilling.current = false;
  useLayoutEffect(() => {
    if (isWhole) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => {
        isFilling.current = true;
        rerender(0);
      });
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  });
  return {
    height,
    items,
    reveal(index) {
      if (index < 0 || index >= rows.length) return;
      const { start, size } = rowsLaidOut.place(index);
      const { top: from, height: view } = sight.current;
      const to = start < from ? start : Math.max(from, start + size + heights.head - view);
      if (to === from) return;
      scrollTo(to);
      rerender(0);
    },
  };
}
