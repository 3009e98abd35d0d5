import type { RecordFact } from '../../history/record-fact.ts';
import { isSaved, lastFactBefore, recordOf } from '../facts.ts';
import { keysOf, middlewareKey } from '../facts.ts';
import { sizeOf, valueAt } from '../../values/parts.ts';
import { django } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  saves: readonly RecordFact[];
  name: string | undefined;
}

/** Saves in a row, each larger than the one before. */
const SAVES = 12;
/** A session that only grew by a counter is no matter. */
const GROWN_BYTES = 2_000;

/** The session grows with every save, and nothing takes anything out. */
export const growingSession = rule<Found>({
  id: 'growing-session',
  severity: 'note',
  title: 'Session grows with every save',
  scope: 'operation',
  why: 'It has no bound: some day it is slow, or too large for its store.',
  references: [django('session object guidelines', 'session-object-guidelines')],
  find(at) {
    const { operation, exchange } = at;
    if (!isSaved(operation) || operation.session === null || operation.bytes === undefined) return [];
    const history = recordOf(at, operation.session);
    const { facts } = history;
    const saves: RecordFact[] = [];
    for (let index = lastFactBefore(history, operation) + 1; index >= 0 && saves.length < SAVES; index--) {
      const fact = facts[index];
      if (fact === undefined || fact.operation.operation !== 'save') continue;
      const next = saves[0]?.operation.bytes;
      if (fact.operation.bytes === undefined || (next !== undefined && fact.operation.bytes >= next)) break;
      saves.unshift(fact);
    }
    const [first] = saves;
    if (saves.length < SAVES || operation.bytes - first!.operation.bytes! < GROWN_BYTES) return [];
    return [{ key: `${middlewareKey(exchange)}:${operation.session}`, saves, name: grownKey(first!, saves.at(-1)!) }];
  },
  explain({ saves, name }, { exchange }) {
    const [first, last] = [saves[0]!.operation, saves.at(-1)!.operation];
    return {
      sentence: say`Session ${{ session: last.session! }} grew with each of ${saves.length} saves in a row, from ${{ bytes: first.bytes! }} to ${{ bytes: last.bytes! }}${name === undefined ? '.' : say`: ${{ path: [name] }} does.`}`,
      evidence: [
        { exchange: saves[0]!.exchange, operation: first, text: say`saves ${{ bytes: first.bytes! }}` },
        { exchange, operation: last, text: say`saves ${{ bytes: last.bytes! }}`, isDecisive: true },
      ],
      fix: { text: say`Keep the newest few entries, or keep the list in a table of its own.` },
    };
  },
});

/** The list that has more items than it had. */
function grownKey(first: RecordFact, last: RecordFact): string | undefined {
  if (first.is !== 'there' || last.is !== 'there') return undefined;
  const size = (fact: RecordFact & { is: 'there' }, key: string) => {
    const value = valueAt(fact.value, [key]);
    return value === undefined || value === 'unknown' ? 0 : sizeOf(value);
  };
  return keysOf(last.value).find((key) => size(last, key) > size(first, key) + 2);
}
