/** Astro's sessions as the endpoint needs them: a UUID in a cookie, which names a record of a driver's. */
import { basename } from 'node:path';
import { decoded } from '../../core/sent-cookies.ts';
import type { LiveData } from '../../kit/known-values.ts';
import type { CookieReading, RecordReading, SentCookie, SessionLibrary } from '../../kit/library.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import type { SessionClass, SessionConfig } from './types.ts';

const DEFAULT_NAME = 'astro-session';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

export interface AstroLibrary extends SessionLibrary {
  readonly cookieName: string;
  /** Of this process's last request: it shares its driver with the sessions that are made of it. */
  sessionClass: SessionClass | undefined;
  /** The ID in a cookie's value; `undefined`: Astro takes it for none. */
  idIn(value: string): string | undefined;
}

export function astroLibrary(config: SessionConfig): AstroLibrary {
  const { driver = '', cookie } = config;
  const options = typeof cookie === 'object' ? cookie : {};
  const cookieName = (typeof cookie === 'object' ? cookie.name : cookie) || DEFAULT_NAME;
  // The driver's module, of which the name alone says something.
  const store = basename(driver).replace(/\.[cm]?[jt]s$/, '') || 'unknown';
  const idIn = (value: string): string | undefined => {
    const id = decoded(value);
    return UUID.test(id) ? id : undefined;
  };
  const library: AstroLibrary = {
    name: 'astro',
    cookieName,
    cookieNames: [cookieName],
    store,
    ...(store === 'memory' || store === 'lru-cache' ? { recordsIn: 'process' as const } : {}),
    secret: undefined,
    sessionClass: undefined,
    describeSettings: () => ({
      ...settingsAsCode({ ...config }, ['ttl']),
      ...settingsAsCode(options, ['maxAge', 'secure', 'sameSite', 'path', 'domain'], 'cookie.'),
    }),
    idIn,
    readCookie({ name, value }: SentCookie): CookieReading | undefined {
      if (name !== cookieName) return undefined;
      const key = idIn(value);
      return key === undefined ? { signature: 'malformed' } : { signature: 'unsigned', key };
    },
    readRecord: (id) => recordOf(library.sessionClass, config, id),
  };
  return library;
}

/** By a session of our own that is never written: Astro's drivers are in no other one's reach. */
async function recordOf(Session: SessionClass | undefined, config: SessionConfig, id: string): Promise<RecordReading> {
  if (Session === undefined) return { outcome: 'unreadable', text: 'No request has used the session yet.' };
  const cookies = { get: () => ({ value: id }), has: () => true, set: () => undefined, delete: () => undefined };
  const logger = { error: () => undefined, warn: () => undefined };
  const session = new Session({ cookies, config, runtimeMode: 'development', mockStorage: null, logger });
  const values = new Map(await session.entries());
  // Of what is not there it has taken a new ID.
  if (session.sessionID !== id) return { outcome: 'missing' };
  return { outcome: 'found', data: mapData(values) };
}

export const mapData = (values: ReadonlyMap<string, unknown>): LiveData => ({
  keys: () => values.keys(),
  has: (key) => values.has(key),
  get: (key) => values.get(key),
});
