/** Row heights as the style says them: they grow with the browser's font and with the pane's width. */
import { useLayoutEffect, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import type { Row } from '../../model/index.ts';

/** px. `head`: of the column titles, 0 where the pane is too narrow for them. */
export type RowHeights = Record<Row['kind'] | 'head', number>;

/** Before the first measure; the design's own. */
const DEFAULT: RowHeights = {
  head: 22,
  burst: 22,
  folded: 22,
  exchange: 22,
  operation: 20,
  running: 20,
  gap: 22,
  epoch: 26,
  dropped: 22,
  browser: 22,
};

/** Below this width an exchange takes two lines; `timeline.css` has the same number. */
const NARROW_PX = 480;

function measure(element: HTMLElement): RowHeights {
  // 12 px is the design's text size: measures that hold text grow with the reader's.
  const scale = Number.parseFloat(getComputedStyle(element).fontSize) / 12 || 1;
  const isNarrow = element.clientWidth < NARROW_PX;
  const grown = Object.fromEntries(
    Object.entries(DEFAULT).map(([kind, height]) => [kind, Math.round(height * scale)]),
  ) as RowHeights;
  if (!isNarrow) return grown;
  const lines = (count: number, room: number) => Math.round((count * 16 + room) * scale);
  return {
    ...grown,
    head: 0,
    exchange: lines(2, 6),
    epoch: lines(3, 10),
    gap: lines(3, 6),
    dropped: lines(2, 6),
    browser: lines(2, 6),
  };
}

export function useRowHeights(scroller: RefObject<HTMLElement | null>): RowHeights {
  const [heights, setHeights] = useState(DEFAULT);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const update = () => setHeights((before) => same(before, measure(element)));
    update();
    const observer = new ResizeObserver(update);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  return heights;
}

const same = (before: RowHeights, after: RowHeights) =>
  JSON.stringify(before) === JSON.stringify(after) ? before : after;
