/** What the store held of a session at any moment, as far as it was seen. */
import type { OperationRecorded } from '../../protocol/index.ts';
import { type ExchangeRecord, isOfOneProcess, type TimelineItem } from '../recording/records.ts';
import { middlewareOf, recordsIn } from '../recording/stores.ts';
import { isBefore, isUpTo, lastBefore, type EventPosition } from './moment.ts';
import type { RecordFact } from './record-fact.ts';
import { indexOf } from './session-index.ts';
import type { Write } from './writes.ts';

/** The record as it was reported last; `undefined`: nothing reported it. */
export type StoreContent = RecordFact | undefined;

/** Stores of which it is known that the touch of a record that is gone writes nothing. */
const NEEDS_RECORD: ReadonlySet<string> = new Set(['RedisStore', 'PGStore']);

const storeOf = (exchange: ExchangeRecord): string | undefined => middlewareOf(exchange)?.store;

/** Whether it is known that a touch in this request, which the store calls done, wrote nothing where no record was. */
export const touchNeedsRecord = (exchange: ExchangeRecord): boolean => NEEDS_RECORD.has(storeOf(exchange) ?? '');

/** Everything that was reported of one record, oldest first, with where knowledge of it broke off. */
export interface RecordHistory {
  facts: readonly RecordFact[];
  /** Gaps and restarts: what was reported before one may have changed in it. */
  breaks: readonly EventPosition[];
  /** Operations that say when the record runs out, oldest first. */
  ends: readonly Write[];
  /** All of it is of one life of one server. */
  isOneEpoch: boolean;
}

/** Whether the cookie is the session: each save makes another. One that only holds a copy of the record is not. */
export function isSealed(exchange: ExchangeRecord): boolean {
  const where = recordsIn(middlewareOf(exchange));
  return where === undefined
    ? exchange.operations.some(({ operation, layer }) => operation === 'load' && layer === 'cookie')
    : where === 'cookie';
}

/**
 * `within`: whose view it is. A store in a process is known to no other; what a request flushes of a cookie that is the
 * session is gone for that request, and every other that brings the cookie still has it.
 */
export function recordHistory(
  items: readonly TimelineItem[],
  fingerprint: string,
  within: ExchangeRecord,
): RecordHistory {
  const { sessions, breaks, epochs } = indexOf(items);
  const past = sessions.get(fingerprint);
  let facts: readonly RecordFact[] = past?.facts ?? [];
  let ends: readonly Write[] = past?.ofExpiry ?? [];
  if (epochs.size > 1 || within.started?.process !== undefined) {
    const isKnown = ({ exchange }: Write) => isOfOneProcess(exchange, within) || sharesStore(exchange, within) === true;
    facts = facts.flatMap((fact) => (isKnown(fact) ? fact : asOfAnother(fact, within)));
    ends = ends.filter(isKnown);
  }
  if (isSealed(within)) facts = asSealed(facts, within);
  return { facts, breaks, ends, isOneEpoch: epochs.size <= 1 };
}

/**
 * Each request has its own copy of a cookie that is the session: what another one flushes stays in this one's, and what
 * another one finds in its copy after this one flushed does not bring it back here.
 */
function asSealed(facts: readonly RecordFact[], within: ExchangeRecord): readonly RecordFact[] {
  const flushed = facts.find(({ is, exchange }) => is === 'gone' && exchange === within);
  return facts.filter(
    ({ is, exchange, operation }) =>
      exchange === within || (is !== 'gone' && (flushed === undefined || isBefore(operation, flushed.operation))),
  );
}

/** What is known of the record up to a place: the newest fact, if nothing was lost since. */
export function recordUpTo(history: RecordHistory, limit: EventPosition, isIncluded = true): StoreContent {
  const { facts, isOneEpoch } = history;
  const fact = facts[lastBefore(facts, limit, { isIncluded, isOneEpoch })];
  if (fact === undefined) return undefined;
  const isLost = history.breaks.some(
    (gap) => isBefore(fact.operation, gap) && isUpTo(gap, limit) && !isSamePosition(gap, fact.operation),
  );
  return isLost ? undefined : asOf(fact, history, limit);
}

/** Stores count in whole seconds, by clocks of their own. */
const CLOCK_MS = 1_000;

/** A record whose end has passed is there no more: no load gives it. */
function asOf(fact: RecordFact, { ends, isOneEpoch }: RecordHistory, limit: EventPosition): RecordFact {
  if (fact.is === 'gone') {
    const touch = revivingTouch(fact, ends, lastBefore(ends, limit, { isIncluded: true, isOneEpoch }));
    return touch === undefined ? fact : { ...touch, is: 'unknown', isTouched: true };
  }
  if (fact.is !== 'there') return fact;
  const { at } = limit;
  const position = fact.operation;
  let index = lastBefore(ends, limit, { isIncluded: true, isOneEpoch });
  const saysEnd = ({ operation }: Write) => operation.expiry?.storeAt !== undefined && isDone(operation);
  while (index >= 0 && !saysEnd(ends[index]!)) index -= 1;
  const end = ends[index]?.operation;
  // Written since, and nothing said for how long.
  if (end === undefined || (fact.isWritten && isBefore(end, position))) return fact;
  const { storeAt, storeAssumed } = end.expiry!;
  // Of an end that is assumed no conclusion is drawn.
  if (typeof storeAt !== 'number' || storeAssumed === true || at < storeAt - CLOCK_MS) return fact;
  const { exchange, operation } = fact;
  return at >= storeAt + CLOCK_MS
    ? { exchange, operation, is: 'gone', isExpired: true }
    : { exchange, operation, is: 'unknown' };
}

/** A touch of a record that had been deleted, by a store that may have written it again; looked for from `from` back. */
function revivingTouch({ operation: gone }: RecordFact, ends: readonly Write[], from: number): Write | undefined {
  for (let index = from; index >= 0 && isBefore(gone, ends[index]!.operation); index--) {
    const { exchange, operation } = ends[index]!;
    if (operation.operation === 'touch' && isDone(operation) && !touchNeedsRecord(exchange)) return ends[index];
  }
  return undefined;
}

const isDone = ({ outcome }: OperationRecorded): boolean => outcome !== 'error' && outcome !== 'gone';

/** What another server did to a record of its own store, which may be this one's: something, or nothing. */
function asOfAnother({ exchange, operation }: RecordFact, within: ExchangeRecord): RecordFact[] {
  const isRead = operation.operation === 'load';
  return isRead || sharesStore(exchange, within) === false ? [] : [{ exchange, operation, is: 'unknown' }];
}

/** Whether two servers write one store: of one app, by one kind of store outside of both. `undefined`: not known. */
function sharesStore(a: ExchangeRecord, b: ExchangeRecord): boolean | undefined {
  const [one, other] = [a.life.started, b.life.started];
  if (one === undefined || other === undefined || one.app !== other.app) return false;
  if (storeOf(a) === undefined || storeOf(a) !== storeOf(b)) return false;
  const where = recordsIn(middlewareOf(b));
  return where === undefined ? undefined : where !== 'process';
}

const isSamePosition = (a: EventPosition, b: EventPosition) => a.epoch === b.epoch && a.seq === b.seq;
