/** `req.session.cookie` as the app gets it where its session is a proxy. */
import { recordCookieChange } from './cookie-changes.ts';
import type { Exchange } from './exchange.ts';
import type { HeldSession } from './held-session.ts';
import type { CookieLike } from './types.ts';

export function observeCookie(exchange: Exchange, held: HeldSession, raw: CookieLike): CookieLike {
  const proxy: CookieLike = new Proxy(raw, {
    get: (target, key, receiver) => Reflect.get(target, key, receiver === proxy ? target : receiver),
    set: function set(cookie, key, value, receiver) {
      if (receiver !== proxy || typeof key !== 'string' || exchange.depth > 0)
        return Reflect.set(cookie, key, value, receiver === proxy ? cookie : receiver);
      return recordCookieChange(exchange, held, { cookie, key, value }, set, () =>
        Reflect.set(cookie, key, value, cookie),
      );
    },
  });
  return proxy;
}
