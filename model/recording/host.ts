/** The host that a request went to, as the browser asked for it, or as the server was asked. */
import type { HarExchange } from './har.ts';
import type { ExchangeRecord } from './records.ts';
import { urlOrigin } from './url-origin.ts';

/** Parsed once for each response: it is asked for with each event. */
const seenHosts = new WeakMap<HarExchange, string | undefined>();

/** `localhost:3000`; `undefined`: neither browser nor server says it. */
export function hostOf({ har, started }: ExchangeRecord): string | undefined {
  if (har === undefined) return started?.host;
  if (!seenHosts.has(har)) seenHosts.set(har, urlOrigin(har.url)?.origin.replace(/^https?:\/\//, ''));
  return seenHosts.get(har) ?? started?.host;
}

/** Without the port, in lower case. */
export const hostname = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();
