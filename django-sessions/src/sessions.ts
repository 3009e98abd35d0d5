/** `createSessions`: the session framework with its options, and every engine by its name. */
import { cacheEngine } from './engines/cache.ts';
import { cachedDbEngine } from './engines/cached-db.ts';
import type { CacheOptions } from './engines/cache-options.ts';
import type { DatabaseOptions } from './engines/database.ts';
import { dbEngine } from './engines/db.ts';
import type { EngineDefinition } from './engines/engine.ts';
import { fileEngine } from './engines/file.ts';
import { signedCookieEngine } from './engines/signed-cookies.ts';
import { ImproperlyConfigured } from './errors.ts';
import { type Sessions, sessionsOn } from './core.ts';
import type { AnyData } from './data-types.ts';
import type { CommonOptions } from './settings.ts';

export type { Sessions };

export type EngineName = 'db' | 'cache' | 'cached_db' | 'file' | 'signed_cookies';

export interface SessionsOptions extends CommonOptions {
  /** Where sessions are kept: a name, or an engine of your own. Django: `SESSION_ENGINE`. @default 'db' */
  engine?: EngineName | EngineDefinition;
  /** For `db` and `cached_db`: a URL, or a SQLite file. Django: `DATABASES['default']`. @default 'db.sqlite3' */
  database?: DatabaseOptions;
  /** For `cache` and `cached_db`. Django: `CACHES[SESSION_CACHE_ALIAS]`. @default redis://127.0.0.1:6379 */
  cache?: CacheOptions;
  /** For `file`: an existing folder. Django: `SESSION_FILE_PATH`. @default the system's folder for temporary files */
  filePath?: string;
}

/** Connects at the first use. Throws `ImproperlyConfigured` where an option cannot work. */
export function createSessions<Data extends object = AnyData>(options: SessionsOptions): Sessions<Data> {
  return sessionsOn(options, engineOf(options));
}

const NAMED: Record<EngineName, (options: SessionsOptions) => EngineDefinition> = {
  db: ({ database }) => dbEngine(database === undefined ? {} : { database }),
  cache: ({ cache = {} }) => cacheEngine(cache),
  cached_db: ({ database, cache = {} }) => cachedDbEngine({ cache, ...(database === undefined ? {} : { database }) }),
  file: ({ filePath }) => fileEngine(filePath === undefined ? {} : { filePath }),
  signed_cookies: () => signedCookieEngine(),
};

/** Options of named engines: one that is made by hand has its own. */
const OF_NAMED = ['database', 'cache', 'filePath'] as const;

function engineOf(options: SessionsOptions): EngineDefinition {
  const engine = options?.engine ?? 'db';
  if (typeof engine === 'string' && Object.hasOwn(NAMED, engine)) return NAMED[engine](options ?? {});
  if (typeof engine !== 'object' || engine === null || typeof engine.create !== 'function')
    throw new ImproperlyConfigured(
      `Sessions: the option engine must be one of ${Object.keys(NAMED).join(', ')}, or an engine such as dbEngine() returns.`,
    );
  const misplaced = OF_NAMED.find((name) => options[name] !== undefined);
  if (misplaced !== undefined)
    throw new ImproperlyConfigured(
      `Sessions: the option ${misplaced} belongs to the engine: pass it to the function that creates the engine.`,
    );
  return engine;
}
