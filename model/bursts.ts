/** Bursts: exchanges that overlap or follow at once. Each has a scale of its own, so that overlap is always legible. */
import { type ExchangeRecord, isRunning } from './timeline.ts';

/** A pause longer than this parts two bursts. */
export const BURST_PAUSE_MS = 1_000;

/** More exchanges than this can't be told apart on one scale: a flood without a pause is parted all the same. */
const MAX_EXCHANGES = 200;

export interface Burst {
  /** Epoch ms, the server's clock. */
  startAt: number;
  endAt: number;
  count: number;
  /** Exchanges that overlap another of the burst. */
  isConcurrent: boolean;
  /** Something in it still runs. */
  isRunning: boolean;
}

/** When an exchange ended, or was heard of last where its end was never told; `now` while it runs. */
export const endOf = (exchange: ExchangeRecord, now: number): number =>
  exchange.finished
    ? exchange.at + exchange.finished.durationMs
    : isRunning(exchange)
      ? Math.max(now, exchange.at)
      : (exchange.operations.at(-1)?.at ?? exchange.at);

/** The burst of each exchange, by exchange id. `exchanges` in order. */
export function findBursts(exchanges: readonly ExchangeRecord[], now: number): Map<string, Burst> {
  const bursts = new Map<string, Burst>();
  let current: Burst | undefined;
  for (const exchange of exchanges) {
    const endAt = endOf(exchange, now);
    if (current === undefined || exchange.at > current.endAt + BURST_PAUSE_MS || current.count >= MAX_EXCHANGES)
      current = { startAt: exchange.at, endAt, count: 0, isConcurrent: false, isRunning: false };
    if (current.count > 0 && exchange.at < current.endAt) current.isConcurrent = true;
    current.endAt = Math.max(current.endAt, endAt);
    current.isRunning ||= isRunning(exchange);
    current.count += 1;
    bursts.set(exchange.id, current);
  }
  return bursts;
}

export type MarkKind = 'load' | 'save' | 'write' | 'remove' | 'key' | 'time' | 'read';

export interface Waterfall {
  /** Percent of the burst. */
  left: number;
  width: number;
  /** Still running. */
  isOpen: boolean;
  marks: { left: number; kind: MarkKind }[];
}

const MARKS: Record<string, MarkKind> = {
  load: 'load',
  save: 'save',
  set: 'write',
  create: 'key',
  'cycle-key': 'key',
  delete: 'remove',
  clear: 'remove',
  flush: 'remove',
  expire: 'time',
  'set-expiry': 'time',
  touch: 'time',
  get: 'read',
};

export const markKindOf = (operation: string): MarkKind => MARKS[operation] ?? 'read';

/** At most this many marks on one bar: more can't be told apart in its width. */
const MAX_MARKS = 60;

/**
 * While something runs, a burst's scale grows by steps of this: each event would move all that stands on it else, and
 * the browser would lay out and paint every row for one that is new.
 */
const GROWTH = 1.5;

/** The burst as it is at `now`, which may be later than when it was found. */
const spanOf = ({ startAt, endAt, isRunning }: Burst, now: number): number => {
  if (!isRunning) return Math.max(endAt - startAt, 1);
  const ms = Math.max(endAt - startAt, now - startAt, 1);
  return GROWTH ** Math.ceil(Math.log(ms) / Math.log(GROWTH));
};

/** Where a moment stands on its burst's scale, percent. */
export const placeOn = (burst: Burst, at: number, now: number): number =>
  Math.min(100, Math.max(0, ((at - burst.startAt) / spanOf(burst, now)) * 100));

/** Where an exchange and its operations stand on its burst's scale. */
export function waterfallOf(exchange: ExchangeRecord, burst: Burst, now: number): Waterfall {
  const place = (at: number) => placeOn(burst, at, now);
  const left = place(exchange.at);
  const marks = exchange.operations
    .filter(({ operation }) => operation !== 'get')
    .slice(0, MAX_MARKS)
    .map((operation) => ({
      left: place(exchange.at + (operation.offsetMs ?? 0)),
      kind: markKindOf(operation.operation),
    }));
  return {
    left,
    width: place(endOf(exchange, now)) - left,
    isOpen: isRunning(exchange),
    marks,
  };
}
