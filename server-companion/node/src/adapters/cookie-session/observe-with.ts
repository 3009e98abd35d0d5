/** Puts the observer between the app and the middleware that cookie-session makes. */
import type { Companion } from '../../core/companion.ts';
import { observeFactory, observeMiddleware } from '../../kit/hosts/middleware.ts';
import { isResponse, observeResponse } from '../../kit/hosts/response.ts';
import { ObservedLibrary } from '../../kit/observed-library.ts';
import { Registrations } from '../../kit/registrations.ts';
import { guard } from '../../kit/scope.ts';
import { observeBag } from '../../kit/surfaces/property-bag.ts';
import { Exchange } from './exchange.ts';
import { type CookieSessionLibrary, cookieSessionLibrary, isData } from './library.ts';
import type { CookieSessionOptions, Middleware, RequestLike, SessionLike } from './types.ts';

type Observed = ObservedLibrary & { readonly library: CookieSessionLibrary };

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Given extends (...args: never[]) => unknown>(
  companion: Companion,
  cookieSession: Given,
): Given {
  const registrations = new Registrations(
    companion,
    (options: CookieSessionOptions | undefined) =>
      new ObservedLibrary(companion, cookieSessionLibrary(options)) as Observed,
  );
  return observeFactory(companion, cookieSession, (middleware: Middleware, [options]) => {
    const observed = registrations.of(options as CookieSessionOptions | undefined, cookieSession);
    if (observed === undefined) return middleware;
    return observeMiddleware(
      observed,
      middleware,
      (request, response) => (isResponse(response) ? new Exchange(observed, request, response) : undefined),
      (exchange, request, response, next) =>
        middleware(request, response, (...args) => {
          guard(exchange.observed, 'next', () => {
            coverSession(exchange, request);
            observeResponse(response, {
              head: (below, write) => exchange.writeHead(below, write),
              end: (_below, finish) => exchange.end(finish),
            });
          });
          return next(...args);
        }),
    );
  });
}

/** `req.session` as the app gets it, over the accessors that the library has put on the request. */
function coverSession(exchange: Exchange, request: RequestLike): void {
  const library = Object.getOwnPropertyDescriptor(request, 'session');
  if (library?.get === undefined || library.set === undefined) return;
  const { get, set } = library;
  const { observed } = exchange;
  /** By the library's own session: what the app has in its place. */
  const given = new WeakMap<object, object>();
  const raws = new WeakMap<object, object>();

  const give = (raw: object, assignedBy?: (...args: never[]) => unknown): object => {
    const known = given.get(raw);
    if (known !== undefined) return known;
    const session = guard(observed, 'req.session', () =>
      assignedBy === undefined
        ? exchange.opened(raw as SessionLike)
        : exchange.assigned(raw as SessionLike, assignedBy),
    );
    const bag = session === undefined ? raw : observeBag(raw, observed, session, { isData });
    given.set(raw, bag);
    raws.set(bag, raw);
    return bag;
  };

  Object.defineProperty(request, 'session', {
    ...library,
    get(this: RequestLike) {
      const raw = get.call(this) as object | null;
      return raw === null ? null : give(raw);
    },
    set: function assign(this: RequestLike, value: unknown) {
      // The library copies what it is given: from its own object, where the app puts back what it got.
      set.call(this, typeof value === 'object' && value !== null ? (raws.get(value) ?? value) : value);
      if (value === null || value === undefined) guard(observed, 'req.session =', () => exchange.unset(assign));
      else give(get.call(this) as object, assign);
    },
  });
}
