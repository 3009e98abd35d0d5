/** @fastify/session as the endpoint needs it: its cookie, its settings with their defaults, a look into its store. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { unquoted } from '../../core/sent-cookies.ts';
import type { CookieReading, RecordReading, SessionLibrary } from '../../kit/library.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { settingsAsCode } from '../../kit/settings-as-code.ts';
import type { AnyStore } from '../../kit/stores/callbacks.ts';
import { cookieEnd } from '../../kit/stores/store-kind.ts';
import { storeKindOf } from '../../kit/stores/store-kinds.ts';
import { decodeRecord, pureReadOf, whyUnreadable } from '../../kit/stores/store-reading.ts';
import type { CookieLike, SessionOptions } from './types.ts';

/** The session's member that holds its cookie. */
export const COOKIE = 'cookie';

/** Members through which the app asks the library for something: each becomes one operation. */
export const CALLS: ReadonlySet<string> = new Set(['save', 'regenerate', 'destroy', 'reload', 'touch', 'options']);

/** `get` and `set` read and write the session as the app would: those are seen. */
const MEMBERS: ReadonlySet<string> = new Set([
  COOKIE,
  'sessionId',
  'encryptedSessionId',
  'get',
  'set',
  'isModified',
  'isSaved',
  ...CALLS,
]);

export const isData = (key: string): boolean => !MEMBERS.has(key);

export interface FastifySessionLibrary extends SessionLibrary {
  readonly cookieName: string;
  readonly rolling: boolean;
  readonly saveUninitialized: boolean;
  /** Of the cookie. */
  readonly path: string;
  /** The cookie as it was sent. */
  read(value: string): CookieReading;
}

export function fastifySessionLibrary(options: SessionOptions, store: AnyStore): FastifySessionLibrary {
  const { cookieName = 'sessionId', cookiePrefix = '', rolling = true, saveUninitialized = true } = options;
  const cookie = options.cookie ?? {};
  const { secure = true, path } = cookie;

  const read = (raw: string): CookieReading => {
    const value = decoded(unquoted(raw));
    if (!value.startsWith(cookiePrefix)) return { signature: 'malformed' };
    const key = unsigned(value.slice(cookiePrefix.length), options);
    return key === undefined ? { signature: 'invalid' } : { signature: 'valid', key };
  };
  return {
    name: '@fastify/session',
    cookieName: cookieName || 'sessionId',
    cookieNames: [cookieName || 'sessionId'],
    store: store.constructor.name === 'Store' ? 'MemoryStore' : store.constructor.name,
    recordsIn: storeKindOf(store).recordsIn,
    secret: firstSecret(options),
    rolling,
    saveUninitialized,
    path: path || '/',
    describeSettings: () => ({
      rolling: String(rolling),
      saveUninitialized: String(saveUninitialized),
      ...settingsAsCode(
        { ...cookie, secure },
        ['maxAge', 'secure', 'sameSite', 'httpOnly', 'path', 'domain', 'partitioned'],
        'cookie.',
      ),
      ...(options.store === undefined ? { store: 'the default MemoryStore' } : {}),
    }),
    read,
    readCookie: ({ name, value }) => (name === cookieName ? read(value) : undefined),
    readRecord: (key) => readRecord(store, key),
  };
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function firstSecret({ secret }: SessionOptions): string | undefined {
  const first: unknown = Array.isArray(secret) ? (secret as unknown[])[0] : secret;
  return typeof first === 'string' ? first : undefined;
}

/** The key in a signed cookie; `undefined`: none of the secrets has signed it. */
function unsigned(text: string, { secret, algorithm = 'sha256' }: SessionOptions): string | undefined {
  if (typeof secret === 'object' && 'unsign' in secret) {
    const { valid, value } = secret.unsign(text);
    return valid && value !== null ? value : undefined;
  }
  const dot = text.lastIndexOf('.');
  if (dot < 0) return undefined;
  const key = text.slice(0, dot);
  const given = Buffer.from(text.slice(dot + 1));
  const isSigned = [secret].flat().some((one) => {
    const made = Buffer.from(createHmac(algorithm, one).update(key).digest('base64').replace(/=+$/, ''));
    return made.length === given.length && timingSafeEqual(made, given);
  });
  return isSigned ? key : undefined;
}

async function readRecord(store: AnyStore, key: string): Promise<RecordReading> {
  const read = pureReadOf(store);
  if (read === undefined)
    return {
      outcome: 'unreadable',
      text: `No way is known to read ${store.constructor.name} without changing it. A store can offer one: peek(key), which gives { data, expiresAt }.`,
    };
  const record = await read(key);
  if (record === undefined) return { outcome: 'missing' };
  const data = decodeRecord(record);
  if (typeof data !== 'object' || data === null) return { outcome: 'unreadable', text: whyUnreadable(data) };
  const { cookie } = data as { cookie?: CookieLike };
  const own = cookie === undefined || cookie === null ? null : cookieEnd(cookie);
  return {
    outcome: own !== null && own <= Date.now() ? 'expired' : 'found',
    data: liveProperties(data, isData),
    bytes: record.bytes,
    expiresAt: record.expiresAt === undefined ? own : record.expiresAt,
  };
}
