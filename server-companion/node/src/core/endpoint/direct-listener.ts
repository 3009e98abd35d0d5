/**
 * The direct listener: a listener of the companion's own on loopback. No body parser, compression, CORS middleware, rate
 * limiter, dev proxy or busy worker stands in its way, and its peer is this machine. It keeps no process alive.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HelloAnswer, LIMITS } from '../../../../../protocol/index.ts';

export interface DirectListener {
  /** Opens it at the first call; says why where it can't be opened, and tries again at the next. */
  open(): Promise<Pick<HelloAnswer, 'directListener' | 'directListenerFault'>>;
  close(): void;
}

/** What one caller may take of the process. */
const BOUNDS = {
  /** A caller that takes longer than this to send its headers, or a whole request, is no panel. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 20_000,
  checkTimeoutsMs: 5_000,
  /** A connection on which nothing moves: a stream has a heartbeat every five seconds, so its reader takes nothing. */
  idleTimeoutMs: 30_000,
  /** Six for each of some browsers: who opens more takes the app's file descriptors. */
  maxConnections: 128,
};

/** In the order tried: a machine without IPv4 has the second only. */
const ADDRESSES = ['127.0.0.1', '::1'] as const;

/** `bounds`: other ones than the usual, for tests. */
export function createDirectListener(
  path: string,
  listener: RequestListener,
  bounds: Partial<typeof BOUNDS> = {},
): DirectListener {
  const { headersTimeoutMs, requestTimeoutMs, checkTimeoutsMs, idleTimeoutMs, maxConnections } = {
    ...BOUNDS,
    ...bounds,
  };
  let opening: Promise<Server> | undefined;

  const listenAt = (address: string) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer(
        {
          headersTimeout: headersTimeoutMs,
          requestTimeout: requestTimeoutMs,
          connectionsCheckingInterval: checkTimeoutsMs,
        },
        listener,
      );
      server.maxConnections = maxConnections;
      server.timeout = idleTimeoutMs;
      server.unref();
      server.on('connection', (socket) => socket.unref());
      server.once('error', reject);
      // Exclusive: the workers of a cluster would share one free port, and each listener answers for one log.
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
        return { directListener: { origin: `http://${host}:${port}`, path } };
      } catch (error) {
        opening = undefined;
        const why = error instanceof Error ? error.message : 'unknown';
        return {
          directListener: null,
          directListenerFault: `No listener could be opened on ${ADDRESSES[0]}: ${why}`.slice(0, LIMITS.sentenceLength),
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
