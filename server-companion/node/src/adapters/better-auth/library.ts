/** better-auth's sessions as the endpoint needs them: a signed cookie with a token, which names a row of a database. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { decoded } from '../../core/sent-cookies.ts';
import type { LiveData } from '../../kit/known-values.ts';
import type { CookieReading, RecordReading, SentCookie, SessionLibrary } from '../../kit/library.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import type { AuthContext, InternalAdapter, SessionRow, SessionWithUser } from './types.ts';

export interface BetterAuthLibrary extends SessionLibrary {
  readonly cookieName: string;
  /** Of a cookie's value, as it is sent. */
  read(value: string): CookieReading;
}

/** `findSession`: of the adapter itself, which nobody observes. */
export function betterAuthLibrary(
  { options, authCookies, secret, adapter, secondaryStorage }: AuthContext,
  findSession: InternalAdapter['findSession'],
): BetterAuthLibrary {
  const { name: cookieName, attributes } = authCookies.sessionToken;
  const { cookieCache, ...session } = options.session ?? {};
  const read = (value: string): CookieReading => {
    const text = decoded(value);
    const at = text.lastIndexOf('.');
    if (at < 1) return { signature: 'malformed' };
    const key = text.slice(0, at);
    const made = createHmac('sha256', secret).update(key).digest();
    const given = Buffer.from(text.slice(at + 1), 'base64');
    return made.length === given.length && timingSafeEqual(made, given)
      ? { signature: 'valid', key }
      : { signature: 'invalid' };
  };
  return {
    name: 'better-auth',
    cookieName,
    cookieNames: [cookieName],
    store: secondaryStorage === undefined ? adapter.id : 'secondaryStorage',
    recordsIn: adapter.id === 'memory' && secondaryStorage === undefined ? 'process' : 'outside',
    secret,
    describeSettings: () => ({
      ...settingsAsCode({ ...session }, ['expiresIn', 'updateAge'], 'session.'),
      ...settingsAsCode({ ...cookieCache }, ['enabled', 'maxAge'], 'session.cookieCache.'),
      ...settingsAsCode(attributes, ['maxAge', 'secure', 'sameSite', 'path', 'domain'], 'cookie.'),
    }),
    read,
    readCookie: ({ name, value }: SentCookie) => (name === cookieName ? read(value) : undefined),
    async readRecord(token): Promise<RecordReading> {
      const found = await findSession(token);
      if (found === null) return { outcome: 'missing' };
      const expiresAt = endOf(found.session);
      return { outcome: expiresAt <= Date.now() ? 'expired' : 'found', data: dataOf(() => found), expiresAt };
    },
  };
}

/** Epoch ms. */
export const endOf = ({ expiresAt }: SessionRow): number => new Date(expiresAt).getTime();

/** The session's row, its token left out, and the user under `user`. */
export function dataOf(held: () => Partial<SessionWithUser> | undefined): LiveData {
  const get = (key: string): unknown => {
    const { session, user } = held() ?? {};
    if (key === 'user') return user;
    return session !== undefined && key !== 'token' && Object.hasOwn(session, key) ? session[key] : undefined;
  };
  return {
    keys: () => {
      const { session, user } = held() ?? {};
      return [
        ...Object.keys(session ?? {}).filter((key) => key !== 'token' && key !== 'user'),
        ...(user === undefined ? [] : ['user']),
      ];
    },
    has: (key) => get(key) !== undefined,
    get,
  };
}
