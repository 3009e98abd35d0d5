/** `django.contrib.sessions.backends.cache`: sessions in a cache alone. */
import {
  CreateError,
  ImproperlyConfigured,
  MalformedRecordError,
  UnserializableValueError,
  UpdateError,
} from '../errors.ts';
import type { ExchangeObserver } from '../observer.ts';
import { Session } from '../session.ts';
import type { Settings } from '../settings.ts';
import { type CacheOptions, createCache } from './cache-options.ts';
import type { RecordReading } from '../record-reading.ts';
import type { EngineDefinition } from './engine.ts';
import type { SessionCache } from './session-cache.ts';

export class CacheSession extends Session {
  protected readonly cache: SessionCache;

  constructor(
    settings: Settings,
    cache: SessionCache,
    sessionKey: string | null | undefined,
    observer: ExchangeObserver | undefined,
  ) {
    super(settings, sessionKey, observer);
    this.cache = cache;
  }

  /** Django's `cache_key_prefix`: stands before the key in the cached value's name. */
  protected get cacheKeyPrefix(): string {
    return 'django.contrib.sessions.cache';
  }

  protected override async hasRecord(sessionKey: string): Promise<boolean> {
    return this.cache.has(this.cacheKeyPrefix + sessionKey);
  }

  protected override peekRecord(sessionKey: string): Promise<RecordReading> {
    return this.cache.peek(this.cacheKeyPrefix + sessionKey);
  }

  protected override async removeRecord(sessionKey: string | null): Promise<void> {
    if (sessionKey !== null) await this.cache.delete(this.cacheKeyPrefix + sessionKey);
  }

  protected override async loadRecord(): Promise<Map<string, unknown>> {
    if (this.sessionKey === null) return new Map();
    try {
      const data = await this.cache.get(this.cacheKeyPrefix + this.sessionKey, (bytes) => this.hasRead(bytes));
      if (data !== undefined) return data;
    } catch (error) {
      if (error instanceof ImproperlyConfigured) throw error;
      // As with Django, the session is a new one, and the response deletes the cookie where nothing is put into it.
      this.settings.logger.warn(`A session in the cache could not be read: ${causeOf(error)} It reads as a new one.`);
      this.loadFailed('error', error);
    }
    this.setKey(null);
    return new Map();
  }

  protected override async saveRecord(mustCreate: boolean): Promise<void> {
    if (this.sessionKey === null) return this.createRecord();
    const name = this.cacheKeyPrefix + this.keyToSave(mustCreate);
    // Django asks first, so that a session which nobody loaded keeps its key where there is no record.
    if (!mustCreate && this.data === undefined && !(await this.cache.has(name))) throw new UpdateError();
    const data = await this.entriesOf(mustCreate);
    const age = await this.expiryAge();
    const made = (bytes: number) => this.hasMade(bytes);
    let isSet: boolean;
    try {
      isSet = await this.cache.set(name, data, age, made, mustCreate ? 'new' : 'existing');
    } catch (error) {
      // That the record has gone is the first thing to know, whatever cannot be stored.
      if (error instanceof UnserializableValueError && !mustCreate && !(await this.cache.has(name)))
        throw new UpdateError();
      throw error;
    }
    if (!isSet) throw mustCreate ? new CreateError() : new UpdateError();
  }
}

/** A subclass of `CacheSession` with the same constructor. */
export type CacheSessionClass = new (...args: ConstructorParameters<typeof CacheSession>) => CacheSession;

export interface CacheEngineOptions extends CacheOptions {
  /** @default CacheSession */
  session?: CacheSessionClass;
}

/** The engine `cache`, with a cache and a session class of one's own. */
export const cacheEngine = ({ session = CacheSession, ...options }: CacheEngineOptions = {}): EngineDefinition => ({
  name: 'cache',
  create(settings) {
    const cache = createCache(options);
    return {
      open: (sessionKey, observer) => new session(settings, cache, sessionKey, observer),
      close: () => cache.close(),
    };
  },
});

/** Why a cache gave nothing: names and codes, since a client's own words may hold a record or a password. */
export function causeOf(error: unknown): string {
  if (error instanceof MalformedRecordError)
    return `${error.message} Was it written with another serializer or a compressor, as django-redis can?`;
  const { name = 'Error', code } = (error ?? {}) as { name?: string; code?: unknown };
  return typeof code === 'string' ? `${name} (${code}).` : `${name}.`;
}
