/** The whole recording as a line: bars for exchanges, hatches for gaps, and the cursor. */
import type { JSX } from 'preact';
import {
  endOf,
  type ExchangeRecord,
  isAmiss,
  isRunning,
  momentWords,
  type PanelModel,
  type TimelineItem,
} from '../model/index.ts';
import { Glyph } from './glyphs.tsx';
import { ticksOf } from './scrubber-ticks.ts';

/** More bars than this can't be told apart: of more, the newest are drawn. */
const MAX_BARS = 600;

const WRITES: ReadonlySet<string> = new Set(['set', 'delete', 'clear', 'flush', 'cycle-key']);

/** Percent left free at both ends, so that the first bar and the cursor at the last are whole. */
const MARGIN = 1;

export function Scrubber({ model }: { model: PanelModel }) {
  const items = model.items.value;
  const cursor = model.cursor.value;
  const exchanges = items.filter((item): item is ExchangeRecord => item.kind === 'exchange');
  const first = exchanges[0];
  const now = model.hasRunning.value ? model.clock.value : 0;
  const startAt = first?.at ?? 0;
  const endAt = Math.max(...exchanges.slice(-50).map((exchange) => endOf(exchange, now)), startAt + 1_000);
  const span = endAt - startAt;
  const place = (at: number) => `${Math.min(100, Math.max(0, ((at - startAt) / span) * (100 - 2 * MARGIN) + MARGIN))}%`;
  const text = cursor ? Object.values(momentWords(cursor.exchange, cursor.index)).join(' ') : 'nothing recorded';
  const index = cursor ? exchanges.lastIndexOf(cursor.exchange) : -1;
  const newest = exchanges.slice(-MAX_BARS);
  const select = (exchange: ExchangeRecord | undefined) =>
    exchange && model.select({ exchange: exchange.id, index: exchange.operations.length });
  const KEYS: Record<string, () => void> = {
    ArrowLeft: () => model.step(-1),
    ArrowRight: () => model.step(1),
    ArrowDown: () => model.step(-1),
    ArrowUp: () => model.step(1),
    PageDown: () => select(exchanges[index - 1]),
    PageUp: () => select(exchanges[index + 1]),
  };
  return (
    <div
      class="scrub"
      role="slider"
      tabIndex={0}
      aria-label="Moment in the recording"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, exchanges.length - 1)}
      aria-valuenow={Math.max(0, index)}
      aria-valuetext={text}
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const share = ((event.clientX - box.left) / box.width - MARGIN / 100) / (1 - (2 * MARGIN) / 100);
        select(nearest(exchanges, startAt + share * span));
      }}
      onKeyDown={(event) => {
        const act = KEYS[event.key];
        if (act === undefined) return;
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
      {newest.map((exchange, row) => (
        <i
          key={exchange.id}
          class={barClass(exchange)}
          style={{
            left: place(exchange.at),
            width: `${((endOf(exchange, now) - exchange.at) / span) * (100 - 2 * MARGIN)}%`,
            top: `${14 + (row % 2) * 4}px`,
          }}
        />
      ))}
      {betweenMarks(items, place, startAt)}
      {newest.filter(isAmiss).map((exchange) => (
        <span key={`amiss${exchange.id}`} class="amiss" style={{ left: place(exchange.at) }}>
          <Glyph name="bad" tone="remove" />
        </span>
      ))}
      {cursor && (
        <b
          style={{ left: place(cursor.exchange.at + (cursor.exchange.operations[cursor.index - 1]?.offsetMs ?? 0)) }}
        />
      )}
    </div>
  );
}

const barClass = (exchange: ExchangeRecord): string =>
  isRunning(exchange) ? 'running' : exchange.operations.some(({ operation }) => WRITES.has(operation)) ? 'writes' : '';

/** Gaps, hatched up to what was seen next; restarts, as two lines. */
function betweenMarks(items: readonly TimelineItem[], place: (at: number) => string, startAt: number) {
  const marks: JSX.Element[] = [];
  items.forEach((item, at) => {
    if (item.kind === 'epoch')
      marks.push(<i key={item.epoch} class="epoch" style={{ left: place(item.at) }} title="Server restarted" />);
    if (item.kind !== 'gap') return;
    const next = items[at + 1];
    const left = place(item.at);
    // Nothing is known of how long what was lost at the start had lasted.
    const isOpen = item.at <= startAt || next === undefined || next.at <= item.at;
    const style = isOpen ? { left } : { left, width: `calc(${place(next.at)} - ${left})` };
    marks.push(<i key={`gap${item.seq}`} class="gap" style={style} title={`${item.gap.count} events not held`} />);
  });
  return marks;
}

/** The exchange that began nearest to an instant. In order of time, but for clocks that jump: all are looked at. */
function nearest(exchanges: readonly ExchangeRecord[], at: number): ExchangeRecord | undefined {
  let best: ExchangeRecord | undefined;
  for (const exchange of exchanges)
    if (best === undefined || Math.abs(exchange.at - at) < Math.abs(best.at - at)) best = exchange;
  return best;
}
