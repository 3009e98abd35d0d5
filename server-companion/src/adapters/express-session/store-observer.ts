/**
 * A store whose calls are seen. Its methods are covered on the instance: the store stays the same object, with the
 * same private fields, and code that holds it sees the same calls, arguments, errors and `this`.
 */
import type { Exchange, PendingWrite } from './exchange.ts';
import { currentExchange, enter, leave } from './current-exchange.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import type { RequestLike, SessionLike, StoreCallback, StoreLike } from './types.ts';

/** Bound to a request by the middleware that serves it; not enumerable, so that no copy or log shows it. */
const EXCHANGE = Symbol('sessionscope.exchange');
type Bound = RequestLike & { [EXCHANGE]?: Exchange };

export function bindExchange(request: RequestLike, exchange: Exchange): void {
  Object.defineProperty(request, EXCHANGE, { value: exchange, configurable: true, writable: true, enumerable: false });
}

/** A fake request, as `Store.load` makes one, has none. */
export const exchangeOf = (request: RequestLike): Exchange | undefined => (request as Bound)[EXCHANGE];

/** Marks a function of ours on a store. */
const OBSERVER = Symbol('sessionscope.observer');

type Method = (this: StoreLike, ...args: never[]) => unknown;

function cover(store: StoreLike, name: string, make: (original: Method) => Method): void {
  const original = store[name] as (Method & { [OBSERVER]?: true }) | undefined;
  if (typeof original !== 'function' || original[OBSERVER]) return;
  const observed = make(original);
  Object.defineProperty(observed, 'name', { value: original.name, configurable: true });
  Object.defineProperty(observed, 'length', { value: original.length, configurable: true });
  Object.defineProperty(observed, OBSERVER, { value: true });
  const own = Object.getOwnPropertyDescriptor(store, name);
  Object.defineProperty(store, name, {
    value: observed,
    writable: true,
    configurable: true,
    enumerable: own?.enumerable ?? false,
  });
}

/** Covers what is not covered yet; safe to repeat, as each middleware gives its store a `generate` of its own. */
export function observeStore(store: StoreLike, sessions: ObservedSessions): void {
  cover(store, 'get', (original) => observedGet(original));
  cover(store, 'set', (original) => observedWrite(original, 'save', sessions));
  cover(store, 'touch', (original) => observedWrite(original, 'touch', sessions));
  cover(store, 'destroy', (original) => observedWrite(original, 'destroy', sessions));
  cover(store, 'generate', observedGenerate);
  cover(store, 'createSession', observedCreateSession);
}

/** What MemoryStore holds under a key before a `get` that deletes it once it has expired. */
const peekMemory = (store: StoreLike, key: string): unknown => {
  const { sessions } = store;
  return typeof sessions === 'object' && sessions !== null && Object.hasOwn(sessions, key)
    ? (sessions as Record<string, unknown>)[key]
    : undefined;
};

function observedGet(original: Method): Method {
  return function get(this: StoreLike, ...args: never[]): unknown {
    const exchange = currentExchange();
    const [key, callback] = args as unknown as [string, StoreCallback];
    const isOurs = exchange !== undefined && (exchange.phase === 'loading' || exchange.call?.call === 'reload');
    if (!isOurs || typeof callback !== 'function') return Reflect.apply(original, this, args);
    const { call } = exchange;
    let startedAt = 0;
    let held: unknown;
    try {
      exchange.start(key);
      held = peekMemory(this, key);
      startedAt = performance.now();
    } catch (error) {
      exchange.fault('store get', error);
    }
    let isAnswered = false;
    const answer: StoreCallback = function (this: unknown, ...answers: unknown[]) {
      const [error, data] = answers;
      const previous = enter(exchange);
      const callBefore = exchange.call;
      exchange.call = call;
      try {
        if (!isAnswered) {
          isAnswered = true;
          if (data && !error) exchange.found(key, startedAt, data as SessionLike);
          else exchange.notFound(outcomeOf(error, held), key, startedAt, error ?? undefined);
        }
      } catch (fault) {
        exchange.fault('store get', fault);
      }
      try {
        return Reflect.apply(callback, this, answers);
      } finally {
        try {
          exchange.settleFound();
        } catch (fault) {
          exchange.fault('store get', fault);
        }
        exchange.call = callBefore;
        leave(exchange, previous);
      }
    };
    (args as unknown[])[1] = answer;
    return Reflect.apply(original, this, args);
  };
}

