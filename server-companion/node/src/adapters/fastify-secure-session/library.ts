/** @fastify/secure-session as the endpoint needs it: the cookie is the record, sealed with the app's key. */
import { createHash } from 'node:crypto';
import type { CookieReading, SentCookie, SessionLibrary } from '../../kit/library.ts';
import type { LiveData } from '../../kit/known-values.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import type { CookieOptions, Decode, FastifyLike, Key, SessionLike, SessionOptions } from './types.ts';

/** Where the library keeps the second of the last `set` or `touch`, beside the data. */
const ISSUED_AT = '__ts';

export const isData = (key: string): boolean => key !== ISSUED_AT;

export type Seal =
  | { outcome: 'open'; session: SessionLike; expiresAt: number }
  /** `invalid`: none of the keys opens it. */
  | { outcome: 'expired' | 'invalid' | 'malformed' };

export interface SentSeal {
  /** What names the session. */
  readonly key: string;
  /** As many as the cookie has on its way: it is sent with `%` escapes. */
  readonly bytes: number;
  readonly seal: Seal;
  readonly signature: CookieReading['signature'];
}

/** The library's own functions, once the plugin has made them. */
export interface Opener {
  decode: Decode | undefined;
  unsign: FastifyLike['unsignCookie'] | undefined;
}

export interface SecureSessionLibrary extends SessionLibrary {
  readonly cookieName: string;
  /** The member of the request. */
  readonly sessionName: string;
  readonly opener: Opener;
  /** Of a cookie's value, as it is sent. */
  read(value: string): SentSeal;
  /** The session that a cookie's value names, as it is sent. */
  keyOf(value: string): string;
  /** Epoch ms. */
  endOf(session: SessionLike): number;
}

/** What decides in one session's options, with the library's defaults; of its keys digests, which open nothing. */
export interface Settings {
  readonly sessionName: string;
  readonly cookieName: string;
  /** Seconds. */
  readonly expiry: number;
  readonly cookie: CookieOptions;
  /** The first is of what seals. */
  readonly keys: readonly string[];
  readonly hasKeys: boolean;
}

export function settingsOf(options: SessionOptions): Settings {
  const { sessionName = '', cookieName = '', key, secret, salt } = options;
  const cookie = options.cookieOptions || options.cookie || {};
  const name = sessionName || 'session';
  return {
    sessionName: name,
    cookieName: cookieName || name,
    expiry: options.expiry || 86_401,
    cookie: { ...cookie, httpOnly: cookie['httpOnly'] ?? true },
    keys: key ? ([key].flat() as Key[]).map((one) => digest(one, 'base64')) : [digest(secret) + digest(salt)],
    hasKeys: Array.isArray(key),
  };
}

export function secureSessionLibrary(settings: Settings): SecureSessionLibrary {
  const { sessionName, cookieName, expiry, cookie, keys } = settings;
  const opener: Opener = { decode: undefined, unsign: undefined };

  const endOf = (session: SessionLike): number => (Number(session.get(ISSUED_AT)) + expiry) * 1000;
  function open(key: string): Seal {
    let why = '';
    const log = { trace: () => undefined, debug: (text: string) => void (why = text) };
    const session = opener.decode?.(key, log, sessionName);
    if (session) return { outcome: 'open', session, expiresAt: endOf(session) };
    if (/expiry/.test(why)) return { outcome: 'expired' };
    return { outcome: /decrypt/.test(why) ? 'invalid' : 'malformed' };
  }
  const keyOf = (value: string): string => {
    const text = decoded(value);
    if (cookie.signed !== true) return text;
    const unsigned = opener.unsign?.(text);
    // The library takes the whole of what is not signed well.
    return unsigned?.valid === true ? (unsigned.value ?? text) : text;
  };
  const read = (value: string): SentSeal => {
    const key = keyOf(value);
    const seal = open(key);
    return { key, bytes: value.length, seal, signature: signatureOf(seal) };
  };
  return {
    name: '@fastify/secure-session',
    cookieName,
    sessionName,
    cookieNames: [cookieName],
    store: 'cookie',
    recordsIn: 'cookie',
    secret: keys[0],
    opener,
    describeSettings: () => ({
      expiry: String(expiry),
      ...settingsAsCode({ sessionName }, ['sessionName']),
      ...(settings.hasKeys ? { key: `an array of ${keys.length}` } : {}),
      ...settingsAsCode(
        cookie,
        ['maxAge', 'secure', 'httpOnly', 'sameSite', 'path', 'domain', 'partitioned', 'signed'],
        'cookie.',
      ),
    }),
    read,
    keyOf,
    endOf,
    readCookie: ({ name, value }: SentCookie) => {
      if (name !== cookieName) return undefined;
      const { key, seal, signature } = read(value);
      return seal.outcome === 'open' ? { signature, key } : { signature };
    },
    readRecord: (key) => {
      const seal = open(key);
      if (seal.outcome === 'open')
        return Promise.resolve({
          outcome: 'found',
          data: dataOf(seal.session),
          bytes: encodeURIComponent(key).length,
          expiresAt: seal.expiresAt,
        });
      return Promise.resolve(
        seal.outcome === 'expired'
          ? { outcome: 'unreadable', text: `The session has ended: the library opens no cookie after ${expiry} s.` }
          : { outcome: 'missing' },
      );
    },
  };
}

/** The data of a session, as it is: `data()` would make a copy with each look, and run getters of the app's. */
export function dataOf(session: SessionLike): LiveData {
  const held = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'object');
  const content = held === undefined ? undefined : (session as unknown as Record<symbol, object>)[held];
  return liveProperties(content ?? session.data(), isData);
}

/** An end that has passed makes a seal no less genuine. */
function signatureOf({ outcome }: Seal): CookieReading['signature'] {
  if (outcome === 'open' || outcome === 'expired') return 'valid';
  return outcome;
}

/** Distinguishes two keys, and is none. */
const digest = (key: Key | undefined, encoding: 'base64' | 'utf8' = 'utf8'): string =>
  createHash('sha256')
    .update(typeof key === 'string' ? Buffer.from(key, encoding) : (key ?? ''))
    .digest('base64url');

function decoded(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
