/** A library that is a middleware of Koa's, `(context, next)`: each request that it gets is an exchange. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ObservedLibrary } from '../observed-library.ts';
import { beginExchange, type HostedExchange } from './middleware.ts';

/** The parts of Koa's context that a host needs. */
export interface KoaContext {
  readonly req: IncomingMessage;
  /** Absent where code runs a middleware by hand, for a WebSocket. */
  readonly res: ServerResponse | undefined;
  readonly originalUrl: string;
  readonly url: string;
  readonly request?: { body?: unknown };
  /** `false`: Koa leaves the response alone. */
  respond?: boolean;
}

type Middleware<Context, Next> = (context: Context, next: Next) => Promise<unknown>;

/**
 * In the place of a library's middleware. `begin` makes the exchange of a request (`undefined`: it is not observed), and
 * `run` runs the library for it; the endpoint's own requests reach neither.
 */
export function observeKoaMiddleware<Context extends KoaContext, Next, Exchange extends HostedExchange>(
  library: ObservedLibrary,
  middleware: Middleware<Context, Next>,
  begin: (context: Context & { readonly res: ServerResponse }) => Exchange | undefined,
  run: (exchange: Exchange, context: Context, next: Next) => Promise<unknown>,
): Middleware<Context, Next> {
  const observed: Middleware<Context, Next> = (context, next) => {
    const { req, res } = context;
    if (res === undefined) return middleware(context, next);
    if (isForEndpoint(library, context, res)) {
      context.respond = false;
      return Promise.resolve();
    }
    const exchange = beginExchange(
      library,
      req,
      res,
      () => begin(context as Context & { readonly res: ServerResponse }),
      mountOf(context),
    );
    return exchange === undefined ? middleware(context, next) : run(exchange, context, next);
  };
  return Object.defineProperty(observed, 'name', { value: middleware.name, configurable: true });
}

function isForEndpoint({ companion }: ObservedLibrary, { req, request }: KoaContext, res: ServerResponse): boolean {
  try {
    return companion.endpoint.handle(req, res, '', request?.body);
  } catch (error) {
    companion.faults.note('endpoint', error);
    return false;
  }
}

/** What koa-mount takes off a request's path. */
function mountOf({ originalUrl, url }: KoaContext): string {
  return originalUrl.endsWith(url) ? originalUrl.slice(0, originalUrl.length - url.length) : '';
}
