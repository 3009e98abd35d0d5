import type { OperationRecorded } from '../../../protocol/index.ts';
import { isSealed, middlewareKey } from '../facts.ts';
import { django } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  save: OperationRecorded;
}

/** Bytes; each request loads them, and each change writes them all. */
const LARGE = 64 * 1024;

/** The whole session is loaded with each request: this one is large. */
export const largeSession = rule<Found>({
  id: 'large-session',
  severity: 'warning',
  title: 'Large session',
  scope: 'operation',
  why: 'Each request reads all of it and each change writes all of it, however little of it is needed.',
  references: [django('session object guidelines', 'session-object-guidelines')],
  find({ exchange, operation }) {
    if (
      operation.operation !== 'save' ||
      operation.bytes === undefined ||
      operation.bytes <= LARGE ||
      isSealed(exchange)
    )
      return [];
    return [{ key: `${middlewareKey(exchange)}:${operation.session}`, save: operation }];
  },
  explain({ save }, { exchange }) {
    const write = exchange.operations.findLast(({ operation, actor }) => operation === 'set' && actor === 'app');
    return {
      sentence: say`${{ request: exchange }} saved a session of ${{ bytes: save.bytes! }}.`,
      lines: write === undefined ? [] : [{ label: 'Last written at', exchange, operation: write }],
      evidence: [{ exchange, operation: save, text: say`writes ${{ bytes: save.bytes! }}`, isDecisive: true }],
      fix: { text: say`Keep the large part in a table or cache of its own, and its id in the session.` },
    };
  },
});
