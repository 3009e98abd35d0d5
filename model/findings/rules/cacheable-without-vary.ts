import { isSharedCacheable } from '../cache-control.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { isSafe } from '../facts.ts';
import { asvs, issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  get: OperationRecorded;
}

/** `Vary` that keeps the answers of two cookies apart. */
const variesByCookie = (vary: string | undefined): boolean =>
  (vary ?? '').split(',').some((name) => ['cookie', '*'].includes(name.trim().toLowerCase()));

/** A response that shows what is in a session, and that a shared cache may give to others. */
export const cacheableWithoutVary = rule<Found>({
  id: 'cacheable-without-vary',
  severity: 'warning',
  title: 'Session data on a cacheable response',
  scope: 'exchange',
  why: 'A cache in front of the server may show the next visitor what was made for this one.',
  references: [asvs('14.3.2'), issue('supabase/ssr', 172)],
  find({ exchange }) {
    const { cacheControl, vary, status } = exchange.finished!;
    if (cacheControl === undefined || !isSafe(exchange) || (status ?? 500) >= 400) return [];
    if (!isSharedCacheable(cacheControl) || variesByCookie(vary)) return [];
    const get = exchange.operations.find(
      ({ operation, actor, hit, path }) =>
        operation === 'get' && actor === 'app' && hit === true && path !== undefined && path[0] !== 'cookie',
    );
    return get === undefined ? [] : [{ key: exchange.started?.path ?? exchange.id, get, operation: get }];
  },
  explain({ get }, { exchange }) {
    const { cacheControl, vary } = exchange.finished!;
    return {
      sentence: say`${{ request: exchange }} read ${{ path: get.path! }} from the session, and caches may give its response to others: ${{ code: `Cache-Control: ${cacheControl!}` }}.`,
      lines: [{ label: 'Read at', exchange, operation: get, isDecisive: true }],
      evidence: [
        { exchange, operation: get, text: say`reads ${{ path: get.path! }}`, isDecisive: true },
        {
          exchange,
          text: vary === undefined ? say`sends no ${{ code: 'Vary' }}` : say`sends ${{ code: `Vary: ${vary}` }}`,
        },
      ],
      fix: {
        text: say`Keep responses that depend on the session out of shared caches.`,
        code: [`- Cache-Control: ${cacheControl!}`, '+ Cache-Control: private, no-store'],
      },
    };
  },
});
