/** hono-sessions as the endpoint needs it: the sealed cookie that is the record, or that names one of a store. */
import type { SentCookie } from '../../core/sent-cookies.ts';
import { openSeal } from '../../kit/iron-seal.ts';
import type { LiveData } from '../../kit/known-values.ts';
import type { CookieReading, RecordReading, SessionLibrary } from '../../kit/library.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import type { AnyStore } from '../../kit/stores/callbacks.ts';
import { pureReadOf } from '../../kit/stores/store-reading.ts';
import type { SessionCache, SessionsOptions } from './types.ts';

/** `cookie`: the cookie is the record. `id`: it names a record of the store's. */
export type StoreKind = 'cookie' | 'id';

export interface HonoSessionsLibrary extends SessionLibrary {
  readonly cookieName: string;
  readonly kind: StoreKind;
  readonly autoExtends: boolean;
  /** Of a cookie's value, as it is sent. `key`: what names the session, where it can be opened. */
  read(value: string): CookieReading;
}

const PREFIXES = { secure: '__Secure-', host: '__Host-' } as const;

export function honoSessionsLibrary(options: SessionsOptions, key: string | undefined): HonoSessionsLibrary {
  const { store, cookieOptions = {}, sessionCookieName = '', autoExtendExpiration: autoExtends = true } = options;
  const name = sessionCookieName || 'session';
  const cookieName = cookieOptions.prefix === undefined ? name : PREFIXES[cookieOptions.prefix] + name;
  const kind: StoreKind = isCookieStore(store) ? 'cookie' : 'id';

  const contentOf = (value: string): unknown => {
    const seal = openSeal(value, { default: key ?? '' }, Date.now());
    return seal.outcome === 'open' ? seal.content : undefined;
  };
  const read = (sent: string): CookieReading => {
    const value = decoded(sent);
    if (kind === 'id' && key === undefined) return { signature: 'unsigned', key: value };
    const seal = openSeal(value, { default: key ?? '' }, Date.now());
    if (seal.outcome === 'malformed') return { signature: 'malformed' };
    if (seal.outcome !== 'open') return { signature: 'invalid' };
    // What a logout leaves with the browser: a seal of nothing.
    if (seal.content === '' || (kind === 'cookie' && cacheIn(seal.content) === undefined))
      return { signature: 'valid' };
    return { signature: 'valid', key: kind === 'cookie' ? value : String(seal.content) };
  };
  return {
    name: 'hono-sessions',
    cookieName,
    cookieNames: [cookieName],
    store: store.constructor.name,
    ...(kind === 'cookie'
      ? { recordsIn: 'cookie' as const }
      : recordsOf(store) === undefined
        ? {}
        : { recordsIn: 'process' as const }),
    secret: key,
    kind,
    autoExtends,
    describeSettings: () => ({
      ...settingsAsCode({ ...options, autoExtendExpiration: autoExtends }, [
        'expireAfterSeconds',
        'autoExtendExpiration',
      ]),
      ...settingsAsCode(
        cookieOptions,
        ['maxAge', 'secure', 'httpOnly', 'sameSite', 'path', 'domain', 'prefix', 'partitioned'],
        'cookieOptions.',
      ),
    }),
    read,
    readCookie: ({ name: sent, value }: SentCookie) => (sent === cookieName ? read(value) : undefined),
    async readRecord(id) {
      if (kind === 'cookie') return recordOf(cacheIn(contentOf(id)), id.length);
      const records = recordsOf(store);
      if (records !== undefined) return recordOf(records.get(id), undefined);
      const pureRead = pureReadOf(store);
      if (pureRead === undefined)
        return {
          outcome: 'unreadable',
          text: `No way is known to read ${store.constructor.name} without changing it. A store can offer one: peek(key), which gives { data }.`,
        };
      const raw = await pureRead(id);
      return recordOf(raw === undefined ? undefined : cacheIn(raw.data), raw?.bytes);
    },
  };
}

export const isCookieStore = (store: AnyStore): boolean => typeof store['getSession'] === 'function';

/** The library's own MemoryStore. */
function recordsOf(store: AnyStore): ReadonlyMap<string, SessionCache> | undefined {
  const { data } = store;
  return store.constructor.name === 'MemoryStore' && data instanceof Map
    ? (data as Map<string, SessionCache>)
    : undefined;
}

function recordOf(cache: SessionCache | undefined, bytes: number | undefined): RecordReading {
  if (cache === undefined) return { outcome: 'missing' };
  const expiresAt = endOf(cache);
  return {
    outcome: expiresAt !== null && expiresAt <= Date.now() ? 'expired' : 'found',
    data: dataOf(() => cache),
    bytes,
    expiresAt,
  };
}

/** A record as a store gives it: an object, or the text that was sealed. */
function cacheIn(content: unknown): SessionCache | undefined {
  try {
    const cache: unknown = typeof content === 'string' ? JSON.parse(content) : content;
    const data = (cache as Partial<SessionCache> | null | undefined)?.['_data'];
    return typeof data === 'object' && data !== null ? (cache as SessionCache) : undefined;
  } catch {
    return undefined;
  }
}

/** Epoch ms; `null`: it has no end. */
export const endOf = ({ _expire: end }: SessionCache): number | null => (end == null ? null : Date.parse(end));

/** The values under their keys; one that was flashed, too, and not consumed. */
export const dataOf = (cache: () => SessionCache): LiveData => ({
  keys: () => Object.keys(cache()['_data']),
  has: (key) => Object.hasOwn(cache()['_data'], key),
  get: (key) => cache()['_data'][key]?.value,
});

export function decoded(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
