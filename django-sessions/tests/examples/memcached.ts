import type { Cache } from '../../src/public/cache.ts';

/** As much of a Memcached client as is used: that of memjs. */
export interface MemcachedClient {
  get(key: string): Promise<{ value: Uint8Array | null }>;
  set(key: string, value: Uint8Array, options: { expires: number }): Promise<boolean>;
  add(key: string, value: Uint8Array, options: { expires: number }): Promise<boolean>;
  replace(key: string, value: Uint8Array, options: { expires: number }): Promise<boolean>;
  delete(key: string): Promise<boolean>;
}

const METHODS = { new: 'add', existing: 'replace' } as const;

/** Memcached takes more than 30 days for a time on the clock, in seconds since 1970. */
const MAX_SECONDS = 30 * 24 * 60 * 60;
const expiryOf = (seconds: number) => (seconds > MAX_SECONDS ? Math.floor(Date.now() / 1000) + seconds : seconds);

/** Memcached for the engines `cache` and `cached_db`. */
export const memcached = (client: MemcachedClient): Cache => ({
  get: async (name) => (await client.get(name)).value ?? undefined,
  set: (name, value, seconds, only) =>
    client[only === undefined ? 'set' : METHODS[only]](name, value, { expires: expiryOf(seconds) }),
  async delete(name) {
    await client.delete(name);
  },
});
