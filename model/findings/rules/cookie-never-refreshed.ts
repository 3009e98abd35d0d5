import type { ExchangeRecord } from '../../recording/records.ts';
import { byFamily, earlier, isSealed, middlewareKey, settingOf } from '../facts.ts';
import { express, issue } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  setIn: ExchangeRecord;
  cookieAt: number;
}

/** Longer, and nobody works on until then. */
const SHORT_MS = 60 * 60_000;
/** Requests in which the record was kept alive and the cookie was not. */
const TOUCHES = 3;

/** Each request keeps the record alive, and the browser's cookie runs out anyway. */
export const cookieNeverRefreshed = rule<Found>({
  id: 'cookie-never-refreshed',
  severity: 'warning',
  title: 'The cookie runs out while the user works',
  scope: 'exchange',
  why: 'The user is logged out a fixed time after the login, however busy, while the record lives on.',
  references: [express('rolling'), issue('expressjs/session', 189)],
  find(at) {
    const { exchange } = at;
    const session = exchange.finished!.sessionAfter;
    if (typeof session !== 'string' || isSealed(exchange) || exchange.finished!.verdict.record.outcome !== 'touched')
      return [];
    if (exchange.finished!.verdict.cookie.attributes !== undefined) return [];
    let touches = 1;
    for (const other of earlier(at)) {
      if (other.finished?.sessionAfter !== session) continue;
      const { verdict, expiry } = other.finished;
      if (verdict.cookie.outcome === 'set') {
        const cookieAt = expiry?.cookieAt;
        const age = verdict.cookie.attributes?.maxAge;
        const life =
          age === undefined ? (typeof cookieAt === 'number' ? cookieAt - other.finished.at : undefined) : age * 1_000;
        if (typeof cookieAt !== 'number' || life === undefined || life > SHORT_MS || touches < TOUCHES) return [];
        // Half of it is gone: it will not be refreshed by what follows either.
        return exchange.at - other.finished.at < life / 2
          ? []
          : [{ key: middlewareKey(exchange), setIn: other, cookieAt }];
      }
      if (verdict.record.outcome === 'touched') touches += 1;
    }
    return [];
  },
  explain({ setIn, cookieAt }, { exchange }) {
    const touch = exchange.operations.findLast(({ operation }) => operation === 'touch');
    const setting = settingOf(exchange, 'rolling');
    return {
      sentence: say`${{ request: exchange }} kept the record alive; the cookie that ${{ request: setIn }} had set still ends in ${{ ms: Math.max(0, cookieAt - exchange.at) }}.`,
      ...(setting === undefined
        ? {}
        : {
            because: say`With ${{ code: `rolling: ${setting}` }} the cookie is sent again only where the session changed.`,
          }),
      evidence: [
        { exchange: setIn, text: say`sets the cookie` },
        {
          exchange,
          ...(touch === undefined ? {} : { operation: touch }),
          text: say`resets the record's expiry, and sends no cookie`,
          isDecisive: true,
        },
      ],
      fix: byFamily<Fix>(exchange, {
        express: { text: say`Send the cookie with every response.`, code: ['- rolling: false,', '+ rolling: true,'] },
        other: { text: say`Send the cookie again where the record is kept alive.` },
      }),
    };
  },
});