/** How a load went that gave no record; `held`: what the store held before, where that can be seen. */
function outcomeOf(error: unknown, held: unknown): 'missing' | 'expired' | 'error' {
  // express-session takes this code for "no such session", not for a failure.
  if (error) return (error as { code?: unknown }).code === 'ENOENT' ? 'missing' : 'error';
  return held === undefined ? 'missing' : 'expired';
}

function observedWrite(original: Method, kind: PendingWrite['kind'], sessions: ObservedSessions): Method {
  return function write(this: StoreLike, ...args: never[]): unknown {
    const exchange = currentExchange();
    const all = args as unknown[];
    const at = kind === 'destroy' ? 1 : 2;
    const key = all[0];
    const callback = all[at] as StoreCallback | undefined;
    if (typeof key !== 'string' || (callback !== undefined && typeof callback !== 'function'))
      return Reflect.apply(original, this, args);
    if (exchange === undefined) {
      try {
        sessions.recordBackground(kind, key, kind === 'save' ? all[1] : undefined, write);
      } catch (error) {
        sessions.companion.faults.note(`store ${kind}`, error);
      }
      return Reflect.apply(original, this, args);
    }
    const { call } = exchange;
    let pending: PendingWrite | undefined;
    let state: ReturnType<NonNullable<Exchange['held']>['memory']['state']> | undefined;
    try {
      pending = exchange.write(kind);
      if (kind !== 'touch') state = exchange.held?.memory.state();
    } catch (error) {
      exchange.fault(`store ${kind}`, error);
    }
    const finish = (error?: unknown) => {
      try {
        if (pending) exchange.written(pending, call, key, state, error);
      } catch (fault) {
        exchange.fault(`store ${kind}`, fault);
      }
    };
    const answer: StoreCallback = function (this: unknown, ...answers: unknown[]) {
      finish(answers[0]);
      if (callback === undefined) return;
      const previous = exchange.call;
      // The library goes on with what it was asked for: after a regenerate's destroy it generates.
      if (call?.call === 'regenerate') exchange.call = call;
      try {
        Reflect.apply(callback, this, answers);
      } finally {
        exchange.call = previous;
      }
    };
    const given = [...all];
    given[at] = answer;
    try {
      return Reflect.apply(original, this, given as never[]);
    } catch (error) {
      finish(error);
      throw error;
    }
  };
}

function observedGenerate(original: Method): Method {
  return function generate(this: StoreLike, ...args: never[]): unknown {
    const [request] = args as unknown as [RequestLike];
    const result = Reflect.apply(original, this, args);
    const exchange = exchangeOf(request);
    if (exchange === undefined || !request.session || request.sessionID === undefined) return result;
    try {
      exchange.start(undefined);
      // An app's `genid` may give what is no text: the library then ignores the session, and the verdict says so.
      exchange.adopt(request.session, String(request.sessionID), true);
      if (exchange.phase !== 'loading' && exchange.depth === 0) exchange.handOver();
    } catch (error) {
      exchange.fault('store generate', error);
    }
    return result;
  };
}

function observedCreateSession(original: Method): Method {
  return function createSession(this: StoreLike, ...args: never[]): unknown {
    const [request] = args as unknown as [RequestLike];
    const result = Reflect.apply(original, this, args);
    const exchange = exchangeOf(request);
    if (exchange === undefined || !request.session || request.sessionID === undefined) return result;
    try {
      exchange.adopt(request.session, request.sessionID, false);
    } catch (error) {
      exchange.fault('store createSession', error);
    }
    return result;
  };
}
