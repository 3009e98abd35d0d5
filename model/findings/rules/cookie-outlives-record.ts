import { byFamily, isSealed, middlewareKey } from '../facts.ts';
import { express, issue } from '../references.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  save: OperationRecorded;
  cookieAt: number;
}

/** ms; Set-Cookie counts whole seconds, stores some of them minutes. */
const APART_MS = 60_000;

/** The store drops the record before the browser drops the cookie. */
export const cookieOutlivesRecord = rule<Found>({
  id: 'cookie-outlives-record',
  severity: 'warning',
  title: 'The record ends before the cookie',
  scope: 'exchange',
  why: 'The browser goes on bringing a cookie that names nothing: the user is logged out earlier than the cookie says.',
  references: [express('rolling'), issue('tj/connect-redis', 251)],
  find({ exchange }) {
    const { expiry, verdict, sessionAfter } = exchange.finished!;
    const cookieAt = expiry?.cookieAt;
    if (typeof cookieAt !== 'number' || verdict.cookie.outcome !== 'set' || isSealed(exchange)) return [];
    const save = exchange.operations.findLast(
      ({ operation, session, outcome }) =>
        (operation === 'save' || operation === 'touch') && session === sessionAfter && outcome === 'done',
    );
    const storeAt = save?.expiry?.storeAt;
    // A store whose own rule is not known decides nothing.
    if (save === undefined || typeof storeAt !== 'number' || save.expiry!.storeAssumed === true) return [];
    if (storeAt > cookieAt - APART_MS || storeAt <= save.at) return [];
    return [{ key: middlewareKey(exchange), save, cookieAt }];
  },
  explain({ save, cookieAt }, { exchange }) {
    const { storeAt, storeFrom } = save.expiry!;
    return {
      sentence: say`${{ request: exchange }} set a cookie for ${{ ms: cookieAt - save.at }}, and the store drops the record after ${{ ms: storeAt! - save.at }}.`,
      lines: [{ label: 'Saved at', exchange, operation: save }],
      because:
        storeFrom === undefined
          ? say`The two clocks have two sources.`
          : say`The store's clock comes from ${{ code: storeFrom }}.`,
      evidence: [
        { exchange, operation: save, text: say`the record ends in ${{ ms: storeAt! - save.at }}` },
        { exchange, text: say`the cookie ends in ${{ ms: cookieAt - save.at }}`, isDecisive: true },
      ],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Leave the store's own ${{ code: 'ttl' }} out: it then follows the cookie.`,
          code: ['- new RedisStore({ client, ttl })', '+ new RedisStore({ client })'],
        },
        other: { text: say`Let both follow one setting.` },
      }),
    };
  },
});
