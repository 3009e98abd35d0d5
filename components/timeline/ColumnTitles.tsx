/** The head of the timeline: titles, and at the left edge of each column the grip that changes its width. */
import { useRef } from 'preact/hooks';
import { SIZED_COLUMNS, type SizedColumn } from '../../model/index.ts';
import { useBench } from '../frame/panel-context.ts';

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

/** px */
const KEY_STEP = 8;

export function ColumnTitles() {
  const head = useRef<HTMLDivElement>(null);
  return (
    <div class="row head" ref={head} role="row" aria-rowindex={1}>
      {COLUMNS.map(([name, title]) => (
        <span
          key={name}
          role="columnheader"
          class={name}
          title={name === 'bars' ? 'Requests that overlap share one scale' : undefined}
        >
          {title}
          {isSized(name) && <Grip column={name} title={title} isFirst={name === SIZED_COLUMNS[0]} />}
        </span>
      ))}
    </div>
  );
}

const isSized = (name: string): name is SizedColumn => (SIZED_COLUMNS as readonly string[]).includes(name);

/** One Tab stop for all of them: up and down go from grip to grip, left and right change the width. */
function Grip({ column, title, isFirst }: { column: SizedColumn; title: string; isFirst: boolean }) {
  const bench = useBench();
  const start = useRef<{ x: number; width: number }>(undefined);
  const widthOf = (grip: Element) => grip.parentElement!.getBoundingClientRect().width;
  const next = (grip: HTMLElement, by: 1 | -1) => {
    const all = [...grip.closest('.head')!.querySelectorAll<HTMLElement>('.grip')].filter(
      (other) => other.getClientRects().length > 0,
    );
    all[(all.indexOf(grip) + by + all.length) % all.length]?.focus();
  };
  return (
    <i
      class="grip"
      role="separator"
      aria-orientation="vertical"
      aria-label={`Width of ${title}`}
      aria-valuenow={bench.columns.value[column] ?? 0}
      aria-valuetext={bench.columns.value[column] === undefined ? 'default' : `${bench.columns.value[column]} px`}
      tabIndex={isFirst ? 0 : -1}
      title="Drag, or use ← →; ↑ ↓ for the next column. Double-click to reset"
      onPointerDown={(event) => {
        event.preventDefault();
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, width: widthOf(event.currentTarget) };
      }}
      onPointerMove={(event) => {
        if (start.current && event.currentTarget.hasPointerCapture(event.pointerId))
          bench.setColumn(column, start.current.width - (event.clientX - start.current.x));
      }}
      onPointerUp={() => {
        start.current = undefined;
      }}
      onDblClick={() => bench.setColumn(column, undefined)}
      onKeyDown={(event) => {
        const grip = event.currentTarget;
        const KEYS: Record<string, () => void> = {
          ArrowLeft: () => bench.setColumn(column, widthOf(grip) + KEY_STEP),
          ArrowRight: () => bench.setColumn(column, widthOf(grip) - KEY_STEP),
          ArrowUp: () => next(grip, -1),
          ArrowDown: () => next(grip, 1),
          Home: () => bench.setColumn(column, undefined),
        };
        const act = KEYS[event.key];
        if (act === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        act();
      }}
    />
  );
}
