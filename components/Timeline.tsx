/** The timeline: exchanges with their operations, live, any number of them. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { PanelModel, Row } from '../model/index.ts';
import type { PanelActions } from './panel-actions.ts';
import { TimelineRow } from './TimelineRow.tsx';
import { useRowHeights } from './use-row-heights.ts';
import { useVirtualRows } from './use-virtual-rows.ts';

const COLUMNS = [
  ['number', '#'],
  ['name', 'Request'],
  ['status', 'Status'],
  ['session', 'Session'],
  ['record', 'Record'],
  ['cookie', 'Cookie'],
  ['time', 'Time'],
  ['bars', 'Waterfall'],
] as const;

export function Timeline({ model, actions }: { model: PanelModel; actions: PanelActions }) {
  const scroller = useRef<HTMLDivElement>(null);
  const heights = useRowHeights(scroller);
  const { rows } = model.rows.value;
  const virtual = useVirtualRows(
    scroller,
    rows.length,
    (index) => heights[rows[index]!.kind],
    (index) => rows[index]!.key,
  );
  const cursor = model.cursor.value;
  const isLive = model.isLive.value;
  const selected = selectedIndex(rows, cursor?.exchange.id, cursor?.index);

  // Live, the newest stays in sight; else new rows never move what is being read.
  useLayoutEffect(() => {
    if (isLive && rows.length > 0) virtual.scrollToIndex(rows.length - 1, 'end');
  }, [isLive, rows.length, heights]);
  const chosen = isLive ? undefined : rows[selected]?.key;
  useEffect(() => {
    if (chosen !== undefined) virtual.scrollToIndex(selected, 'auto');
  }, [chosen]);

  return (
    <div
      class="timeline"
      ref={scroller}
      role="treegrid"
      aria-label="Timeline"
      aria-rowcount={rows.length}
      tabIndex={0}
      onWheel={(event) => {
        // Whoever scrolls up is reading.
        if (isLive && event.deltaY < 0 && cursor && rows.length > 0)
          model.select({ exchange: cursor.exchange.id, index: cursor.index });
      }}
    >
      <div class="row head" role="row">
        {COLUMNS.map(([name, title]) => (
          <span
            key={name}
            role="columnheader"
            class={name}
            title={name === 'bars' ? 'Each burst has its own scale' : undefined}
          >
            {title}
          </span>
        ))}
      </div>
      <div class="rows" role="rowgroup" style={{ height: `${virtual.height}px` }}>
        {virtual.items.map(({ index, start, size }) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <div
              key={row.key}
              class="place"
              role="presentation"
              style={{ transform: `translateY(${start}px)`, height: `${size}px` }}
            >
              <TimelineRow row={row} model={model} actions={actions} isSelected={index === selected} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The row of a moment: its operation, the run that holds it, or its exchange. */
function selectedIndex(rows: readonly Row[], exchange: string | undefined, index: number | undefined): number {
  if (exchange === undefined || index === undefined) return -1;
  let best = -1;
  for (let at = rows.length - 1; at >= 0; at--) {
    const row = rows[at]!;
    if (!('exchange' in row) || row.exchange.id !== exchange) {
      if (best >= 0) break;
      continue;
    }
    if (row.kind === 'operation' && row.index + 1 === index) return at;
    if (row.kind === 'operation' && row.index + 1 > index && row.index + 1 - row.operations.length < index) return at;
    if (row.kind === 'exchange') best = at;
  }
  return best;
}
