/** iron-session as the endpoint needs it: the cookie is the record, sealed with the app's password. */
import { decoded } from '../../core/sent-cookies.ts';
import { openSeal, type Passwords, type Seal } from '../../kit/iron-seal.ts';
import type { CookieReading, SentCookie, SessionLibrary } from '../../kit/library.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import type { IronOptions } from './types.ts';

/** More than four chunks the library neither writes nor reads. */
const MAX_CHUNKS = 4;

const MEMBERS: ReadonlySet<string> = new Set(['save', 'destroy', 'updateConfig']);
export const isData = (key: string): boolean => !MEMBERS.has(key);

export interface SentSeal {
  /** The value, its chunks joined: what names the session. */
  readonly key: string;
  readonly seal: Seal;
  readonly signature: CookieReading['signature'];
}

export interface IronLibrary extends SessionLibrary {
  readonly cookieName: string;
  /** Seconds; 0: no end. */
  readonly ttl: number;
  /** `undefined`: the request carried no such cookie. */
  readSent(cookies: readonly SentCookie[]): SentSeal | undefined;
}

/** Each cookie in which a session may lie, in the order in which the library looks for it. */
export const cookieNamesOf = (name: string): [string, ...string[]] => [
  name,
  ...Array.from({ length: MAX_CHUNKS }, (_, at) => `${name}.${at}`),
];

export function ironLibrary(options: IronOptions): IronLibrary {
  const { cookieName, password, ttl = 14 * 24 * 3600, cookieOptions = {} } = options;
  const passwords: Passwords = typeof password === 'string' ? { 1: password } : password;
  const newest = String(Math.max(...Object.keys(passwords).map(Number)));

  // The library puts the version of its own format behind iron's.
  const open = (key: string) => openSeal(key.split('~', 1)[0]!, passwords, Date.now());
  const sealOf = (cookies: readonly SentCookie[]) => {
    const values = new Map(cookies.toReversed().map(({ name, value }) => [name, decoded(value)]));
    return joined((name) => values.get(name), cookieName);
  };
  const readSent = (cookies: readonly SentCookie[]): SentSeal | undefined => {
    const key = sealOf(cookies);
    if (key === '') return undefined;
    const seal = open(key);
    return { key, seal, signature: signatureOf(seal) };
  };
  return {
    name: 'iron-session',
    cookieName,
    cookieNames: cookieNamesOf(cookieName),
    store: 'cookie',
    recordsIn: 'cookie',
    commit: 'explicit',
    secret: passwords[newest],
    ttl: 'maxAge' in cookieOptions && cookieOptions.maxAge === undefined ? 0 : ttl,
    describeSettings: () => ({
      ...settingsAsCode(options, ['ttl', 'chunk']),
      ...settingsAsCode(
        cookieOptions,
        ['maxAge', 'secure', 'httpOnly', 'sameSite', 'path', 'domain', 'partitioned'],
        'cookieOptions.',
      ),
    }),
    readCookie: ({ name, value }, all) => {
      if (!cookieNamesOf(cookieName).includes(name)) return undefined;
      const sent = readSent(all);
      // A part that is not of what the library reads names no session.
      if (sent === undefined || !sent.key.includes(decoded(value))) return undefined;
      const { signature, key } = sent;
      return sent.seal.outcome === 'open' ? { signature, key } : { signature };
    },
    readSent,
    readRecord: (key) => {
      const seal = open(key);
      return Promise.resolve(
        'data' in seal
          ? {
              outcome: seal.outcome === 'expired' ? 'expired' : 'found',
              data: liveProperties(seal.data, isData),
              bytes: key.length,
              expiresAt: seal.expiresAt,
            }
          : { outcome: 'missing' },
      );
    },
  };
}

/** An end that has passed makes a seal no less genuine. */
function signatureOf({ outcome }: Seal): CookieReading['signature'] {
  if (outcome === 'open' || outcome === 'expired') return 'valid';
  return outcome === 'malformed' ? 'malformed' : 'invalid';
}

/** The seal in one cookie or in several, as the library looks for it; empty: there is none. */
export function joined(read: (name: string) => string | undefined, cookieName: string): string {
  const [whole, ...chunks] = cookieNamesOf(cookieName);
  const value = read(whole);
  if (value) return value;
  let seal = '';
  for (const chunk of chunks) {
    const part = read(chunk);
    if (!part) break;
    seal += part;
  }
  return seal;
}
