/** The row of an exchange: request, what changed, what became of record and cookie, and its place in its burst. */
import {
  changesOf,
  cookieLabel,
  formatDuration,
  isOfDevtools,
  isRunning,
  type ExchangeRecord,
  type PanelModel,
  recordLabel,
  requestOf,
  type Row,
  sessionLabel,
  waterfallOf,
  type Label,
} from '../../model/index.ts';
import { FindingBadge } from '../details/findings/FindingBadge.tsx';
import { Glyph } from '../parts/glyphs.tsx';
import { RequestText } from '../parts/request-text.tsx';
import { visibleKey, visibleText } from '../parts/visible-text.ts';
import { compareWith } from './compare-rows.ts';
import { isMarked, keepSelection, rowAttributes, type RowProps } from './row-attributes.ts';

/** The ring of a running request breathes in four of these. */
const BEAT_MS = 400;

/** What is not there is blank: a column of dashes hides the one word that matters. */
const orBlank = (text: string) => (text === '–' ? '' : text);

/** The library's decision in a word; a click shows the whole of it. */
const Cell = ({ class: name, label, model }: { class: string; label: Label; model: PanelModel }) => (
  <span
    role="gridcell"
    class={`${name} ${label.weight}`}
    title={visibleText(label.title)}
    onClick={() => {
      model.tab.value = 'exchange';
    }}
  >
    {orBlank(label.text)}
  </span>
);

export function ExchangeRow({ row, index, model, isSelected }: RowProps<'exchange'>) {
  const { exchange, isExpanded } = row;
  const isOpen = isRunning(exchange);
  // Only a running exchange follows the clock.
  const now = isOpen ? model.clock.value : 0;
  const { method, path } = requestOf(exchange);
  const changes = changesOf(exchange).map((change) => change[0] + visibleKey(change.slice(1)));
  const session = sessionLabel(exchange);
  const status = exchange.finished?.status ?? exchange.har?.status;
  const duration = exchange.finished?.durationMs ?? Math.max(0, now - exchange.at);
  const isAborted = exchange.finished?.ending === 'aborted';
  const faults = Math.max(exchange.finished?.faults ?? 0, exchange.faults.length);
  const server = model.serverOf(exchange);
  return (
    <div
      class={`row exchange ${isOpen ? 'running' : ''} ${exchange.at === row.burst.startAt ? 'apart' : ''}`}
      data-beat={isOpen ? Math.floor(now / BEAT_MS) % 4 : undefined}
      {...rowAttributes(row, index)}
      aria-level={1}
      aria-expanded={isExpanded}
      aria-selected={isSelected}
      data-marked={isMarked(model, exchange.id, exchange.operations.length) ? '' : undefined}
      onMouseDown={keepSelection}
      onClick={(event) => (event.shiftKey ? compareWith(model, index) : model.focusRow(index))}
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
        {exchange.number === 0 ? '' : exchange.number}
      </span>
      <span role="gridcell" class="name">
        <RequestText method={method} path={path} />
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
        {server !== undefined && (
          <span class="elsewhere" title="The server that ran this request.">
            {visibleText(server)}
          </span>
        )}
        <FindingBadge exchange={exchange} model={model} />
        {isOfDevtools(exchange) && (
          <span class="elsewhere" title="Sent by DevTools itself, which looks for a workspace on each page.">
            DevTools
          </span>
        )}
        {browserMarks(exchange, model)}
        {!isOfDevtools(exchange) && model.isElsewhere(exchange) && (
          <span
            class="elsewhere"
            title="This tab's DevTools did not report this request: it came from another tab or client, or DevTools missed it."
          >
            another tab or client
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
              ? 'The server stopped while this request was running.'
              : undefined
        }
      >
        {isAborted ? 'aborted' : (status ?? (exchange.isCutOff ? 'cut off' : ''))}
      </span>
      <span role="gridcell" class={`session ${session.weight} ${session.isRotated ? 'key' : ''}`} title={session.title}>
        {orBlank(session.text)}
      </span>
      <Cell class="record" label={recordLabel(exchange)} model={model} />
      <Cell class="cookie" label={cookieLabel(exchange)} model={model} />
      <span role="gridcell" class="time num">
        {exchange.finished === undefined && !isOpen ? '' : formatDuration(duration)}
      </span>
      <Bars row={row} now={now} />
    </div>
  );
}

/**
 * What the browser says of a request beside its response. No component: an exchange changes in place, and a component
 * that reads signals is not drawn again while its props are the same objects. The row is another one with each change.
 */
function browserMarks(exchange: ExchangeRecord, model: PanelModel) {
  const { har, started } = exchange;
  const host = model.hostOf(exchange);
  const purpose = har?.purpose ?? (started?.purpose === undefined ? undefined : 'prefetch');
  const marks: [text: string, title: string][] = [
    ...(host === undefined ? [] : ([[host, 'The host by which the browser asked.']] as [string, string][])),
    ...(purpose === undefined
      ? []
      : ([[purpose, 'The browser fetched this before anyone asked for it.']] as [string, string][])),
    ...(har?.isMatchedWithoutHeader === true
      ? ([
          [
            'matched',
            'A proxy removes the Sessionscope header: matched by method, path, status and time, where exactly one response fits.',
          ],
        ] as [string, string][])
      : []),
    ...(model.isMissed(exchange)
      ? ([
          [
            'missed by DevTools',
            "This tab sent it, as the page itself lists it. DevTools did not report it, so of the browser's side nothing is known.",
          ],
        ] as [string, string][])
      : []),
    ...(model.isPlacePending(exchange)
      ? ([['tab not known yet', 'It still runs: DevTools reports which tab sent it when its response has come.']] as [
          string,
          string,
        ][])
      : []),
    ...(model.isPlaceUnknown(exchange)
      ? ([['tab not known', 'It ran before DevTools could see requests: of this tab, or of another.']] as [
          string,
          string,
        ][])
      : []),
  ];
  return (
    <>
      {marks.map(([text, title]) => (
        <span key={text} class="elsewhere" title={title}>
          {visibleText(text)}
        </span>
      ))}
    </>
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
