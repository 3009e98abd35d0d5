/** The timeline: exchanges with their operations, live, any number of them. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { PanelModel } from '../model/index.ts';
import type { OpenMenu } from './Menu.tsx';
import type { PanelActions } from './panel-actions.ts';
import { timelineMenu } from './timeline-menu.ts';
import { rowId } from './row-attributes.ts';
import { TimelineRow } from './TimelineRow.tsx';
import { useRowHeights } from './use-row-heights.ts';
import { useVirtualRows } from './use-virtual-rows.ts';
import { unlessSame } from './unless-same.ts';

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

const Row = unlessSame(TimelineRow);

interface TimelineProps {
  model: PanelModel;
  actions: PanelActions;
  openMenu: OpenMenu;
}

export function Timeline({ model, actions, openMenu }: TimelineProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const heights = useRowHeights(scroller);
  const { rows } = model.rows.value;
  const virtual = useVirtualRows(scroller, rows, heights);
  const isLive = model.isLive.value;
  const selected = model.selectedRow.value;
  const selectedKey = rows[selected]?.key;

  // Live, the newest stays in sight; else new rows never move what is being read.
  useLayoutEffect(() => {
    if (isLive && rows.length > 0) virtual.scrollToIndex(rows.length - 1, 'end');
  }, [isLive, rows.length, heights]);
  const chosen = isLive ? undefined : selectedKey;
  useEffect(() => {
    if (chosen !== undefined) virtual.scrollToIndex(selected, 'auto');
  }, [chosen]);

  const openMenuOf = (index: number, at: { x: number; y: number }) => {
    const row = rows[index];
    const items = row && timelineMenu(row, model, actions);
    if (items && items.length > 0) openMenu(items, at);
  };
  const indexAt = (target: EventTarget | null) => {
    const place = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
    return place === null ? -1 : Number(place.dataset['index']);
  };

  return (
    <div
      class="timeline"
      ref={scroller}
      role="treegrid"
      aria-label="Timeline"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={selectedKey === undefined ? undefined : rowId(selectedKey)}
      tabIndex={0}
      onWheel={(event) => {
        // Whoever scrolls up is reading.
        if (isLive && event.deltaY < 0) model.stay();
      }}
      onContextMenu={(event) => {
        const index = indexAt(event.target);
        if (index < 0) return;
        event.preventDefault();
        model.focusRow(index);
        openMenuOf(index, { x: event.clientX, y: event.clientY });
      }}
    >
      <div class="row head" role="row" aria-rowindex={1}>
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
              data-index={index}
              style={{ transform: `translateY(${start}px)`, height: `${size}px` }}
            >
              <Row row={row} index={index} model={model} actions={actions} isSelected={index === selected} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
