/** The two moments of a diff: what *Before* is, what the session held then, and who can have made the difference. */
import type { EncodedValue } from '../protocol/index.ts';
import { memoryAfter, type Moment, sequenceOf, storeAt, type Write, writesOf } from './history.ts';
import { sessionAt } from './state-view.ts';
import type { ExchangeRecord, TimelineItem } from './timeline.ts';

/** What *Before* is, in a diff. `marked`: a moment chosen with `d`. */
export const DIFF_BASES = ['operation', 'exchange', 'store', 'previous', 'marked'] as const;
export type DiffBase = (typeof DIFF_BASES)[number];

/** A moment with the exchange that it lies in. */
export interface Cursor {
  exchange: ExchangeRecord;
  /** How many of its operations have happened. */
  index: number;
}

/** A cursor without its exchange's record: it may be kept. */
export const momentOf = ({ exchange, index }: Cursor): Moment => ({ exchange: exchange.id, index });

export interface DiffSide {
  /** What the session held; `undefined` where it is not known. */
  value: EncodedValue | undefined;
  moment: Moment;
}

/** The left side of a diff whose right side is `at`. The store's record is told at the cursor. */
export function sideBefore(
  items: readonly TimelineItem[],
  { exchange, index }: Cursor,
  base: DiffBase,
  marked: Cursor | undefined,
): DiffSide | undefined {
  const memoryAt = (at: ExchangeRecord, count: number) => ({
    value: memoryAfter(at.operations, count),
    moment: { exchange: at.id, index: count },
  });
  switch (base) {
    case 'operation':
      return memoryAt(exchange, Math.max(0, index - 1));
    case 'exchange':
      return memoryAt(exchange, firstStateOf(exchange));
    case 'marked':
      return marked && memoryAt(marked.exchange, marked.index);
    case 'previous': {
      const at = items.indexOf(exchange);
      const previous = items
        .slice(0, at)
        .findLast(
          (item): item is ExchangeRecord =>
            item.kind === 'exchange' && memoryAfter(item.operations, item.operations.length) !== undefined,
        );
      return previous && memoryAt(previous, previous.operations.length);
    }
    case 'store': {
      const session = sessionAt(exchange, index);
      const told = session === undefined ? undefined : storeAt(items, { exchange: exchange.id, index }, session);
      const value = told === undefined || told === 'gone' ? undefined : told.value;
      return { value, moment: { exchange: exchange.id, index: firstStateOf(exchange) } };
    }
  }
}

/**
 * Writes that can have made the difference. Within one exchange: its own, after the left side. Across two: its own,
 * and what others wrote since the left side. A difference that none of them made came with the record.
 */
export function writesBetween(items: readonly TimelineItem[], before: Moment | undefined, at: Cursor): Write[] {
  const session = sessionAt(at.exchange, at.index);
  const since = before && sequenceOf(items, before);
  if (session === undefined || since === undefined) return [];
  const isWithin = before?.exchange === at.exchange.id;
  return writesOf(items, momentOf(at), session).filter(({ exchange, operation }) => {
    const isOwn = exchange.id === at.exchange.id;
    const isSince = operation.epoch !== since.epoch || operation.seq > since.seq;
    return isWithin ? isOwn && isSince : isOwn || isSince;
  });
}

/** After how many operations the exchange's session is known for the first time. */
function firstStateOf({ operations }: ExchangeRecord): number {
  return operations.findIndex(({ operation }) => operation === 'load' || operation === 'create') + 1;
}
