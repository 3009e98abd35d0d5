/** Which exchanges belong to the page that the inspected tab has just gone to. */
import { pathOfUrl } from './url-path.ts';
import type { ExchangeRecord, TimelineItem } from './records.ts';

/** A page's own request is reported before its navigation is; older than this, it was another visit's. */
const NAVIGATION_MS = 10_000;

/**
 * The request that the page came from, or the first of the redirects that led to it; where the server recorded none, the
 * first that began after the page was asked for, `at` (epoch ms).
 */
export function firstOfNavigation(
  items: readonly TimelineItem[],
  { url, at: askedAt }: { url: string; at: number },
): ExchangeRecord | undefined {
  const path = pathOfUrl(url);
  const exchanges = items.filter((item): item is ExchangeRecord => item.kind === 'exchange');
  let at = exchanges.findLastIndex(
    ({ started, at: startedAt }) => started?.path === path && startedAt > askedAt - NAVIGATION_MS,
  );
  if (at < 0) return exchanges.find(({ at: startedAt }) => startedAt > askedAt);
  const isRedirect = (exchange: ExchangeRecord | undefined) =>
    exchange?.finished?.status !== undefined && exchange.finished.status >= 300 && exchange.finished.status < 400;
  while (isRedirect(exchanges[at - 1])) at -= 1;
  return exchanges[at];
}
