/** Looks into a store without a trace: no touch, no deletion of what has expired, no refilled cache. */
import type { StoreLike } from './types.ts';

/** A record as it lies in the store. */
export interface RawRecord {
  /** The session as JSON or as an object. */
  data: unknown;
  /** Epoch ms at which the store drops it; `null`: never by itself; absent: not known. */
  expiresAt?: number | null;
  bytes?: number;
}

/** `undefined`: there is no record. */
export type PureRead = (key: string) => Promise<RawRecord | undefined>;

/** Stores known by what they are made of; each gives its pure read where a store is of its kind. */
const KINDS: readonly ((store: StoreLike) => PureRead | undefined)[] = [
  memoryStore,
  redisStore,
  postgresStore,
  peekingStore,
];

/** The pure read of a store, or `undefined` where none is known. */
export function pureReadOf(store: StoreLike): PureRead | undefined {
  for (const kind of KINDS) {
    const read = kind(store);
    if (read !== undefined) return read;
  }
  return undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** express-session's MemoryStore keeps JSON in `sessions`; its `get` deletes what has expired. */
function memoryStore(store: StoreLike): PureRead | undefined {
  const { sessions } = store;
  if (store.constructor?.name !== 'MemoryStore' || !isObject(sessions)) return undefined;
  return (key) => {
    const data = Object.hasOwn(sessions, key) ? sessions[key] : undefined;
    return Promise.resolve(typeof data === 'string' ? { data, bytes: Buffer.byteLength(data) } : undefined);
  };
}

/** connect-redis 7 and later: `client` is node-redis or ioredis behind one surface. GET and PTTL change nothing. */
function redisStore(store: StoreLike): PureRead | undefined {
  const { client, prefix } = store as { client?: Record<string, unknown>; prefix?: unknown };
  if (!isObject(client) || typeof prefix !== 'string' || typeof client['get'] !== 'function') return undefined;
  const get = client['get'] as (key: string) => Promise<unknown>;
  const pttl = (client['pTTL'] ?? client['pttl']) as ((key: string) => Promise<number>) | undefined;
  return async (key) => {
    const name = prefix + key;
    const data = await get.call(client, name);
    if (typeof data !== 'string') return undefined;
    const record: RawRecord = { data, bytes: Buffer.byteLength(data) };
    if (typeof pttl !== 'function') return record;
    const ttl = await pttl.call(client, name);
    return { ...record, expiresAt: ttl < 0 ? null : Date.now() + ttl };
  };
}

type PgQuery = (
  text: string,
  values: unknown[],
  callback: (error: unknown, row?: { sess: unknown; expire: Date }) => void,
  noTableCreation: true,
) => void;

/** connect-pg-simple: a SELECT through its own `query`, told not to make the table where there is none. */
function postgresStore(store: StoreLike): PureRead | undefined {
  const { query, quotedTable } = store as { query?: PgQuery; quotedTable?: () => string };
  if (typeof query !== 'function' || typeof quotedTable !== 'function') return undefined;
  return (key) =>
    new Promise((resolve, reject) => {
      const text = `SELECT sess, expire FROM ${quotedTable.call(store)} WHERE sid = $1`;
      const answer = (error: unknown, row?: { sess: unknown; expire: Date }) =>
        error ? reject(error as Error) : resolve(row && { data: row.sess, expiresAt: row.expire.getTime() });
      query.call(store, text, [key], answer, true);
    });
}

/** Any store that offers `peek(key)`: the record as it lies there, without a trace, as `{ data, expiresAt }`. */
function peekingStore(store: StoreLike): PureRead | undefined {
  const { peek } = store;
  if (typeof peek !== 'function') return undefined;
  return async (key) => {
    const record: unknown = await peek.call(store, key);
    return isObject(record) && 'data' in record ? (record as unknown as RawRecord) : undefined;
  };
}
