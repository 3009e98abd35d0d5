/** The endpoint: five calls behind two doors. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { EventLog, ObservedMiddleware } from '../contract.ts';
import type { Identity } from '../identity.ts';
import type { CompanionOptions } from '../options.ts';
import { type CallEnv, createCalls } from './calls.ts';
import { createDoor } from './door.ts';
import { createGateRules } from './gate.ts';
import { createPairing } from './pairing.ts';

export interface Endpoint {
  /**
   * Takes the request if it is for the endpoint: `<path>/v1/<call>` below where the middleware is mounted, or
   * anything else below `<path>`, which is refused. Returns whether it did; then nobody else answers. `mount`: where the
   * middleware is mounted, where the request's URL still has it.
   */
  handle(request: IncomingMessage, response: ServerResponse, mount?: string): boolean;
  /** The same for web-standard messages: the answer, or `undefined` where the request is not for the endpoint. */
  handleFetch(request: Request, mount?: string): Promise<Response> | undefined;
  /** Closes the direct door and its streams. */
  close(): void;
}

export interface EndpointOptions {
  log: EventLog;
  identity: Identity;
  middlewares: () => readonly ObservedMiddleware[];
  options: CompanionOptions;
  /** Where pairing codes are shown; default: standard error. */
  print?: (line: string) => void;
}

/** Names of the calls' own environment on a Node request: read by the fetch callback. */
interface NodeBindings {
  incoming: IncomingMessage;
}

export function createEndpoint({ log, identity, middlewares, options, print }: EndpointOptions): Endpoint {
  const path = options.path ?? '/__sessionscope__';
  const calls = createCalls({
    log,
    identity,
    middlewares,
    rules: createGateRules(options.allowedHosts, options.allowedExtensions),
    pairing: createPairing({ identity, ...(print ? { print } : {}) }),
    openDoor: () => door.open(),
  });

  const listener = (kind: CallEnv['door']) =>
    getRequestListener(
      (request, bindings) => {
        const { incoming } = bindings as NodeBindings;
        const server = (incoming.socket as { server?: { listening: boolean } }).server;
        const env: CallEnv = {
          door: kind,
          peer: incoming.socket.remoteAddress,
          isListening: () => server?.listening ?? true,
        };
        const stripped = stripPath(request, path);
        return calls.fetch(stripped, env);
      },
      { overrideGlobalObjects: false, errorHandler: () => new Response(null, { status: 400 }) },
    );

  const inApp = listener('app');
  const direct = listener('direct');
  const door = createDoor(path, (request, response) => void direct(request, response));

  return {
    handle(request, response, mount = '') {
      if (!isBelow(request.url ?? '/', mount + path)) return false;
      takeOverHeaders(response);
      provideBody(request);
      void inApp(request, response);
      return true;
    },
    handleFetch(request, mount = '') {
      const { pathname, search } = new URL(request.url);
      if (!isBelow(pathname + search, mount + path)) return undefined;
      const env: CallEnv = { door: 'app', peer: undefined, isListening: () => true };
      return Promise.resolve(calls.fetch(stripPath(request, path), env));
    },
    close: () => door.close(),
  };
}

function isBelow(url: string, path: string): boolean {
  const next = url[path.length];
  return url.startsWith(path) && (next === undefined || next === '/' || next === '?');
}

/** The calls see `/v1/<call>`; a request that is not below the path sees none. */
function stripPath(request: Request, path: string): Request {
  const url = new URL(request.url);
  const at = url.pathname.indexOf(path);
  const rest = at < 0 ? '/' : url.pathname.slice(at + path.length) || '/';
  return new Request(new URL(rest + url.search, url.origin), request);
}

/** What middleware before us has put on the answer is not ours: the app's CORS headers above all. */
function takeOverHeaders(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
}

/** A body parser may have read the body already: what it made of it is written out again. */
function provideBody(request: IncomingMessage): void {
  const { body } = request as IncomingMessage & { body?: unknown; rawBody?: Buffer };
  if (!request.readableEnded && !request.complete) return;
  if (body === undefined) return;
  const text = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  Object.defineProperty(request, 'rawBody', { value: text, configurable: true });
}
