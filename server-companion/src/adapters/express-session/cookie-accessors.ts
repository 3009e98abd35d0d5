/** `req.session.cookie` observed without a proxy: accessors stand before the library's own, and for its flags. */
import { recordCookieChange } from './cookie-changes.ts';
import type { Exchange } from './exchange.ts';
import type { HeldSession } from './held-session.ts';
import type { CookieLike } from './types.ts';

/** Accessors of express-session's Cookie, which lie on its prototype. */
const INHERITED = ['maxAge', 'expires'] as const;

const FLAGS = ['path', 'domain', 'secure', 'httpOnly', 'sameSite', 'partitioned', 'priority'] as const;

/** Cookies that have been covered: a session may be handed over more than once. */
const covered = new WeakSet<CookieLike>();

export function coverCookie(exchange: Exchange, held: HeldSession, cookie: CookieLike): void {
  if (typeof cookie !== 'object' || cookie === null || covered.has(cookie)) return;
  covered.add(cookie);
  const base = Object.getPrototypeOf(cookie) as object;
  const inherited: object = Object.create(base);
  for (const key of INHERITED) {
    if (!(key in base)) continue;
    const set = function (this: CookieLike, value: unknown): void {
      if (this !== cookie || exchange.depth > 0) Reflect.set(base, key, value, this);
      else
        recordCookieChange(exchange, held, { cookie, key, value }, set, () => {
          // One change, though the library's `maxAge` sets its `expires`.
          exchange.depth += 1;
          try {
            Reflect.set(base, key, value, cookie);
          } finally {
            exchange.depth -= 1;
          }
        });
    };
    Object.defineProperty(inherited, key, {
      get(this: CookieLike) {
        return Reflect.get(base, key, this) as unknown;
      },
      set,
      enumerable: true,
      configurable: true,
    });
  }
  for (const key of FLAGS) {
    const descriptor = Object.getOwnPropertyDescriptor(cookie, key);
    if (descriptor === undefined || !('value' in descriptor) || !descriptor.configurable) continue;
    let current: unknown = descriptor.value;
    const set = (value: unknown): void => {
      if (exchange.depth > 0) current = value;
      else recordCookieChange(exchange, held, { cookie, key, value }, set, () => void (current = value));
    };
    Object.defineProperty(cookie, key, { get: () => current, set, enumerable: true, configurable: true });
  }
  Object.setPrototypeOf(cookie, inherited);
}
