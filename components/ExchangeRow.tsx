/** The row of an exchange: request, what changed, what became of record and cookie, and its place in its burst. */
import {
  changesOf,
  cookieWord,
  formatDuration,
  isOfDevtools,
  isRunning,
  type PanelModel,
  recordWord,
  requestOf,
  type Row,
  sessionWords,
  waterfallOf,
  type Word,
} from '../model/index.ts';
import { Glyph } from './glyphs.tsx';
import { rowAttributes, type RowProps } from './row-attributes.ts';

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

export function ExchangeRow({ row, index, model, isSelected }: RowProps<'exchange'>) {
  const { exchange, isExpanded } = row;
  const isOpen = isRunning(exchange);
  // Only a running exchange follows the clock.
  const now = isOpen ? model.clock.value : 0;
  const { method, path } = requestOf(exchange);
  const changes = changesOf(exchange);
  const session = sessionWords(exchange);
  const status = exchange.finished?.status ?? exchange.har?.status;
  const duration = exchange.finished?.durationMs ?? Math.max(0, now - exchange.at);
  const isAborted = exchange.finished?.ending === 'aborted';
  const faults = exchange.finished?.faults ?? 0;
  return (
    <div
      class={`row exchange ${isOpen ? 'running' : ''}`}
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
        class={`status ${isAborted || exchange.isCutOff ? 'bad' : ''}`}
        title={
          isAborted
            ? 'The connection closed before the response was whole.'
            : exchange.isCutOff
              ? 'The server went away while this request was running.'
              : undefined
        }
      >
        {isAborted ? 'aborted' : (status ?? (exchange.isCutOff ? 'cut off' : '–'))}
      </span>
      <span role="gridcell" class={`session ${session.weight} ${session.isRotated ? 'key' : ''}`} title={session.title}>
        {session.text}
      </span>
      <Cell class="record" word={recordWord(exchange)} model={model} />
      <Cell class="cookie" word={cookieWord(exchange)} model={model} />
      <span role="gridcell" class="time num">
        {exchange.finished === undefined && !isOpen ? '–' : formatDuration(duration)}
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
