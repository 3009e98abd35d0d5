/**
 * The object through which the app changes its session's cookie (`req.session.cookie`): each change is recorded as it
 * happens. As a proxy, or by accessors on the object itself for an app that needs the plain one.
 */
import type { Expiry } from '../../../../../protocol/index.ts';
import type { ObservedSession } from '../observed-session.ts';
import type { Below, ExchangeScope } from '../scope.ts';

type CookieLike = object;

export interface CookieObjectOptions<Cookie extends CookieLike> {
  /** The session's own member that holds it. */
  name: string;
  /** Members that move the session's end. */
  expiry: ReadonlySet<string>;
  /** Accessors of the library's, which lie on its prototype. */
  inherited: readonly string[];
  /** Its own data properties. */
  flags: readonly string[];
  expiryOf(cookie: Cookie): Expiry | undefined;
}

/** Cookies that have accessors: a session may be handed over more than once. */
const covered = new WeakSet();

export class CookieObject<Cookie extends CookieLike> {
  readonly #scope: ExchangeScope;
  readonly #session: ObservedSession;
  readonly #options: CookieObjectOptions<Cookie>;
  #given: { raw: Cookie; proxy: Cookie } | undefined;
  /** One change, though the library's `maxAge` sets its `expires`. */
  #isChanging = false;

  constructor(scope: ExchangeScope, session: ObservedSession, options: CookieObjectOptions<Cookie>) {
    this.#scope = scope;
    this.#session = session;
    this.#options = options;
  }

  /** The cookie as the app gets it. */
  observed(raw: Cookie): Cookie {
    if (typeof raw !== 'object' || raw === null) return raw;
    if (this.#given?.raw !== raw) this.#given = { raw, proxy: this.#proxy(raw) };
    return this.#given.proxy;
  }

  /** What the app puts back is the library's own. */
  plain(value: unknown): unknown {
    return this.#given !== undefined && value === this.#given.proxy ? this.#given.raw : value;
  }

  #proxy(raw: Cookie): Cookie {
    const scope = this.#scope;
    const change = this.#change.bind(this);
    const proxy: Cookie = new Proxy(raw, {
      get: (target, key, receiver) => Reflect.get(target, key, receiver === proxy ? target : receiver) as unknown,
      set: function set(cookie, key, value, receiver) {
        if (receiver !== proxy || typeof key !== 'string' || scope.isLibraryRunning)
          return Reflect.set(cookie, key, value, receiver === proxy ? cookie : receiver);
        return change(cookie, key, value, set, () => Reflect.set(cookie, key, value, cookie));
      },
    });
    return proxy;
  }

  /** Puts accessors on the cookie, in place of a proxy. */
  cover(cookie: Cookie): void {
    if (typeof cookie !== 'object' || cookie === null || covered.has(cookie)) return;
    covered.add(cookie);
    this.#coverInherited(cookie);
    for (const key of this.#options.flags) this.#coverFlag(cookie, key);
  }

  #coverInherited(cookie: Cookie): void {
    const isQuiet = () => this.#scope.isLibraryRunning || this.#isChanging;
    const base = Object.getPrototypeOf(cookie) as object;
    const inherited: object = Object.create(base);
    for (const key of this.#options.inherited) {
      if (!(key in base)) continue;
      const change = this.#change.bind(this);
      const set = function (this: Cookie, value: unknown): void {
        if (this !== cookie || isQuiet()) Reflect.set(base, key, value, this);
        else change(cookie, key, value, set, () => Reflect.set(base, key, value, cookie));
      };
      Object.defineProperty(inherited, key, {
        get(this: Cookie) {
          return Reflect.get(base, key, this) as unknown;
        },
        set,
        enumerable: true,
        configurable: true,
      });
    }
    Object.setPrototypeOf(cookie, inherited);
  }

  #coverFlag(cookie: Cookie, key: string): void {
    const descriptor = Object.getOwnPropertyDescriptor(cookie, key);
    if (descriptor === undefined || !('value' in descriptor) || !descriptor.configurable) return;
    let current: unknown = descriptor.value;
    const set = (value: unknown): void => {
      if (this.#scope.isLibraryRunning || this.#isChanging) current = value;
      else this.#change(cookie, key, value, set, () => void (current = value));
    };
    Object.defineProperty(cookie, key, { get: () => current, set, enumerable: true, configurable: true });
  }

  /**
   * Makes a change and records it. What `change` throws, for a value that the library refuses, is the app's error and
   * passed on as it is.
   */
  #change<T>(cookie: Cookie, key: string, value: unknown, below: Below, change: () => T): T {
    const { name, expiry, expiryOf } = this.#options;
    const isExpiry = expiry.has(key);
    const expiryBefore = isExpiry ? expiryOf(cookie) : undefined;
    const before = isExpiry ? undefined : (cookie as Record<string, unknown>)[key];
    this.#isChanging = true;
    let done: T;
    try {
      done = change();
    } finally {
      this.#isChanging = false;
    }
    try {
      const source = this.#scope.companion.sources.take(below);
      const { known } = this.#session;
      const { value: after, bytes } = known.encode(value);
      const expiryAfter = isExpiry ? expiryOf(cookie) : undefined;
      this.#session.record(
        {
          operation: isExpiry ? 'set-expiry' : 'set',
          call: `${name}.${key}=`,
          actor: 'app',
          source,
          after,
          ...(isExpiry ? {} : { path: [name, key], before: known.encode(before).value }),
          ...(expiryBefore ? { expiryBefore } : {}),
          ...(expiryAfter ? { expiry: expiryAfter } : {}),
        },
        bytes,
      );
    } catch (error) {
      this.#scope.fault('session cookie', error);
    }
    return done;
  }
}
