/** Which servers of one host share a cookie by its name: browsers keep one for all ports. */
import { otherPortThatWrote } from '../findings/other-port.ts';
import { serverName } from '../recording/epochs.ts';
import { hostOf } from '../recording/host.ts';
import { cookiePlaceOf, type SessionRequests } from '../history/session-requests.ts';
import { stepsOf } from '../history/session-steps.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';

export interface CookiePort {
  host: string;
  /** Name and port of the server, as it says. */
  server?: string;
  /** Requests that brought the cookie, and whose response set it. */
  brought: readonly ExchangeRecord[];
  set: readonly ExchangeRecord[];
}

/** One set the cookie, and the other's server knew no session by it. */
export interface Overwrite {
  writer: ExchangeRecord;
  reader: ExchangeRecord;
}

export interface SharedCookie {
  name: string;
  hostname: string;
  ports: readonly CookiePort[];
  /** By path, where their Set-Cookie headers differ in it: browsers keep one cookie for each. */
  paths: readonly string[];
  overwrites: readonly Overwrite[];
}

/** The newest requests that are looked at for overwritten cookies. */
const MAX_LOOK = 300;
const MAX_OVERWRITES = 20;

/** `undefined`: requests of one port only are recorded with this cookie. */
export function sharedCookie(
  items: readonly TimelineItem[],
  requests: SessionRequests,
  exchange: ExchangeRecord,
): SharedCookie | undefined {
  const place = cookiePlaceOf(exchange);
  if (place === undefined || !requests.hasSeveralPorts(place)) return undefined;
  const all = requests.ofCookie(place);
  const byHost = Map.groupBy(all, (one) => hostOf(one)!);
  // One that neither brought the cookie nor set it shares nothing.
  const ports = [...byHost]
    .map(([host, own]) => portWith(host, own))
    .filter(({ brought, set }) => brought.length + set.length > 0);
  if (ports.length < 2) return undefined;
  return { ...place, ports, paths: pathsOf(all), overwrites: overwritesIn(items, all) };
}

function portWith(host: string, own: readonly ExchangeRecord[]): CookiePort {
  const server = serverName(own.at(-1)?.life.started);
  return {
    host,
    ...(server === undefined ? {} : { server }),
    brought: own.filter(({ started }) => (started?.cookie.sent ?? 0) > 0),
    set: own.filter((one) => stepsOf(one).set !== undefined),
  };
}

const pathsOf = (all: readonly ExchangeRecord[]): string[] => [
  ...new Set(
    all.flatMap((one) => (stepsOf(one).set === undefined ? [] : (one.finished!.verdict.cookie.attributes?.path ?? []))),
  ),
];

function overwritesIn(items: readonly TimelineItem[], all: readonly ExchangeRecord[]): Overwrite[] {
  const found: Overwrite[] = [];
  for (const reader of all.slice(-MAX_LOOK)) {
    const writer = otherPortThatWrote({ items, index: items.lastIndexOf(reader), exchange: reader });
    if (writer !== undefined) found.push({ writer, reader });
  }
  return found.slice(-MAX_OVERWRITES);
}
