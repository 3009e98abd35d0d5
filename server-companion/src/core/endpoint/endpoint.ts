/** The endpoint: the gate, and behind it five calls, at two doors. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { CALLS, TOKEN_HEADER } from '../../../../protocol/index.ts';
import type { EventLog, ObservedMiddleware } from '../contract.ts';
import type { Identity } from '../identity.ts';
import type { CompanionOptions } from '../options.ts';
import { type CallEnv, createCalls, FAULT, HEADERS } from './calls.ts';
import { createDoor } from './door.ts';
import { createGateRules, refuse, type Refusal } from './gate.ts';
import { provideBody, takeOverResponse } from './inside.ts';
import { createPairing } from './pairing.ts';

export interface Endpoint {
  /**
   * Takes the request if it is for the endpoint: `<path>/v1/<call>` below where the middleware is mounted, or
   * anything else below `<path>`, which is refused. Returns whether it did; then nobody else answers. `mount`: where the
   * middleware is mounted, where the request's URL still has it. `body`: what a parser has read, where not on the request.
   */
  handle(request: IncomingMessage, response: ServerResponse, mount?: string, body?: unknown): boolean;
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
  /** Told of the endpoint's own failures. */
  fault?: (where: string, error: unknown) => void;
  /** Where pairing codes are shown; default: standard error. */
  print?: (line: string) => void;
}

/** Names of the calls' own environment on a Node request: read by the fetch callback. */
interface NodeBindings {
  incoming: IncomingMessage & { [ENV]?: CallEnv };
}
const ENV = Symbol('sessionscope.call');

export function createEndpoint({
  log,
  identity,
  middlewares,
  options,
  fault = () => {},
  print,
}: EndpointOptions): Endpoint {
  const path = options.path ?? '/__sessionscope__';
  const targets = new Map(CALLS.map((call) => [`${path}/v1/${call}`, `/v1/${call}`]));
  const rules = createGateRules(options.allowedHosts, options.allowedExtensions);
  const pairing = createPairing({ identity, ...(print ? { print } : {}) });
  const calls = createCalls({ log, identity, middlewares, pairing, fault, openDoor: () => door.open() });

  const serve = getRequestListener(
    (request, bindings) => calls.fetch(request, (bindings as NodeBindings).incoming[ENV]!),
    {
      overrideGlobalObjects: false,
      errorHandler: (error) => {
        fault('endpoint', error);
        return Response.json({ error: FAULT }, { status: 500, headers: HEADERS });
      },
    },
  );

  /** The gate, before anything that decodes, resolves or reads what was sent. `url` is below the mount. */
  function admit({
    method,
    url,
    header,
  }: {
    method: string;
    url: string;
    header: (name: string) => string | undefined;
  }): Refusal | Pick<CallEnv, 'target' | 'isPaired'> {
    const origin = header('origin');
    const isPaired = pairing.isToken(header(TOKEN_HEADER), origin);
    const facts = {
      method,
      contentType: header('content-type'),
      host: header('host'),
      origin,
      isUpgrade: header('upgrade') !== undefined,
      hasToken: isPaired,
    };
    const target = targets.get(url);
    return refuse(facts, rules) ?? (target === undefined ? NO_SUCH_CALL : { target, isPaired });
  }

  function take(door: CallEnv['door'], incoming: IncomingMessage, response: ServerResponse, mount = ''): void {
    const { method = '', url = '', headersDistinct, socket } = incoming;
    const admitted = admit({
      method,
      url: url.slice(mount.length),
      // One that came twice is both, joined: neither may decide, and no rule takes what it makes.
      header: (name) => headersDistinct[name]?.join(', '),
    });
    if ('status' in admitted) {
      const { status, headers, body } = answerOf(admitted);
      response.writeHead(status, headers).end(body);
      return;
    }
    const { server } = socket as { server?: { listening: boolean } };
    (incoming as NodeBindings['incoming'])[ENV] = {
      ...admitted,
      door,
      peer: socket.remoteAddress,
      isListening: () => server?.listening ?? true,
      hangUp: () => socket.destroy(),
    };
    serve(incoming, response).catch((error: unknown) => fault('endpoint', error));
  }

  const door = createDoor(path, (request, response) => {
    try {
      take('direct', request, response);
    } catch (error) {
      fault('door', error);
      response.destroy();
    }
  });

  return {
    handle(request, response, mount = '', body) {
      if (response.headersSent || !isBelow(request.url ?? '/', mount + path)) return false;
      takeOverResponse(response);
      provideBody(request, body);
      take('app', request, response, mount);
      return true;
    },
    handleFetch(request, mount = '') {
      const { origin, host } = new URL(request.url);
      const url = request.url.slice(origin.length);
      if (!isBelow(url, mount + path)) return undefined;
      const { headers } = request;
      const admitted = admit({
        method: request.method,
        url: url.slice(mount.length),
        header: (name) => headers.get(name) ?? (name === 'host' ? host : undefined),
      });
      if ('status' in admitted) {
        const { body, ...init } = answerOf(admitted);
        return Promise.resolve(new Response(body, init));
      }
      const env: CallEnv = { ...admitted, door: 'app', peer: undefined, isListening: () => true, hangUp: () => {} };
      return Promise.resolve(calls.fetch(request, env));
    },
    close: () => door.close(),
  };
}

function isBelow(url: string, path: string): boolean {
  const next = url[path.length];
  return url.startsWith(path) && (next === undefined || next === '/' || next === '?');
}

const NO_SUCH_CALL: Refusal = {
  status: 404,
  code: 'not-found',
  message: 'There is no such call. A call is its exact path, with no query.',
};

const answerOf = ({ status, ...error }: Refusal) => ({
  status,
  headers: { ...HEADERS, ...(status === 405 ? { allow: 'POST' } : {}), 'content-type': 'application/json' },
  body: JSON.stringify({ error }),
});
