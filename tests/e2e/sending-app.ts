/** Servers that note which cookies came with each request: two ports, and every name that leads to this machine. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../browsers/until.ts';

export interface SendingApp extends AsyncDisposable {
  /** Two ports of one server. */
  ports: readonly [number, number];
  /** Answers with these Set-Cookie headers from now on, at paths that end in `/set`. */
  sets(lines: readonly string[]): void;
  /** Names of the cookies that came with the request whose query is `n=<id>`, once it has come. */
  cameWith(id: string): Promise<readonly string[]>;
}

const PAGE = '<!doctype html><link rel="icon" href="data:,"><title>page</title><p>page';

const namesIn = ({ headers }: IncomingMessage): string[] =>
  (headers.cookie ?? '').split(';').flatMap((pair) => pair.split('=')[0]?.trim() || []);

export async function startSendingApp(): Promise<SendingApp> {
  const came = new Map<string, readonly string[]>();
  let lines: readonly string[] = [];
  const listen = () =>
    new Promise<Server>((resolve) => {
      const server = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
        const id = searchParams.get('n');
        // A preflight carries none.
        if (id !== null && request.method !== 'OPTIONS') came.set(id, namesIn(request));
        response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*');
        response.setHeader('Access-Control-Allow-Credentials', 'true');
        response.setHeader('Cache-Control', 'no-store');
        if (pathname.endsWith('/set')) response.setHeader('Set-Cookie', [...lines]);
        response.setHeader('Content-Type', 'text/html');
        response.end(PAGE);
      }).listen(0, '127.0.0.1', () => resolve(server));
    });
  const servers = [await listen(), await listen()] as const;
  const portOf = (server: Server) => (server.address() as AddressInfo).port;
  return {
    ports: [portOf(servers[0]), portOf(servers[1])],
    sets: (next) => void (lines = next),
    cameWith: (id) => until(() => came.get(id), `the request ${id}`),
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
