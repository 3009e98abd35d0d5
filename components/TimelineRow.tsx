/** One row of the timeline, by kind. */
import type { OperationRecorded } from '../protocol/index.ts';
import {
  changesOf,
  cookieWord,
  formatDuration,
  formatOffset,
  formatTime,
  isOfDevtools,
  markKindOf,
  operationWords,
  placeOn,
  plural,
  recordWord,
  requestOf,
  type Row,
  sessionWords,
  waterfallOf,
  type PanelModel,
  type Word,
} from '../model/index.ts';
import { Glyph, OperationGlyph } from './glyphs.tsx';
import type { PanelActions } from './panel-actions.ts';
import { SourceLink } from './source-link.tsx';
import { MarkView } from './value.tsx';

export interface RowProps<Kind extends Row['kind'] = Row['kind']> {
  row: Extract<Row, { kind: Kind }>;
  /** Its place among all rows, from 0. */
  index: number;
  model: PanelModel;
  actions: PanelActions;
  isSelected: boolean;
}

/** The element id of a row, for `aria-activedescendant`. */
export const rowId = (key: string): string => `row-${key.replaceAll(/\W/g, '-')}`;

/** What every row has: its place after the column titles, and a name. */
const rowAttributes = (row: Row, index: number) =>
  ({ id: rowId(row.key), role: 'row', 'aria-rowindex': index + 2 }) as const;

export function TimelineRow(props: RowProps) {
  const { row, index } = props;
  switch (row.kind) {
    case 'burst':
      return <BurstRow {...(props as RowProps<'burst'>)} />;
    case 'exchange':
      return <ExchangeRow {...(props as RowProps<'exchange'>)} />;
    case 'operation':
      return <OperationRow {...(props as RowProps<'operation'>)} />;
    case 'running':
      return <RunningRow {...(props as RowProps<'running'>)} />;
    case 'gap':
      return <GapRow {...(props as RowProps<'gap'>)} />;
    case 'epoch':
      return <EpochRow {...(props as RowProps<'epoch'>)} />;
    case 'dropped':
      return (
        <div class="row between gap" {...rowAttributes(row, index)}>
          <span role="gridcell">{plural(row.count, 'older exchange')} went: the panel keeps the newest.</span>
        </div>
      );
  }
}

function BurstRow({ row, index }: RowProps<'burst'>) {
  const { burst, first, pauseMs } = row;
  const what = burst.isConcurrent ? `${burst.count} requests at once` : requestOf(first).path;
  return (
    <div class="row between" {...rowAttributes(row, index)}>
      <span role="gridcell" class="num">
        {formatTime(burst.startAt)}
      </span>
      <span role="gridcell" class="cut">
        {pauseMs !== undefined && `${formatDuration(Math.max(0, pauseMs))} later · `}
        <b>{what}</b>
      </span>
    </div>
  );
}

/** The library's decision in a word; a click tells the whole of it. */
const Cell = ({ class: name, word, model }: { class: string; word: Word; model: PanelModel }) => (
  <span
    role="gridcell"
    class={`${name} ${word.weight}`}
    title={word.title}
    onClick={() => {
      model.tab.value = 'exchange';
    }}
  >
    {word.text}
  </span>
);

function ExchangeRow({ row, index, model, isSelected }: RowProps<'exchange'>) {
  const { exchange, isExpanded } = row;
  const isRunning = exchange.finished === undefined && exchange.started !== undefined;
  // Only a running exchange follows the clock.
  const now = isRunning ? model.clock.value : 0;
  const { method, path } = requestOf(exchange);
  const changes = changesOf(exchange);
  const session = sessionWords(exchange);
  const status = exchange.finished?.status ?? exchange.har?.status;
  const duration = exchange.finished?.durationMs ?? Math.max(0, now - exchange.at);
  const isAborted = exchange.finished?.ending === 'aborted';
  const faults = exchange.finished?.faults ?? 0;
  return (
    <div
      class={`row exchange ${isRunning ? 'running' : ''}`}
      {...rowAttributes(row, index)}
      aria-level={1}
      aria-expanded={isExpanded}
      aria-selected={isSelected}
      onClick={() => model.focusRow(index)}
      onDblClick={() => model.setExpanded(exchange, !isExpanded)}
    >
      <span role="gridcell" class="number">
        <button
          type="button"
          class="twist"
          tabIndex={-1}
          aria-hidden="true"
          onMouseDown={keepFocus}
          onClick={(event) => toggle(event, () => model.setExpanded(exchange, !isExpanded))}
        >
          {isExpanded ? '▾' : '▸'}
        </button>
        {exchange.number}
      </span>
      <span role="gridcell" class="name">
        <span class="request cut" title={`${method} ${path}`}>
          {method} {path}
        </span>
        {changes.length > 0 && (
          <span class="changes cut" title={changes.join(' ')}>
            {changes.join(' ')}
          </span>
        )}
        {faults > 0 && (
          <span class="severity time" title="Your app was not affected.">
            <Glyph name="warn" /> Sessionscope failed {faults}×
          </span>
        )}
        {isOfDevtools(exchange) && (
          <span class="elsewhere" title="Sent by DevTools itself, which looks for a workspace on each page.">
            DevTools
          </span>
        )}
        {!isOfDevtools(exchange) && model.isElsewhere(exchange) && (
          <span
            class="elsewhere"
            title="This tab's DevTools did not see this request: another tab, a server, or before DevTools was opened."
          >
            elsewhere
          </span>
        )}
      </span>
      <span
        role="gridcell"
        class={`status ${isAborted ? 'bad' : ''}`}
        title={isAborted ? 'The connection closed before the response was whole.' : undefined}
      >
        {isAborted ? 'aborted' : (status ?? '–')}
      </span>
      <span role="gridcell" class={`session ${session.weight} ${session.isRotated ? 'key' : ''}`} title={session.title}>
        {session.text}
      </span>
      <Cell class="record" word={recordWord(exchange)} model={model} />
      <Cell class="cookie" word={cookieWord(exchange)} model={model} />
      <span role="gridcell" class="time num">
        {exchange.finished === undefined && !isRunning ? '–' : formatDuration(duration)}
      </span>
      <Bars row={row} now={now} />
    </div>
  );
}

