/** Every write of a session, or of one key of it: what was tried, whether it survived or not. */
import type { KeyPath } from '../../protocol/index.ts';
import type { TimelineItem } from '../recording/records.ts';
import { valueAt } from '../values/parts.ts';
import { sealedBy } from './lineage.ts';
import { touches } from './memory.ts';
import {
  type Cursor,
  cursorOf,
  isBefore,
  isNameless,
  isUpTo,
  type Moment,
  type EventPosition,
  positionAt,
} from './moment.ts';
import { isSealed } from './record.ts';
import { inOrder, rotationTo, writesUnder } from './session-index.ts';
import { isWrite, type Write } from './writes.ts';

/** Rotations and saves followed back. */
const MAX_HOPS = 1_000;

/**
 * Writes of one key and of what it holds up to a moment, newest first. A session that was given a new key keeps its
 * past, as far as it kept its content. `session`: whose; `undefined`: it has no key then.
 */
export function historyOf(
  items: readonly TimelineItem[],
  moment: Moment,
  session: string | undefined,
  path: KeyPath,
): Write[] {
  const cursor = cursorOf(items, moment);
  if (cursor === undefined) return [];
  // It has no key yet: nobody but its request can have written into it.
  if (session === undefined) return isNameless(cursor.exchange, cursor.index) ? ownWrites(cursor, session, path) : [];
  return isSealed(cursor.exchange) ? sealedHistory(items, cursor, path) : storedHistory(items, cursor, session, path);
}

function storedHistory(items: readonly TimelineItem[], cursor: Cursor, session: string, path: KeyPath): Write[] {
  const writes = ownWrites(cursor, session, path);
  const known = new Set(writes.map(({ operation }) => operation));
  let limit: EventPosition = positionAt(cursor);
  let isIn: typeof isUpTo = isUpTo;
  let name = session;
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    const own = writesUnder(items, name, String(path[0])).filter(
      ({ operation }) => touches(operation.path!, path) && isIn(operation, limit),
    );
    writes.push(...own.filter(({ operation }) => !known.has(operation)));
    const rotation = rotationTo(items, name);
    if (rotation === undefined || !isIn(rotation, limit)) break;
    // What was dropped on the way is not of this session.
    if (rotation.state !== undefined && valueAt(rotation.state, path.slice(0, 1)) === undefined) break;
    limit = rotation;
    isIn = isBefore;
    name = rotation.from!;
  }
  return writes.sort(inOrder).toReversed();
}

/**
 * What the request itself wrote into the session that it has, under whatever name that had then: it had none before its
 * first save, and loses it where the store has no record of it any more.
 */
function ownWrites({ exchange, index }: Cursor, session: string | undefined, path: KeyPath): Write[] {
  const writes: Write[] = [];
  // Where the last word is of a session without a key, it has lost the one that is known.
  let name = exchange.operations[index - 1]?.session === null ? undefined : session;
  for (const operation of exchange.operations.slice(0, index).toReversed()) {
    const { operation: what, outcome, state, from, to } = operation;
    if (what === 'flush' && outcome !== 'error') break;
    if (what === 'cycle-key' && state !== undefined && valueAt(state, path.slice(0, 1)) === undefined) break;
    name ??= operation.session ?? undefined;
    const isOwn = operation.session === (name ?? null);
    if (isOwn && isWrite(operation) && touches(operation.path!, path)) writes.push({ exchange, operation });
    if (isOwn && to === name) name = from ?? undefined;
  }
  return writes;
}

/** Where the cookie is the session it has another name after each save, and each browser tab may have one of its own. */
function sealedHistory(items: readonly TimelineItem[], cursor: Cursor, path: KeyPath): Write[] {
  const writes: Write[] = [];
  let { exchange, index } = cursor;
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    const operations = exchange.operations.slice(0, index);
    const flushed = operations.findLastIndex(({ operation, outcome }) => operation === 'flush' && outcome !== 'error');
    for (const operation of operations.slice(flushed + 1).toReversed())
      if (isWrite(operation) && touches(operation.path!, path)) writes.push({ exchange, operation });
    if (flushed >= 0) break;
    const load = operations.find(({ operation, session }) => operation === 'load' && session !== null);
    const made = load && sealedBy(items, exchange, load);
    if (made === undefined) break;
    exchange = made.exchange;
    index = exchange.operations.indexOf(made.operation) + 1;
  }
  return writes;
}
