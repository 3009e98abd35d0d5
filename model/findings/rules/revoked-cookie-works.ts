import type { OperationRecorded } from '../../../protocol/index.ts';
import { isSealed, middlewareKey } from '../facts.ts';
import { asvs, django } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  flush: OperationRecorded;
}

/** Where the cookie is the session, a logout cannot take back a copy of it. */
export const revokedCookieWorks = rule<Found>({
  id: 'revoked-cookie-works',
  severity: 'note',
  title: 'A logout cannot revoke the cookie',
  scope: 'exchange',
  why: 'Whoever has a copy of the cookie is logged in until it expires, whatever the user does.',
  references: [asvs('7.4.1'), django('cookie-based sessions', 'using-cookie-based-sessions')],
  find({ exchange }) {
    if (!isSealed(exchange)) return [];
    const { operations } = exchange;
    // Starlette and Flask drop the cookie by themselves once the app has cleared the session.
    const isCleared = operations.some(({ operation, actor }) => operation === 'clear' && actor === 'app');
    const flush = operations.find(({ operation, actor }) => operation === 'flush' && (actor === 'app' || isCleared));
    return flush === undefined ? [] : [{ key: middlewareKey(exchange), flush, operation: flush }];
  },
  explain({ flush }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} ended a session that is its cookie: a copy of the cookie still works.`,
      lines: [{ label: 'Ended at', exchange, operation: flush, isDecisive: true }],
      evidence: [
        { exchange, operation: flush, text: say`ends the session; there is no record to delete`, isDecisive: true },
      ],
      fix: {
        text: say`Keep the time of the last logout with the user and refuse cookies from before it, or keep sessions in a store.`,
      },
      limits: say`Whether the app refuses such a cookie itself is not seen.`,
    };
  },
});
