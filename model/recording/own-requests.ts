/**
 * Requests that the inspected page itself lists as its own: DevTools reports nothing from before it was ready, and the
 * page remembers. Each is tied to an exchange where host, path and time leave exactly one on either side.
 */
import type { ExchangeRecord } from './records.ts';
import { urlOrigin } from './url-origin.ts';
import { pathOfUrl } from './url-path.ts';

/** One entry of the page's own list. Times in epoch ms, by the page's clock. */
export interface OwnRequest {
  url: string;
  startedAt: number;
  endedAt: number;
}

/** The page's clock and the server's are one machine's, or nearly. */
const APART_MS = 1_500;

/** Those of `exchanges` that the page lists, and that DevTools did not report. */
export function ownExchanges(own: readonly OwnRequest[], exchanges: readonly ExchangeRecord[]): ExchangeRecord[] {
  const reported = exchanges.flatMap(({ har }) => har ?? []);
  // What DevTools reported is tied to its exchange already.
  const missed = own.filter(
    ({ url, startedAt }) =>
      !reported.some((har) => withoutFragment(har.url) === url && Math.abs(har.startedAt - startedAt) <= APART_MS),
  );
  const open = exchanges.filter(({ started, har }) => started !== undefined && har === undefined);
  return open.filter((exchange) => {
    const fitting = missed.filter((request) => fits(request, exchange));
    return fitting.length === 1 && open.every((other) => other === exchange || !fits(fitting[0]!, other));
  });
}

const withoutFragment = (url: string) => url.replace(/#.*$/, '');

function fits({ url, startedAt, endedAt }: OwnRequest, { started, at }: ExchangeRecord): boolean {
  const { path, host } = started!;
  if (pathOfUrl(url) !== path || at < startedAt - APART_MS || at > endedAt + APART_MS) return false;
  return host === undefined || urlOrigin(url)?.origin.replace(/^https?:\/\//, '') === host;
}
