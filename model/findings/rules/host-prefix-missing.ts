import { hostname, hostOf, isHttps, middlewareKey } from '../facts.ts';
import { isLocalHost } from '../../recording/browser-rules.ts';
import { asvs, mdn } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** Over https the name could begin with __Host-, which keeps other hosts and plain http from writing it. */
export const hostPrefixMissing = rule<Match>({
  id: 'host-prefix-missing',
  severity: 'note',
  title: 'Cookie without __Host-',
  scope: 'exchange',
  why: 'A host beside this one, or anyone on plain http, can set a cookie of this name. Browsers refuse that for names with __Host-.',
  references: [asvs('3.3.3'), mdn('cookie prefixes')],
  find({ exchange }) {
    const { outcome, attributes } = exchange.finished!.verdict.cookie;
    const host = hostOf(exchange);
    if (
      outcome !== 'set' ||
      attributes === undefined ||
      !isHttps(exchange) ||
      host === undefined ||
      isLocalHost(hostname(host))
    )
      return [];
    if (/^__(?:host|secure)-/i.test(attributes.name) || !attributes.secure) return [];
    if ((attributes.path ?? '/') !== '/' || (attributes.domain ?? '') !== '') return [];
    return [{ key: middlewareKey(exchange) }];
  },
  explain(_, { exchange }) {
    const { name } = exchange.finished!.verdict.cookie.attributes!;
    return {
      sentence: say`${{ request: exchange }} set ${{ code: name }}, which could be ${{ code: `__Host-${name}` }}: it is Secure, for path / and one host.`,
      evidence: [{ exchange, text: say`Set-Cookie of ${{ code: name }}`, isDecisive: true }],
      fix: { text: say`Rename the cookie. Everyone is logged out once.`, code: [`- ${name}`, `+ __Host-${name}`] },
    };
  },
});
