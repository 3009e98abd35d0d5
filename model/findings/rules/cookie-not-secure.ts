import { byFamily, hostOf, isHttps, isPlainLocal, middlewareKey } from '../facts.ts';
import { asvs, djangoCheck, owasp } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** The session's cookie may go over plain http. */
export const cookieNotSecure = rule<Match>({
  id: 'cookie-not-secure',
  severity: 'warning',
  title: 'Cookie without Secure',
  scope: 'exchange',
  why: 'Whoever listens on the network reads the key from the first request that goes over plain http.',
  references: [asvs('3.3.1'), djangoCheck('security.W012'), owasp('the Secure attribute', 'secure-attribute')],
  find({ exchange }) {
    const { outcome, attributes } = exchange.finished!.verdict.cookie;
    if (outcome !== 'set' || attributes === undefined || attributes.secure) return [];
    return [{ key: middlewareKey(exchange), severity: isPlainLocal(exchange) ? 'note' : 'warning' }];
  },
  explain(_, { exchange }) {
    const { name } = exchange.finished!.verdict.cookie.attributes!;
    const host = hostOf(exchange);
    return {
      sentence: say`${{ request: exchange }} set ${{ code: name }} without Secure${isHttps(exchange) ? ' over https' : host === undefined ? '' : `, over plain http to ${host}`}.`,
      ...(isPlainLocal(exchange)
        ? {
            because: say`On this machine over plain http that is as it must be; what counts is the setting in production.`,
          }
        : {}),
      evidence: [{ exchange, text: say`Set-Cookie without Secure`, isDecisive: true }],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Set it where the request came over https. Behind a proxy the app must trust it.`,
          code: ["+ app.set('trust proxy', 1);", "  session({ cookie: { secure: 'auto' } })"],
        },
        django: { text: say`Set it in the settings of production.`, code: ['+ SESSION_COOKIE_SECURE = True'] },
        'django-ts': { text: say`Set it in the settings of production.`, code: ['+ cookieSecure: true,'] },
        other: { text: say`Set Secure in production.` },
      }),
      limits: say`What production sets is not seen here.`,
    };
  },
});
