import type { RecordFact } from '../../history/record-fact.ts';
import { factBefore, isSealed, settingOf } from '../facts.ts';
import { asvs, issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  end: RecordFact;
}

/** A copy of the record that the browser holds is taken for the session, and the store is not asked whether it still lives. */
export const revokedSessionServed = rule<Found>({
  id: 'revoked-session-served',
  severity: 'problem',
  title: 'A revoked session is served',
  scope: 'operation',
  why: 'Whoever was logged out, or locked out, is still in: the server takes the copy in a cookie for the session until that copy ends.',
  references: [asvs('7.4.1'), issue('better-auth/better-auth', 6893)],
  find(at) {
    const { exchange, operation } = at;
    const { session } = operation;
    if (
      operation.operation !== 'load' ||
      operation.outcome !== 'found' ||
      operation.layer !== 'cookie' ||
      session === null ||
      isSealed(exchange)
    )
      return [];
    const end = factBefore(at, session, operation);
    if (end?.is !== 'gone' || end.operation.operation !== 'flush' || end.exchange === exchange) return [];
    // Who had begun before it may have been answered before it.
    if (exchange.epoch === end.exchange.epoch && exchange.seq < end.operation.seq) return [];
    return [{ key: `${session}:${end.operation.seq}`, end }];
  },
  explain({ end, operation }, { exchange }) {
    const maxAge = settingOf(exchange, 'session.cookieCache.maxAge');
    return {
      sentence: say`${{ request: exchange }} took session ${{ session: operation!.session! }} from a cookie, ${{ ms: operation!.at - end.operation.at }} after ${{ request: end.exchange }} had ended it.`,
      lines: [{ label: 'Ended at', exchange: end.exchange, operation: end.operation }],
      evidence: [
        { exchange: end.exchange, operation: end.operation, text: say`deletes the record` },
        {
          exchange,
          operation: operation!,
          text: say`takes the copy in the cookie, and asks no store`,
          isDecisive: true,
        },
      ],
      fix:
        maxAge === undefined
          ? { text: say`Ask the store where it matters, and keep the time short for which a copy counts.` }
          : {
              text: say`Ask the database where it matters; otherwise the cache counts for ${{ code: `${maxAge}` }} seconds.`,
              code: ['  auth.api.getSession({ headers, query: { disableCookieCache: true } });'],
            },
    };
  },
});
