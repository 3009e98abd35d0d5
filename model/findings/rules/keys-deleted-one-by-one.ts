import type { OperationRecorded } from '../../../protocol/index.ts';
import { memoriesOf } from '../../history/memory.ts';
import { byFamily, isUserKey, keysOf } from '../facts.ts';
import { django, express } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { list, say } from '../sentence.ts';

interface Found extends Match {
  deletions: readonly OperationRecorded[];
}

/** Fewer may be meant one by one. */
const LEAST = 3;

/** A request deleted every key of a session with a user in it, each by itself. */
export const keysDeletedOneByOne = rule<Found>({
  id: 'keys-deleted-one-by-one',
  severity: 'note',
  title: 'Keys deleted one by one',
  scope: 'exchange',
  why: 'The key of the session stays, and so does whatever is added to it later and not deleted here.',
  references: [django('flush', 'django.contrib.sessions.backends.base.SessionBase.flush'), express('Session.destroy')],
  find({ exchange }) {
    const { operations } = exchange;
    if (operations.some(({ operation }) => operation === 'clear' || operation === 'flush' || operation === 'cycle-key'))
      return [];
    const deletions = operations.filter(
      ({ operation, actor, path, hit }) =>
        operation === 'delete' && actor === 'app' && path?.length === 1 && hit !== false,
    );
    if (deletions.length < LEAST || !deletions.some(({ path }) => isUserKey(path))) return [];
    const end = memoriesOf(exchange).at(-1);
    return end !== undefined && keysOf(end).length === 0
      ? [{ key: exchange.id, deletions, operation: deletions.at(-1)! }]
      : [];
  },
  explain({ deletions }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} deleted ${list(deletions.map(({ path }) => ({ path: path! })))} one by one until the session was empty.`,
      lines: [{ label: 'Last deleted at', exchange, operation: deletions.at(-1)! }],
      evidence: deletions
        .slice(0, 8)
        .map((operation) => ({ exchange, operation, text: say`deletes ${{ path: operation.path! }}` })),
      fix: byFamily<Fix>(exchange, {
        express: { text: say`End the session at once.`, code: ['+ req.session.destroy(callback);'] },
        django: { text: say`End the session at once.`, code: ['+ request.session.flush()'] },
        'django-ts': { text: say`End the session at once.`, code: ['+ await request.session.flush();'] },
        other: { text: say`End the session at once.` },
      }),
    };
  },
});
