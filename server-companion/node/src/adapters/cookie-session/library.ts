/** cookie-session as the endpoint needs it: the cookie is the record, base64 of JSON, and a second cookie signs it. */
import { signingKeyAt, type SigningKeys } from '../../kit/keygrip.ts';
import type { CookieReading, SentCookie, SessionLibrary } from '../../kit/library.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import type { CookieSessionOptions } from './types.ts';

/** The library's own members of a session. */
const MEMBERS: ReadonlySet<string> = new Set(['_ctx', 'isChanged', 'isNew', 'isPopulated']);

export const isData = (key: string): boolean => !MEMBERS.has(key);

const SHOWN = ['maxAge', 'signed', 'secure', 'httpOnly', 'sameSite', 'path', 'domain', 'overwrite'];

export interface CookieSessionLibrary extends SessionLibrary {
  readonly cookieName: string;
  /** As `readCookie`, from all the cookies of a request. `undefined`: it carried none of that name. */
  readSent(cookies: readonly SentCookie[]): (CookieReading & { keyAt?: number }) | undefined;
}

export function cookieSessionLibrary(options: CookieSessionOptions = {}): CookieSessionLibrary {
  const { secret, signed = true } = options;
  const cookieName = options.name || 'session';
  const keys: SigningKeys = options.keys ?? (secret ? [secret] : []);
  const [first] = Array.isArray(keys) ? (keys as string[]) : [];
  const signatureName = `${cookieName}.sig`;

  function read(raw: string, all: readonly SentCookie[]): CookieReading & { keyAt?: number } {
    const value = raw.startsWith('"') ? raw.slice(1, -1) : raw;
    if (!signed) return isReadable(value) ? { signature: 'unsigned', key: value } : { signature: 'malformed' };
    const signature = all.find(({ name }) => name === signatureName)?.value;
    const keyAt = signature === undefined ? -1 : signingKeyAt(`${cookieName}=${value}`, signature, keys);
    if (keyAt < 0) return { signature: 'invalid' };
    return isReadable(value) ? { signature: 'valid', key: value, keyAt } : { signature: 'malformed' };
  }

  return {
    name: 'cookie-session',
    cookieName,
    cookieNames: signed ? [cookieName, signatureName] : [cookieName],
    store: 'cookie',
    recordsIn: 'cookie',
    secret: signed ? first : undefined,
    describeSettings: () => settingsAsCode(options, SHOWN),
    readCookie: ({ name, value }, all) => {
      if (name !== cookieName) return undefined;
      const { signature, key } = read(value, all);
      return key === undefined ? { signature } : { signature, key };
    },
    readSent: (cookies) => {
      const sent = cookies.find(({ name }) => name === cookieName);
      return sent === undefined ? undefined : read(sent.value, cookies);
    },
    readRecord: (key) => {
      const data = decode(key);
      return Promise.resolve(
        data === undefined
          ? { outcome: 'missing' }
          : { outcome: 'found', data: liveProperties(data, isData), bytes: key.length },
      );
    },
  };
}

const isReadable = (value: string): boolean => decode(value) !== undefined;

/** `undefined`: the library makes a new session in its place. */
function decode(value: string): object | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(value, 'base64').toString('utf8'));
    // What is not an object has no keys that could be copied into a session.
    return typeof data === 'object' && data !== null ? data : {};
  } catch {
    return undefined;
  }
}
