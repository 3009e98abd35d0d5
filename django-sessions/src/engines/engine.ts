/** What a back-end gives `createSessions`: Django's module with its `SessionStore`. */
import { ImproperlyConfigured } from '../errors.ts';
import type { ExchangeObserver } from '../observer.ts';
import type { Session } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { Columns } from './record-store.ts';

/** A session among others, of `list`. */
export interface ListedSession {
  sessionKey: string;
  data: ReadonlyMap<string, unknown>;
  expiresAt: Date | null;
}

export interface Engine {
  /** A session of this engine; with no key, or one that names no record, a new one. Touches no store. */
  open(sessionKey: string | null | undefined, observer: ExchangeObserver | undefined): Session;
  /** Deletes what has expired. How many records were deleted; `undefined`: the store does it by itself. @default undefined */
  clearExpired?(): Promise<number | undefined>;
  /** The sessions that have not expired, one after the other. @default `sessions.list()` throws */
  list?(where: Columns): AsyncIterable<ListedSession>;
  /** Makes what records are kept in, where it is not there yet. @default nothing */
  createTable?(): Promise<void>;
  /** Closes the connections that were opened here; those that were given stay open. @default nothing */
  close?(): Promise<void>;
}

/** The option `engine`: a back-end, made once the settings are known. */
export interface EngineDefinition {
  /** For people: in the companion's panel and in errors. */
  readonly name: string;
  /** Called once by `createSessions`. Connects at the first use, and throws `ImproperlyConfigured` where it cannot. */
  create(settings: Settings): Engine;
}

/** For engines that have no extra columns: `where` can name none. */
export function refuseWhere(engine: string, where: Columns): void {
  if (Object.keys(where).length > 0)
    throw new ImproperlyConfigured(
      `Sessions: the engine ${engine} has no columns to ask by. List all sessions and look at their data.`,
    );
}
