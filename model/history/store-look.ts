/** A look into the store stands for its own moment: whether the record was written since. */
import type { SessionAnswer } from '../../protocol/index.ts';
import { sameness } from '../values/compare.ts';
import type { TimelineItem } from '../recording/records.ts';
import type { RecordFact } from './record-fact.ts';
import { indexOf } from './session-index.ts';
import type { Write } from './writes.ts';

/**
 * The newest operation after a look that wrote, touched or removed the record it shows, or found another one there;
 * `undefined`: none was seen, so that the store may still hold what the look shows. Both times are the server's.
 */
export function changedSince(items: readonly TimelineItem[], { session, store }: SessionAnswer): Write | undefined {
  const past = session === null ? undefined : indexOf(items).sessions.get(session);
  if (past === undefined) return undefined;
  const newest = <Of extends Write>(all: readonly Of[], fits: (one: Of) => boolean): Of | undefined => {
    for (let index = all.length - 1; index >= 0 && all[index]!.operation.at > store.at; index--)
      if (fits(all[index]!)) return all[index];
    return undefined;
  };
  const written = newest(past.facts, (fact) => fact.is !== 'there' || fact.isWritten);
  const touch = newest(
    past.ofExpiry,
    ({ operation }) => operation.operation === 'touch' && operation.outcome !== 'error',
  );
  const found = written === undefined ? newest(past.facts, () => true) : undefined;
  if (found !== undefined && isAnother(found, store)) return found;
  return touch !== undefined && (written === undefined || written.operation.at < touch.operation.at) ? touch : written;
}

/** A load that found what the look did not. */
const isAnother = (fact: RecordFact, { outcome, state }: SessionAnswer['store']): boolean =>
  fact.is === 'there' &&
  (outcome === 'missing' ||
    outcome === 'expired' ||
    (state !== undefined && sameness(fact.value, state) === 'different'));
