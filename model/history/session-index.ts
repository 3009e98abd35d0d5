/**
 * What a recording says of each session, gathered once as it grows: questions about a session's past are asked with
 * every event, and a hundred thousand operations are not gone through for each.
 */
import type { OperationRecorded } from '../../protocol/index.ts';
import { journalOf } from '../recording/journal.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { byPosition, type EventPosition } from './moment.ts';
import { isOfRecord, recordFact, type RecordFact } from './record-fact.ts';
import { isWrite, type Write } from './writes.ts';

/** Of one session, oldest first. */
interface SessionPast {
  facts: RecordFact[];
  writes: Map<string, Write[]>;
  /** They say when something runs out. */
  ofExpiry: Write[];
}

interface Index {
  rewrites: number;
  /** How much of the journal has been taken in. */
  taken: number;
  sessions: Map<string, SessionPast>;
  /** By the new name: how a session was given another key. */
  rotations: Map<string, OperationRecorded>;
  /** Writes of sessions that had no name yet. */
  unnamed: Write[];
  /** Gaps and restarts: what was reported before one may have changed in it. */
  breaks: readonly EventPosition[];
  /** Epochs of which anything was reported. */
  epochs: Set<string>;
}

const indices = new WeakMap<readonly TimelineItem[], Index>();

/** The index of a recording, brought up to date. */
export function indexOf(items: readonly TimelineItem[]): Index {
  const { rewrites, entries } = journalOf(items);
  let index = indices.get(items);
  if (index === undefined || index.rewrites !== rewrites || index.taken > entries.length) {
    index = {
      rewrites,
      taken: 0,
      sessions: new Map(),
      rotations: new Map(),
      unnamed: [],
      breaks: items.filter((item) => item.kind === 'gap' || (item.kind === 'epoch' && item.isRestart)),
      epochs: new Set(),
    };
    indices.set(items, index);
  }
  for (; index.taken < entries.length; index.taken++) take(index, entries[index.taken]!);
  return index;
}

function take(index: Index, write: Write): void {
  const { exchange, operation } = write;
  index.epochs.add(operation.epoch);
  const { session, from } = operation;
  if (isOfRecord(operation))
    for (const name of new Set([session, from])) {
      if (typeof name !== 'string') continue;
      const fact = recordFact(exchange, operation, name);
      if (fact !== undefined) pastIn(index, name).facts.push(fact);
    }
  const { to } = operation;
  // One that failed has given the session its key anyway.
  if (operation.operation === 'cycle-key' && from && to && from !== to) index.rotations.set(to, operation);
  const lost = lostName(exchange, operation);
  if (lost !== undefined) index.rotations.set(to!, { ...operation, from: lost });
  if (session === null) {
    if (isWrite(operation)) index.unnamed.push(write);
    return;
  }
  if (operation.expiry !== undefined) pastIn(index, session).ofExpiry.push(write);
  if (isWrite(operation)) push(pastIn(index, session).writes, String(operation.path![0]), write);
}

/**
 * The name that a session had before it lost it: its request had loaded it, and found on another look that the record
 * was gone. A save then gives what is in memory a new key.
 */
function lostName({ operations }: ExchangeRecord, save: OperationRecorded): string | undefined {
  const { operation: what, from, to } = save;
  if (what !== 'save' || from !== null || typeof to !== 'string') return undefined;
  for (const { operation, outcome, state, session } of operations.slice(0, operations.indexOf(save)).toReversed()) {
    if (operation === 'flush' && outcome !== 'error') return undefined;
    if (operation === 'load' && state !== undefined) return session === null || session === to ? undefined : session;
  }
  return undefined;
}

function pastIn({ sessions }: Index, session: string): SessionPast {
  let past = sessions.get(session);
  if (past === undefined) sessions.set(session, (past = { facts: [], writes: new Map(), ofExpiry: [] }));
  return past;
}

function push<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** Writes of a session under a top-level key, oldest first. */
export function writesUnder(items: readonly TimelineItem[], session: string, name: string): readonly Write[] {
  const index = indexOf(items);
  const named = index.sessions.get(session)?.writes.get(name) ?? [];
  const unnamed = index.unnamed.filter(
    ({ exchange, operation }) => String(operation.path![0]) === name && namedLater({ exchange, operation }) === session,
  );
  return unnamed.length === 0 ? named : [...named, ...unnamed].sort(inOrder);
}

/** The name that a session got after a write, which came when it had none; `undefined`: it got none. */
function namedLater({ exchange, operation: write }: Write): string | undefined {
  const { operations, finished } = exchange;
  for (const { operation, session, from, to } of operations.slice(operations.indexOf(write) + 1)) {
    if (operation === 'flush') return undefined;
    if (from === null && typeof to === 'string') return to;
    if (session !== null) return session;
  }
  return finished?.sessionAfter ?? undefined;
}

/** How a session was given its key, where it had another before; `undefined`: it was not seen, or it had none. */
export const rotationTo = (items: readonly TimelineItem[], session: string): OperationRecorded | undefined =>
  indexOf(items).rotations.get(session);

/** Operations that say when something of a session runs out, oldest first. */
export const expiriesOf = (items: readonly TimelineItem[], session: string): readonly Write[] =>
  indexOf(items).sessions.get(session)?.ofExpiry ?? [];

/** Oldest first. */
export const inOrder = (
  { operation: a }: { operation: OperationRecorded },
  { operation: b }: { operation: OperationRecorded },
) => byPosition(a, b);
