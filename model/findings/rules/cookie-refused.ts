import { receivedCookie } from '../../recording/received-cookie.ts';
import { middlewareKey } from '../facts.ts';
import { issue, mdn } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** The browser received the cookie and did not keep it. */
export const cookieRefused = rule<Match>({
  id: 'cookie-refused',
  severity: 'problem',
  title: 'The browser refuses the cookie',
  scope: 'exchange',
  why: 'Nothing on the server shows it: the cookie is set, and no request ever brings it.',
  references: [mdn('SameSite'), issue('expressjs/session', 774)],
  find({ exchange }) {
    if (exchange.finished!.verdict.cookie.outcome !== 'set') return [];
    const received = receivedCookie(exchange);
    if (received === undefined || received.isOverwritten || received.isRenamed) return [];
    const { fate, rule: refusal } = received;
    // Too large has a finding of its own.
    if (refusal?.rule === 'too-large') return [];
    const isAbsent = fate?.outcome === 'absent' || fate?.outcome === 'other';
    // The jar knows; without its word only a rule of every browser decides.
    const isRefused = fate === undefined ? refusal !== undefined : isAbsent;
    if (!isRefused) return [];
    return [{ key: `${middlewareKey(exchange)}:${refusal?.rule ?? 'unknown'}` }];
  },
  explain(_, { exchange }) {
    const { line, rule: refusal, fate } = receivedCookie(exchange)!;
    const name = { code: line.name };
    const { site } = exchange.har!;
    return {
      sentence:
        fate === undefined
          ? say`${{ request: exchange }} set ${name} in a way that browsers refuse.`
          : say`${{ request: exchange }} set ${name}, and the browser did not keep it.`,
      because:
        refusal === undefined
          ? site === 'cross-site'
            ? say`The request was cross-site: third-party cookies are blocked, or the request went without credentials.`
            : say`No rule that is known here refuses it; the browser gives no reason.`
          : say`${refusal.text}`,
      evidence: [
        { exchange, text: say`Set-Cookie: ${{ code: `${line.name}=…${line.attributes}` }}` },
        {
          exchange,
          text: fate === undefined ? say`no browser keeps that` : say`the browser's jar does not hold it`,
          isDecisive: true,
        },
      ],
      fix: {
        text:
          refusal === undefined
            ? say`Have the page ask with ${{ code: 'credentials: "include"' }}, and use one host for page and server.`
            : say`${refusal.fix}`,
      },
    };
  },
});
