/** What an adapter puts into the discovery header for one exchange. */
import type { Socket } from 'node:net';
import { PROTOCOL_VERSION } from '../../../protocol/index.ts';
import type { Companion } from './companion.ts';

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** By socket: a connection that is kept alive answers many requests. */
const origins = new WeakMap<Socket, string>();

/** The origin of the socket that answered, as the panel may ask it: loopback has one name. */
export function originOf(socket: Socket & { encrypted?: boolean }): string {
  let origin = origins.get(socket);
  if (origin === undefined) {
    origin = readOrigin(socket);
    origins.set(socket, origin);
  }
  return origin;
}

function readOrigin(socket: Socket & { encrypted?: boolean }): string {
  const { localAddress = '127.0.0.1', localPort = 80, encrypted } = socket;
  const address = LOOPBACK.test(localAddress)
    ? localAddress === '::1'
      ? '[::1]'
      : '127.0.0.1'
    : localAddress.includes(':')
      ? `[${localAddress.toLowerCase().replace(/^::ffff:/, '')}]`
      : localAddress;
  return `${encrypted ? 'https' : 'http'}://${address.replace(/^\[(\d+\.\d+\.\d+\.\d+)\]$/, '$1')}:${localPort}`;
}

/** A mount that the header's grammar takes: plain segments. */
const PLAIN_MOUNT = /^(?:\/[A-Za-z0-9._~@-]+)*$/;

/** One item of the header's list; `undefined`: the header's grammar takes no such mount. */
export function discoveryItem(companion: Companion, mount: string, at: string, exchange: string): string | undefined {
  const ends = endsOf(companion, mount, at);
  return ends === undefined ? undefined : ends.head + exchange + ends.tail;
}

/** What stands before and after the exchange's id. */
interface Ends {
  companion: Companion;
  mount: string;
  at: string;
  head: string;
  tail: string;
}

/** Of the last item: an app has one mount and one origin, and the text is needed for each response. */
let last: Ends | undefined;

function endsOf(companion: Companion, mount: string, at: string): Ends | undefined {
  if (last?.companion === companion && last.mount === mount && last.at === at) return last;
  if (!PLAIN_MOUNT.test(mount)) return undefined;
  const { identity, log, path } = companion;
  last = {
    companion,
    mount,
    at,
    head: `"${mount}${path}";v=${PROTOCOL_VERSION};app="${identity.app}";at="${at}";exchange="`,
    tail: `";epoch="${log.epoch}"`,
  };
  return last;
}
