/**
 * What the panel says of a recording, one function for each claim: the views are made of these, and whoever has seen
 * what truly happened can ask for each. Every one may answer *not known*.
 */
import type { EncodedValue, KeyPath, OperationRecorded, Verdict } from '../../protocol/index.ts';
import { type Blame, blameAt, pastAt } from '../history/blame.ts';
import { type Cursor, isBefore, isNameless, isUpTo, momentOf, positionAt, sessionAt } from '../history/moment.ts';
import type { RecordFact } from '../history/record-fact.ts';
import { recordNow, type Relation, relate } from '../history/saved.ts';
import { overlaps } from '../history/overlap.ts';
import { memoryAt } from '../history/sides.ts';
import { historyOf } from '../history/key-history.ts';
import type { Write } from '../history/writes.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { type Diff, diff } from '../values/diff.ts';
import { cutOf } from '../values/known.ts';
import { partsOf, valueAt } from '../values/parts.ts';
import { type Clock, cookieView } from './cookie-view.ts';

type Items = readonly TimelineItem[];

/** The session in memory at a moment; `undefined`: not known. */
export const memoryClaim = (cursor: Cursor): EncodedValue | undefined => memoryAt(cursor);

export type StoreClaim =
  /** `form: 'memory'`: as memory held it when it was saved; what the store's format made of it is not known. */
  | { is: 'there'; value: EncodedValue; form: 'stored' | 'memory'; since: RecordFact }
  /** `since` is absent where the session had no key from the start. */
  | { is: 'gone'; since?: RecordFact }
  | { is: 'unreadable'; since: RecordFact }
  | { is: 'unknown' };

/** The record in the store at a moment, of the session that the request has then. */
export function storeClaim(items: Items, cursor: Cursor): StoreClaim {
  const { fact } = recordNow(items, cursor);
  if (fact === undefined) return { is: isNameless(cursor.exchange, cursor.index) ? 'gone' : 'unknown' };
  if (fact.is === 'unknown') return { is: 'unknown' };
  return fact.is === 'there'
    ? { is: 'there', value: fact.value, form: fact.form, since: fact }
    : { is: fact.is, since: fact };
}

/** How memory and store stand to each other under one path. */
export function relationClaim(items: Items, cursor: Cursor, path: KeyPath): Relation {
  const value = valueAt(memoryAt(cursor), path);
  if (value === 'unknown') return { is: 'unknown', saved: 'unknown' };
  const { fact, own } = recordNow(items, cursor);
  return relate(value, path, fact, own);
}

/**
 * Top-level keys by how memory and store stand to each other; a key of neither list is the same in both, or was saved so
 * and could not be compared.
 */
export interface SavedClaim {
  /** The record has another value, and this one was never saved. */
  notSaved: string[];
  /** Saved, and the store's format made another value of it. */
  asSomethingElse: string[];
  /** Loaded or saved so by this request, and the record was written or deleted since. */
  overwritten: string[];
  notCompared: string[];
  /** Not every key of the session was sent: there are more than these. */
  isPartial: boolean;
}

/** `undefined`: memory or store is not known at all. */
export function savedClaim(items: Items, cursor: Cursor): SavedClaim | undefined {
  const memory = memoryAt(cursor);
  if (memory === undefined) return undefined;
  const { fact, own } = recordNow(items, cursor);
  if (fact === undefined || fact.is === 'unknown' || fact.is === 'unreadable') return undefined;
  const stored = fact.is === 'there' ? fact.value : undefined;
  const claim: SavedClaim = {
    notSaved: [],
    asSomethingElse: [],
    overwritten: [],
    notCompared: [],
    isPartial: cutOf(memory) !== undefined || (stored !== undefined && cutOf(stored) !== undefined),
  };
  const lists = {
    no: claim.notSaved,
    'as-something-else': claim.asSomethingElse,
    overwritten: claim.overwritten,
    unknown: claim.notCompared,
    yes: undefined,
  };
  for (const name of topLevelNames(memory, stored)) {
    const value = valueAt(memory, [name]);
    const { saved } = value === 'unknown' ? { saved: 'unknown' as const } : relate(value, [name], fact, own);
    lists[saved]?.push(name);
  }
  return claim;
}

