/** Cookies know no ports: who wrote a cookie of this name over one that a request needed. */
import { isPathCovered } from '../recording/browser-rules.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { earlier, hostname, hostOf, isSameBrowser, recordOf } from './facts.ts';
import type { At } from './rule.ts';

export const portOf = (host: string): string => /:(\d+)$/.exec(host)?.[1] ?? '';

/** The request to another port of this host that had set the cookie which this one brought, and its server could not use. */
export function otherPortThatWrote(at: At): ExchangeRecord | undefined {
  const { exchange } = at;
  const { cookie } = exchange.started ?? {};
  const host = hostOf(exchange);
  if (cookie === undefined || cookie.sent === 0 || host === undefined || !isForeign(exchange)) return undefined;
  // Of a store that both write: the session was theirs, and something else ended it.
  if (cookie.fingerprint && recordOf(at, cookie.fingerprint).facts.some(({ is }) => is === 'there')) return undefined;
  for (const other of earlier(at)) {
    const otherHost = hostOf(other);
    const set = other.finished?.verdict.cookie;
    if (otherHost === undefined || !isSameBrowser(other, exchange) || hostname(otherHost) !== hostname(host)) continue;
    if (
      set?.outcome !== 'set' ||
      set.attributes?.name !== cookie.name ||
      !isPathCovered(set.attributes.path ?? '/', exchange.started!.path) ||
      (other.finished!.seq > exchange.seq && other.epoch === exchange.epoch)
    )
      continue;
    // What is sent must be what the other wrote, where that can be determined.
    return portOf(otherHost) === portOf(host) || other.life === exchange.life ? undefined : other;
  }
  return undefined;
}

/** Its server knows no session by the cookie that it brought. */
function isForeign({ started, operations }: ExchangeRecord): boolean {
  const load = operations.find(({ operation }) => operation === 'load');
  return (
    started!.cookie.signature === 'invalid' ||
    load?.outcome === 'missing' ||
    load?.outcome === 'invalid-signature' ||
    load?.outcome === 'unreadable'
  );
}
