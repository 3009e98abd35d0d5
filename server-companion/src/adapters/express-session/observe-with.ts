/** Puts the observer between the app and the middleware that express-session makes. */
import type { ServerResponse } from 'node:http';
import { DISCOVERY_HEADER } from '../../../../protocol/index.ts';
import type { Companion } from '../../core/companion.ts';
import { discoveryItem, originOf } from '../../core/discovery-item.ts';
import { asApp, enter, leave } from './current-exchange.ts';
import { Exchange } from './exchange.ts';
import { ObservedSessions } from './observed-sessions.ts';
import { type ObservationOptions, readObservation } from './observation.ts';
import { observeClose, observeResponse } from './response-hooks.ts';
import { bindExchange, exchangeOf, observeStore } from './store-observer.ts';
import type { Middleware, Next, RequestLike, ResponseLike, SessionFactory, SessionOptions } from './types.ts';

/** As `observe`, with a companion of the caller's own: for tests. */
export function observeWith<Factory extends (...args: never[]) => unknown>(
  companion: Companion,
  session: Factory,
  options: ObservationOptions = {},
): Factory {
  const observation = readObservation(options);
  // A proxy keeps name, length, statics and their descriptors without naming them.
  return new Proxy(session, {
    apply(target, self: unknown, args: [SessionOptions?]) {
      const factory = target as unknown as SessionFactory;
      const [given] = args;
      // The library makes its default store inside: made here, it can be observed.
      const whole = given?.store ? given : { ...given, store: new factory.MemoryStore() };
      const middleware = Reflect.apply(factory, self, [whole]) as Middleware;
      try {
        const sessions = new ObservedSessions(companion, given, whole.store!, observation);
        observeStore(whole.store!, sessions);
        return observeMiddleware(middleware, sessions);
      } catch (error) {
        companion.faults.note('observe', error);
        return middleware;
      }
    },
  });
}

function observeMiddleware(middleware: Middleware, sessions: ObservedSessions): Middleware {
  const { companion } = sessions;
  return function session(request, response, next) {
    try {
      if (companion.endpoint.handle(request, response)) return undefined;
    } catch (error) {
      companion.faults.note('endpoint', error);
    }
    const exchange = begin(sessions, request, response);
    if (exchange === undefined) return middleware(request, response, next);
    const previous = enter(exchange);
    try {
      return middleware(request, response, (...args: [unknown?]) => goOn(exchange, response, next, args));
    } finally {
      leave(exchange, previous);
    }
  };
}

/** `undefined`: another middleware has made this request's session already, or we failed. */
function begin(sessions: ObservedSessions, request: RequestLike, response: ResponseLike): Exchange | undefined {
  try {
    // A middleware that let the request pass (another path) leaves it to the next one.
    if (request.session || exchangeOf(request)?.held !== undefined) return undefined;
    const exchange = new Exchange(sessions, request, response);
    bindExchange(request, exchange);
    announce(exchange, request, response);
    observeClose(exchange, response);
    sessions.open.add(exchange);
    return exchange;
  } catch (error) {
    sessions.companion.faults.note('begin', error);
    return undefined;
  }
}

/** express-session passes the request on: the app's code begins. */
function goOn(exchange: Exchange, response: ResponseLike, next: Next, args: [unknown?]): unknown {
  try {
    if (exchange.phase === 'loading') {
      exchange.phase = 'open';
      exchange.start(undefined);
      if (exchange.held === undefined)
        exchange.ending.passedBy = whyPassedBy(exchange, args.length > 0 && Boolean(args[0]));
      observeResponse(exchange, response);
    }
  } catch (error) {
    exchange.fault('next', error);
  }
  return asApp(exchange, () => next(...args));
}

function whyPassedBy(
  { request, sessions }: Exchange,
  failed: boolean,
): 'failed' | 'store-disconnected' | 'path-mismatch' {
  if (failed) return 'failed';
  const path = (request.originalUrl ?? request.url ?? '/').split('?', 1)[0]!;
  const { cookiePath } = sessions.settings;
  return cookiePath !== undefined && !path.startsWith(cookiePath) ? 'path-mismatch' : 'store-disconnected';
}

/** Puts the discovery header on the response: one item of a list for each observed middleware. */
function announce({ id, sessions, companion }: Exchange, request: RequestLike, response: ServerResponse): void {
  const mount = request.baseUrl ?? '';
  const item = discoveryItem(companion, mount, originOf(request.socket), id);
  if (item === undefined || response.headersSent) return;
  sessions.mountedAt(mount || '/');
  const before = response.getHeader(DISCOVERY_HEADER);
  response.setHeader(DISCOVERY_HEADER, typeof before === 'string' ? `${before}, ${item}` : item);
}
