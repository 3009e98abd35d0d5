import type { OperationRecorded } from '../../../protocol/index.ts';
import { isSealed, middlewareKey, middlewareOf } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  failed: OperationRecorded;
}

const DONE: Readonly<Record<string, string>> = {
  load: 'load',
  save: 'save',
  touch: 'touch',
  flush: 'delete',
  'cycle-key': 'replace',
};

/** The store answered with an error. */
export const storeFailed = rule<Found>({
  id: 'store-failed',
  severity: 'problem',
  title: 'The store failed',
  scope: 'operation',
  why: 'Some libraries answer with an error, others continue without a session as if the visitor were new.',
  references: [issue('tj/connect-redis', 72)],
  find({ exchange, operation }) {
    // Where the cookie is the record there is no store: the cookie that was not set is found.
    if (isSealed(exchange)) return [];
    const { outcome, error, operation: name } = operation;
    if (
      outcome !== 'error' ||
      DONE[name] === undefined ||
      operation.reason === 'tampered' ||
      operation.reason === 'malformed'
    )
      return [];
    // A value that does not fit is no fault of the store.
    if (error !== undefined && /serializ|JSON|circular|BigInt/i.test(`${error.name} ${error.message}`)) return [];
    return [{ key: `${middlewareKey(exchange)}:${name}:${error?.name ?? ''}`, failed: operation }];
  },
  explain({ failed }, { exchange }) {
    const store = middlewareOf(exchange)?.store ?? 'The store';
    const done = DONE[failed.operation]!;
    return {
      sentence:
        failed.session === null
          ? say`${store} could not ${done} the new session of ${{ request: exchange }}.`
          : say`${store} could not ${done} session ${{ session: failed.session }} for ${{ request: exchange }}.`,
      ...(failed.error === undefined ? {} : { because: say`${failed.error.name}: ${failed.error.message}` }),
      lines: [{ label: 'Asked at', exchange, operation: failed, isDecisive: true }],
      evidence: [{ exchange, operation: failed, text: say`the store fails`, isDecisive: true }],
      fix: {
        text: say`See that the store is reachable, and decide what the app does without it: a session that is missing is not a visitor who is new.`,
      },
    };
  },
});
