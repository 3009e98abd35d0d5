/** The options, each with its Django setting, and what they become. */
import { ImproperlyConfigured } from './errors.ts';
import { createRecordCodec, jsonSerializer, type RecordCodec, type Serializer } from './codec/record.ts';
import { createSigner } from './codec/signing.ts';
import type { SessionObserver } from './observer.ts';
import { createClock, type ProjectClock } from './times.ts';

/** Where warnings go: a bad signature, a cookie too long, a cache that failed. */
export interface SessionLogger {
  warn(message: string): void;
}

/** The options that every engine has in common. */
export interface CommonOptions {
  /** Signs records. Django: `SECRET_KEY`; must be the same to share sessions. */
  secretKey: string;
  /** Verify records and never sign. Django: `SECRET_KEY_FALLBACKS`. @default [] */
  secretKeyFallbacks?: readonly string[];
  /** Django: `SESSION_SERIALIZER`. @default jsonSerializer */
  serializer?: Serializer;
  /**
   * Keeps records of one engine from being read by another. Django makes it of the engine's class name: for a Django
   * project whose engine is not called `SessionStore`, write that name. @default 'django.contrib.sessions.SessionStore'
   */
  salt?: string;
  /** Django: `SESSION_COOKIE_NAME`. @default 'sessionid' */
  cookieName?: string;
  /** Seconds. Django: `SESSION_COOKIE_AGE`. @default 1209600, two weeks */
  cookieAge?: number;
  /** Django: `SESSION_COOKIE_DOMAIN`. @default none: the host that answered */
  cookieDomain?: string;
  /** Django: `SESSION_COOKIE_PATH`. @default '/' */
  cookiePath?: string;
  /** Django: `SESSION_COOKIE_SECURE`. `'auto'`: where the request came by https, as the framework sees it. @default false */
  cookieSecure?: boolean | 'auto';
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
  /**
   * Milliseconds that a load, save, deletion or look-up may take; then it is a `StoreTimeoutError`. `0`: no bound.
   * @default 30000
   */
  storeTimeout?: number;
  /** @default console */
  logger?: SessionLogger;
  /** Receives every operation. */
  observer?: SessionObserver;
}

/** Options with their defaults, and what is made of them once. */
export interface Settings {
  /** The engine's name: Django's for Django's own. */
  readonly engine: string;
  readonly cookieName: string;
  readonly cookieAge: number;
  readonly cookieDomain: string | undefined;
  readonly cookiePath: string;
  readonly cookieSecure: boolean | 'auto';
  readonly cookieHttpOnly: boolean;
  readonly cookieSameSite: 'Lax' | 'Strict' | 'None' | false;
  readonly saveEveryRequest: boolean;
  readonly expireAtBrowserClose: boolean;
  /** Milliseconds; `0`: no bound. */
  readonly storeTimeout: number;
  readonly clock: ProjectClock;
  readonly codec: RecordCodec;
  /** Of the `signed_cookies` back-end: another salt. */
  readonly cookieCodec: RecordCodec;
  readonly logger: SessionLogger;
  readonly observer: SessionObserver | undefined;
}

/** Django's, made of the class's name: a subclass of another name cannot read these records. */
export const RECORD_SALT = 'django.contrib.sessions.SessionStore';
export const COOKIE_SALT = 'django.contrib.sessions.backends.signed_cookies';

/** As long as gunicorn lets a worker of Django's be silent: longer, and nobody waits for the answer any more. */
const STORE_TIMEOUT_MS = 30_000;
/** Node's timers count to here. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** RFC 6265: a cookie's name is a token. */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What may stand in a cookie's attribute. */
const ATTRIBUTE = /^[\x20-\x3a\x3c-\x7e]*$/;

