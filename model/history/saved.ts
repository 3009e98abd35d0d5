/** Whether what memory holds under a key is what the store holds, and whether it was saved. */
import type { EncodedValue, KeyPath } from '../../protocol/index.ts';
import { type Sameness, sameness, survivesAnyFormat } from '../values/compare.ts';
import { mayBecome } from '../values/store-format.ts';
import { typedKeyOf } from '../values/known.ts';
import { valueAt } from '../values/parts.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { replacesMemory } from './memory.ts';
import { type Cursor, isBefore, isNameless, isUpTo, lastBefore, positionAt, sessionAt } from './moment.ts';
import { recordHistory, type RecordHistory, recordUpTo, type StoreContent } from './record.ts';
import { memoryOfFact, type RecordFact } from './record-fact.ts';

export interface Relation {
  /** Memory and store, compared as the store holds it. */
  is: Sameness;
  /**
   * `yes`: what memory holds is what was saved. `as-something-else`: it was, and the store's format made another value of
   * it. `overwritten`: this request loaded or saved it so, and the record was written or deleted since, by `by`. `no`: the record has
   * another value, and this one was never saved. `unknown`: what would decide was not sent.
   */
  saved: 'yes' | 'as-something-else' | 'overwritten' | 'no' | 'unknown';
  by?: RecordFact;
}

const UNKNOWN: Relation = { is: 'unknown', saved: 'unknown' };

/**
 * How the value `memory` under `path` stands to the record `fact`; `own`: what the same request
 * loaded or saved last. `beside`: what stands in the store where memory has this, if its path there is another.
 */
export function relate(
  memory: EncodedValue | undefined,
  path: KeyPath,
  fact: StoreContent,
  own: RecordFact | undefined,
  beside?: EncodedValue,
): Relation {
  if (fact === undefined || fact.is === 'unreadable' || fact.is === 'unknown') return UNKNOWN;
  // Nobody wrote over it, and nobody failed to save.
  if (fact.is === 'gone' && fact.isExpired === true) return UNKNOWN;
  const stored = beside ?? (fact.is === 'gone' ? undefined : valueAt(fact.value, path));
  let is: Sameness = stored === 'unknown' ? 'unknown' : sameness(memory, stored);
  // How the store holds it is not reported: only what no format changes is known to be the same there.
  if (fact.is === 'there' && fact.form === 'memory' && memory !== undefined && !survivesAnyFormat(memory))
    is = 'unknown';
  const asSaved = fact.is === 'there' && fact.isWritten ? compareAt(memory, memoryOfFact(fact), path) : is;
  if (is === 'same')
    return isRenamed(fact, path) ? { is: 'different', saved: 'as-something-else' } : { is, saved: 'yes' };
  if (asSaved === 'same') return { is, saved: is === 'different' ? 'as-something-else' : 'yes' };
  if (own !== undefined && own !== fact && compareAt(memory, memoryOfFact(own), path) === 'same')
    switch (sinceOwn(own, stored, path)) {
      case 'same':
        // Another request has only read it since.
        return { is, saved: is === 'different' ? 'as-something-else' : 'yes' };
      case 'unknown':
        return { is, saved: 'unknown' };
      case 'different':
        return { is, saved: 'overwritten', by: fact };
    }
  const isNot = is === 'different' && asSaved === 'different';
  // What the format makes of this value may be what is there: undefined leaves no key, NaN becomes null.
  const mayBeThere = memory !== undefined && stored !== 'unknown' && mayBecome(memory, stored);
  return { is, saved: isNot && !mayBeThere ? 'no' : 'unknown' };
}

/** Whether the store still holds what the request itself put there, or found. */
function sinceOwn(own: RecordFact, stored: EncodedValue | 'unknown' | undefined, path: KeyPath): Sameness {
  const put = own.is === 'there' ? valueAt(own.value, path) : own.is === 'gone' ? undefined : 'unknown';
  if (put === 'unknown' || stored === 'unknown') return 'unknown';
  // What the store's format made of it is not known.
  if (own.is === 'there' && own.form === 'memory' && put !== undefined && !survivesAnyFormat(put)) return 'unknown';
  return sameness(put, stored);
}

/** A key that is a number in memory and a text in the store: the next load does not find it by that number. */
const isRenamed = (fact: RecordFact, path: KeyPath): boolean =>
  fact.is === 'there' &&
  path.length === 1 &&
  typedKeyOf(memoryOfFact(fact), String(path[0])) !== undefined &&
  typedKeyOf(fact.value, String(path[0])) === undefined;

function compareAt(memory: EncodedValue | undefined, content: EncodedValue | undefined, path: KeyPath): Sameness {
  const value = valueAt(content, path);
  // The very same: nothing was recorded to have changed in it.
  if (value === memory) return 'same';
  return value === 'unknown' ? 'unknown' : sameness(memory, value);
}

/** What the request itself loaded or saved last, up to a moment. */
export function lastOwn({ facts, isOneEpoch }: RecordHistory, cursor: Cursor): RecordFact | undefined {
  const { exchange } = cursor;
  for (let at = lastBefore(facts, positionAt(cursor), { isIncluded: true, isOneEpoch }); at >= 0; at--) {
    const fact = facts[at]!;
    if (isOneEpoch && isBefore(fact.operation, exchange.operations[0] ?? exchange)) return undefined;
    if (fact.exchange === exchange && (fact.operation.operation !== 'load' || replacesMemory(fact.operation)))
      return fact;
  }
  return undefined;
}

/** The record at a moment. */
export const recordAt = (history: RecordHistory, cursor: Cursor): StoreContent =>
  recordUpTo(history, positionAt(cursor));

/**
 * express-session makes a key of its own for a new session and writes nothing then, unless the app's `genid` gives a key
 * that may have a record.
 */
function neverWritten({ exchange, index }: Cursor, session: string): RecordFact | undefined {
  const { operations, life, started } = exchange;
  const middleware = life.started?.middlewares[started?.middleware ?? 0];
  if (middleware?.library !== 'express-session' || middleware.settings['genid'] !== undefined) return undefined;
  const operation = operations
    .slice(0, Math.max(1, index))
    .findLast((one) => one.session === session && (one.operation === 'create' || one.operation === 'cycle-key'));
  return operation && { exchange, operation, is: 'gone' };
}

/** What is known of the record of a request's session at a moment: of one that has no key yet, that there is none. */
export function recordNow(
  items: readonly TimelineItem[],
  cursor: Cursor,
): { history?: RecordHistory; fact: StoreContent; own: RecordFact | undefined } {
  const { exchange, index } = cursor;
  const session = sessionAt(exchange, index);
  if (session !== undefined) {
    const history = recordHistory(items, session, exchange);
    // Whatever was recorded of it, even what something unseen may have changed since, says that there may be one.
    const isUnheardOf = !history.facts.some(({ operation }) => isUpTo(operation, positionAt(cursor)));
    const fact = recordAt(history, cursor) ?? (isUnheardOf ? neverWritten(cursor, session) : undefined);
    return { history, fact, own: lastOwn(history, cursor) };
  }
  const operation = exchange.operations[Math.min(index, exchange.operations.length) - 1];
  const isNone = operation !== undefined && isNameless(exchange, index);
  return { fact: isNone ? { exchange, operation, is: 'gone' } : undefined, own: undefined };
}

/** The request has ended, and what became of its session is decided. */
export const isDecided = ({ finished }: ExchangeRecord): boolean =>
  finished !== undefined && finished.verdict.record.outcome !== 'pending';
