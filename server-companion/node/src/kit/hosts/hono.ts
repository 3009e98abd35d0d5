/** A library that is a middleware of Hono's on Node, `(context, next)`: each request that it gets is an exchange. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Companion } from '../../core/companion.ts';
import type { ObservedLibrary } from '../observed-library.ts';
import { beginExchange, type HostedExchange } from './middleware.ts';
import { observeRequests, type RequestHost } from './request-channel.ts';

/** The parts of Hono's context that a host needs. */
export interface HonoContext {
  /** On Node, where the server hands its own request and response on. */
  readonly env: { incoming?: IncomingMessage; outgoing?: ServerResponse } | undefined;
  readonly req: { readonly path: string; readonly routePath: string };
  res: Response | undefined;
}

/** A request of Node's with its response. */
export interface NodePair {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type Middleware<Context, Next> = (context: Context, next: Next) => Promise<Response | void>;

/** Node's requests, for apps whose server hands none on: `createServer(getRequestListener((request) => app.fetch(request)))`. */
export const observeNodeRequests = (companion: Companion): RequestHost<NodePair> =>
  observeRequests(
    (request, response) => ({ request, response }),
    (where, error) => companion.faults.note(where, error),
  );

/**
 * In the place of a library's middleware. `begin` makes the exchange of a request (`undefined`: it is not observed), and
 * `run` runs the library for it; the endpoint's own requests reach neither.
 */
export function observeHonoMiddleware<Context extends HonoContext, Next, Exchange extends HostedExchange>(
  library: ObservedLibrary,
  requests: RequestHost<NodePair>,
  middleware: Middleware<Context, Next>,
  begin: (context: Context, pair: NodePair) => Exchange | undefined,
  run: (exchange: Exchange, context: Context, next: Next) => Promise<Response | void>,
): Middleware<Context, Next> {
  let wasUnknown = false;
  const observed: Middleware<Context, Next> = (context, next) => {
    const { incoming, outgoing } = context.env ?? {};
    const pair = incoming && outgoing ? { request: incoming, response: outgoing } : requests.current();
    if (pair === undefined) {
      if (!wasUnknown)
        library.companion.faults.note(
          library.library.name,
          new Error('A request came of which Node knows nothing: on another runtime than Node nothing is observed.'),
        );
      wasUnknown = true;
      return middleware(context, next);
    }
    if (isForEndpoint(library, context, pair)) {
      replace(context, alreadySent());
      return Promise.resolve();
    }
    const { request, response } = pair;
    const exchange = beginExchange(library, request, response, () => begin(context, pair), mountOf(context));
    return exchange === undefined ? middleware(context, next) : run(exchange, context, next);
  };
  return Object.defineProperty(observed, 'name', { value: middleware.name, configurable: true });
}

function isForEndpoint({ companion }: ObservedLibrary, context: HonoContext, { request, response }: NodePair): boolean {
  try {
    return companion.endpoint.handle(request, response, mountOf(context));
  } catch (error) {
    companion.faults.note('endpoint', error);
    return false;
  }
}

/** The part of the path that the middleware's route stands for: `/shop` of `/shop/*`. */
function mountOf({ req: { routePath, path } }: HonoContext): string {
  const steps = routePath
    .replace(/\/?\*$/, '')
    .split('/')
    .filter((step) => step !== '');
  return path
    .split('/')
    .slice(0, steps.length + 1)
    .join('/');
}

/**
 * The platform's own `Response`. `serve()` of @hono/node-server replaces the global one by a subclass whose instances
 * are sent as they are, the mark below not looked at.
 */
function platformResponse(): typeof Response {
  let current = Response;
  for (;;) {
    const parent = Object.getPrototypeOf(current) as typeof Response;
    if (parent === Function.prototype) return current;
    current = parent;
  }
}

/** What @hono/node-server takes for an answer that has been given. A new one each time: middleware writes on it. */
const alreadySent = (): Response => new (platformResponse())(null, { headers: { 'x-hono-already-sent': 'true' } });

/** Hono carries the old response's headers over to a new one, unless there is none between. */
function replace(context: HonoContext, response: Response): void {
  context.res = undefined;
  context.res = response;
}
