/** Redis as a cache of sessions, by the package `redis`. */
import type { createClient as CreateClient } from 'redis';
import { ImproperlyConfigured } from '../errors.ts';
import type { Cache } from './cache-contract.ts';

/** What of a client of the package `redis` is used. */
export interface RedisClient {
  sendCommand(args: (string | Buffer)[], options?: { typeMapping?: object }): Promise<unknown>;
}

/** RESP's bulk string, as `redis` numbers it: replies as bytes. */
const AS_BYTES = { typeMapping: { 36: Buffer } };

/** A server that has not answered by then is taken for gone. */
const CONNECT_LIMIT_MS = 5_000;
/** Long enough to spare a server that restarts, short enough to find it again soon. */
const MAX_RETRY_PAUSE_MS = 2_000;

export class RedisCache implements Cache {
  readonly #source: RedisClient | string;
  #connection: Promise<RedisClient & { close?(): Promise<void> }> | undefined;

  /** A connected client, or a URL, which is connected to at the first use. */
  constructor(source: RedisClient | string) {
    this.#source = source;
  }

  async #client(): Promise<RedisClient> {
    if (typeof this.#source !== 'string') return this.#source;
    this.#connection ??= connect(this.#source).catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #send(...args: (string | Buffer)[]): Promise<unknown> {
    return (await this.#client()).sendCommand(args, AS_BYTES);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    const value = await this.#send('GET', name);
    return value === null || value === undefined ? undefined : Buffer.from(value as Buffer);
  }

  async has(name: string): Promise<boolean> {
    return Number(await this.#send('EXISTS', name)) > 0;
  }

  async set(name: string, value: Uint8Array, seconds: number, only?: 'new' | 'existing'): Promise<boolean> {
    const condition = only === undefined ? [] : [only === 'new' ? 'NX' : 'XX'];
    return (
      (await this.#send(
        'SET',
        name,
        Buffer.from(value.buffer, value.byteOffset, value.byteLength),
        ...condition,
        'EX',
        String(seconds),
      )) !== null
    );
  }

  async delete(name: string): Promise<void> {
    await this.#send('DEL', name);
  }

  async ttl(name: string): Promise<number | null> {
    const ttl = Number(await this.#send('PTTL', name));
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
      // A first connection that fails is reported to who asked for it, and tried again by who asks next.
      reconnectStrategy: (retries) => wasConnected && Math.min(50 * 2 ** retries, MAX_RETRY_PAUSE_MS),
    },
  });
  // Each command that fails says so; without a listener the process would end.
  client.on('error', () => {});
  await client.connect();
  wasConnected = true;
  return client as unknown as RedisClient & { close(): Promise<void> };
}
