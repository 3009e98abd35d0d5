/** Django's Redis cache, as far as sessions use it: pickled values under `prefix:version:name`. */
import type { createClient as CreateClient } from 'redis';
import { writePickle } from '../codec/pickle-write.ts';
import { ImproperlyConfigured } from '../errors.ts';
import { type Cache, readCached } from './cache-contract.ts';
import { LocalCache } from './local-cache.ts';

/** What of a client of the package `redis` is used. */
export interface RedisClient {
  sendCommand(args: (string | Buffer)[], options?: { typeMapping?: object }): Promise<unknown>;
}

export interface CacheOptions {
  /** Django: `LOCATION`. `locmem://name`: this process's memory, as `LocMemCache`. @default 'redis://127.0.0.1:6379' */
  url?: string;
  /** A connected client that the app has, in place of `url`; it stays the app's to close. */
  client?: RedisClient;
  /** Django: `KEY_PREFIX`. @default '' */
  keyPrefix?: string;
  /** Django: `VERSION`. @default 1 */
  version?: number;
}

/** RESP's bulk string, as `redis` numbers it: replies as bytes. */
const AS_BYTES = { typeMapping: { 36: Buffer } };

/** A server that has not answered by then is taken for gone. */
const CONNECT_LIMIT_MS = 5_000;
/** Long enough to spare a server that restarts, short enough to find it again soon. */
const MAX_RETRY_PAUSE_MS = 2_000;

/** By `url`: `locmem://name` is the process's own memory, all else Redis. */
export function createCache(options: CacheOptions): Cache {
  const location = options.client === undefined ? /^locmem:\/\/(.*)$/.exec(options.url ?? '') : null;
  return location === null ? new RedisCache(options) : new LocalCache(location[1]!);
}

class RedisCache implements Cache {
  readonly #options: CacheOptions;
  #connection: Promise<RedisClient & { close?(): Promise<void> }> | undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  #key(name: string): string {
    return `${this.#options.keyPrefix ?? ''}:${this.#options.version ?? 1}:${name}`;
  }

  async #client(): Promise<RedisClient> {
    if (this.#options.client !== undefined) return this.#options.client;
    this.#connection ??= connect(this.#options.url ?? 'redis://127.0.0.1:6379').catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #send(...args: (string | Buffer)[]): Promise<unknown> {
    return (await this.#client()).sendCommand(args, AS_BYTES);
  }

  async bytes(name: string): Promise<Buffer | undefined> {
    const value = await this.#send('GET', this.#key(name));
    return value === null || value === undefined ? undefined : Buffer.from(value as Buffer);
  }

  /**
   * A session's data; `undefined`: there is no such value. Throws where it holds no session. `found` is told its length
   * in bytes.
   */
  async get(name: string, found?: (bytes: number) => void): Promise<Map<string, unknown> | undefined> {
    const bytes = await this.bytes(name);
    if (bytes === undefined) return undefined;
    found?.(bytes.length);
    return readCached(bytes);
  }

  async has(name: string): Promise<boolean> {
    return Number(await this.#send('EXISTS', this.#key(name))) > 0;
  }

  /**
   * Keeps a value for whole `seconds`; from 0 down it is deleted. `made` is told its length in bytes. With `condition`,
   * only where there is none yet (`NX`) or one already (`XX`), decided by Redis itself; `false`: it was not so.
   */
  async set(
    name: string,
    data: ReadonlyMap<string, unknown>,
    seconds: number,
    made?: (bytes: number) => void,
    condition?: 'NX' | 'XX',
  ): Promise<boolean> {
    const key = this.#key(name);
    const value = writePickle(data);
    made?.(value.length);
    const ttl = Math.max(0, Math.trunc(seconds));
    const reply = await this.#send(
      'SET',
      key,
      value,
      ...(condition === undefined ? [] : [condition]),
      ...(ttl === 0 ? [] : ['EX', String(ttl)]),
    );
    const isSet = reply !== null;
    if (isSet && ttl === 0) await this.#send('DEL', key);
    return isSet;
  }

  async delete(name: string): Promise<void> {
    await this.#send('DEL', this.#key(name));
  }

  /** Milliseconds that a value has left; `null`: it has no end. */
  async ttl(name: string): Promise<number | null> {
    const ttl = Number(await this.#send('PTTL', this.#key(name)));
    return ttl < 0 ? null : ttl;
  }

  async close(): Promise<void> {
    const client = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    await client?.close?.();
  }
}

async function connect(url: string): Promise<RedisClient & { close(): Promise<void> }> {
  let createClient: typeof CreateClient;
  try {
    ({ createClient } = await import('redis'));
  } catch (error) {
    throw new ImproperlyConfigured('Sessions: the cache needs the package redis: npm install redis', { cause: error });
  }
  let wasConnected = false;
  const client = createClient({
    url,
    // As with Django, a command that Redis cannot take now is an error now: a request must not wait for a lost cache.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_LIMIT_MS,
      // A first connection that fails is told to who asked for it, and tried again by who asks next.
      reconnectStrategy: (retries) => wasConnected && Math.min(50 * 2 ** retries, MAX_RETRY_PAUSE_MS),
    },
  });
  // Each command that fails says so; without a listener the process would end.
  client.on('error', () => {});
  await client.connect();
  wasConnected = true;
  return client as unknown as RedisClient & { close(): Promise<void> };
}
