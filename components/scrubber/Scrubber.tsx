/** The whole recording as a line: bars for exchanges, hatches for gaps, and the cursor. */
import { useRef, useState } from 'preact/hooks';
import {
  changesOf,
  cookieLabel,
  endOf,
  formatDuration,
  formatTime,
  LANE_LABELS,
  recordLabel,
  requestOf,
  type ExchangeRecord,
  momentLabel,
  numberText,
  type PanelModel,
} from '../../model/index.ts';
import { RequestText } from '../parts/request-text.tsx';
import { visibleText } from '../parts/visible-text.ts';
import { unlessSame } from '../timeline/unless-same.ts';
import { LaneLabels } from './LaneLabels.tsx';
import { HEAD_PX, LANE_PX, MARGIN, newestIn, ScrubberBars, scaleOf } from './ScrubberBars.tsx';
import { ticksOf } from './scrubber-ticks.ts';

const Bars = unlessSame(ScrubberBars);

/** ms; a shorter stretch has no two moments to distinguish. */
const MIN_SPAN_MS = 20;
/** Of the span, with each press of + or −. */
const ZOOM = 2;
/** px of a drag with Shift that is still a click. */
const MIN_DRAG_PX = 4;

/** ms; a recording that has just begun. */
const LEAST_MS = 1_000;
/** The scale grows in steps of this part of the whole: each event would move every bar else. */
const STEPS = 40;

/** The next step of a scale that holds `ms`. */
function grown(ms: number): number {
  if (!(ms > LEAST_MS)) return LEAST_MS;
  const step = 2 ** Math.ceil(Math.log2(ms / STEPS));
  return Math.ceil(ms / step) * step;
}

interface Range {
  startAt: number;
  endAt: number;
}