/** The focus stays with the list: it has one stop, and its keys work from there. */
const keepFocus = (event: Event) => event.preventDefault();

const toggle = (event: Event, act: () => void) => {
  event.stopPropagation();
  act();
};

function Bars({ row: { exchange, burst }, now }: { row: Extract<Row, { kind: 'exchange' }>; now: number }) {
  const { left, width, isOpen, marks } = waterfallOf(exchange, burst, now);
  return (
    <span role="gridcell" class="bars" aria-label="Waterfall">
      <i class={isOpen ? 'open' : ''} style={{ left: `${left}%`, width: `${width}%` }} />
      {marks.map((mark, index) => (
        <u key={index} class={mark.kind} style={{ left: `${mark.left}%` }} />
      ))}
    </span>
  );
}

/** A row that has come is tinted for a moment; `timeline.css` has the same. */
const ARRIVAL_MS = 600;

function OperationRow({ row, index, model, actions, isSelected }: RowProps<'operation'>) {
  const { operations, exchange, burst } = row;
  const operation = operations.at(-1)!;
  const words = operations.length > 1 ? foldedWords(operations) : operationWords(operation);
  // Told just now, by the server's clock and ours; a recording that is opened has nothing new.
  const isNew = exchange.finished === undefined && Math.abs(model.clock.peek() - operation.at) < ARRIVAL_MS;
  const title =
    operation.call === operation.operation ? operation.operation : `${operation.operation} (${operation.call})`;
  const left = placeOn(burst, exchange.at + (operation.offsetMs ?? 0), 0);
  return (
    <div
      class={`row operation ${operation.outcome === 'error' ? 'failed' : ''} ${isNew ? 'new' : ''}`}
      {...rowAttributes(row, index)}
      aria-level={2}
      aria-selected={isSelected}
      onClick={() => model.focusRow(index)}
    >
      <span role="gridcell" class="at num">
        {operation.offsetMs === undefined ? '' : formatOffset(operation.offsetMs)}
      </span>
      <span role="gridcell" class="what">
        <OperationGlyph operation={operation} />
        <span class="op" title={title}>
          {operation.operation}
          {operations.length > 1 && ` ×${operations.length}`}
        </span>
        {words.path !== undefined && (
          <span class="path" title={words.path}>
            {words.path}
          </span>
        )}
        {words.mark && <MarkView mark={words.mark} />}
        <span class="val">
          {words.before !== undefined && `${words.before} → `}
          {words.after !== undefined && <b>{words.after}</b>}
          {words.note !== undefined && `${words.after === undefined ? '' : ' · '}${words.note}`}
        </span>
        <SourceLink operation={operation} actions={actions} />
      </span>
      <span role="gridcell" class="bars">
        <u class={markKindOf(operation.operation)} style={{ left: `${left}%` }} />
      </span>
    </div>
  );
}

function foldedWords(operations: readonly OperationRecorded[]): ReturnType<typeof operationWords> {
  const names = [...new Set(operations.map(({ path }) => (path === undefined ? '' : String(path[0]))))];
  return { path: names.length > 5 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ') };
}

function RunningRow({ row, index, model }: RowProps<'running'>) {
  const { exchange } = row;
  const last = exchange.operations.at(-1)?.at ?? exchange.at;
  const still = Math.max(0, model.clock.value - last);
  return (
    <div class="row operation tail" {...rowAttributes(row, index)} aria-level={2}>
      <span role="gridcell" class="at" />
      <span role="gridcell" class="what">
        <Glyph name="waiting" tone="store" />
        <span class="val">running{still >= 100 ? ` · no operation for ${formatDuration(still)}` : ''}</span>
      </span>
      <span role="gridcell" />
    </div>
  );
}

const GAP_CAUSES = {
  evicted: "the server's log is bounded and had let them go",
  'slow-reader': 'this panel read too slowly',
  'unknown-position': 'the log has never been that far',
} as const;

function GapRow({ row, index }: RowProps<'gap'>) {
  const { count, cause } = row.gap.gap;
  const text = `${plural(count, 'event')} not held: ${GAP_CAUSES[cause]}. State starts anew from the next load.`;
  return (
    <div class="row between gap" {...rowAttributes(row, index)}>
      <span role="gridcell" title={text}>
        {text}
      </span>
    </div>
  );
}

function EpochRow({ row, index }: RowProps<'epoch'>) {
  const { epoch } = row;
  const isEmptied = epoch.started.middlewares.some(({ store }) => store === 'MemoryStore');
  const text = isEmptied
    ? 'MemoryStore was emptied with it: cookies from before name sessions that are gone.'
    : 'The store kept its records; what was in memory and in the log is gone.';
  return (
    <div class="row between epoch" {...rowAttributes(row, index)}>
      <span role="gridcell" class="num">
        {formatTime(epoch.at)}
      </span>
      <span role="gridcell" class="cut" title={text}>
        <b>Server restarted.</b> {text}
      </span>
    </div>
  );
}