/** Keys of either side, memory's first. */
export function topLevelNames(memory: EncodedValue | undefined, stored: EncodedValue | undefined): string[] {
  const names = [memory, stored].flatMap((side) => (side === undefined ? [] : (partsOf(side) ?? [])));
  return [...new Set(names.map(([step]) => String(step)))];
}

/** Who made the value under a path what it is, or took it away. */
export function lastWriteClaim(items: Items, cursor: Cursor, path: KeyPath): Blame {
  const past = pastAt(items, cursor);
  return past === undefined ? { kind: 'unknown' } : blameAt(past, cursor, path);
}

/** Every write under a path up to a moment, newest first: what was tried, whether it survived or not. */
export const historyClaim = (items: Items, cursor: Cursor, path: KeyPath): Write[] =>
  historyOf(items, momentOf(cursor), sessionAt(cursor.exchange, cursor.index), path);

/** What differs between the sessions in memory at two moments; `undefined`: one of them is not known. */
export function diffClaim(before: Cursor, after: Cursor): Diff | undefined {
  const [left, right] = [memoryAt(before), memoryAt(after)];
  return left === undefined || right === undefined ? undefined : diff(left, right);
}

/** What became of record and cookie; `undefined`: not known, for it has not ended or its end was not reported. */
export function outcomeClaim({
  finished,
}: ExchangeRecord):
  | { record: Verdict['record']['outcome']; cookie: Verdict['cookie']['outcome']; isCookieDue: boolean }
  | undefined {
  if (finished === undefined) return undefined;
  const { record, cookie } = finished.verdict;
  return { record: record.outcome, cookie: cookie.outcome, isCookieDue: cookie.due ?? false };
}

export interface SizeClaim {
  bytes: number;
  /** The record's expiry was written since, in the record itself: it is about as large. */
  isAbout: boolean;
  /** By what it was known. */
  since: RecordFact;
}

/** Bytes of the record as the store holds it; `undefined`: not known. */
export function sizeClaim(items: Items, cursor: Cursor): SizeClaim | undefined {
  const claim = storeClaim(items, cursor);
  if (claim.is !== 'there' || claim.since.operation.bytes === undefined) return undefined;
  const { operation, exchange } = claim.since;
  const isAbout = !keepsExpiryApart(exchange) && isTouchedSince(items, operation, cursor);
  return { bytes: claim.since.operation.bytes, isAbout, since: claim.since };
}

/** Stores whose `touch` asks the store for another expiry and leaves the record as it is: Redis' EXPIRE. */
const EXPIRY_APART: ReadonlySet<string> = new Set(['RedisStore']);

const keepsExpiryApart = ({ started, life }: ExchangeRecord): boolean =>
  EXPIRY_APART.has(life.started?.middlewares[started?.middleware ?? 0]?.store ?? '');

/** Whether the record's expiry was written since: where the record holds it, as MemoryStore's does, its size changed. */
function isTouchedSince(items: Items, { session, ...reported }: OperationRecorded, cursor: Cursor): boolean {
  const until = positionAt(cursor);
  return items.some(
    (item) =>
      item.kind === 'exchange' &&
      item.operations.some(
        (operation) =>
          operation.operation === 'touch' &&
          operation.session === session &&
          operation.outcome === 'done' &&
          isBefore(reported, operation) &&
          isUpTo(operation, until),
      ),
  );
}

/** The three clocks as they stood at the end of an exchange. */
export const clocksClaim = (items: Items, exchange: ExchangeRecord): Clock[] => cookieView(items, exchange).clocks;

/** Requests that ran while this one ran. `now`: epoch ms, the end so far of what runs still. */
export function concurrentClaim(items: Items, exchange: ExchangeRecord, now: number): ExchangeRecord[] {
  return items.filter((item): item is ExchangeRecord => {
    if (item.kind !== 'exchange' || item === exchange || item.started === undefined) return false;
    const isEarlier = isBefore(item, exchange);
    return overlaps(isEarlier ? item : exchange, isEarlier ? exchange : item, now);
  });
}