/** A drag moves the moment; with Shift, or by + and −, a stretch is shown larger; a double click or 0 shows all again. */
export function Scrubber({ model }: { model: PanelModel }) {
  const [zoomed, setZoomed] = useState<Range>();
  const [selecting, setSelecting] = useState<{ from: number; to: number }>();
  const [card, setCard] = useState<{ exchange: ExchangeRecord; x: number }>();
  const pressed = useRef<'moment' | 'range'>(undefined);
  // The newest request may last longer, and no other be shown.
  void model.items.value;
  const cursor = model.cursor.value;
  const exchanges = model.visible.value;
  const first = exchanges[0];
  const now = model.hasRunning.value ? model.clock.value : 0;
  const startOfAll = first?.at ?? 0;
  const whole: Range = {
    startAt: startOfAll,
    endAt: startOfAll + grown(Math.max(...exchanges.slice(-50).map((exchange) => endOf(exchange, now))) - startOfAll),
  };
  // What was zoomed into may have been cleared since.
  const range = zoomed !== undefined && zoomed.endAt > whole.startAt && zoomed.startAt < whole.endAt ? zoomed : whole;
  const { startAt } = range;
  const span = range.endAt - startAt;
  const { share, place } = scaleOf(startAt, range.endAt);
  const isInRange = (exchange: ExchangeRecord) => exchange.at <= range.endAt && endOf(exchange, now) >= startAt;
  const index = cursor ? exchanges.lastIndexOf(cursor.exchange) : -1;
  const newest = newestIn(exchanges, range === whole ? undefined : range, now);
  const lanes = model.lanesOf(newest);
  const laneOf = (exchange: ExchangeRecord | undefined) =>
    exchange === undefined ? undefined : lanes?.lanes[lanes.of(exchange)];
  const select = (exchange: ExchangeRecord | undefined) =>
    exchange && model.select({ exchange: exchange.id, index: exchange.operations.length });
  const text = cursor ? Object.values(momentLabel(cursor.exchange, cursor.index)).join(' ') : 'nothing recorded';
  const own = laneOf(cursor?.exchange);
  /** To the previous or next request of the same lane; without lanes of all. */
  const stepInLane = (by: 1 | -1) => {
    for (let at = index + by; at >= 0 && at < exchanges.length; at += by)
      if (own === undefined || laneOf(exchanges[at])?.key === own.key) return select(exchanges[at]);
  };
  /** To the request of the lane above or below that began nearest to this one; without lanes by one step. */
  const changeLane = (by: 1 | -1) => {
    if (lanes === undefined || cursor === undefined) return model.step(by === 1 ? -1 : 1);
    const place = lanes.of(cursor.exchange) + by;
    return select(
      nearest(
        newest.filter((exchange) => lanes.of(exchange) === place),
        cursor.exchange.at,
      ),
    );
  };
  const timeAt = (event: MouseEvent & { currentTarget: HTMLElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    return startAt + (((event.clientX - box.left) / box.width - MARGIN / 100) / (1 - (2 * MARGIN) / 100)) * span;
  };
  const zoom = (by: number) => {
    const middle = cursor?.exchange.at ?? startAt + span / 2;
    const half = Math.max(MIN_SPAN_MS, span * by) / 2;
    const next = { startAt: middle - half, endAt: middle + half };
    setZoomed(next.endAt - next.startAt >= whole.endAt - whole.startAt ? undefined : next);
  };
  const KEYS: Record<string, () => void> = {
    ArrowLeft: () => model.step(-1),
    ArrowRight: () => model.step(1),
    ArrowDown: () => changeLane(1),
    ArrowUp: () => changeLane(-1),
    PageDown: () => stepInLane(-1),
    PageUp: () => stepInLane(1),
    '+': () => zoom(1 / ZOOM),
    '-': () => zoom(ZOOM),
    '0': () => setZoomed(undefined),
  };
  return (
    <div class="scrub-place">
      {lanes && <LaneLabels lanes={lanes} own={own} model={model} />}
      <div
        class="scrub"
        role="slider"
        tabIndex={0}
        aria-label={
          lanes === undefined
            ? 'Moment in the recording'
            : `Moment in the recording, ${LANE_LABELS[model.lanesBy.value]}`
        }
        style={lanes && { height: `${HEAD_PX + lanes.lanes.length * LANE_PX + LANES_END_PX}px` }}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, exchanges.length - 1)}
        aria-valuenow={Math.max(0, index)}
        aria-valuetext={visibleText(own === undefined ? text : `${text}, ${own.title}`)}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          pressed.current = event.shiftKey ? 'range' : 'moment';
          const at = timeAt(event);
          if (event.shiftKey) setSelecting({ from: at, to: at });
          else select(nearest(exchanges, at));
        }}
        onPointerMove={(event) => {
          const at = timeAt(event);
          if (pressed.current === 'moment') select(nearest(newest, at));
          else if (pressed.current === 'range') setSelecting({ from: selecting?.from ?? at, to: at });
          const exchange = nearest(newest, at);
          const box = event.currentTarget.getBoundingClientRect();
          setCard(exchange && { exchange, x: Math.min(event.clientX - box.left, box.width - CARD_PX) });
        }}
        onPointerUp={(event) => {
          const drawn = pressed.current === 'range' ? selecting : undefined;
          pressed.current = undefined;
          setSelecting(undefined);
          if (drawn === undefined) return;
          const px = (Math.abs(drawn.to - drawn.from) / span) * event.currentTarget.clientWidth;
          if (px >= MIN_DRAG_PX)
            setZoomed({ startAt: Math.min(drawn.from, drawn.to), endAt: Math.max(drawn.from, drawn.to) });
        }}
        onPointerLeave={() => setCard(undefined)}
        onDblClick={() => setZoomed(undefined)}
        onKeyDown={(event) => {
          const act = KEYS[event.key];
          if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault();
          event.stopPropagation();
          act();
        }}
      >
        {ticksOf(startAt, span).map(({ at, label }) => (
          <time key={at} style={{ left: place(at) }}>
            {label}
          </time>
        ))}
        <Bars model={model} startAt={startAt} endAt={range.endAt} isWhole={range === whole} lanes={lanes} />
        {selecting && (
          <span
            class="range"
            style={{
              left: place(Math.min(selecting.from, selecting.to)),
              width: `${Math.abs(share(selecting.to) - share(selecting.from))}%`,
            }}
          />
        )}
        {cursor && isInRange(cursor.exchange) && (
          <b
            style={{ left: place(cursor.exchange.at + (cursor.exchange.operations[cursor.index - 1]?.offsetMs ?? 0)) }}
          />
        )}
      </div>
      {range !== whole && (
        <button type="button" class="button whole" title="Key 0 or double-click" onClick={() => setZoomed(undefined)}>
          Whole recording
        </button>
      )}
      {card && <Card exchange={card.exchange} x={card.x} lane={laneOf(card.exchange)?.title} />}
    </div>
  );
}

/** px below the last lane. */
const LANES_END_PX = 2;

/** px; `panel.css` has the same. */
const CARD_PX = 240;

/** What stands under the mouse: the request, when, and what became of it. */
function Card({ exchange, x, lane }: { exchange: ExchangeRecord; x: number; lane: string | undefined }) {
  const { method, path } = requestOf(exchange);
  const changes = changesOf(exchange);
  const record = recordLabel(exchange).text;
  const cookie = cookieLabel(exchange).text;
  const facts = [
    exchange.finished?.status,
    record === '–' ? '' : `record ${record}`,
    cookie === '–' ? '' : `cookie ${cookie}`,
    exchange.finished && formatDuration(exchange.finished.durationMs),
  ].filter(Boolean);
  return (
    <div class="scrub-card" style={{ left: `${Math.max(0, x)}px` }}>
      <RequestText method={`${numberText(exchange)} ${method}`} path={path} />
      <p class="quiet">
        {formatTime(exchange.at)} · {facts.join(' · ')}
      </p>
      {lane !== undefined && <p class="quiet">{visibleText(lane)}</p>}
      {changes.length > 0 && <p class="mono cut">{visibleText(changes.join(' '))}</p>}
    </div>
  );
}

/** The exchange that began nearest to an instant. In order of time, but for clocks that jump: all are looked at. */
function nearest(exchanges: readonly ExchangeRecord[], at: number): ExchangeRecord | undefined {
  let best: ExchangeRecord | undefined;
  for (const exchange of exchanges)
    if (best === undefined || Math.abs(exchange.at - at) < Math.abs(best.at - at)) best = exchange;
  return best;
}
