/** Sessions whose time was over as their cookie came: what became of them, and whether use had moved their end. */
import type { OperationRecorded } from '../../../protocol/index.ts';
import { isBefore } from '../../history/moment.ts';
import { expiriesOf } from '../../history/session-index.ts';
import type { Write } from '../../history/writes.ts';
import { expiriesBefore, factBefore, isBroken } from '../facts.ts';
import type { Event, Run } from './run.ts';

/** An operation that gave a session an end: by its record or, where that is only assumed, by itself. */
export interface End {
  write: Write;
  /** Epoch ms. */
  endAt: number;
}

function endOf(write: Write): End | undefined {
  const { operation, outcome, expiry } = write.operation;
  if (outcome !== 'done' || (operation !== 'save' && operation !== 'touch') || expiry === undefined) return undefined;
  const { storeAt, storeAssumed, sessionAt } = expiry;
  const endAt = typeof storeAt === 'number' && storeAssumed !== true ? storeAt : sessionAt;
  return typeof endAt === 'number' ? { write, endAt } : undefined;
}

function firstEnd(writes: Iterable<Write>): End | undefined {
  for (const write of writes) {
    const end = endOf(write);
    if (end !== undefined) return end;
  }
  return undefined;
}

/** The first and the last end that a session was given; `undefined`: of none it is known. */
export function endsOf({ items }: Run, session: string): { first: End; last: End } | undefined {
  const writes = expiriesOf(items, session);
  const first = firstEnd(writes);
  if (first === undefined) return undefined;
  const last = writes.findLast((write) => endOf(write) !== undefined);
  return { first, last: endOf(last!)! };
}

/** ms: clocks are read twice for one operation. */
const SLACK_MS = 2_000;

/** Whether use of a session moved its end; `undefined`: it was not used at times apart. */
export function movesWithUse({ first, last }: { first: End; last: End }): boolean | undefined {
  if (last.write.operation.at - first.write.operation.at < SLACK_MS * 2) return undefined;
  return Math.abs(last.endAt - first.endAt) > SLACK_MS;
}

/** A cookie was refused because its session's time was over. */
export interface Lapse {
  refusal: Event;
  /** What gave the session its end; absent: before the recording. */
  end?: End;
}

/** Refusals that are asked, newest first: a recording of a thousand tests no more than one of ten. */
const MAX_ASKED = 1_000;

/** The newest that fits. */
export function newestLapse(run: Run, fits: (lapse: Lapse) => boolean = () => true): Lapse | undefined {
  for (const refusal of run.refusals.slice(-MAX_ASKED).toReversed()) {
    const lapse = lapseOf(run, refusal);
    if (lapse !== undefined && fits(lapse)) return lapse;
  }
  return undefined;
}

function lapseOf({ items }: Run, refusal: Event): Lapse | undefined {
  const { exchange, operation } = refusal;
  const { session, outcome } = operation;
  if (outcome !== 'expired' && (outcome !== 'missing' || session === null)) return undefined;
  const end = session === null ? undefined : firstEnd(expiriesBefore(items, session, operation));
  if (outcome === 'expired') return end === undefined ? { refusal } : { refusal, end };
  // A store that had dropped it by itself just has no such record.
  if (end === undefined || operation.at < end.endAt || isBroken(items, end.write.operation, operation))
    return undefined;
  return wasEnded({ items, index: 0, exchange }, operation) ? undefined : { refusal, end };
}

/** Whether something else had taken the record: a logout, a rotation. */
function wasEnded(at: Parameters<typeof factBefore>[0], load: OperationRecorded): boolean {
  const fact = factBefore(at, load.session!, load);
  return fact?.is === 'gone' && fact.operation.operation !== 'expire' && isBefore(fact.operation, load);
}
