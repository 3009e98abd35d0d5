/** Bursts: exchanges that overlap or follow at once. Each has a scale of its own, so that overlap is always legible. */
import { endOf, overlaps } from '../history/overlap.ts';
import { type ExchangeRecord, isRunning } from '../recording/records.ts';

/** A pause longer than this always parts two bursts. */
export const BURST_PAUSE_MS = 1_000;

/** More exchanges than this can't be distinguished on one scale: a flood without a pause is parted anyway. */
const MAX_EXCHANGES = 200;

/** A burst as long as this ends with the next request that overlaps none of it: polling is not one burst for ever. */
const MAX_SPAN_MS = 5_000;

export interface Burst {
  /** Epoch ms, the server's clock. */
  startAt: number;
  endAt: number;
  count: number;
  /** The most of them that ran at once. */
  atOnce: number;
  /** Something in it still runs. */
  isRunning: boolean;
}

/** Shorter than this is never a pause: a page's own requests follow it so. */
const MIN_PAUSE_MS = 100;

/** A pause is longer than what went before it took: else polling would flatten every bar on its scale. */
const pauseAfter = ({ startAt, endAt }: Burst): number =>
  Math.min(BURST_PAUSE_MS, Math.max(MIN_PAUSE_MS, endAt - startAt));

/** What is known of each exchange already: asked of all of a long recording, it is read from lists. */
export interface KnownEnds {
  /** Epoch ms; of one that runs, now. */
  at: readonly number[];
  /** Number of the last event; without end where it runs. */
  seq: readonly number[];
}

/** The burst of each exchange. `exchanges` in order. */
export function findBursts(exchanges: readonly ExchangeRecord[], now: number, known?: KnownEnds): Burst[] {
  const bursts: Burst[] = [];
  let current: Burst | undefined;
  /** Those of the burst that had not ended when the last one began. */
  let open: number[] = [];
  for (let at = 0; at < exchanges.length; at++) {
    const exchange = exchanges[at]!;
    const endAt = known === undefined ? endOf(exchange, now) : known.at[at]!;
    const isOpen = (index: number) => {
      const other = exchanges[index]!;
      // Of one server, whose last event came before this one's first: that is nearly every one.
      const isBefore = known !== undefined && known.seq[index]! <= exchange.seq && other.epoch === exchange.epoch;
      return !isBefore && overlaps(other, exchange, now);
    };
    if (open.length > 1 || (open.length === 1 && !isOpen(open[0]!))) open = open.filter(isOpen);
    const isOver =
      current !== undefined &&
      (exchange.at > current.endAt + pauseAfter(current) ||
        current.count >= MAX_EXCHANGES ||
        (open.length === 0 && exchange.at > current.startAt + MAX_SPAN_MS));
    if (current === undefined || isOver) {
      current = { startAt: exchange.at, endAt, count: 0, atOnce: 0, isRunning: false };
      open = [];
    }
    open.push(at);
    current.atOnce = Math.max(current.atOnce, open.length);
    current.endAt = Math.max(current.endAt, endAt);
    current.isRunning ||= isRunning(exchange);
    current.count += 1;
    bursts.push(current);
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
  expire: 'remove',
  'set-expiry': 'write',
  touch: 'read',
  get: 'read',
};

export const markKindOf = (operation: string): MarkKind => MARKS[operation] ?? 'read';

/** At most this many marks on one bar: more can't be distinguished in its width. */
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

/** Whether what stands on the scale of one stands at the same place on that of the other. */
export const hasSameScale = (a: Burst, b: Burst): boolean => a.startAt === b.startAt && spanOf(a, 0) === spanOf(b, 0);

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
