/** `django.contrib.sessions.backends.cached_db`: sessions in a table, with a copy of each in Redis. */
import type { ExchangeObserver } from '../observer.ts';
import type { Settings } from '../settings.ts';
import { peekCached } from './cache.ts';
import type { SessionTable } from './database.ts';
import { DbSession, peekRow } from './db.ts';
import type { Engine } from './engine.ts';
import type { Cache } from './cache-contract.ts';

const KEY_PREFIX = 'django.contrib.sessions.cached_db';

class CachedDbSession extends DbSession {
  readonly #cache: Cache;

  constructor(
    settings: Settings,
    table: SessionTable,
    cache: Cache,
    sessionKey: string | null | undefined,
    observer: ExchangeObserver | undefined,
  ) {
    super(settings, table, sessionKey, observer);
    this.#cache = cache;
  }

  override async exists(sessionKey: string): Promise<boolean> {
    return (sessionKey !== '' && (await this.#cache.has(KEY_PREFIX + sessionKey))) || super.exists(sessionKey);
  }

  protected override async removeRecord(sessionKey: string | null): Promise<void> {
    if (sessionKey === null) return;
    await super.removeRecord(sessionKey);
    await this.#cache.delete(KEY_PREFIX + sessionKey);
  }

  protected override async loadRecord(): Promise<Map<string, unknown>> {
    if (this.sessionKey === null) return new Map();
    try {
      const cached = await this.#cache.get(KEY_PREFIX + this.sessionKey, (bytes) => this.hasRead(bytes));
      if (cached !== undefined) return cached;
    } catch {
      // A value that cannot be read, or no answer: the database knows.
    }
    const record = await this.findRecord();
    if (record === undefined) return new Map();
    this.hasRead(Buffer.byteLength(record.data));
    const data = this.decode(record.data);
    await this.#cache.set(KEY_PREFIX + this.sessionKey, data, await this.expiryAge({ expiry: record.expiresAt }));
    return data;
  }

  protected override async saveRecord(mustCreate: boolean): Promise<void> {
    await super.saveRecord(mustCreate);
    try {
      await this.#cache.set(KEY_PREFIX + this.sessionKey, await this.entriesOf(), await this.expiryAge());
    } catch (error) {
      this.settings.logger.warn(`Error saving to cache: ${(error as Error).message}`);
    }
  }
}

export function createCachedDbEngine(settings: Settings, table: SessionTable, cache: Cache): Engine {
  return {
    open: (sessionKey, observer) => new CachedDbSession(settings, table, cache, sessionKey, observer),
    clearExpired: () => table.removeExpired(),
    async peek(sessionKey) {
      const cached = await peekCached(cache, KEY_PREFIX + sessionKey).catch(() => undefined);
      return cached?.outcome === 'found' ? cached : peekRow(settings, table, sessionKey);
    },
    createTable: () => table.create(),
    async close() {
      await table.close();
      await cache.close();
    },
  };
}
