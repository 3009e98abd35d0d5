import { isSharedCacheable } from '../cache-control.ts';
import { middlewareKey } from '../facts.ts';
import { asvs } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** A cache may give the cookie of one user to the next. */
export const cacheableSetCookie = rule<Match>({
  id: 'cacheable-set-cookie',
  severity: 'warning',
  title: 'Set-Cookie on a cacheable response',
  scope: 'exchange',
  why: 'A cache in front of the server may hand out the response with its cookie: the next visitor is logged in as this one.',
  references: [asvs('14.3.2')],
  find({ exchange }) {
    const { cacheControl, verdict, status } = exchange.finished!;
    if (cacheControl === undefined || verdict.cookie.outcome !== 'set' || (status ?? 500) >= 400) return [];
    return isSharedCacheable(cacheControl)
      ? [{ key: `${middlewareKey(exchange)}:${exchange.started?.path ?? ''}` }]
      : [];
  },
  explain(_, { exchange }) {
    const { cacheControl, verdict } = exchange.finished!;
    const { name } = verdict.cookie.attributes ?? { name: exchange.started!.cookie.name };
    return {
      sentence: say`${{ request: exchange }} set ${{ code: name }} on a response that caches may keep: ${{ code: `Cache-Control: ${cacheControl!}` }}.`,
      evidence: [{ exchange, text: say`Set-Cookie with ${{ code: cacheControl! }}`, isDecisive: true }],
      fix: {
        text: say`Keep responses that set a cookie out of shared caches.`,
        code: [`- Cache-Control: ${cacheControl!}`, '+ Cache-Control: private, no-store'],
      },
    };
  },
});
