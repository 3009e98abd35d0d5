import { byFamily, hostname, hostOf, middlewareKey } from '../facts.ts';
import { owasp } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** The cookie goes to every host of a domain. */
export const broadDomain = rule<Match>({
  id: 'broad-domain',
  severity: 'note',
  title: 'Cookie for a whole domain',
  scope: 'exchange',
  why: 'Every host below the domain gets the key, and each of them can set a cookie over it.',
  references: [owasp('Domain and Path', 'domain-and-path-attributes')],
  find({ exchange }) {
    const { outcome, attributes } = exchange.finished!.verdict.cookie;
    const host = hostOf(exchange);
    const domain = attributes?.domain?.replace(/^\./, '').toLowerCase();
    if (outcome !== 'set' || domain === undefined || domain === '' || host === undefined) return [];
    return hostname(host).endsWith(`.${domain}`) ? [{ key: middlewareKey(exchange) }] : [];
  },
  explain(_, { exchange }) {
    const { name, domain } = exchange.finished!.verdict.cookie.attributes!;
    return {
      sentence: say`${{ request: exchange }} set ${{ code: name }} for every host below ${domain!.replace(/^\./, '')}, not for ${hostname(hostOf(exchange)!)} alone.`,
      evidence: [{ exchange, text: say`Set-Cookie with ${{ code: `Domain=${domain!}` }}`, isDecisive: true }],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Leave the domain out where one host is enough.`,
          code: [`- cookie: { domain: '${domain!}' },`],
        },
        django: {
          text: say`Leave the domain out where one host is enough.`,
          code: [`- SESSION_COOKIE_DOMAIN = "${domain!}"`],
        },
        other: { text: say`Leave the domain out where one host is enough.` },
      }),
    };
  },
});
