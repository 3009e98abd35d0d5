import { byFamily, middlewareKey } from '../facts.ts';
import { asvs, mdn } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** Each browser decides by its own default whether other sites' requests carry the session. */
export const cookieSameSiteAbsent = rule<Match>({
  id: 'cookie-same-site-absent',
  severity: 'note',
  title: 'Cookie without SameSite',
  scope: 'exchange',
  why: 'Chromium takes it for Lax, for the first two minutes even a little less; Firefox and Safari send it with requests of other sites.',
  references: [asvs('3.3.2'), mdn('SameSite')],
  find({ exchange }) {
    const { outcome, attributes } = exchange.finished!.verdict.cookie;
    return outcome === 'set' && attributes !== undefined && attributes.sameSite === undefined
      ? [{ key: middlewareKey(exchange) }]
      : [];
  },
  explain(_, { exchange }) {
    const { name } = exchange.finished!.verdict.cookie.attributes!;
    return {
      sentence: say`${{ request: exchange }} set ${{ code: name }} without SameSite: each browser has a default of its own.`,
      evidence: [{ exchange, text: say`Set-Cookie without SameSite`, isDecisive: true }],
      fix: byFamily<Fix>(exchange, {
        express: { text: say`Name it.`, code: ["+ cookie: { sameSite: 'lax' },"] },
        django: { text: say`Name it.`, code: ['+ SESSION_COOKIE_SAMESITE = "Lax"'] },
        'django-ts': { text: say`Name it.`, code: ["+ cookieSameSite: 'Lax',"] },
        other: { text: say`Set ${{ code: 'SameSite=Lax' }}.` },
      }),
    };
  },
});
