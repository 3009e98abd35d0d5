import type { OperationRecorded } from '../../../protocol/index.ts';
import { byFamily } from '../facts.ts';
import { unsavedWrites } from '../unsaved.ts';
import { django } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { list, say } from '../sentence.ts';

interface Found extends Match {
  writes: readonly OperationRecorded[];
}

/** A response of 500 and more: the framework saves no session with it. */
export const notSavedWithError = rule<Found>({
  id: 'not-saved-with-error',
  severity: 'warning',
  title: 'Not saved with a server error',
  scope: 'exchange',
  why: 'What the request had put into the session before it failed is lost with it, on purpose.',
  references: [django('when sessions are saved', 'when-sessions-are-saved')],
  find(at) {
    const writes = unsavedWrites(at).flatMap(({ why, write }) => (why === 'error' ? [write] : []));
    return writes.length === 0 ? [] : [{ key: at.exchange.id, writes, operation: writes[0]! }];
  },
  explain({ writes }, { exchange }) {
    const { status } = exchange.finished!;
    return {
      sentence: say`${{ request: exchange }} answered ${status ?? 'with an error'}, so ${list(writes.map(({ path }) => ({ path: path! })))} ${writes.length === 1 ? 'was' : 'were'} not saved.`,
      lines: writes.slice(0, 2).map((operation) => ({ label: 'Written at', exchange, operation })),
      evidence: [
        ...writes
          .slice(0, 6)
          .map((operation) => ({ exchange, operation, text: say`writes ${{ path: operation.path! }}` })),
        {
          exchange,
          text: say`answers ${status ?? 'with an error'}: ${exchange.finished!.verdict.record.text}`,
          isDecisive: true,
        },
      ],
      fix: byFamily<Fix>(exchange, {
        django: { text: say`Where it must survive, save it before the error.`, code: ['+ request.session.save()'] },
        'django-ts': {
          text: say`Where it must survive, save it before the error.`,
          code: ['+ await request.session.save();'],
        },
        other: { text: say`Where it must survive, save it before the error.` },
      }),
    };
  },
});
