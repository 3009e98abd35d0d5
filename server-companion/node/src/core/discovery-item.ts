/** What an adapter puts into the discovery header for one exchange, and how it stands beside what is there. */
import type { Socket } from 'node:net';
import { PROTOCOL_VERSION } from '../../../../protocol/index.ts';
import type { Companion } from './companion.ts';

/** How a request came to the app. */
export interface Arrival {
  /** Where the middleware is mounted; '' at the root. */
  mount: string;
  /** Its `Host` header (`:authority` of HTTP/2). */
  host: string | undefined;
  /** The connection, where one is known: a web-standard host knows none. */
  socket?: Socket & { encrypted?: boolean };
}

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** By socket: a connection that is kept alive answers many requests. `null`: it is not on this machine alone. */
const origins = new WeakMap<Socket, string | null>();

/** The origin of the socket that answered, where it is loopback: what else it may be is nobody's to learn from a header. */
function originOf(socket: Socket & { encrypted?: boolean }): string | null {
  let origin = origins.get(socket);
  if (origin === undefined) origins.set(socket, (origin = readOrigin(socket)));
  return origin;
}

function readOrigin({ localAddress, localPort, encrypted }: Socket & { encrypted?: boolean }): string | null {
  // A unix socket has neither.
  if (localAddress === undefined || localPort === undefined || !LOOPBACK.test(localAddress)) return null;
  return `${encrypted === true ? 'https' : 'http'}://${localAddress === '::1' ? '[::1]' : '127.0.0.1'}:${localPort}`;
}

/** A mount that the header's grammar takes: plain segments. */
const PLAIN_MOUNT = /^(?:\/[A-Za-z0-9._~@-]+)*$/;

/**
 * One item of the header's list. `undefined`: none is sent, since the endpoint would refuse that Host, or since the
 * header's grammar takes no such mount.
 */
export function discoveryItem(
  companion: Companion,
  { mount, host, socket }: Arrival,
  exchange: string,
): string | undefined {
  if (!companion.allowsHost(host)) return undefined;
  const ends = endsOf(companion, mount, socket === undefined ? null : originOf(socket));
  return ends === undefined ? undefined : ends.head + exchange + ends.tail;
}

/** What stands before and after the exchange's id. */
interface Ends {
  companion: Companion;
  mount: string;
  at: string | null;
  /** Of the log: where several processes share one, it may be another from one request to the next. */
  epoch: string;
  head: string;
  tail: string;
}

/** Of the last item: an app has one mount and one origin, and the text is needed for each response. */
let last: Ends | undefined;

function endsOf(companion: Companion, mount: string, at: string | null): Ends | undefined {
  const { identity, log, path } = companion;
  const { epoch } = log;
  if (last?.companion === companion && last.mount === mount && last.at === at && last.epoch === epoch) return last;
  if (!PLAIN_MOUNT.test(mount)) return undefined;
  last = {
    companion,
    mount,
    at,
    epoch,
    head: `"${mount}${path}";v=${PROTOCOL_VERSION};app="${identity.app}"${at === null ? '' : `;at="${at}"`};exchange="`,
    tail: `";epoch="${epoch}"`,
  };
  return last;
}

/** Items that we have put on a response: whatever else names our path there was kept from another. */
interface Given {
  readonly response: object & { readonly headersSent?: boolean };
  readonly items: readonly string[];
}

/** Of the last response: nearly always the next one comes after its head has left. */
let lastGiven: Given | undefined;
/** Of those whose head was still to come by then. */
const given = new WeakMap<object, readonly string[]>();

function keepGiven(now: Given): void {
  if (lastGiven !== undefined && lastGiven.response !== now.response && lastGiven.response.headersSent !== true)
    given.set(lastGiven.response, lastGiven.items);
  lastGiven = now;
}

/**
 * The header's value with `item` in it. `before`: the value on the response now. What another companion has put there
 * stays; an item of our own path that we did not put on this very response comes from a cache, and names an exchange
 * of somebody else: it goes.
 */
export function headerWith(response: object, before: unknown, item: string): string {
  const earlier = lastGiven?.response === response ? lastGiven.items : given.get(response);
  const ours = earlier === undefined ? [item] : [...earlier, item];
  keepGiven({ response, items: ours });
  if (before === undefined) return ours.length === 1 ? item : ours.join(', ');
  const paths = new Set(ours.map(pathOf));
  const others = typeof before === 'string' ? before.split(/, (?=")/).filter((other) => !paths.has(pathOf(other))) : [];
  return [...others, ...ours].join(', ');
}

const pathOf = (item: string) => item.slice(0, item.indexOf('"', 1) + 1);
