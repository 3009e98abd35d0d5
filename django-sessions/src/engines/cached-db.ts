/** `django.contrib.sessions.backends.cached_db`: sessions in a table, with a copy of each in a cache. */
import { ImproperlyConfigured } from '../errors.ts';
import type { ExchangeObserver } from '../observer.ts';
import type { Settings } from '../settings.ts';
import { causeOf } from './cache.ts';
import { type CacheOptions, createCache } from './cache-options.ts';
import { type DbEngineOptions, DbSession, engineOn, openTable } from './db.ts';
import type { RecordReading } from '../record-reading.ts';
import type { EngineDefinition } from './engine.ts';
import type { RecordStore } from './record-store.ts';
import type { SessionCache } from './session-cache.ts';

export class CachedDbSession extends DbSession {
  protected readonly cache: SessionCache;

  constructor(
    settings: Settings,
    store: RecordStore,
    cache: SessionCache,
    sessionKey: string | null | undefined,
    observer: ExchangeObserver | undefined,
  ) {
    super(settings, store, sessionKey, observer);
    this.cache = cache;
  }

  /**
   * Django's `cache_key_prefix`: stands before the key in the cached value's name. An engine with extra columns needs one
   * of its own where another shares the cache.
   */
  protected get cacheKeyPrefix(): string {
    return 'django.contrib.sessions.cached_db';
  }

  protected override async hasRecord(sessionKey: string): Promise<boolean> {
    return (await this.cache.has(this.cacheKeyPrefix + sessionKey)) || super.hasRecord(sessionKey);
  }

  protected override async removeRecord(sessionKey: string | null): Promise<void> {
    if (sessionKey === null) return;
    await super.removeRecord(sessionKey);
    await this.cache.delete(this.cacheKeyPrefix + sessionKey);
  }

  protected override async loadRecord(): Promise<Map<string, unknown>> {
    if (this.sessionKey === null) return new Map();
    try {
      const cached = await this.cache.get(this.cacheKeyPrefix + this.sessionKey, () =>
        this.hasRead(undefined, 'cache'),
      );
      if (cached !== undefined) return cached;
    } catch (error) {
      if (error instanceof ImproperlyConfigured) throw error;
      this.settings.logger.warn(
        `A session's copy in the cache could not be read: ${causeOf(error)} The database is asked instead.`,
      );
    }
    const record = await this.findRecord();
    if (record === undefined) return new Map();
    this.hasRead(Buffer.byteLength(record.data), 'store');
    const data = this.decode(record.data);
    await this.cache.set(
      this.cacheKeyPrefix + this.sessionKey,
      data,
      await this.expiryAge({ expiry: record.expiresAt }),
    );
    return data;
  }

  protected override async saveRecord(mustCreate: boolean): Promise<void> {
    await super.saveRecord(mustCreate);
    try {
      await this.cache.set(this.cacheKeyPrefix + this.sessionKey, await this.entriesOf(), await this.expiryAge());
    } catch (error) {
      if (error instanceof ImproperlyConfigured) throw error;
      this.settings.logger.warn(`Error saving to cache: ${causeOf(error)}`);
    }
  }

  protected override async peekRecord(sessionKey: string): Promise<RecordReading> {
    const cached = await this.cache.peek(this.cacheKeyPrefix + sessionKey).catch(() => undefined);
    if (cached?.outcome !== 'found') return super.peekRecord(sessionKey);
    // The copy has another format than the row, and another size.
    const { bytes: _, ...reading } = cached;
    return reading;
  }
}

/** A subclass of `CachedDbSession` with the same constructor. */
export type CachedDbSessionClass = new (...args: ConstructorParameters<typeof CachedDbSession>) => CachedDbSession;

export interface CachedDbEngineOptions extends Omit<DbEngineOptions, 'session'> {
  /** @default { url: 'redis://127.0.0.1:6379' } */
  cache?: CacheOptions;
  /** @default CachedDbSession */
  session?: CachedDbSessionClass;
}

/** The engine `cached_db`, with a table, columns, a cache and a session class of one's own. */
export const cachedDbEngine = ({
  database,
  cache: cacheOptions = {},
  session = CachedDbSession,
  ...options
}: CachedDbEngineOptions = {}): EngineDefinition => ({
  name: 'cached_db',
  create(settings) {
    const cache = createCache(cacheOptions);
    const table = openTable(settings, database, options);
    return {
      ...engineOn(settings, table, (key, observer) => new session(settings, table, cache, key, observer)),
      async close() {
        await table.close();
        await cache.close();
      },
    };
  },
});
