/** The option `cache`, and the cache that it names. */
import { ImproperlyConfigured } from '../errors.ts';
import type { Cache } from './cache-contract.ts';
import { LocalCache } from './local-cache.ts';
import { RedisCache, type RedisClient } from './redis-cache.ts';
import { type CacheNaming, SessionCache } from './session-cache.ts';

/** `locmem:///` of the path: one word, as Django's `LOCATION`. */
const LOCAL = /^locmem:\/\/(.*)$/;
const DEFAULT_URL = 'redis://127.0.0.1:6379';

export interface CacheOptions extends CacheNaming {
  /** Django: `LOCATION`. `locmem://name`: this process's memory, as `LocMemCache`. @default 'redis://127.0.0.1:6379' */
  url?: string;
  /** A connected client of the package `redis` that the app has, in place of `url`; it stays the app's to close. */
  client?: RedisClient;
  /** A cache of the app's own, in place of `url` and `client`: Memcached, a database. */
  store?: Cache;
}

/** Throws `ImproperlyConfigured` where an option cannot work. */
export function createCache({ store, client, url = DEFAULT_URL, ...naming }: CacheOptions): SessionCache {
  const { keyPrefix = '', version = 1 } = naming;
  if (typeof keyPrefix !== 'string')
    throw new ImproperlyConfigured('Sessions: the option cache.keyPrefix must be a string.');
  if (!Number.isSafeInteger(version))
    throw new ImproperlyConfigured('Sessions: the option cache.version must be a whole number.');
  return new SessionCache(store ?? cacheAt(client, url), naming);
}

function cacheAt(client: RedisClient | undefined, url: string): Cache | LocalCache {
  if (client !== undefined) return new RedisCache(client);
  const location = LOCAL.exec(url)?.[1];
  if (location !== undefined) return new LocalCache(location);
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  // The URL itself may hold a password.
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    throw new ImproperlyConfigured(
      `Sessions: the option cache.url ${protocol === undefined ? 'is not a URL' : `names ${protocol.slice(0, -1)}`}: write redis://host:6379, rediss://… or locmem://name, or give another cache as cache.store.`,
    );
  return new RedisCache(url);
}
