/** `createSessions` for an engine that is given: what the named engines are not needed for is not bundled. */
import type { RecordReading } from './record-reading.ts';
import type { Engine, EngineDefinition, ListedSession } from './engines/engine.ts';
import type { Columns } from './engines/record-store.ts';
import { ImproperlyConfigured } from './errors.ts';
import type { ExchangeObserver, SessionObserver } from './observer.ts';
import type { AnyData } from './data-types.ts';
import type { Session } from './session.ts';
import { type CommonOptions, readSettings, type Settings } from './settings.ts';

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
  /** A record as it is, read without changing anything: no load, no deletion, no cache filled. */
  peek(sessionKey: string): Promise<RecordReading>;
  /**
   * The sessions that have not expired, one after the other, read without changing anything; with `where`, those whose extra columns
   * hold these values. `db`, `cached_db` and `file`, and engines of your own that can; others throw
   * `ImproperlyConfigured`.
   */
  list(where?: Columns): AsyncIterable<ListedSession>;
  /** Deletes expired records. How many; `undefined`: the store does it by itself (`cache`, `signed_cookies`). */
  clearExpired(): Promise<number | undefined>;
  /** `db` and `cached_db`: makes Django's table where there is none. Others: nothing. */
  createTable(): Promise<void>;
  /** Closes the connections that were opened for these sessions. */
  close(): Promise<void>;
}

/** The options of `createSessions` with an engine that is given. */
export interface CoreOptions extends CommonOptions {
  /** Such as `dbEngine()` of `@sessionscope/django-sessions/db`, or one of your own. */
  engine: EngineDefinition;
}

/** Connects at the first use. Throws `ImproperlyConfigured` where an option cannot work. */
export function createSessions<Data extends object = AnyData>(options: CoreOptions): Sessions<Data> {
  return sessionsOn(options, options?.engine);
}

/** The sessions of an engine. */
export function sessionsOn<Data extends object>(options: CommonOptions, definition: EngineDefinition): Sessions<Data> {
  if (typeof definition?.create !== 'function')
    throw new ImproperlyConfigured(
      'Sessions: the option engine is missing: give one such as dbEngine() of @sessionscope/django-sessions/db.',
    );
  const settings = readSettings(options, definition);
  const engine: Engine = definition.create(settings);
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
    peek: (sessionKey) => engine.open(null, undefined).peek(sessionKey),
    list(where = {}) {
      if (engine.list === undefined)
        throw new ImproperlyConfigured(`Sessions: the engine ${definition.name} cannot list its sessions.`);
      return engine.list(where);
    },
    clearExpired: async () => engine.clearExpired?.(),
    createTable: async () => engine.createTable?.(),
    close: async () => engine.close?.(),
  };
}
