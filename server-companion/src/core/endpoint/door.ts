/**
 * The direct door: a listener of the companion's own on loopback. No body parser, compression, CORS middleware, rate
 * limiter, dev proxy or busy worker stands in its way, and its peer is this machine. It keeps no process alive.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HelloAnswer, LIMITS } from '../../../../protocol/index.ts';

export interface Door {
  /** Opens it at the first call; says why where it can't be opened, and tries again at the next. */
  open(): Promise<Pick<HelloAnswer, 'door' | 'doorFault'>>;
  close(): void;
}

/** A caller that takes longer than this to send its headers, or a whole request, is no panel. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const CHECK_TIMEOUTS_MS = 5_000;

/** Six for each of some browsers: who opens more takes the app's file descriptors. */
const MAX_CONNECTIONS = 128;

/** In the order tried: a machine without IPv4 has the second only. */
const ADDRESSES = ['127.0.0.1', '::1'] as const;

export function createDoor(path: string, listener: RequestListener): Door {
  let opening: Promise<Server> | undefined;

  const listenAt = (address: string) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer(
        {
          headersTimeout: HEADERS_TIMEOUT_MS,
          requestTimeout: REQUEST_TIMEOUT_MS,
          connectionsCheckingInterval: CHECK_TIMEOUTS_MS,
        },
        listener,
      );
      server.maxConnections = MAX_CONNECTIONS;
      server.unref();
      server.on('connection', (socket) => socket.unref());
      server.once('error', reject);
      // Exclusive: the workers of a cluster would share one free port, and each door answers for one log.
      server.listen({ port: 0, host: address, exclusive: true }, () => {
        server.removeListener('error', reject);
        // A later error of the listener (too many open files) must not end the app.
        server.on('error', () => {});
        resolve(server);
      });
    });

  async function listen(): Promise<Server> {
    const [first, second] = ADDRESSES;
    try {
      return await listenAt(first);
    } catch (error) {
      return listenAt(second).catch(() => {
        throw error;
      });
    }
  }

  return {
    async open() {
      try {
        const server = await (opening ??= listen());
        const { port, address } = server.address() as AddressInfo;
        const host = address.includes(':') ? `[${address}]` : address;
        return { door: { origin: `http://${host}:${port}`, path } };
      } catch (error) {
        opening = undefined;
        const why = error instanceof Error ? error.message : 'unknown';
        return {
          door: null,
          doorFault: `No listener could be opened on ${ADDRESSES[0]}: ${why}`.slice(0, LIMITS.sentenceLength),
        };
      }
    },
    close() {
      const opened = opening;
      opening = undefined;
      void opened?.then(end, () => {});
    },
  };
}

function end(server: Server): void {
  server.close();
  server.closeAllConnections();
}
