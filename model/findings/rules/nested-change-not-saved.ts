import type { OperationRecorded } from '../../../protocol/index.ts';
import { byFamily, middlewareOf } from '../facts.ts';
import { unsavedWrites } from '../unsaved.ts';
import { django, issue } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  write: OperationRecorded;
  get: OperationRecorded | undefined;
}

/** A value inside the session was changed, and the library did not notice. */
export const nestedChangeNotSaved = rule<Found>({
  id: 'nested-change-not-saved',
  severity: 'problem',
  title: 'Nested change not saved',
  scope: 'exchange',
  why: 'The change is seen for the rest of this request, and never again.',
  references: [django('when sessions are saved', 'when-sessions-are-saved'), issue('encode/starlette', 3166)],
  find(at) {
    const { exchange } = at;
    // After an error, or after the response, it is another finding.
    return unsavedWrites(at)
      .filter(({ why, write }) => why === 'unnoticed' && write.inferred === true)
      .map(({ write }) => ({
        key: `${write.epoch}:${write.seq}`,
        write,
        get: exchange.operations.find(({ seq }) => seq === write.via),
        operation: write,
      }));
  },
  explain({ write, get }, { exchange }) {
    const key = String(write.path![0]);
    const library = middlewareOf(exchange);
    return {
      sentence: say`${{ request: exchange }} changed ${{ path: write.path! }} inside the session, and it was not saved.`,
      lines: [{ label: 'Read at', exchange, operation: write, isDecisive: true }],
      because: say`${library === undefined ? 'The library' : library.library} notices assignments and deletions of keys, not changes inside a value.`,
      evidence: [
        ...(get === undefined ? [] : [{ exchange, operation: get, text: say`reads ${{ path: [key] }}` }]),
        { exchange, operation: write, text: say`changes ${{ path: write.path! }}`, isDecisive: true },
        { exchange, text: say`ends without a save: ${exchange.finished!.verdict.record.text}` },
      ],
      fix: byFamily<Fix>(exchange, {
        django: {
          text: say`Say that the session was changed, or assign the key again.`,
          code: ['+ request.session.modified = True'],
        },
        'django-ts': {
          text: say`Say that the session was changed, or set the key again.`,
          code: ['+ request.session.modified = true;'],
        },
        other: { text: say`Assign the key again after the change.` },
      }),
    };
  },
});
