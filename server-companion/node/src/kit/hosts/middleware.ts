/** A library that is a middleware of Node's, `(request, response, next)`: each request that it gets is an exchange. */
import type { ServerResponse } from 'node:http';
import type { Companion } from '../../core/companion.ts';
import { hostOf } from '../../core/endpoint/inside.ts';
import type { ObservedExchange } from '../observed-exchange.ts';
import type { ObservedLibrary, OpenExchange } from '../observed-library.ts';
import { announceOn, type NodeRequest } from './node-request.ts';
import { isResponse, onClose } from './response.ts';

type Callable = (...args: never[]) => unknown;
type Middleware<Request, Response, Next> = (request: Request, response: Response, next: Next) => unknown;

export interface HostedExchange extends OpenExchange {
  readonly observed: ObservedExchange;
  /** The connection is done with the response. */
  closed(): void;
}

/**
 * In the place of a library's factory: what it makes is given to `observe`, with the arguments that it was made of, and
 * stays as it is where that fails. `prepare` may give it others than the app's.
 */
export function observeFactory<Factory extends Callable, Made>(
  companion: Companion,
  factory: Factory,
  observe: (made: Made, args: readonly unknown[], given: readonly unknown[]) => Made,
  prepare: (given: readonly unknown[], factory: Factory) => readonly unknown[] = (given) => given,
): Factory {
  // A proxy keeps name, length, statics and their descriptors without naming them.
  return new Proxy(factory, {
    apply(target, self: unknown, given: unknown[]) {
      const args = prepare(given, target);
      const made = Reflect.apply(target, self, args as never[]) as Made;
      try {
        return observe(made, args, given);
      } catch (error) {
        companion.faults.note('observe', error);
        return made;
      }
    },
  });
}

/**
 * The exchange of a request, which `begin` makes: announced on the response, and open until the connection is done with
 * it. `undefined`: it is not observed. Never throws.
 */
export function beginExchange<Exchange extends HostedExchange>(
  { companion, open }: ObservedLibrary,
  request: NodeRequest,
  response: ServerResponse,
  begin: () => Exchange | undefined,
  mount?: string,
): Exchange | undefined {
  try {
    const exchange = companion.observes(hostOf(request)) ? begin() : undefined;
    if (exchange === undefined) return undefined;
    if (isResponse(response)) announceOn(exchange.observed, request, response, mount);
    onClose(exchange.observed, response, request.socket, () => exchange.closed());
    open.add(exchange);
    return exchange;
  } catch (error) {
    companion.faults.note('begin', error);
    return undefined;
  }
}

/**
 * In the place of a library's middleware. `begin` makes the exchange of a request (`undefined`: it is not observed), and
 * `run` runs the library for it; the endpoint's own requests reach neither.
 */
export function observeMiddleware<
  Request extends NodeRequest,
  Response extends ServerResponse,
  Next,
  Exchange extends HostedExchange,
>(
  library: ObservedLibrary,
  middleware: Middleware<Request, Response, Next>,
  begin: (request: Request, response: Response) => Exchange | undefined,
  run: (exchange: Exchange, request: Request, response: Response, next: Next) => unknown,
): Middleware<Request, Response, Next> {
  const { companion } = library;
  const observed: Middleware<Request, Response, Next> = (request, response, next) => {
    try {
      if (companion.endpoint.handle(request, response)) return undefined;
    } catch (error) {
      companion.faults.note('endpoint', error);
    }
    const exchange = beginExchange(library, request, response, () => begin(request, response));
    return exchange === undefined ? middleware(request, response, next) : run(exchange, request, response, next);
  };
  return Object.defineProperty(observed, 'name', { value: middleware.name, configurable: true });
}
