/**
 * The store of an observed `session(options)`: whose its calls are, and what came of them. With every request: what may
 * not reach the app is caught in place, since a function made for `guard` is one more to make, and is not inlined.
 */
import { guard } from '../../kit/scope.ts';
import { coverMethod, observeStoreMethod, type StoreCall, UNWATCHED } from '../../kit/stores/callbacks.ts';
import { current, type Exchange } from './exchange.ts';
import type { StoreWrite } from './facts.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import type { PendingWrite } from './store-writes.ts';
import type { RequestLike, SessionLike, StoreLike } from './types.ts';

/** Bound to a request by the middleware that serves it; not enumerable, so that no copy or log shows it. */
const EXCHANGE = Symbol('sessionscope.exchange');
type Bound = RequestLike & { [EXCHANGE]?: Exchange };

export function bindExchange(request: RequestLike, exchange: Exchange): void {
  Object.defineProperty(request, EXCHANGE, { value: exchange, configurable: true, writable: true, enumerable: false });
}

/** A fake request, as `Store.load` makes one, has none. */
export const exchangeOf = (request: RequestLike): Exchange | undefined => (request as Bound)[EXCHANGE];

/** Covers what is not covered yet; safe to repeat, as each middleware gives its store a `generate` of its own. */
export function observeStore(store: StoreLike, sessions: ObservedSessions): void {
  observeStoreMethod(store, {
    name: 'get',
    callbackAt: 1,
    isOptional: false,
    begin: ([key]) => beginRead(key as string, sessions),
  });
  observeWrites(store, 'set', 'save', 2, sessions);
  observeWrites(store, 'touch', 'touch', 2, sessions);
  observeWrites(store, 'destroy', 'destroy', 1, sessions);
  observeSessions(store, 'generate', (exchange, request) => {
    exchange.start(undefined);
    // An app's `genid` may give what is not a string: the library then ignores the session, and the verdict says so.
    exchange.adopt(request.session!, String(request.sessionID), true);
    if (exchange.phase !== 'loading' && !exchange.observed.isLibraryRunning) exchange.exposeToApp();
  });
  observeSessions(store, 'createSession', (exchange, request) =>
    exchange.adopt(request.session!, request.sessionID!, false),
  );
}

function beginRead(key: string, { storeKind }: ObservedSessions): StoreCall | undefined {
  const { exchange } = current;
  if (exchange === undefined || (exchange.phase !== 'loading' && exchange.call?.call !== 'reload')) return undefined;
  const { call, observed } = exchange;
  let startedAt = 0;
  let held: string | undefined;
  try {
    exchange.start(key);
    held = storeKind.peek?.(key);
    startedAt = performance.now();
  } catch (error) {
    observed.fault('store get', error);
  }
  return {
    answered: (error, data) => {
      try {
        if (data && !error) exchange.found(key, startedAt, data as SessionLike);
        else exchange.notFound(outcomeOf(error, held, storeKind), key, startedAt, error ?? undefined);
      } catch (fault) {
        observed.fault('store get', fault);
      }
    },
    callBack: (run) => {
      const previous = current.enter(exchange);
      const callBefore = exchange.call;
      exchange.call = call;
      try {
        return run();
      } finally {
        try {
          exchange.flushPendingLoad();
        } catch (error) {
          observed.fault('store get', error);
        }
        exchange.call = callBefore;
        current.leave(exchange, previous);
      }
    },
  };
}

/** How a load went that gave no record; `held`: what the store held before, where that can be seen. */
function outcomeOf(
  error: unknown,
  held: string | undefined,
  storeKind: ObservedSessions['storeKind'],
): 'missing' | 'expired' | 'unreadable' | 'error' {
  const { code } = (error ?? {}) as { code?: unknown };
  // express-session takes this code for "no such session", not for a failure.
  if (error && code === 'ENOENT') return 'missing';
  // What a serializer of the app's throws bears no code, unlike what a driver or a connection does.
  const isParser = error instanceof SyntaxError || (storeKind.hasOwnSerializer && typeof code !== 'string');
  if (error) return isParser ? 'unreadable' : 'error';
  return held === undefined ? 'missing' : 'expired';
}

function observeWrites(
  store: StoreLike,
  name: string,
  kind: StoreWrite['kind'],
  callbackAt: number,
  sessions: ObservedSessions,
): void {
  observeStoreMethod(store, {
    name,
    callbackAt,
    isOptional: true,
    begin([key, session], below) {
      if (typeof key !== 'string') return undefined;
      const { exchange } = current;
      if (exchange !== undefined) return beginWrite(exchange, kind, key);
      const faults = { fault: (where: string, error: unknown) => sessions.companion.faults.note(where, error) };
      guard(faults, `store ${kind}`, () =>
        sessions.recordBackground(kind, key, kind === 'save' ? session : undefined, below),
      );
      return UNWATCHED;
    },
  });
}

function beginWrite(exchange: Exchange, kind: StoreWrite['kind'], key: string): StoreCall {
  const { call, observed } = exchange;
  let pending: PendingWrite | undefined;
  try {
    pending = exchange.write(kind, key);
  } catch (error) {
    observed.fault(`store ${kind}`, error);
  }
  return {
    answered: (error) => {
      if (pending === undefined) return;
      try {
        exchange.written(pending, error);
      } catch (fault) {
        observed.fault(`store ${kind}`, fault);
      }
    },
    // The library goes on with what it was asked for: after a regenerate's destroy it generates.
    callBack: (run) => {
      const previous = exchange.call;
      if (call?.call === 'regenerate') exchange.call = call;
      try {
        return run();
      } finally {
        exchange.call = previous;
      }
    },
    calledItself: (name) => {
      if (pending !== undefined && kind === 'save' && name === 'destroy') pending.isDropped = true;
    },
  };
}

/** Watches a method of the store's that puts a session on a request. */
function observeSessions(store: StoreLike, name: string, made: (exchange: Exchange, request: RequestLike) => void) {
  coverMethod(store, name, (original) => {
    return function observed(this: unknown, ...args) {
      const [request] = args as [RequestLike];
      const result = Reflect.apply(original, this, args);
      const exchange = exchangeOf(request);
      if (exchange !== undefined && request.session && request.sessionID !== undefined) {
        try {
          made(exchange, request);
        } catch (error) {
          exchange.observed.fault(`store ${name}`, error);
        }
      }
      return result;
    };
  });
}
