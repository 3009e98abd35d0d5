/** What an adapter puts into the discovery header for one exchange. */
import type { Socket } from 'node:net';
import { PROTOCOL_VERSION } from '../../../protocol/index.ts';
import type { Companion } from './companion.ts';

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** The origin of the socket that answered, as the panel may ask it: loopback has one name. */
export function originOf(socket: Socket & { encrypted?: boolean }): string {
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
export function discoveryItem(
  { identity, log, path }: Companion,
  mount: string,
  at: string,
  exchange: string,
): string | undefined {
  if (!PLAIN_MOUNT.test(mount)) return undefined;
  return `"${mount}${path}";v=${PROTOCOL_VERSION};app="${identity.app}";at="${at}";exchange="${exchange}";epoch="${log.epoch}"`;
}
