/** The options, each with its Django setting, and what they become. */
import { ImproperlyConfigured } from './errors.ts';
import { createRecordCodec, jsonSerializer, type RecordCodec, type Serializer } from './codec/record.ts';
import { createSigner } from './codec/signing.ts';
import type { CacheOptions } from './engines/redis-cache.ts';
import type { DatabaseOptions } from './engines/database.ts';
import type { SessionObserver } from './observer.ts';
import { createClock, type ProjectClock } from './times.ts';

export type EngineName = 'db' | 'cache' | 'cached_db' | 'file' | 'signed_cookies';

/** Where warnings go: a bad signature, a cookie too long, a cache that failed. */
export interface SessionLogger {
  warn(message: string): void;
}

export interface SessionsOptions {
  /** Signs records. Django: `SECRET_KEY`; must be the same to share sessions. */
  secretKey: string;
  /** Verify records and never sign. Django: `SECRET_KEY_FALLBACKS`. @default [] */
  secretKeyFallbacks?: readonly string[];
  /** Where sessions are kept. Django: `SESSION_ENGINE`. @default 'db' */
  engine?: EngineName;
  /** For `db` and `cached_db`: a URL, or a SQLite file. Django: `DATABASES['default']`. @default 'db.sqlite3' */
  database?: DatabaseOptions;
  /** For `cache` and `cached_db`. Django: `CACHES[SESSION_CACHE_ALIAS]`. @default redis://127.0.0.1:6379 */
  cache?: CacheOptions;
  /** For `file`: an existing folder. Django: `SESSION_FILE_PATH`. @default the system's folder for temporary files */
  filePath?: string;
  /** Django: `SESSION_SERIALIZER`. @default jsonSerializer */
  serializer?: Serializer;
  /** Django: `SESSION_COOKIE_NAME`. @default 'sessionid' */
  cookieName?: string;
  /** Seconds. Django: `SESSION_COOKIE_AGE`. @default 1209600, two weeks */
  cookieAge?: number;
  /** Django: `SESSION_COOKIE_DOMAIN`. @default none: the host that answered */
  cookieDomain?: string;
  /** Django: `SESSION_COOKIE_PATH`. @default '/' */
  cookiePath?: string;
  /** Django: `SESSION_COOKIE_SECURE`. @default false */
  cookieSecure?: boolean;
  /** Django: `SESSION_COOKIE_HTTPONLY`. @default true */
  cookieHttpOnly?: boolean;
  /** Django: `SESSION_COOKIE_SAMESITE`. @default 'Lax' */
  cookieSameSite?: 'Lax' | 'Strict' | 'None' | false;
  /** Django: `SESSION_SAVE_EVERY_REQUEST`. @default false */
  saveEveryRequest?: boolean;
  /** Django: `SESSION_EXPIRE_AT_BROWSER_CLOSE`. @default false */
  expireAtBrowserClose?: boolean;
  /**
   * For a project with `USE_TZ = False`: its `TIME_ZONE`, in whose wall clock it stores times.
   * @default none: `USE_TZ = True`, times in UTC
   */
  timeZone?: string;
  /** @default console */
  logger?: SessionLogger;
  /** Is told of every operation. */
  observer?: SessionObserver;
}

/** Options with their defaults, and what is made of them once. */
export interface Settings {
  readonly engine: EngineName;
  readonly cookieName: string;
  readonly cookieAge: number;
  readonly cookieDomain: string | undefined;
  readonly cookiePath: string;
  readonly cookieSecure: boolean;
  readonly cookieHttpOnly: boolean;
  readonly cookieSameSite: 'Lax' | 'Strict' | 'None' | false;
  readonly saveEveryRequest: boolean;
  readonly expireAtBrowserClose: boolean;
  readonly clock: ProjectClock;
  readonly codec: RecordCodec;
  /** Of the `signed_cookies` back-end: another salt. */
  readonly cookieCodec: RecordCodec;
  readonly logger: SessionLogger;
  readonly observer: SessionObserver | undefined;
}

/** Made of the class's name: a subclass of another name cannot read these records. */
export const RECORD_SALT = 'django.contrib.sessions.SessionStore';
export const COOKIE_SALT = 'django.contrib.sessions.backends.signed_cookies';

const ENGINES: readonly EngineName[] = ['db', 'cache', 'cached_db', 'file', 'signed_cookies'];
/** RFC 6265: a cookie's name is a token. */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What may stand in a cookie's attribute. */
const ATTRIBUTE = /^[\x20-\x3a\x3c-\x7e]*$/;

/** Fills in defaults; throws `ImproperlyConfigured` where an option cannot work. */
export function readSettings(options: SessionsOptions): Settings {
  const wrong = (name: string, why: string): never => {
    throw new ImproperlyConfigured(`Sessions: the option ${name} ${why}.`);
  };
  if (typeof options !== 'object' || options === null) wrong('secretKey', 'is missing');
  const { secretKey, secretKeyFallbacks = [], serializer = jsonSerializer, timeZone } = options;
  if (typeof secretKey !== 'string' || secretKey === '')
    wrong('secretKey', 'is missing: write the SECRET_KEY of the Django project, or a long random text');
  if (!Array.isArray(secretKeyFallbacks) || secretKeyFallbacks.some((key) => typeof key !== 'string' || key === ''))
    wrong('secretKeyFallbacks', 'is no list of texts');
  const engine = options.engine ?? 'db';
  if (!ENGINES.includes(engine)) wrong('engine', `is none of ${ENGINES.join(', ')}`);
  const cookieName = options.cookieName ?? 'sessionid';
  if (!COOKIE_NAME.test(cookieName)) wrong('cookieName', 'has characters that a cookie name may not have');
  const cookieAge = options.cookieAge ?? 1_209_600;
  if (!Number.isSafeInteger(cookieAge)) wrong('cookieAge', 'is no whole number of seconds');
  const { cookieDomain, cookiePath = '/' } = options;
  if (!ATTRIBUTE.test(cookiePath) || !ATTRIBUTE.test(cookieDomain ?? ''))
    wrong('cookiePath or cookieDomain', 'has a character that a cookie may not have');
  const cookieSameSite = options.cookieSameSite ?? 'Lax';
  if (![false, 'Lax', 'Strict', 'None'].includes(cookieSameSite))
    wrong('cookieSameSite', "is none of 'Lax', 'Strict', 'None', false");
  const cacheVersion = options.cache?.version ?? 1;
  if (!Number.isSafeInteger(cacheVersion)) wrong('cache.version', 'is no whole number');
  let clock: ProjectClock;
  try {
    clock = createClock(timeZone);
  } catch {
    clock = wrong('timeZone', `names no time zone: ${JSON.stringify(timeZone)}`);
  }
  const codecFor = (salt: string) =>
    createRecordCodec(createSigner({ secretKey, secretKeyFallbacks, salt }), serializer);
  return {
    engine,
    cookieName,
    cookieAge,
    cookieDomain: cookieDomain || undefined,
    cookiePath,
    cookieSecure: options.cookieSecure ?? false,
    cookieHttpOnly: options.cookieHttpOnly ?? true,
    cookieSameSite,
    saveEveryRequest: options.saveEveryRequest ?? false,
    expireAtBrowserClose: options.expireAtBrowserClose ?? false,
    clock,
    codec: codecFor(RECORD_SALT),
    cookieCodec: codecFor(COOKIE_SALT),
    logger: options.logger ?? console,
    observer: options.observer,
  };
}
