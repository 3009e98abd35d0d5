/**
 * The direct door: a listener of the companion's own on loopback. No body parser, compression, CORS middleware, rate
 * limiter, dev proxy or busy worker stands in its way, and its peer is this machine. It keeps no process alive.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { HelloAnswer } from '../../../../protocol/index.ts';

export interface Door {
  /** Opens it at the first call; says why where it can't be opened, and tries again at the next. */
  open(): Promise<Pick<HelloAnswer, 'door' | 'doorFault'>>;
  isListening(): boolean;
  close(): void;
}

/** A caller that takes longer than this to send its headers is no panel. */
const HEADERS_TIMEOUT_MS = 10_000;

export function createDoor(path: string, listener: RequestListener): Door {
  let server: Server | undefined;
  let opening: Promise<Server> | undefined;

  const listen = () =>
    new Promise<Server>((resolve, reject) => {
      const made = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, listener);
      made.unref();
      made.on('connection', (socket) => socket.unref());
      made.once('error', reject);
      // Exclusive: the workers of a cluster would share one free port, and each door answers for one log.
      made.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
        made.removeListener('error', reject);
        // A later error of the listener (too many open files) must not end the app.
        made.on('error', () => {});
        resolve(made);
      });
    });

  return {
    async open() {
      try {
        server = await (opening ??= listen());
        const { port } = server.address() as { port: number };
        return { door: { origin: `http://127.0.0.1:${port}`, path } };
      } catch (error) {
        opening = undefined;
        return {
          door: null,
          doorFault:
            `No listener could be opened on 127.0.0.1: ${error instanceof Error ? error.message : 'unknown'}`.slice(
              0,
              500,
            ),
        };
      }
    },
    isListening: () => server?.listening ?? false,
    close() {
      server?.close();
      server?.closeAllConnections();
      server = undefined;
      opening = undefined;
    },
  };
}
