/** Sessions in a cache, under the names and in the form that Django's cache framework gives them. */
import { readPlainJson, writePlainJson } from '../codec/json-write.ts';
import { readPickle } from '../codec/pickle-read.ts';
import { toSessionData } from '../codec/pickle-session.ts';
import { writePickle } from '../codec/pickle-write.ts';
import { MalformedRecordError } from '../errors.ts';
import type { Cache } from './cache-contract.ts';
import { LocalCache, type LocalValue } from './local-cache.ts';
import type { RecordReading } from '../record-reading.ts';

export interface CacheNaming {
  /** Django: `KEY_PREFIX`. @default '' */
  keyPrefix?: string;
  /** Django: `VERSION`. @default 1 */
  version?: number;
}

/** How every pickle since protocol 2 begins. */
const PICKLE = 0x80;
/** Django distinguishes integers from pickles by trying. */
const INTEGER = /^[+-]?\d+$/;

export class SessionCache {
  readonly #cache: Cache | LocalCache;
  readonly #prefix: string;

  constructor(cache: Cache | LocalCache, { keyPrefix = '', version = 1 }: CacheNaming) {
    this.#cache = cache;
    this.#prefix = `${keyPrefix}:${version}:`;
  }

  /**
   * A session's data; `undefined`: there is no such value. `found` is given its length in bytes. Rejects with
   * `MalformedRecordError` where it is not a session.
   */
  async get(name: string, found?: (bytes: number) => void): Promise<Map<string, unknown> | undefined> {
    const bytes = await this.#cache.get(this.#prefix + name);
    if (bytes === undefined) return undefined;
    found?.(bytes.length);
    return readCached(bytes);
  }

  async has(name: string): Promise<boolean> {
    return this.#cache.has === undefined
      ? (await this.#cache.get(this.#prefix + name)) !== undefined
      : this.#cache.has(this.#prefix + name);
  }

  /**
   * Keeps a session for whole `seconds`; from 0 down it is deleted. `made` is given its length in bytes. With `only`,
   * where there is none yet, or one already; `false`: it was not so.
   */
  async set(
    name: string,
    data: ReadonlyMap<string, unknown>,
    seconds: number,
    made?: (bytes: number) => void,
    only?: 'new' | 'existing',
  ): Promise<boolean> {
    const ttl = Math.trunc(seconds);
    const cache = this.#cache;
    // Nobody else reads what is in this process, and JSON takes a third of the time.
    const text = cache instanceof LocalCache ? writePlainJson(data) : undefined;
    const value = text ?? writePickle(data);
    made?.(value.length);
    if (ttl > 0) return (cache as LocalCache).set(this.#prefix + name, value, ttl, only);
    if (only !== undefined && (await this.has(name)) !== (only === 'existing')) return false;
    await this.delete(name);
    return true;
  }

  async delete(name: string): Promise<void> {
    await this.#cache.delete(this.#prefix + name);
  }

  /** Reads a cached value without changing anything. */
  async peek(name: string): Promise<RecordReading> {
    const bytes = await this.#peek(this.#prefix + name);
    if (bytes === undefined) return { outcome: 'missing' };
    try {
      const ttl = (await this.#cache.ttl?.(this.#prefix + name)) ?? null;
      const expiresAt = ttl === null ? null : new Date(Date.now() + ttl);
      return { outcome: 'found', data: readCached(bytes), bytes: bytes.length, expiresAt };
    } catch (error) {
      return { outcome: 'unreadable', why: (error as Error).message };
    }
  }

  async #peek(name: string): Promise<LocalValue | undefined> {
    const cache = this.#cache;
    return cache.peek === undefined ? cache.get(name) : cache.peek(name);
  }

  async close(): Promise<void> {
    if (!(this.#cache instanceof LocalCache)) await this.#cache.close?.();
  }
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What Django's cache holds for a session. Throws `MalformedRecordError` where that is none. */
function readCached(value: LocalValue): Map<string, unknown> {
  if (typeof value === 'string') return readPlainJson(value);
  const bytes = asBuffer(value);
  if (bytes[0] !== PICKLE && INTEGER.test(bytes.toString('latin1', 0, 64)))
    throw new MalformedRecordError('The cached value is a number, not a session.');
  const data = toSessionData(readPickle(bytes));
  if (data === undefined) throw new MalformedRecordError('The cached value is not a session: it is not a dict.');
  return data;
}
