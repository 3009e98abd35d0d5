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
  const call = new StoreRead(exchange, key, storeKind);
  try {
    exchange.start(key);
    call.begin();
  } catch (error) {
    exchange.observed.fault('store get', error);
  }
  return call;
}

class StoreRead implements StoreCall {
  readonly #exchange: Exchange;
  readonly #key: string;
  readonly #storeKind: ObservedSessions['storeKind'];
  /** What the app has asked for. */
  readonly #call: Exchange['call'];
  /** What the store held before, where that can be seen. */
  #held: string | undefined = undefined;
  #startedAt = 0;

  constructor(exchange: Exchange, key: string, storeKind: ObservedSessions['storeKind']) {
    this.#exchange = exchange;
    this.#key = key;
    this.#storeKind = storeKind;
    this.#call = exchange.call;
  }

  begin(): void {
    this.#held = this.#storeKind.peek?.(this.#key);
    this.#startedAt = performance.now();
  }

  answered(error: unknown, data: unknown): void {
    const exchange = this.#exchange;
    try {
      if (data && !error) exchange.found(this.#key, this.#startedAt, data as SessionLike, this.#held);
      else
        exchange.notFound(
          outcomeOf(error, this.#held, this.#storeKind),
          this.#key,
          this.#startedAt,
          error ?? undefined,
        );
    } catch (fault) {
      exchange.observed.fault('store get', fault);
    }
  }

  callBack(run: () => unknown): unknown {
    const exchange = this.#exchange;
    const previous = current.enter(exchange);
    const callBefore = exchange.call;
    exchange.call = this.#call;
    try {
      return run();
    } finally {
      try {
        exchange.flushPendingLoad();
      } catch (error) {
        exchange.observed.fault('store get', error);
      }
      exchange.call = callBefore;
      current.leave(exchange, previous);
    }
  }
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
      if (exchange !== undefined) return new StoreWriting(exchange, kind, key);
      const faults = { fault: (where: string, error: unknown) => sessions.companion.faults.note(where, error) };
      guard(faults, `store ${kind}`, () =>
        sessions.recordBackground(kind, key, kind === 'save' ? session : undefined, below),
      );
      return UNWATCHED;
    },
  });
}

class StoreWriting implements StoreCall {
  readonly #exchange: Exchange;
  readonly #kind: StoreWrite['kind'];
  /** What the app has asked for. */
  readonly #call: Exchange['call'];
  #pending: PendingWrite | undefined = undefined;

  constructor(exchange: Exchange, kind: StoreWrite['kind'], key: string) {
    this.#exchange = exchange;
    this.#kind = kind;
    this.#call = exchange.call;
    try {
      this.#pending = exchange.write(kind, key);
    } catch (error) {
      exchange.observed.fault(`store ${kind}`, error);
    }
  }

  returned(): void {
    if (this.#kind !== 'save' || this.#pending === undefined) return;
    try {
      this.#exchange.writes.seeRecord(this.#pending);
    } catch (error) {
      this.#exchange.observed.fault('store save', error);
    }
  }

  answered(error: unknown): void {
    if (this.#pending === undefined) return;
    try {
      this.#exchange.written(this.#pending, error);
    } catch (fault) {
      this.#exchange.observed.fault(`store ${this.#kind}`, fault);
    }
  }

  /** The library goes on with what it was asked for: after a regenerate's destroy it generates. */
  callBack(run: () => unknown): unknown {
    const exchange = this.#exchange;
    const previous = exchange.call;
    if (this.#call?.call === 'regenerate') exchange.call = this.#call;
    try {
      return run();
    } finally {
      exchange.call = previous;
    }
  }

  calledItself(name: string): void {
    if (this.#pending !== undefined && this.#kind === 'save' && name === 'destroy') this.#pending.isDropped = true;
  }
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
