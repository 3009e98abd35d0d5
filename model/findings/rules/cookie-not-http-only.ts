import { byFamily, middlewareKey } from '../facts.ts';
import { asvs, djangoCheck, owasp } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** Scripts of the page can read the key. */
export const cookieNotHttpOnly = rule<Match>({
  id: 'cookie-not-http-only',
  severity: 'warning',
  title: 'Cookie without HttpOnly',
  scope: 'exchange',
  why: 'A script that gets into the page sends the key to wherever it likes.',
  references: [asvs('3.3.4'), djangoCheck('security.W015'), owasp('the HttpOnly attribute', 'httponly-attribute')],
  find({ exchange }) {
    const { outcome, attributes } = exchange.finished!.verdict.cookie;
    return outcome === 'set' && attributes?.httpOnly === false ? [{ key: middlewareKey(exchange) }] : [];
  },
  explain(_, { exchange }) {
    const { name } = exchange.finished!.verdict.cookie.attributes!;
    return {
      sentence: say`${{ request: exchange }} set ${{ code: name }} without HttpOnly: scripts of the page can read it.`,
      evidence: [{ exchange, text: say`Set-Cookie without HttpOnly`, isDecisive: true }],
      fix: byFamily<Fix>(exchange, {
        express: { text: say`Leave it at its default.`, code: ['- cookie: { httpOnly: false },'] },
        django: { text: say`Leave it at its default.`, code: ['- SESSION_COOKIE_HTTPONLY = False'] },
        'django-ts': { text: say`Leave it at its default.`, code: ['- cookieHttpOnly: false,'] },
        other: { text: say`Set HttpOnly.` },
      }),
      limits: say`Where scripts do read it, give them another cookie that opens nothing.`,
    };
  },
});
