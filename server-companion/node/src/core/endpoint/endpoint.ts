/** The endpoint: the gate, and behind it the calls, at two listeners. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { CALLS, PROOF_HEADER } from '../../../../../protocol/index.ts';
import type { EventLog, ObservedMiddleware } from '../contract.ts';
import type { Identity } from '../identity.ts';
import type { CompanionOptions } from '../options.ts';
import { type CallEnv, createCalls, FAULT, HEADERS } from './calls.ts';
import { createDirectListener } from './direct-listener.ts';
import { type GateRules, isAllowedHost, refuse, type Refusal } from './gate.ts';
import { headerOf, hostOf, provideBody, takeOverResponse } from './inside.ts';
import { listeningOf, ofAnyServer } from './listening.ts';
import { createPairedKeys } from './paired-keys.ts';
import { createPairing } from './pairing.ts';
import { createProofs, parseProof } from './proof.ts';

export interface Endpoint {
  /**
   * Takes the request if it is for the endpoint: `<path>/v1/<call>` below where the middleware is mounted, or
   * anything else below `<path>`, which is refused. Returns whether it did; then nobody else answers. `mount`: where the
   * middleware is mounted, where the request's URL still has it. `body`: what a parser has read, where not on the request.
   */
  handle(request: IncomingMessage, response: ServerResponse, mount?: string, body?: unknown): boolean;
  /** The same for web-standard messages: the answer, or `undefined` where the request is not for the endpoint. */
  handleFetch(request: Request, mount?: string): Promise<Response> | undefined;
  /** Closes the direct listener and its streams. */
  close(): void;
}

export interface EndpointOptions {
  log: EventLog;
  identity: Identity;
  middlewares: () => readonly ObservedMiddleware[];
  options: CompanionOptions;
  rules: GateRules;
  /** Whether a request with this `Host` is any of ours: another finds the app as it is. */
  observes: (host: string | undefined) => boolean;
  /** Called with the endpoint's own failures. */
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
  rules,
  observes,
  fault = () => {},
  print,
}: EndpointOptions): Endpoint {
  const path = options.path ?? '/__sessionscope__';
  const targets = new Map(CALLS.map((call) => [`${path}/v1/${call}`, { call, path: `/v1/${call}` }]));
  const keys = createPairedKeys(identity);
  const pairing = createPairing({ identity, keys, ...(print ? { print } : {}) });
  const proofs = createProofs({ identity, keys });
  const calls = createCalls({
    log,
    identity,
    middlewares,
    keys,
    pairing,
    proofs,
    fault,
    openDirectListener: () => direct.open(),
  });

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
  }): Refusal | Pick<CallEnv, 'target' | 'proof' | 'origin'> {
    const origin = header('origin');
    const sent = header(PROOF_HEADER);
    const proof = sent === undefined ? undefined : parseProof(sent);
    const unproven = sent === undefined ? undefined : proofs.precheck(proof, origin);
    const target = targets.get(url);
    const facts = {
      method,
      contentType: header('content-type'),
      host: header('host'),
      origin,
      isUpgrade: header('upgrade') !== undefined,
      call: target?.call,
      // Over a nonce that is too old it is still one of a key that this origin was given: it is asked to say hello again.
      hasProof: sent !== undefined && unproven?.code !== 'not-paired',
    };
    const refusal = refuse(facts, rules) ?? (target === undefined ? NO_SUCH_CALL : unproven);
    return refusal ?? { target: target!.path, proof, origin };
  }

  function take(listener: CallEnv['listener'], incoming: IncomingMessage, response: ServerResponse, mount = ''): void {
    const { method = '', url = '', socket } = incoming;
    const admitted = admit({
      method,
      url: url.slice(mount.length),
      // One that came twice is both, joined: neither may decide, and no rule takes what it makes.
      header: (name) => headerOf(incoming, name),
    });
    if ('status' in admitted) {
      const { status, headers, body } = answerOf(admitted);
      response.writeHead(status, headers);
      response.end(body);
      return;
    }
    (incoming as NodeBindings['incoming'])[ENV] = {
      ...admitted,
      listener,
      peer: socket.remoteAddress,
      isListening: listeningOf(socket),
      isHttp2: incoming.httpVersionMajor >= 2,
      hangUp: () => socket.destroy(),
    };
    serve(incoming, response).catch((error: unknown) => fault('endpoint', error));
  }

  const direct = createDirectListener(path, (request, response) => {
    try {
      take('direct', request, response);
    } catch (error) {
      fault('direct listener', error);
      response.destroy();
    }
  });

  return {
    handle(request, response, mount = '', body) {
      if (response.headersSent || !isBelow(request.url ?? '/', mount + path) || !observes(hostOf(request)))
        return false;
      provideBody(request, body);
      take('app', request, takeOverResponse(response), mount);
      return true;
    },
    handleFetch(request, mount = '') {
      // Not by the platform's parser: it throws on a Host that is not an address.
      const [, host = '', url = ''] = /^[a-z]+:\/\/([^/?#]*)([^#]*)/i.exec(request.url) ?? [];
      const { headers } = request;
      // An absolute target names a host beside the header, and it too must be one of ours.
      const named = headers.get('host');
      const decisive = named === null || !isAllowedHost(host, rules) ? host : named;
      if (!isBelow(url, mount + path) || !observes(decisive)) return undefined;
      const admitted = admit({
        method: request.method,
        url: url.slice(mount.length),
        header: (name) => (name === 'host' ? decisive : (headers.get(name) ?? undefined)),
      });
      if ('status' in admitted) {
        const { body, ...init } = answerOf(admitted);
        return Promise.resolve(new Response(body, init));
      }
      const env: CallEnv = {
        ...admitted,
        listener: 'app',
        peer: undefined,
        isListening: ofAnyServer(),
        isHttp2: false,
        hangUp: () => {},
      };
      return Promise.resolve(calls.fetch(request, env));
    },
    close: () => direct.close(),
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
