/** Which session became which within one exchange, and what was done to a record meanwhile. */
import type { OperationRecorded } from '../../protocol/index.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { isBefore } from './moment.ts';
import { recordHistory } from './record.ts';
import type { Write } from './writes.ts';

/** Whether the session that an exchange began with became the one that it ended with: by rotation, or by a sealed save. */
export function isRotation({ operations }: ExchangeRecord, before: string, after: string): boolean {
  let session: string | undefined = before;
  for (const { operation, from, to } of operations)
    if (from === session && typeof to === 'string' && (operation === 'cycle-key' || operation === 'save')) session = to;
  return session === after;
}

/** The save that made the cookie which a load read; `undefined`: it was not seen. */
export function sealedBy(
  items: readonly TimelineItem[],
  exchange: ExchangeRecord,
  load: OperationRecorded,
): Write | undefined {
  const facts = load.session === null ? [] : recordHistory(items, load.session, exchange).facts;
  const fact = facts.findLast((one) => one.is === 'there' && one.isWritten && isBefore(one.operation, load));
  return fact && { exchange: fact.exchange, operation: fact.operation };
}

const DELETES: ReadonlySet<string> = new Set(['flush', 'cycle-key', 'expire']);

/**
 * What had taken the record away that a touch or save no longer found: a logout, a rotation, its expiry. Of a touch that
 * the store calls done too: many say so whether there was a record or not. `undefined`: another operation, or it was not
 * seen.
 */
export function deletedBy(
  items: readonly TimelineItem[],
  exchange: ExchangeRecord,
  operation: OperationRecorded,
): Write | undefined {
  const { outcome, session } = operation;
  const isTouch = operation.operation === 'touch' && outcome === 'done';
  if ((outcome !== 'gone' && !isTouch) || session === null) return undefined;
  const { facts, breaks } = recordHistory(items, session, exchange);
  // Of several that would delete it, the first did. A save or touch that found no record says nothing of who it was.
  const there = facts.findLastIndex((one) => isBefore(one.operation, operation) && one.is !== 'gone');
  const fact = facts
    .slice(there + 1)
    .find((one) => isBefore(one.operation, operation) && DELETES.has(one.operation.operation));
  if (fact?.is !== 'gone') return undefined;
  const isBroken = breaks.some((gap) => isBefore(fact.operation, gap) && isBefore(gap, operation));
  return isBroken ? undefined : { exchange: fact.exchange, operation: fact.operation };
}

/** Whether a save wrote over a record that its own exchange could not read. */
export function overwroteUnreadable({ operations }: ExchangeRecord, save: OperationRecorded): boolean {
  if (save.operation !== 'save' || save.outcome === 'error' || save.outcome === 'gone') return false;
  const load = operations.findLast(
    ({ operation, session, seq }) => operation === 'load' && seq < save.seq && session === save.session,
  );
  return load?.outcome === 'unreadable';
}
