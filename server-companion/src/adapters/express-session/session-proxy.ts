/**
 * The session as the app gets it: each read, write, test and deletion of a top-level key is recorded as it happens,
 * and does exactly what it would have done. Nested values are handed out as they are.
 */
import type { KeyPathStep, OperationName } from '../../../../protocol/index.ts';
import { observeCookie } from './cookie-proxy.ts';
import { asApp, enter } from './current-exchange.ts';
import type { Exchange } from './exchange.ts';
import type { HeldSession } from './held-session.ts';
import { CALLS, COOKIE, isData, isRead } from './methods.ts';
import type { CookieLike, SessionLike } from './types.ts';

export const observeSession = (exchange: Exchange, held: HeldSession): SessionLike =>
  new Proxy(held.raw, new SessionTraps(exchange, held));

class SessionTraps implements ProxyHandler<SessionLike> {
  readonly #exchange: Exchange;
  readonly #held: HeldSession;
  readonly #calls = new Map<string, unknown>();
  #cookie: { raw: CookieLike; proxy: CookieLike } | undefined;

  constructor(exchange: Exchange, held: HeldSession) {
    this.#exchange = exchange;
    this.#held = held;
  }

  get(raw: SessionLike, key: string | symbol, receiver: unknown): unknown {
    // Someone's object that inherits from the session is not the session.
    if (receiver !== this.#held.proxy) return Reflect.get(raw, key, receiver);
    const value: unknown = Reflect.get(raw, key, raw);
    if (this.#exchange.depth > 0 || typeof key !== 'string') return value;
    try {
      if (key === COOKIE) return this.#observedCookie(value as CookieLike);
      if (CALLS.has(key) && typeof value === 'function')
        return this.#observedCall(key, value as (...args: unknown[]) => unknown);
      if (isData(key)) this.#recordGet(raw, key, 'get');
    } catch (error) {
      this.#exchange.fault('session get', error);
    }
    return value;
  }

  set(raw: SessionLike, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.#held.proxy) return Reflect.set(raw, key, value, receiver);
    const done = Reflect.set(
      raw,
      key,
      this.#cookie !== undefined && value === this.#cookie.proxy ? this.#cookie.raw : value,
      raw,
    );
    if (done && this.#exchange.depth === 0) {
      try {
        if (isData(key)) this.#recordSet(key, value);
      } catch (error) {
        this.#exchange.fault('session set', error);
      }
    }
    return done;
  }

  deleteProperty(raw: SessionLike, key: string | symbol): boolean {
    const had = Object.hasOwn(raw, key);
    const done = Reflect.deleteProperty(raw, key);
    if (done && this.#exchange.depth === 0 && isData(key)) {
      try {
        this.#recordDelete(key, had);
      } catch (error) {
        this.#exchange.fault('session delete', error);
      }
    }
    return done;
  }

  has(raw: SessionLike, key: string | symbol): boolean {
    const found = Reflect.has(raw, key);
    if (this.#exchange.depth === 0 && isData(key)) {
      try {
        this.#recordTest(key, found);
      } catch (error) {
        this.#exchange.fault('session has', error);
      }
    }
    return found;
  }

  ownKeys(raw: SessionLike): (string | symbol)[] {
    const keys = Reflect.ownKeys(raw);
    if (this.#exchange.depth === 0) {
      try {
        const { memory } = this.#held;
        this.#exchange.record(
          {
            operation: 'get',
            call: 'keys',
            actor: 'app',
            hit: true,
            keys: memory.size,
            source: this.#exchange.source(this.ownKeys),
          },
          0,
        );
      } catch (error) {
        this.#exchange.fault('session keys', error);
      }
    }
    return keys;
  }

  defineProperty(raw: SessionLike, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    const done = Reflect.defineProperty(raw, key, descriptor);
    if (done && this.#exchange.depth === 0 && isData(key) && descriptor.enumerable) {
      try {
        this.#recordSet(key, descriptor.value);
      } catch (error) {
        this.#exchange.fault('session define', error);
      }
    }
    return done;
  }

  #recordGet(raw: SessionLike, key: string, call: string): void {
    const { memory, reads, fingerprint } = this.#held;
    const hit = Object.hasOwn(raw, key);
    // An inherited member is not data: reading it is no operation on the session.
    if (!hit && (key in raw || !isRead(key))) return;
    const source = this.#exchange.source(this.get);
    if (!hit) {
      this.#exchange.record({ operation: 'get', call, actor: 'app', path: [key], hit, source }, 0, fingerprint);
      return;
    }
    for (const change of memory.look(raw, key))
      this.#exchange.recordInferred(this.#held, change.path, change.before, change.after);
    const after = memory.get(key)!;
    const seq = this.#exchange.record(
      { operation: 'get', call, actor: 'app', path: [key], hit, after, source },
      0,
      fingerprint,
    );
    if (typeof after === 'object' && after !== null) reads.set(key, { seq, source });
  }

  #recordSet(key: string, value: unknown): void {
    const { memory, reads } = this.#held;
    const before = memory.get(key);
    const encoded = memory.encode(value);
    memory.put(key, encoded);
    const source = this.#exchange.source(this.set);
    const seq = this.#record(
      'set',
      'set',
      [key],
      before === undefined ? { after: encoded.value } : { before, after: encoded.value },
      encoded.bytes,
      source,
    );
    // Whoever set an object may go on changing it.
    if (typeof encoded.value === 'object' && encoded.value !== null) reads.set(key, { seq, source });
  }

  #recordDelete(key: string, had: boolean): void {
    const { memory } = this.#held;
    const before = memory.get(key);
    memory.delete(key);
    const source = this.#exchange.source(this.deleteProperty);
    this.#exchange.record(
      {
        operation: 'delete',
        call: 'delete',
        actor: 'app',
        path: [key],
        hit: had,
        source,
        ...(before === undefined ? {} : { before }),
      },
      0,
      this.#held.fingerprint,
    );
  }

  #recordTest(key: string, found: boolean): void {
    const source = this.#exchange.source(this.has);
    this.#exchange.record(
      { operation: 'get', call: 'in', actor: 'app', path: [key], hit: found, source },
      0,
      this.#held.fingerprint,
    );
  }

  #record(
    operation: OperationName,
    call: string,
    path: KeyPathStep[],
    values: object,
    bytes: number,
    source: ReturnType<Exchange['source']>,
  ): number {
    return this.#exchange.record(
      { operation, call, actor: 'app', path, source, ...values },
      bytes,
      this.#held.fingerprint,
    );
  }

  #observedCookie(raw: CookieLike): CookieLike {
    if (typeof raw !== 'object' || raw === null) return raw;
    if (this.#cookie?.raw !== raw) this.#cookie = { raw, proxy: observeCookie(this.#exchange, this.#held, raw) };
    return this.#cookie.proxy;
  }

  /** The library's method, which runs on its own session object, unobserved, with the app's line noted first. */
  #observedCall(name: string, method: (...args: unknown[]) => unknown): unknown {
    const known = this.#calls.get(name) as { method: unknown; observed: unknown } | undefined;
    if (known?.method === method) return known.observed;
    const observed = new Proxy(method, {
      apply: (target, self: unknown, args: unknown[]) => this.#runCall(name, target, self, args, observed),
    });
    this.#calls.set(name, { method, observed });
    return observed;
  }

  #runCall(
    name: string,
    method: (...args: unknown[]) => unknown,
    self: unknown,
    args: unknown[],
    below: (...args: never[]) => unknown,
  ): unknown {
    const exchange = this.#exchange;
    const held = this.#held;
    if (self !== held.proxy || exchange.depth > 0) return Reflect.apply(method, self, args);
    const previous = exchange.call;
    const expiryBefore =
      name === 'touch' || name === 'resetMaxAge' ? exchange.sessions.expiryOf(held.raw.cookie) : undefined;
    try {
      exchange.call = { call: name, actor: 'app', source: exchange.source(below) };
      exchange.checkpoint();
    } catch (error) {
      exchange.fault(`session ${name}`, error);
    }
    const leave = enter(exchange);
    let result: unknown;
    try {
      result = Reflect.apply(
        method,
        held.raw,
        args.map((argument) => asAppCallback(exchange, argument)),
      );
    } finally {
      leave();
      try {
        if (expiryBefore !== undefined) this.#recordTouch(name, expiryBefore);
      } catch (error) {
        exchange.fault(`session ${name}`, error);
      }
      exchange.call = previous;
    }
    return result === held.raw ? held.proxy : result;
  }

  #recordTouch(name: string, expiryBefore: object): void {
    const expiry = this.#exchange.sessions.expiryOf(this.#held.raw.cookie);
    const source = this.#exchange.call?.source;
    this.#exchange.record(
      {
        operation: 'touch',
        call: name,
        actor: 'app',
        expiryBefore,
        ...(expiry ? { expiry } : {}),
        ...(source ? { source } : {}),
      },
      0,
      this.#held.fingerprint,
    );
  }
}

/** What the app passed to be called back is the app's own code again. */
function asAppCallback(exchange: Exchange, argument: unknown): unknown {
  if (typeof argument !== 'function') return argument;
  return function (this: unknown, ...answers: unknown[]): unknown {
    return asApp(exchange, () => Reflect.apply(argument as (...args: unknown[]) => unknown, this, answers));
  };
}
