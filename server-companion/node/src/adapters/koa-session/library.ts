/** koa-session as the endpoint needs it: its cookie, its settings, a look at the cookie or into the store. */
import { liveProperties } from '../../kit/live-properties.ts';
import { signingKeyAt, type SigningKeys } from '../../kit/keygrip.ts';
import type { CookieReading, RecordReading, SentCookie, SessionLibrary } from '../../kit/library.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import { decodeRecord, pureReadOf, whyUnreadable } from '../../kit/stores/store-reading.ts';
import type { AppLike, SessionOptions, StoreLike } from './types.ts';

/** The library's own members of a session: those on its prototype, and what versions 6 and 7 put on it. */
const MEMBERS: ReadonlySet<string> = new Set([
  'isNew',
  '_requireSave',
  '_expire',
  '_ctx',
  '_sessCtx',
  '_externalKey',
  'maxAge',
  'externalKey',
  'length',
  'populated',
  'save',
  'regenerate',
  'manuallyCommit',
  'commit',
  'toJSON',
  'inspect',
]);

/** Members through which the app asks the library for something; `toJSON` lists and hands out every value. */
export const CALLS: ReadonlySet<string> = new Set(['save', 'regenerate', 'manuallyCommit', 'commit', 'toJSON']);

export const isData = (key: string): boolean => !MEMBERS.has(key);

/** koa-session leaves out of each save what begins with `_`. */
export const isPrivate = (key: string): boolean => key.startsWith('_');

/** Whether a key of a session is in its record. */
export const isSaved = (key: string): boolean => isData(key) && !isPrivate(key);

/** What a session lasts where no `maxAge` says it. */
export const ONE_DAY = 24 * 60 * 60 * 1000;

const SHOWN = [
  'maxAge',
  'autoCommit',
  'rolling',
  'renew',
  'signed',
  'secure',
  'httpOnly',
  'sameSite',
  'overwrite',
  'path',
  'domain',
  'prefix',
];

export interface KoaSessionLibrary extends SessionLibrary {
  readonly cookieName: string;
  /** There is a store; without one the cookie is the record. */
  readonly isStored: boolean;
  /** The cookie names the session: no `externalKey` of the app's. */
  readonly isByCookie: boolean;
  /** The record is base64 of JSON: no `encode` or `decode` of the app's. */
  readonly isJson: boolean;
  readonly autoCommit: boolean;
  /** From all the cookies of a request. `undefined`: it carried none of that name. */
  readSent(cookies: readonly SentCookie[]): CookieReading | undefined;
}

export function koaSessionLibrary(app: AppLike, options: SessionOptions, isJson: boolean): KoaSessionLibrary {
  const { key: cookieName = 'koa.sess', signed = true, store, ContextStore, autoCommit = true } = options;
  const isStored = store !== undefined || ContextStore !== undefined;
  const signatureName = `${cookieName}.sig`;

  function read(raw: string, all: readonly SentCookie[]): CookieReading {
    const value = raw.startsWith('"') ? raw.slice(1, -1) : raw;
    // A key is any text; a cookie that the app decodes is not decoded for it.
    const isReadable = isStored || !isJson || decoded(value) !== undefined;
    const signature = all.find(({ name }) => name === signatureName)?.value;
    if (signed && (signature === undefined || signingKeyAt(`${cookieName}=${value}`, signature, keysOf(app)) < 0))
      return { signature: 'invalid' };
    return isReadable ? { signature: signed ? 'valid' : 'unsigned', key: value } : { signature: 'malformed' };
  }

  return {
    name: 'koa-session',
    cookieName,
    cookieNames: signed ? [cookieName, signatureName] : [cookieName],
    store: isStored ? storeName(store, ContextStore) : 'cookie',
    ...(isStored ? {} : { recordsIn: 'cookie' }),
    secret: signed ? firstKey(app) : undefined,
    isStored,
    isByCookie: options.externalKey === undefined,
    isJson,
    autoCommit,
    describeSettings: () => settingsAsCode(options, SHOWN),
    readCookie: ({ name, value }, all) => (name === cookieName ? read(value, all) : undefined),
    readSent: (cookies) => {
      const sent = cookies.find(({ name }) => name === cookieName);
      return sent === undefined ? undefined : read(sent.value, cookies);
    },
    readRecord: (key) =>
      isStored ? readStore(store, key) : Promise.resolve(readValue(key, isJson ? undefined : options.decode)),
  };
}

const keysOf = ({ keys = [] }: AppLike): SigningKeys => keys;

function firstKey({ keys }: AppLike): string | undefined {
  const [first] = Array.isArray(keys) ? (keys as string[]) : [];
  return first;
}

function storeName(store: StoreLike | undefined, ContextStore: unknown): string {
  const { name } = (store?.constructor ?? ContextStore) as { name?: string };
  return name === undefined || name === 'Object' ? "the app's store" : name;
}

/** `undefined`: the library makes a new session in its place. */
function decoded(value: string): object | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(value, 'base64').toString('utf8'));
    return typeof data === 'object' && data !== null ? data : undefined;
  } catch {
    return undefined;
  }
}

/** The cookie as the record that it is; `decode`: the app's own. */
function readValue(value: string, decode: unknown): RecordReading {
  const data = typeof decode === 'function' ? decodeRecord({ data: value, decode: decode as never }) : decoded(value);
  if (data === undefined) return { outcome: 'missing' };
  return typeof data === 'object' && data !== null
    ? recordOf(data, value.length, undefined)
    : { outcome: 'unreadable', text: whyUnreadable(data) };
}

async function readStore(store: StoreLike | undefined, key: string): Promise<RecordReading> {
  const read = store === undefined ? undefined : pureReadOf(store);
  if (read === undefined)
    return {
      outcome: 'unreadable',
      text: `No way is known to read ${storeName(store, undefined)} without changing it. A store can offer one: peek(key), which gives { data, expiresAt }.`,
    };
  const record = await read(key);
  if (record === undefined) return { outcome: 'missing' };
  const data = decodeRecord(record);
  if (typeof data !== 'object' || data === null) return { outcome: 'unreadable', text: whyUnreadable(data) };
  return recordOf(data, record.bytes, record.expiresAt);
}

/** `storeAt`: when the store drops it, where that is known. */
function recordOf(data: object, bytes: number | undefined, storeAt: number | null | undefined): RecordReading {
  const { _expire } = data as { _expire?: unknown };
  const isOver = typeof _expire === 'number' && _expire < Date.now();
  return {
    outcome: isOver ? 'expired' : 'found',
    data: liveProperties(data, isSaved),
    bytes,
    expiresAt: typeof _expire === 'number' ? _expire : (storeAt ?? null),
  };
}
