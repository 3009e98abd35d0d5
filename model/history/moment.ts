/** Moments of a recording, and which of two came first. */
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';

/** A place in the recording: after `index` operations of an exchange. */
export interface Moment {
  exchange: string;
  /** How many of its operations have happened. */
  index: number;
}

/** A moment with the exchange that it lies in. */
export interface Cursor {
  exchange: ExchangeRecord;
  /** How many of its operations have happened. */
  index: number;
}

/** A cursor without its exchange's record: it may be kept. */
export const momentOf = ({ exchange, index }: Cursor): Moment => ({ exchange: exchange.id, index });

/** Where an event stands: within one epoch its number decides, between two the servers' clocks. */
export interface EventPosition {
  epoch: string;
  seq: number;
  /** Epoch ms. */
  at: number;
}

export const isBefore = (a: EventPosition, b: EventPosition): boolean =>
  a.epoch === b.epoch ? a.seq < b.seq : a.at < b.at;

export const isUpTo = (a: EventPosition, b: EventPosition): boolean =>
  a.epoch === b.epoch ? a.seq <= b.seq : a.at <= b.at;

/** Oldest first. */
export const byPosition = (a: EventPosition, b: EventPosition): number =>
  a.epoch === b.epoch ? a.seq - b.seq : a.at - b.at || a.seq - b.seq;

/**
 * Index of the last of `events`, oldest first, that stands before a place, or, with `isIncluded`, up to it; −1: none.
 * `isOneEpoch`: their numbers alone decide, so that it is found by halves.
 */
export function lastBefore(
  events: readonly { operation: EventPosition }[],
  position: EventPosition,
  { isIncluded, isOneEpoch }: { isIncluded: boolean; isOneEpoch: boolean },
): number {
  const stands = isIncluded ? isUpTo : isBefore;
  if (!isOneEpoch) return events.findLastIndex(({ operation }) => stands(operation, position));
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stands(events[middle]!.operation, position)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The last thing that has happened at a moment. At the end of an exchange that is its end, or what came even later. */
export function positionAt({ exchange, index }: Cursor): EventPosition {
  const { operations, finished } = exchange;
  const operation = operations[Math.min(index, operations.length) - 1];
  if (finished !== undefined && index >= operations.length && finished.seq > (operation?.seq ?? 0)) return finished;
  return operation ?? exchange;
}

/** As `positionAt`, of a moment that was kept; `undefined`: its exchange is gone. */
export function positionOf(items: readonly TimelineItem[], moment: Moment): EventPosition | undefined {
  const cursor = cursorOf(items, moment);
  return cursor && positionAt(cursor);
}

export function cursorOf(items: readonly TimelineItem[], { exchange: id, index }: Moment): Cursor | undefined {
  const exchange = items.findLast((item): item is ExchangeRecord => item.kind === 'exchange' && item.id === id);
  return exchange && { exchange, index };
}

/**
 * The session of an exchange after `count` operations: rotation changes it. `undefined`: it is not known, or it has no
 * name yet.
 */
export function sessionAt(exchange: ExchangeRecord, count: number): string | undefined {
  let isUnnamed = false;
  for (let index = Math.min(count, exchange.operations.length) - 1; index >= 0; index--) {
    const { session, operation, outcome } = exchange.operations[index]!;
    // What came after the flush happened to another session, which has no name yet.
    if (operation === 'flush' && outcome !== 'error' && isUnnamed) return undefined;
    if (session !== null) return session;
    isUnnamed = true;
  }
  return exchange.started?.cookie.fingerprint ?? exchange.operations[0]?.session ?? undefined;
}

/** The session has no key after `count` operations, for sure: no store has a record of it. */
export function isNameless(exchange: ExchangeRecord, count: number): boolean {
  const { started, operations } = exchange;
  if (started === undefined || sessionAt(exchange, count) !== undefined) return false;
  // Of a cookie that no key was read from, the library's first word says whether it has begun another session.
  return started.cookie.sent === 0 || operations[Math.min(count, operations.length) - 1]?.session === null;
}

/** The session that an exchange ended with, or has now; `undefined`: none. */
export const sessionAtEnd = (exchange: ExchangeRecord): string | undefined =>
  exchange.finished === undefined
    ? sessionAt(exchange, exchange.operations.length)
    : (exchange.finished.sessionAfter ?? undefined);

/** After how many operations the exchange's session is known for the first time. */
export function firstStateOf({ operations }: ExchangeRecord): number {
  return operations.findIndex(({ operation }) => operation === 'load' || operation === 'create') + 1;
}
