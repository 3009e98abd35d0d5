/**
 * The session as the app gets it: each read, write, test and deletion of a top-level key is recorded as it happens,
 * and does exactly what it would have done. Nested values are handed out as they are.
 */
import { observeCookie } from './cookie-proxy.ts';
import { DeepProxies } from './deep-proxy.ts';
import type { Exchange } from './exchange.ts';
import type { HeldSession } from './held-session.ts';
import { CALLS, COOKIE, isData, isRead } from './methods.ts';
import { ObservedCalls } from './session-calls.ts';
import type { CookieLike, SessionLike } from './types.ts';

export const observeSession = (exchange: Exchange, held: HeldSession): SessionLike =>
  new Proxy(held.raw, new SessionTraps(exchange, held));

class SessionTraps implements ProxyHandler<SessionLike> {
  readonly #exchange: Exchange;
  readonly #held: HeldSession;
  readonly #calls: ObservedCalls;
  readonly #deep: DeepProxies | undefined;
  #cookie: { raw: CookieLike; proxy: CookieLike } | undefined;

  constructor(exchange: Exchange, held: HeldSession) {
    this.#exchange = exchange;
    this.#held = held;
    this.#calls = new ObservedCalls(exchange, held);
    if (exchange.sessions.observation.deep) this.#deep = new DeepProxies(exchange, held);
  }

  get(raw: SessionLike, key: string | symbol, receiver: unknown): unknown {
    // Someone's object that inherits from the session is not the session.
    if (receiver !== this.#held.given) return Reflect.get(raw, key, receiver);
    const value: unknown = Reflect.get(raw, key, raw);
    if (this.#exchange.depth > 0 || typeof key !== 'string') return value;
    try {
      if (key === COOKIE) return this.#observedCookie(value as CookieLike);
      if (typeof value === 'function' && CALLS.has(key))
        return this.#calls.observed(key, value as (...args: unknown[]) => unknown);
      if (isData(key)) this.#recordGet(raw, key);
      if (this.#deep !== undefined && isData(key)) return this.#deep.observed(value, [key]);
    } catch (error) {
      this.#exchange.fault('session get', error);
    }
    return value;
  }

  set(raw: SessionLike, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.#held.given) return Reflect.set(raw, key, value, receiver);
    const plain = this.#plain(value);
    const done = Reflect.set(raw, key, plain, raw);
    if (done && this.#exchange.depth === 0 && isData(key)) {
      try {
        this.#held.recordSet(key, plain, 'set', this.set);
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
        this.#held.record('get', 'in', key, this.#exchange.source(this.has), found, undefined, undefined, 0);
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
        const source = this.#exchange.source(this.ownKeys);
        const keys = this.#held.memory.size;
        this.#exchange.record({ operation: 'get', call: 'keys', actor: 'app', hit: true, source, keys }, 0);
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
        this.#held.recordSet(key, descriptor.value, 'set', this.defineProperty);
      } catch (error) {
        this.#exchange.fault('session define', error);
      }
    }
    return done;
  }

  #recordGet(raw: SessionLike, key: string): void {
    const hit = Object.hasOwn(raw, key);
    if (hit) this.#held.recordGet(key, 'get', this.get);
    // An inherited member is not data: reading it is no operation on the session.
    else if (!(key in raw) && isRead(key))
      this.#held.record('get', 'get', key, this.#exchange.source(this.get), false, undefined, undefined, 0);
  }

  #recordDelete(key: string, had: boolean): void {
    const { memory } = this.#held;
    const before = memory.get(key);
    memory.delete(key);
    const source = this.#exchange.source(this.deleteProperty);
    this.#held.record('delete', 'delete', key, source, had, before, undefined, 0);
  }

  /** An app may put back what it read: the session keeps the library's cookie and its own values, never a proxy. */
  #plain(value: unknown): unknown {
    if (this.#cookie !== undefined && value === this.#cookie.proxy) return this.#cookie.raw;
    return this.#deep === undefined ? value : this.#deep.plain(value);
  }

  #observedCookie(raw: CookieLike): CookieLike {
    if (typeof raw !== 'object' || raw === null) return raw;
    if (this.#cookie?.raw !== raw) this.#cookie = { raw, proxy: observeCookie(this.#exchange, this.#held, raw) };
    return this.#cookie.proxy;
  }
}
