/** The whole recording as a line: bars for exchanges, hatches for gaps, and the cursor. */
import { endOf, type ExchangeRecord, formatTime, momentWords, type PanelModel } from '../model/index.ts';

/** More bars than this can't be told apart: the oldest are drawn as they fall. */
const MAX_BARS = 600;

const WRITES: ReadonlySet<string> = new Set(['set', 'delete', 'clear', 'flush', 'cycle-key']);

export function Scrubber({ model }: { model: PanelModel }) {
  const items = model.items.value;
  const cursor = model.cursor.value;
  const exchanges = items.filter((item): item is ExchangeRecord => item.kind === 'exchange');
  const first = exchanges[0];
  const now = model.hasRunning.value ? model.clock.value : 0;
  const startAt = first?.at ?? 0;
  const endAt = Math.max(...exchanges.slice(-50).map((exchange) => endOf(exchange, now)), startAt + 1_000);
  const span = (endAt - startAt) * 1.02;
  const place = (at: number) => `${((at - startAt) / span) * 98 + 1}%`;
  const text = cursor ? Object.values(momentWords(cursor.exchange, cursor.index)).join(' ') : 'nothing recorded';
  const index = cursor ? exchanges.indexOf(cursor.exchange) : -1;
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
        const at = startAt + (((event.clientX - box.left) / box.width - 0.01) / 0.98) * span;
        const nearest = exchanges.toSorted((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at))[0];
        if (nearest) model.select({ exchange: nearest.id, index: nearest.operations.length });
      }}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
        event.preventDefault();
        event.stopPropagation();
        model.step(event.key === 'ArrowLeft' ? -1 : 1);
      }}
    >
      {ticksOf(startAt, span).map((at) => (
        <time key={at} style={{ left: place(at) }}>
          {formatTime(at).slice(0, 8)}
        </time>
      ))}
      {exchanges.slice(-MAX_BARS).map((exchange, row) => (
        <i
          key={exchange.id}
          class={
            exchange.finished === undefined
              ? 'running'
              : exchange.operations.some(({ operation }) => WRITES.has(operation))
                ? 'writes'
                : ''
          }
          style={{
            left: place(exchange.at),
            width: `${((endOf(exchange, now) - exchange.at) / span) * 98}%`,
            top: `${13 + (row % 2) * 4}px`,
          }}
        />
      ))}
      {items.map((item) =>
        item.kind === 'gap' ? (
          <i
            key={`gap${item.seq}`}
            class="gap"
            style={{ left: place(item.at) }}
            title={`${item.gap.count} events not held`}
          />
        ) : item.kind === 'epoch' ? (
          <i key={item.epoch} class="epoch" style={{ left: place(item.at) }} title="Server restarted" />
        ) : null,
      )}
      {cursor && (
        <b
          style={{ left: place(cursor.exchange.at + (cursor.exchange.operations[cursor.index - 1]?.offsetMs ?? 0)) }}
        />
      )}
    </div>
  );
}

const STEPS_MS = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 21_600_000];

/** Whole seconds or minutes, about six of them. */
function ticksOf(startAt: number, span: number): number[] {
  if (startAt === 0) return [];
  const step = STEPS_MS.find((ms) => span / ms <= 7) ?? span / 6;
  const ticks: number[] = [];
  for (let at = Math.ceil(startAt / step) * step; at < startAt + span; at += step) ticks.push(at);
  return ticks;
}
