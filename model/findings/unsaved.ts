/** Writes of a request that no record holds when it has ended, and why. */
import type { OperationRecorded } from '../../protocol/index.ts';
import { memoriesOf } from '../history/memory.ts';
import { lastOwn, recordAt, relate } from '../history/saved.ts';
import { sessionAt } from '../history/moment.ts';
import { sameness } from '../values/compare.ts';
import { valueAt } from '../values/parts.ts';
import { familyOf, recordOf } from './facts.ts';
import type { At } from './rule.ts';

export interface Unsaved {
  /** The last write of its key. */
  write: OperationRecorded;
  /**
   * `late`: after the response's head, or after the last save. `error`: the library saves nothing with such a status.
   * `uncommitted`: the app must save, and did not. `unnoticed`: the library did not see it.
   */
  why: 'late' | 'error' | 'uncommitted' | 'unnoticed';
}

/** One for each top-level key whose value in memory was never saved. Of what is not known nothing is said. */
export function unsavedWrites(at: At): Unsaved[] {
  const { exchange } = at;
  const { finished, operations } = exchange;
  if (finished === undefined || finished.verdict.record.outcome === 'pending' || finished.ending === 'aborted')
    return [];
  if (operations.some(({ operation, outcome }) => operation === 'save' && outcome === 'error')) return [];
  const cursor = { exchange, index: operations.length };
  const session = sessionAt(exchange, operations.length);
  const memory = memoriesOf(exchange).at(-1);
  const { outcome, reason } = finished.verdict.record;
  const isNotSaved = outcome === 'not-saved';
  // Decided when the response was ready, and there was no session yet.
  const isBegunLater = outcome === 'none' && session === undefined;
  // A session that was begun and never saved has no name: then the library's own word decides.
  if (memory === undefined || (session === undefined && !isNotSaved && !isBegunLater)) return [];
  const history = session === undefined ? undefined : recordOf(at, session);
  const fact = history && recordAt(history, cursor);
  const own = history && lastOwn(history, cursor);
  const last = new Map<string, OperationRecorded>();
  for (const operation of operations)
    if (
      (operation.operation === 'set' || (operation.operation === 'delete' && operation.hit !== false)) &&
      operation.actor === 'app' &&
      operation.path !== undefined &&
      operation.path[0] !== 'cookie' &&
      sameness(operation.before, operation.after) !== 'same'
    )
      last.set(String(operation.path[0]), operation);
  return [...last].flatMap(([key, write]): Unsaved[] => {
    const value = valueAt(memory, [key]);
    if (value === 'unknown') return [];
    const why = whyOf(at, write, reason);
    if (isBegunLater) return why === 'late' && write.operation === 'set' ? [{ write, why }] : [];
    if (!(fact === undefined && isNotSaved) && relate(value, [key], fact, own).saved !== 'no') return [];
    return [{ write, why }];
  });
}

function whyOf({ exchange }: At, write: OperationRecorded, reason: string): Unsaved['why'] {
  const { operations, finished, life, started } = exchange;
  if (reason === 'server-error' || reason === 'handler-threw') return 'error';
  const head = finished?.headAtMs;
  const isLate =
    reason === 'too-late' ||
    reason === 'headers-already-sent' ||
    write.seq > (finished?.seq ?? Number.POSITIVE_INFINITY) ||
    (head === undefined || write.offsetMs === undefined ? isSynced(operations, write) : write.offsetMs > head);
  if (isLate && reason !== 'nested-change') return 'late';
  // The app had saved before: the verdict speaks of that.
  if ((finished?.status ?? 0) >= 500 && familyOf(exchange) !== 'express') return 'error';
  const commit = started === undefined ? undefined : life.started?.middlewares[started.middleware]?.commit;
  return commit === 'explicit' ? 'uncommitted' : 'unnoticed';
}

/** The library had brought the record up to date, and the write came after it. */
const isSynced = (operations: readonly OperationRecorded[], write: OperationRecorded): boolean =>
  operations.some(
    ({ operation, outcome, seq }) =>
      (operation === 'save' || operation === 'touch') && outcome === 'done' && seq < write.seq,
  );