/** Fills in defaults; throws `ImproperlyConfigured` where an option cannot work. */
export function readSettings(options: CommonOptions, engine: { readonly name: string }): Settings {
  const wrong = (name: string, why: string): never => {
    throw new ImproperlyConfigured(`Sessions: the option ${name} ${why}.`);
  };
  if (typeof options !== 'object' || options === null) wrong('secretKey', 'is missing');
  const { secretKey, secretKeyFallbacks = [], serializer = jsonSerializer, timeZone } = options;
  if (typeof secretKey !== 'string' || secretKey === '')
    wrong('secretKey', 'is missing: write the SECRET_KEY of the Django project, or a long random string');
  if (!Array.isArray(secretKeyFallbacks) || secretKeyFallbacks.some((key) => typeof key !== 'string' || key === ''))
    wrong('secretKeyFallbacks', 'must be an array of non-empty strings');
  const cookieName = options.cookieName ?? 'sessionid';
  if (!COOKIE_NAME.test(cookieName)) wrong('cookieName', 'contains characters that are not allowed in a cookie name');
  const cookieAge = options.cookieAge ?? 1_209_600;
  if (!Number.isSafeInteger(cookieAge)) wrong('cookieAge', 'must be a whole number of seconds');
  const { cookieDomain, cookiePath = '/' } = options;
  if (!ATTRIBUTE.test(cookiePath) || !ATTRIBUTE.test(cookieDomain ?? ''))
    wrong('cookiePath or cookieDomain', 'contains a character that is not allowed in a cookie');
  const cookieSameSite = options.cookieSameSite ?? 'Lax';
  if (![false, 'Lax', 'Strict', 'None'].includes(cookieSameSite))
    wrong('cookieSameSite', "must be 'Lax', 'Strict', 'None' or false");
  const cookieSecure = options.cookieSecure === undefined ? false : options.cookieSecure;
  if (![true, false, 'auto'].includes(cookieSecure)) wrong('cookieSecure', "must be true, false or 'auto'");
  const storeTimeout = options.storeTimeout ?? STORE_TIMEOUT_MS;
  if (!(Number.isSafeInteger(storeTimeout) && storeTimeout >= 0 && storeTimeout <= MAX_TIMER_MS))
    wrong('storeTimeout', 'must be a whole number of milliseconds');
  let clock: ProjectClock;
  try {
    clock = createClock(timeZone);
  } catch {
    clock = wrong('timeZone', `is not a time zone: ${JSON.stringify(timeZone)}`);
  }
  const codecFor = (salt: string) =>
    createRecordCodec(createSigner({ secretKey, secretKeyFallbacks, salt }), serializer);
  const settings: Settings = {
    engine: engine.name,
    cookieName,
    cookieAge,
    cookieDomain: cookieDomain || undefined,
    cookiePath,
    cookieSecure,
    cookieHttpOnly: options.cookieHttpOnly ?? true,
    cookieSameSite,
    saveEveryRequest: options.saveEveryRequest ?? false,
    expireAtBrowserClose: options.expireAtBrowserClose ?? false,
    storeTimeout,
    clock,
    codec: codecFor(options.salt ?? RECORD_SALT),
    cookieCodec: codecFor(COOKIE_SALT),
    logger: options.logger ?? console,
    observer: options.observer,
  };
  for (const warning of cookieWarnings(settings)) settings.logger.warn(warning);
  return settings;
}

/** What browsers would drop without a word. Django sets it anyway. */
function cookieWarnings({ cookieName, cookieSecure, cookieSameSite, cookieDomain, cookiePath }: Settings): string[] {
  const warnings: string[] = [];
  if (cookieSameSite === 'None' && cookieSecure === false)
    warnings.push(
      "Browsers drop the session's cookie: SameSite=None needs Secure. Write cookieSecure: true and serve https, or another cookieSameSite.",
    );
  if (/^__(?:Secure|Host)-/.test(cookieName) && cookieSecure === false)
    warnings.push(
      `Browsers drop a cookie named ${cookieName} without Secure. Write cookieSecure: true and serve https.`,
    );
  if (cookieName.startsWith('__Host-') && (cookieDomain !== undefined || cookiePath !== '/'))
    warnings.push(
      `Browsers drop a cookie whose name begins with __Host- and that has a Domain, or another Path than /: leave out cookieDomain and cookiePath, or choose another cookieName.`,
    );
  return warnings;
}
