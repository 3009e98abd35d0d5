/** What stands between a scenario's clients and its servers: a balancer, a proxy, a shared cache. */
import { type IncomingMessage, request as forward, type RequestListener, type ServerResponse } from 'node:http';
import { listen } from './hosts/serve-routes.ts';
import type { ScenarioHost, ScenarioSettings } from './scenario.ts';

type Front = NonNullable<ScenarioSettings['front']>;

interface Kept {
  readonly status: number;
  readonly headers: string[];
  readonly body: Buffer;
}

const withoutSetCookie = (raw: readonly string[]): string[] =>
  raw.filter((_, at) => raw[at - (at % 2)]!.toLowerCase() !== 'set-cookie');

/** As RFC 9111 lets a shared cache keep it, in the few words that scenarios use. */
const isKept = ({ method }: IncomingMessage, { headers }: IncomingMessage): boolean =>
  method === 'GET' && /\bpublic\b/.test(headers['cache-control'] ?? '') && !/\bcookie\b/i.test(headers.vary ?? '');

/** Asks servers in turn, as a process manager does; what they see is what the client has sent. */
export function startFront(servers: readonly ScenarioHost[], front: Front | undefined): Promise<ScenarioHost> {
  let turn = 0;
  const cache = new Map<string, Kept>();
  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    const { port } = new URL(servers[turn++ % servers.length]!.origin);
    const { method = 'GET', url: path = '/', rawHeaders: headers } = request;
    const passed = forward({ host: '127.0.0.1', port, method, path, agent: false, headers }, (answer) => {
      const { statusCode: status = 502, rawHeaders } = answer;
      response.writeHead(status, front === 'drops-set-cookie' ? withoutSetCookie(rawHeaders) : rawHeaders);
      answer.pipe(response);
      if (front !== 'caches' || !isKept(request, answer)) return;
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('end', () => cache.set(path, { status, headers: rawHeaders, body: Buffer.concat(parts) }));
    });
    request.pipe(passed);
    passed.once('error', () => response.destroy());
  };
  const answer: RequestListener = (request, response) => {
    const kept = request.method === 'GET' ? cache.get(request.url!) : undefined;
    if (kept === undefined) pass(request, response);
    else response.writeHead(kept.status, kept.headers).end(kept.body);
  };
  return listen(answer);
}
