/** What a request says of where it comes from: the optional fields of `exchange-started`. */
import type { IncomingHttpHeaders } from 'node:http';
import { type ExchangeStarted, LIMITS } from '../../../../protocol/index.ts';
import type { Companion } from '../core/companion.ts';

type Facts = Partial<Pick<ExchangeStarted, 'host' | 'site' | 'dest' | 'purpose' | 'client' | 'kind'>>;

export interface RequestSource {
  /** `undefined`: a web-standard host, which does not show them. */
  headers: IncomingHttpHeaders | undefined;
  /** As the request names it. */
  host: string | undefined;
  /** Address of the peer, where it is known. */
  peer: string | undefined;
}

const SITES: ReadonlySet<string> = new Set(['same-origin', 'same-site', 'cross-site', 'none']);

/** A header's value as a name on the wire; nothing where it is absent or longer than any that a browser sends. */
const nameIn = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= LIMITS.nameLength ? value : undefined;

/** Digests of the clients seen last: a browser's requests all have the same. */
const clients = new Map<string, string>();
const MAX_CLIENTS = 500;

/** The last one seen, since most requests come from it. */
const last = { agent: '', peer: '', client: '' };

function clientOf(headers: IncomingHttpHeaders, digest: (text: string) => string, peer = ''): string {
  const agent = headers['user-agent'] ?? '';
  if (last.client !== '' && agent === last.agent && peer === last.peer) return last.client;
  const text = `${agent}\0${peer}`;
  let client = clients.get(text);
  if (client === undefined) {
    if (clients.size >= MAX_CLIENTS) clients.clear();
    clients.set(text, (client = digest(`client\0${text}`)));
  }
  last.agent = agent;
  last.peer = peer;
  return (last.client = client);
}

/** Puts them on an event: one object for each request, and no copy of another. */
export function noteRequestFacts(facts: Facts, source: RequestSource, companion: Companion): void {
  const { headers, host } = source;
  const name = nameIn(host);
  if (name !== undefined && companion.allowsHost(name)) facts.host = name;
  if (headers === undefined) return;
  facts.client = clientOf(headers, companion.identity.digest, source.peer);
  const site = nameIn(headers['sec-fetch-site']);
  if (site !== undefined && SITES.has(site)) facts.site = site as NonNullable<Facts['site']>;
  const dest = nameIn(headers['sec-fetch-dest']);
  if (dest !== undefined) facts.dest = dest;
  const purpose = nameIn(headers['sec-purpose']) ?? nameIn(headers['purpose']);
  if (purpose !== undefined) facts.purpose = purpose;
  if (headers.upgrade?.toLowerCase() === 'websocket') facts.kind = 'websocket';
}
