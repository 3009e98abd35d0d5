/**
 * better-sqlite3-session-store 0.1: a row of the table `sessions` with the JSON and its end. A record that has ended is
 * neither loaded nor touched.
 */
import { isNamed, isObject } from '../store-kind.ts';
import { endOf, JSON_OUTSIDE, type KnownStore, ONE_DAY_MS, timeOf } from './known-store.ts';

interface Client {
  prepare(sql: string): { get(key: string): { sess: unknown; expire: unknown } | undefined };
}

function clientOf(store: Record<string, unknown>): Client | undefined {
  const { client } = store;
  const isOne = isNamed(store as never, 'SqliteStore') && isObject(client) && typeof client['prepare'] === 'function';
  return isOne ? (client as unknown as Client) : undefined;
}

export const betterSqlite3SessionStore: KnownStore = {
  kind(store) {
    if (clientOf(store) === undefined) return undefined;
    return {
      ...JSON_OUTSIDE,
      clock: (moment, cookie) => (moment === 'load' ? {} : endOf(cookie, ONE_DAY_MS, 'a day, its default')),
    };
  },
  read(store) {
    const client = clientOf(store);
    if (client === undefined) return undefined;
    return async (key) => {
      const row = client.prepare('SELECT sess, expire FROM sessions WHERE sid = ?').get(key);
      if (row === undefined) return undefined;
      const end = timeOf(row.expire);
      const bytes = typeof row.sess === 'string' ? { bytes: Buffer.byteLength(row.sess) } : {};
      return { data: row.sess, ...bytes, ...(end === undefined ? {} : { expiresAt: end }) };
    };
  },
};
