/** `createSessions`: the session framework with its options. */
import { createCacheEngine } from './engines/cache.ts';
import { createCachedDbEngine } from './engines/cached-db.ts';
import { SessionTable } from './engines/database.ts';
import { createDbEngine } from './engines/db.ts';
import type { Engine, RecordReading } from './engines/engine.ts';
import { createFileEngine } from './engines/file.ts';
import { createCache } from './engines/redis-cache.ts';
import { createSignedCookieEngine } from './engines/signed-cookies.ts';
import { ImproperlyConfigured } from './errors.ts';
import type { ExchangeObserver, SessionObserver } from './observer.ts';
import type { AnyData, Session } from './session.ts';
import { readSettings, type SessionsOptions, type Settings } from './settings.ts';

export interface Sessions<Data extends object = AnyData> {
  readonly settings: Settings;
  /**
   * A session outside of a request: a script, a task. It is saved by hand. With no key, or one that names no record,
   * it is a new one.
   */
  open(sessionKey?: string | null): Session<Data>;
  /** For a middleware: as `open`, seen by the request's observer. */
  openFor(sessionKey: string | undefined, observer: ExchangeObserver | undefined): Session<Data>;
  /** The session that a middleware of these sessions made for this request. Throws where there is none. */
  of(request: object): Session<Data>;
  /** For a middleware: what `of` gives for this request from now on. */
  bind(request: object, session: Session<Data>): void;
  /** A record as it is, read without a trace: no load, no deletion, no cache filled. */
  peek(sessionKey: string): Promise<RecordReading>;
  /** Deletes expired records. How many; `undefined`: the store does it by itself (`cache`, `signed_cookies`). */
  clearExpired(): Promise<number | undefined>;
  /** `db` and `cached_db`: makes Django's table where there is none. Others: nothing. */
  createTable(): Promise<void>;
  /** Closes the connections that were opened for these sessions. */
  close(): Promise<void>;
}

/** Where the demo, Django's own start project and this package agree. */
const DEFAULT_DATABASE = 'db.sqlite3';

/** Connects at the first use. Throws `ImproperlyConfigured` where an option cannot work. */
export function createSessions<Data extends object = AnyData>(options: SessionsOptions): Sessions<Data> {
  const settings = readSettings(options);
  const engine = createEngine(settings, options);
  const bound = new WeakMap<object, Session<Data>>();
  const background = (settings.observer as SessionObserver | undefined)?.background;
  const openFor = (sessionKey: string | null | undefined, observer: ExchangeObserver | undefined) =>
    engine.open(sessionKey, observer) as unknown as Session<Data>;
  return {
    settings,
    open: (sessionKey) => openFor(sessionKey, background),
    openFor,
    of(request) {
      const session = bound.get(request);
      if (session === undefined)
        throw new ImproperlyConfigured(
          'This request has no session: mount the session middleware before the code that asks for it.',
        );
      return session;
    },
    bind: (request, session) => void bound.set(request, session),
    peek: (sessionKey) => engine.peek(sessionKey),
    clearExpired: () => engine.clearExpired(),
    createTable: () => engine.createTable(),
    close: () => engine.close(),
  };
}

function createEngine(
  settings: Settings,
  { database = DEFAULT_DATABASE, cache = {}, filePath }: SessionsOptions,
): Engine {
  const table = () => new SessionTable(database, settings.clock);
  switch (settings.engine) {
    case 'db':
      return createDbEngine(settings, table());
    case 'cache':
      return createCacheEngine(settings, createCache(cache));
    case 'cached_db':
      return createCachedDbEngine(settings, table(), createCache(cache));
    case 'file':
      return createFileEngine(settings, filePath);
    case 'signed_cookies':
      return createSignedCookieEngine(settings);
  }
}
