/** The timeline: exchanges with their operations, live, any number of them. */
import { useEffect, useRef } from 'preact/hooks';
import type { PanelModel } from '../../model/index.ts';
import type { OpenMenu } from '../parts/Menu.tsx';
import type { PanelActions } from '../frame/panel-actions.ts';
import { timelineMenu } from './timeline-menu.ts';
import { useBench } from '../frame/panel-context.ts';
import { rowId } from './row-attributes.ts';
import { ColumnTitles } from './ColumnTitles.tsx';
import { TimelineRow } from './TimelineRow.tsx';
import { useRowHeights } from './use-row-heights.ts';
import { useVirtualRows } from './use-virtual-rows.ts';
import { unlessSame } from './unless-same.ts';

const Row = unlessSame(TimelineRow);

interface TimelineProps {
  model: PanelModel;
  actions: PanelActions;
  openMenu: OpenMenu;
}

export function Timeline({ model, actions, openMenu }: TimelineProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const heights = useRowHeights(scroller);
  const bench = useBench();
  const { rows } = model.rows.value;
  const isLive = model.isLive.value;
  // Live, the newest stays in sight; else new rows never move what is being read.
  const hasLeft = useRef(false);
  const virtual = useVirtualRows(scroller, rows, heights, isLive, () => {
    hasLeft.current = true;
    model.stay();
  });
  const selected = model.selectedRow.value;
  const selectedKey = rows.get(selected)?.key;

  const chosen = isLive ? undefined : selectedKey;
  useEffect(() => {
    // Whoever scrolled away from the newest row has not chosen it.
    if (chosen !== undefined && !hasLeft.current) virtual.reveal(selected);
    hasLeft.current = false;
  }, [chosen]);

  const openMenuOf = (index: number, at: { x: number; y: number }) => {
    const row = rows.get(index);
    const items = row && timelineMenu(row, model, actions, bench);
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
      style={Object.fromEntries(
        Object.entries(bench.columns.value).map(([column, px]) => [`--col-${column}`, `${px}px`]),
      )}
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
      <ColumnTitles />
      <div class="rows" role="rowgroup" style={{ height: `${virtual.height}px` }}>
        {virtual.items.map(({ index, start, size }) => {
          const row = rows.get(index);
          if (row === undefined) return null;
          return (
            <div
              key={row.key}
              class="place"
              role="presentation"
              data-index={index}
              style={{ top: `${start}px`, height: `${size}px` }}
            >
              <Row row={row} index={index} model={model} actions={actions} isSelected={index === selected} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
