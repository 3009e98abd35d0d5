/** `django.contrib.sessions.backends.cache`: sessions in Redis alone. */
import { CreateError, SessionError, UnserializableValueError, UpdateError } from '../errors.ts';
import type { ExchangeObserver } from '../observer.ts';
import { newSessionKey, Session } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { Engine, RecordReading } from './engine.ts';
import { type Cache, readCached } from './cache-contract.ts';

const KEY_PREFIX = 'django.contrib.sessions.cache';
/** Django gives up after as many: a cache that keeps nothing looks like keys that are all taken. */
const MAX_TRIES = 10_000;

class CacheSession extends Session {
  readonly #cache: Cache;

  constructor(
    settings: Settings,
    cache: Cache,
    sessionKey: string | null | undefined,
    observer: ExchangeObserver | undefined,
  ) {
    super(settings, sessionKey, observer);
    this.#cache = cache;
  }

  async exists(sessionKey: string): Promise<boolean> {
    return sessionKey !== '' && this.#cache.has(KEY_PREFIX + sessionKey);
  }

  protected override async removeRecord(sessionKey: string | null): Promise<void> {
    if (sessionKey !== null) await this.#cache.delete(KEY_PREFIX + sessionKey);
  }

  protected override async loadRecord(): Promise<Map<string, unknown>> {
    if (this.sessionKey === null) return new Map();
    try {
      const data = await this.#cache.get(KEY_PREFIX + this.sessionKey, (bytes) => this.hasRead(bytes));
      if (data !== undefined) return data;
    } catch (error) {
      // A value that cannot be read, or no answer: as with Django, the session is a new one.
      this.loadFailed('error', error);
    }
    this.setKey(null);
    return new Map();
  }

  protected override async createRecord(): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      this.setKey(newSessionKey());
      try {
        await this.saveRecord(true);
        this.markModified();
        return;
      } catch (error) {
        if (!(error instanceof CreateError)) throw error;
      }
    }
    throw new SessionError('Unable to create a new session key. It is likely that the cache is unavailable.');
  }

  protected override async saveRecord(mustCreate: boolean): Promise<void> {
    if (this.sessionKey === null) return this.createRecord();
    const name = KEY_PREFIX + this.sessionKey;
    // Django asks first, so that a session which nobody loaded keeps its key where there is no record.
    if (!mustCreate && this.data === undefined && !(await this.#cache.has(name))) throw new UpdateError();
    const data = await this.entriesOf(mustCreate);
    const age = await this.expiryAge();
    const made = (bytes: number) => this.hasMade(bytes);
    let isSet: boolean;
    try {
      isSet = await this.#cache.set(name, data, age, made, mustCreate ? 'NX' : 'XX');
    } catch (error) {
      // That the record has gone is the first thing to know, whatever cannot be stored.
      if (error instanceof UnserializableValueError && !mustCreate && !(await this.#cache.has(name)))
        throw new UpdateError();
      throw error;
    }
    if (!isSet) throw mustCreate ? new CreateError() : new UpdateError();
  }
}

/** Reads a cached value without a trace. */
export async function peekCached(cache: Cache, name: string): Promise<RecordReading> {
  const bytes = await cache.bytes(name);
  if (bytes === undefined) return { outcome: 'missing' };
  try {
    const ttl = await cache.ttl(name);
    const expiresAt = ttl === null ? null : new Date(Date.now() + ttl);
    return { outcome: 'found', data: readCached(bytes), bytes: bytes.length, expiresAt };
  } catch (error) {
    return { outcome: 'unreadable', why: (error as Error).message };
  }
}

export function createCacheEngine(settings: Settings, cache: Cache): Engine {
  return {
    open: (sessionKey, observer) => new CacheSession(settings, cache, sessionKey, observer),
    clearExpired: async () => undefined,
    peek: (sessionKey) => peekCached(cache, KEY_PREFIX + sessionKey),
    createTable: async () => {},
    close: () => cache.close(),
  };
}
