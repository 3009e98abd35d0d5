/** Looks into a store without changing anything: no touch, no deletion of what has expired, no refilled cache. */
import type { AnyStore } from './callbacks.ts';
import { KNOWN_STORES } from './known/index.ts';
import type { PureRead, RawRecord } from './raw-record.ts';
import { isObject } from './store-kind.ts';

/** Stores known by what they are made of; each gives its pure read where a store is of its kind. */
const KINDS: readonly ((store: AnyStore) => PureRead | undefined)[] = [
  memoryStore,
  redisStore,
  postgresStore,
  ...KNOWN_STORES.map(({ read }) => read),
  peekingStore,
  mapStore,
];

/** The pure read of a store, or `undefined` where none is known. */
export function pureReadOf(store: AnyStore): PureRead | undefined {
  for (const kind of KINDS) {
    const read = kind(store);
    if (read !== undefined) return read;
  }
  return undefined;
}

/** express-session's MemoryStore keeps JSON in `sessions`; its `get` deletes what has expired. */
function memoryStore(store: AnyStore): PureRead | undefined {
  const { sessions } = store;
  if (store.constructor?.name !== 'MemoryStore' || !isObject(sessions)) return undefined;
  return (key) => {
    const data = Object.hasOwn(sessions, key) ? sessions[key] : undefined;
    return Promise.resolve(typeof data === 'string' ? { data, bytes: Buffer.byteLength(data) } : undefined);
  };
}

/**
 * connect-redis, 3 to 9: `client` is ioredis, or node-redis with promises or, before its version 4, with callbacks. GET
 * and PTTL change nothing. A record is decoded as the store itself would, by a serializer of the app's where it has one.
 */
function redisStore(store: AnyStore): PureRead | undefined {
  const { client, prefix } = store as { client?: Record<string, unknown>; prefix?: unknown };
  if (!isObject(client) || typeof prefix !== 'string' || typeof client['get'] !== 'function') return undefined;
  const { serializer } = store as { serializer?: { parse?: (text: string) => unknown } };
  const decode = (text: string): unknown => (serializer?.parse ?? JSON.parse).call(serializer, text);
  const pttl = client['pTTL'] ?? client['pttl'];
  return async (key) => {
    const name = prefix + key;
    const data = await ask(client, client['get'] as ClientMethod, name);
    if (typeof data !== 'string') return undefined;
    const record: RawRecord = { data, decode, bytes: Buffer.byteLength(data) };
    if (typeof pttl !== 'function') return record;
    const ttl = await ask(client, pttl as ClientMethod, name);
    return typeof ttl === 'number' ? { ...record, expiresAt: ttl < 0 ? null : Date.now() + ttl } : record;
  };
}

type ClientMethod = (...args: unknown[]) => unknown;

/** Asks a client that answers with a promise, or, where it gives none, one that calls back. */
function ask(client: object, method: ClientMethod, name: string): Promise<unknown> {
  const given = method.call(client, name);
  if (given !== null && typeof given === 'object' && typeof (given as PromiseLike<unknown>).then === 'function')
    return Promise.resolve(given);
  return new Promise((resolve, reject) => {
    method.call(client, name, (error: unknown, value: unknown) => (error ? reject(error as Error) : resolve(value)));
  });
}

/**
 * The session in a record; a text, why there is none to see: in words of our own, since what a parser says quotes what
 * it read.
 */
export function decodeRecord({ data, decode = JSON.parse }: RawRecord): unknown {
  if (typeof data !== 'string') return typeof data === 'object' && data !== null ? data : 'it holds no object';
  try {
    const decoded: unknown = decode(data);
    return typeof decoded === 'object' && decoded !== null ? decoded : 'it holds no object';
  } catch (error) {
    return `the store's serializer failed on it (${error instanceof Error ? error.name : typeof error})`;
  }
}

/** The sentence for what `decodeRecord` gave in place of a session. */
export const whyUnreadable = (why: unknown): string => `There is a record, and it can't be decoded: ${String(why)}.`;

interface PgRow {
  sess: unknown;
  expire: Date;
  bytes: number;
}

type PgQuery = (
  text: string,
  values: unknown[],
  callback: (error: unknown, row?: PgRow) => void,
  noTableCreation: true,
) => void;

/** connect-pg-simple: a SELECT through its own `query`, asked not to make the table where there is none. */
function postgresStore(store: AnyStore): PureRead | undefined {
  const { query, quotedTable } = store as { query?: PgQuery; quotedTable?: () => string };
  if (typeof query !== 'function' || typeof quotedTable !== 'function') return undefined;
  return (key) =>
    new Promise((resolve, reject) => {
      const text = `SELECT sess, expire, octet_length(sess::text) AS bytes FROM ${quotedTable.call(store)} WHERE sid = $1`;
      const answer = (error: unknown, row?: PgRow) =>
        error
          ? reject(error as Error)
          : resolve(row && { data: row.sess, expiresAt: row.expire.getTime(), bytes: row.bytes });
      query.call(store, text, [key], answer, true);
    });
}

/** Any store that offers `peek(key)`: the record as it lies there, without changing anything, as `{ data, expiresAt }`. */
function peekingStore(store: AnyStore): PureRead | undefined {
  const { peek } = store;
  if (typeof peek !== 'function') return undefined;
  return async (key) => {
    const record: unknown = await peek.call(store, key);
    return isObject(record) && 'data' in record ? (record as unknown as RawRecord) : undefined;
  };
}

/** A store of this process that keeps what it was given in a `Map`: the session itself, not a copy of it. */
function mapStore(store: AnyStore): PureRead | undefined {
  const map = store['store'];
  if (!(map instanceof Map)) return undefined;
  return (key) => {
    const data: unknown = map.get(key);
    return Promise.resolve(data === undefined || data === null ? undefined : { data });
  };
}
