/**
 * The `Sessionscope` response header: a structured-field list (RFC 9651), one item for each observed session
 * middleware. Whoever answers the page may have written it, so the parser is strict and what it lets through is
 * still only a claim: `docs/protocol.md`, "Discovery".
 */
import { isInnerList, parseList, serializeList } from 'structured-headers';
import { ENDPOINT_PATH } from './endpoint-path.ts';
import { LIMITS } from './limits.ts';
import { PROTOCOL_VERSION } from './messages.ts';

export const DISCOVERY_HEADER = 'Sessionscope';

export interface Discovery {
  /** Path of the endpoint on the origin that answered: starts with exactly one `/`. */
  path: string;
  /** Protocol version. */
  v: number;
  /** Names the project. */
  app: string;
  /** Origin of the socket that answered, where that is on loopback. */
  at?: string;
  /** 128 random bits in hex: this exchange. */
  exchange: string;
  epoch: string;
}

export type DiscoveryResult =
  | { ok: true; items: Discovery[] }
  /** `v`: versions named, where that was the reason. */
  | { ok: false; fault: string; versions?: number[] };

const APP = /^[A-Za-z0-9_-]{8,64}$/;
const AT = /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/;
const EXCHANGE = /^[0-9a-f]{32}$/;
const EPOCH = /^[0-9a-z]{8,32}$/;

/** Writes the header's value; throws a TypeError where an item would not be accepted by `parseDiscovery`. */
export function formatDiscovery(items: readonly Discovery[]): string {
  const text = serializeList(
    items.map(({ path, v, app, at, exchange, epoch }) => [
      path,
      new Map<string, string | number>(
        Object.entries({ v, app, ...(at === undefined ? {} : { at }), exchange, epoch }),
      ),
    ]),
  );
  const parsed = parseDiscovery(text);
  if (!parsed.ok) throw new TypeError(`the discovery header can't be written: ${parsed.fault}`);
  return text;
}

/** Reads the header's value. Never throws; a list with one bad item is refused whole, with the reason. */
export function parseDiscovery(text: string): DiscoveryResult {
  if (text.length > LIMITS.headerBytes) return { ok: false, fault: `longer than ${LIMITS.headerBytes} bytes` };
  let list;
  try {
    list = parseList(text);
  } catch {
    return { ok: false, fault: 'not a structured-field list (RFC 9651)' };
  }
  if (list.length === 0) return { ok: false, fault: 'empty' };
  if (list.length > LIMITS.headerItems) return { ok: false, fault: `more than ${LIMITS.headerItems} items` };
  const items: Discovery[] = [];
  for (const item of list) {
    if (isInnerList(item)) return { ok: false, fault: 'an inner list' };
    const [path, parameters] = item;
    const version = parameters.get('v');
    if (typeof version !== 'number' || !Number.isInteger(version)) return { ok: false, fault: 'no version v' };
    if (version !== PROTOCOL_VERSION) return { ok: false, fault: `protocol version ${version}`, versions: [version] };
    const text = (name: string, pattern: RegExp): string | undefined => {
      const value = parameters.get(name);
      return typeof value === 'string' && pattern.test(value) ? value : undefined;
    };
    if (typeof path !== 'string' || path.length > LIMITS.pathLength || !ENDPOINT_PATH.test(path))
      return { ok: false, fault: 'path is not a plain absolute path' };
    const app = text('app', APP);
    const at = text('at', AT);
    const exchange = text('exchange', EXCHANGE);
    const epoch = text('epoch', EPOCH);
    if (app === undefined) return { ok: false, fault: 'no valid app' };
    if (at === undefined && parameters.has('at')) return { ok: false, fault: 'no valid at' };
    if (exchange === undefined) return { ok: false, fault: 'no valid exchange' };
    if (epoch === undefined) return { ok: false, fault: 'no valid epoch' };
    items.push({ path, v: version, app, ...(at === undefined ? {} : { at }), exchange, epoch });
  }
  return { ok: true, items };
}
