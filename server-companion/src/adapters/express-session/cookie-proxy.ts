/** `req.session.cookie` as the app gets it: a change of the expiry, or of a flag, is recorded as it happens. */
import type { Exchange } from './exchange.ts';
import type { HeldSession } from './held-session.ts';
import { COOKIE } from './methods.ts';
import type { CookieLike } from './types.ts';

/** Members of express-session's Cookie that move the session's end. */
const EXPIRY: ReadonlySet<string> = new Set(['maxAge', 'expires', '_expires', 'originalMaxAge']);

export function observeCookie(exchange: Exchange, held: HeldSession, raw: CookieLike): CookieLike {
  const proxy: CookieLike = new Proxy(raw, {
    get: (target, key, receiver) => Reflect.get(target, key, receiver === proxy ? target : receiver),
    set(target, key, value, receiver) {
      if (receiver !== proxy || typeof key !== 'string' || exchange.depth > 0)
        return Reflect.set(target, key, value, receiver === proxy ? target : receiver);
      const expiryBefore = exchange.sessions.expiryOf(target);
      const before = EXPIRY.has(key) ? undefined : target[key];
      // May throw for a value that the library refuses: the app's error, passed on as it is.
      const done = Reflect.set(target, key, value, target);
      try {
        const source = exchange.source(this.set!);
        if (EXPIRY.has(key)) {
          const expiry = exchange.sessions.expiryOf(target);
          const { value: after, bytes } = held.memory.encode(value);
          exchange.record(
            {
              operation: 'set-expiry',
              call: `cookie.${key}=`,
              actor: 'app',
              source,
              after,
              ...(expiryBefore ? { expiryBefore } : {}),
              ...(expiry ? { expiry } : {}),
            },
            bytes,
            held.fingerprint,
          );
        } else {
          const { value: after, bytes } = held.memory.encode(value);
          exchange.record(
            {
              operation: 'set',
              call: `cookie.${key}=`,
              actor: 'app',
              path: [COOKIE, key],
              source,
              before: held.memory.encode(before).value,
              after,
            },
            bytes,
            held.fingerprint,
          );
        }
      } catch (error) {
        exchange.fault('session cookie', error);
      }
      return done;
    },
  });
  return proxy;
}
