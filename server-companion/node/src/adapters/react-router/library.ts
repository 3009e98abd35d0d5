/** React Router's sessions as the endpoint needs them: a signed cookie that is the record, or that names one. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { decoded, type SentCookie, sentCookies } from '../../core/sent-cookies.ts';
import type { CookieReading, SessionLibrary } from '../../kit/library.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import type { Cookie, CookieOptions, StorageOptions } from './types.ts';

/** `cookie`: the cookie is the record. `id`: it names a record of the storage's. */
export type StorageKind = 'cookie' | 'id';

/** How React Router takes a cookie. `unknown`: only its own code can say, which has not seen this value yet. */
export type Taken = 'accepted' | 'refused' | 'unknown';

export interface SentSession {
  readonly taken: Taken;
  readonly signature: CookieReading['signature'] | undefined;
  /** What names the session: the cookie's value where that is the record, else the ID in it. */
  readonly key: string;
}

export interface ReactRouterLibrary extends SessionLibrary {
  readonly cookieName: string;
  readonly kind: StorageKind;
  /** Of a `Cookie` header; `undefined`: it has no such cookie, or an empty one. */
  readSent(header: string | null | undefined): SentSession | undefined;
  /** What React Router has made of a cookie's value: whose it is is known from now on. */
  learn(value: string, taken: 'accepted' | 'refused'): void;
  /** The session that a cookie's value names; `undefined`: none. */
  keyOf(value: string): string | undefined;
}

/** Where each storage of React Router's keeps its records; of another it is not known. */
const RECORDS_IN: Readonly<Record<string, NonNullable<SessionLibrary['recordsIn']>>> = {
  createCookieSessionStorage: 'cookie',
  createMemorySessionStorage: 'process',
  createFileSessionStorage: 'outside',
};

/** Values of which is remembered what became of them: those of more clients than a developer has. */
const MAX_LEARNED = 2_000;

export const isCookie = (cookie: StorageOptions['cookie']): cookie is Cookie =>
  typeof (cookie as Cookie | undefined)?.parse === 'function';

export function reactRouterLibrary(storage: string, kind: StorageKind, options: StorageOptions): ReactRouterLibrary {
  const { cookie } = options;
  const settings: CookieOptions = isCookie(cookie) || cookie === undefined ? {} : cookie;
  const cookieName = cookie?.name || '__session';
  /** `undefined`: they are in a `Cookie` of the app's, which does not tell them. */
  const secrets = isCookie(cookie) ? undefined : (settings.secrets ?? []);
  const isSigned = isCookie(cookie) ? cookie.isSigned : settings.secrets !== undefined && settings.secrets.length > 0;
  const learned = new Map<string, 'accepted' | 'refused'>();

  function taken(value: string): Taken {
    if (!isSigned) return 'accepted';
    if (secrets === undefined) return learned.get(value) ?? 'unknown';
    return secrets.some((secret) => isSignedWith(value, secret)) ? 'accepted' : 'refused';
  }
  const keyOf = (value: string): string | undefined => {
    const content = contentOf(value, isSigned);
    if (kind === 'cookie') return content === undefined ? undefined : value;
    return typeof content === 'string' && content !== '' ? content : undefined;
  };
  function read(value: string): SentSession {
    const key = keyOf(value);
    const how = key === undefined ? 'refused' : taken(value);
    const genuine = isSigned ? 'valid' : 'unsigned';
    const signature = { accepted: genuine, refused: 'invalid', unknown: undefined } as const;
    return { taken: how, key: key ?? '', signature: signature[how] };
  }
  const readCookie = ({ name, value }: SentCookie): CookieReading | undefined => {
    if (name !== cookieName) return undefined;
    const sent = read(decoded(value));
    // What is not known to be genuine proves nothing.
    return sent.taken === 'accepted' && sent.signature !== undefined
      ? { signature: sent.signature, key: sent.key }
      : { signature: 'invalid' };
  };
  return {
    name: 'react-router',
    cookieName,
    cookieNames: [cookieName],
    commit: 'explicit',
    store: kind === 'cookie' ? 'cookie' : storage,
    ...(RECORDS_IN[storage] === undefined ? {} : { recordsIn: RECORDS_IN[storage] }),
    secret: secrets?.[0],
    kind,
    keyOf,
    describeSettings: () => ({
      storage,
      ...settingsAsCode(settings, ['maxAge', 'secure', 'httpOnly', 'sameSite', 'path', 'domain'], 'cookie.'),
    }),
    readCookie,
    readSent(header) {
      // The library takes the first of several.
      const [value] = header ? sentCookies(header, cookieName) : [];
      return value === undefined || value === '' ? undefined : read(decoded(value));
    },
    learn(value, how) {
      if (learned.size >= MAX_LEARNED) learned.delete(learned.keys().next().value!);
      learned.set(value, how);
    },
    readRecord(key) {
      if (kind === 'id')
        return Promise.resolve({
          outcome: 'unreadable',
          text: `A storage of React Router has no read that surely changes nothing: ${storage} may delete a record as it is asked for.`,
        });
      const data = contentOf(key, isSigned);
      return Promise.resolve(
        typeof data === 'object' && data !== null && !Array.isArray(data)
          ? { outcome: 'found', data: liveProperties(data, () => true), bytes: key.length }
          : { outcome: 'missing' },
      );
    },
  };
}

/** As `createCookie` signs: HMAC with SHA-256, base64 without its padding, behind the last dot. */
function isSignedWith(value: string, secret: string): boolean {
  const at = value.lastIndexOf('.');
  const made = createHmac('sha256', secret).update(value.slice(0, at)).digest();
  const given = Buffer.from(value.slice(at + 1), 'base64');
  return made.length === given.length && timingSafeEqual(made, given);
}

/** What a cookie's value holds: base64 of JSON. `undefined`: it can't be read. */
function contentOf(value: string, isSigned: boolean): unknown {
  try {
    const text = isSigned ? value.slice(0, value.lastIndexOf('.')) : value;
    return JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}
