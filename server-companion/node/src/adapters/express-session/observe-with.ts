/** Puts the observer between the app and the middleware that express-session makes. */
import type { Companion } from '../../core/companion.ts';
import { observeFactory, observeMiddleware } from '../../kit/hosts/middleware.ts';
import { isResponse, observeResponse } from '../../kit/hosts/response.ts';
import { Registrations } from '../../kit/registrations.ts';
import { guard } from '../../kit/scope.ts';
import { current, Exchange } from './exchange.ts';
import { ObservedSessions } from './observed-sessions.ts';
import { type ObservationOptions, readObservation } from './observation.ts';
import { bindExchange, exchangeOf, observeStore } from './store-observer.ts';
import type {
  Middleware,
  Next,
  RequestLike,
  ResponseLike,
  SessionFactory,
  SessionOptions,
  StoreLike,
} from './types.ts';

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Factory extends (...args: never[]) => unknown>(
  companion: Companion,
  session: Factory,
  options: ObservationOptions = {},
): Factory {
  const observation = readObservation(options);
  const registrations = new Registrations(
    companion,
    (given: SessionOptions | undefined, store: StoreLike) => new ObservedSessions(companion, given, store, observation),
  );
  return observeFactory(
    companion,
    session,
    (middleware: Middleware, [whole], [given]) => {
      const { store } = whole as { store: StoreLike };
      const sessions = registrations.of(given as SessionOptions | undefined, store);
      if (sessions === undefined) return middleware;
      observeStore(store, sessions);
      return observeMiddleware(
        sessions.observed,
        middleware,
        (request, response) => begin(sessions, request, response),
        (exchange, request, response, next) => run(middleware, exchange, request, response, next),
      );
    },
    ([given], factory) => [withStore(given as SessionOptions | undefined, factory as unknown as SessionFactory)],
  );
}

/** The library makes its default store inside: made here, it can be observed. */
const withStore = (given: SessionOptions | undefined, factory: SessionFactory): SessionOptions =>
  given?.store ? given : { ...given, store: new factory.MemoryStore() };

/** `undefined`: another middleware has made this request's session already. */
function begin(sessions: ObservedSessions, request: RequestLike, response: ResponseLike): Exchange | undefined {
  // A middleware that let the request pass (another path) leaves it to the next one.
  if (request.session || exchangeOf(request)?.held !== undefined) return undefined;
  const exchange = new Exchange(sessions, request, response);
  bindExchange(request, exchange);
  exchange.ending.isResponse = isResponse(response);
  return exchange;
}

function run(
  middleware: Middleware,
  exchange: Exchange,
  request: RequestLike,
  response: ResponseLike,
  next: Next,
): unknown {
  const previous = current.enter(exchange);
  try {
    return middleware(request, response, (...args: [unknown?]) => goOn(exchange, response, next, args));
  } catch (error) {
    guard(exchange.observed, 'throw', () => threw(exchange));
    throw error;
  } finally {
    current.leave(exchange, previous);
  }
}

/** express-session threw, or the store under it, before the app was asked: the framework around it answers. */
function threw(exchange: Exchange): void {
  if (exchange.phase !== 'loading') return;
  exchange.phase = 'open';
  exchange.start(undefined);
  exchange.ending.skippedBecause = 'failed';
  exchange.settle();
}

/** express-session passes the request on: the app's code begins. */
function goOn(exchange: Exchange, response: ResponseLike, next: Next, args: [unknown?]): unknown {
  try {
    if (exchange.phase === 'loading') begun(exchange, response, args.length > 0 && Boolean(args[0]));
  } catch (error) {
    exchange.observed.fault('next', error);
  }
  return current.asApp(exchange, () => next(...args));
}

function begun(exchange: Exchange, response: ResponseLike, failed: boolean): void {
  exchange.phase = 'open';
  exchange.start(undefined);
  if (exchange.held === undefined) exchange.ending.skippedBecause = whySkipped(exchange, failed);
  if (exchange.ending.isResponse) watchResponse(exchange, response);
  exchange.settle();
}

function watchResponse(exchange: Exchange, response: ResponseLike): void {
  const { observed } = exchange;
  observeResponse(response, {
    head(_below, write) {
      const previous = current.enter(exchange);
      try {
        return write();
      } finally {
        current.leave(exchange, previous);
        try {
          exchange.ending.seeHeaders();
        } catch (error) {
          observed.fault('response headers', error);
        }
      }
    },
    end(below, finish) {
      const { call } = exchange;
      try {
        exchange.responseEnds(below);
      } catch (error) {
        observed.fault('response end', error);
      }
      const previous = current.enter(exchange);
      try {
        return finish();
      } catch (error) {
        guard(observed, 'response end', () => exchange.endFailed(error));
        throw error;
      } finally {
        current.leave(exchange, previous);
        exchange.call = call;
        try {
          exchange.settle();
        } catch (error) {
          observed.fault('response end', error);
        }
      }
    },
  });
}

function whySkipped(
  { request, sessions }: Exchange,
  failed: boolean,
): 'failed' | 'store-disconnected' | 'path-mismatch' {
  if (failed) return 'failed';
  const path = (request.originalUrl ?? request.url ?? '/').split('?', 1)[0]!;
  const { cookiePath } = sessions.settings;
  return cookiePath !== undefined && !path.startsWith(cookiePath) ? 'path-mismatch' : 'store-disconnected';
}
