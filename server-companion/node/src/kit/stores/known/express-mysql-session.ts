/** express-mysql-session 3: a row with the JSON and its end in whole seconds. */
import { isNamed, isObject } from '../store-kind.ts';
import { endOf, JSON_OUTSIDE, type KnownStore } from './known-store.ts';

interface Options {
  /** ms. */
  expiration: number;
  disableTouch: boolean;
  schema: { tableName: string; columnNames: { session_id: string; expires: string; data: string } };
}

function optionsOf(store: Record<string, unknown>): Options | undefined {
  const { options } = store;
  const isOne = isNamed(store as never, 'MySQLStore') && isObject(options) && isObject(options['schema']);
  return isOne ? (options as unknown as Options) : undefined;
}

export const expressMysqlSession: KnownStore = {
  kind(store) {
    const options = optionsOf(store);
    if (options === undefined) return undefined;
    const touchDisabled = options.disableTouch ? 'disableTouch: true' : undefined;
    return {
      ...JSON_OUTSIDE,
      touchDisabled,
      clock(moment, cookie) {
        if (moment === 'load' || (moment === 'touch' && touchDisabled !== undefined)) return {};
        const clock = endOf(cookie, options.expiration, 'expiration option');
        return typeof clock.storeAt === 'number'
          ? { ...clock, storeAt: Math.round(clock.storeAt / 1000) * 1000 }
          : clock;
      },
    };
  },
  read(store) {
    const options = optionsOf(store);
    const { query } = store as { query?: (sql: string, values: unknown[]) => Promise<[rows: unknown]> };
    if (options === undefined || typeof query !== 'function') return undefined;
    const { tableName, columnNames } = options.schema;
    return async (key) => {
      const [rows] = await query.call(store, 'SELECT ?? AS data, ?? AS expires FROM ?? WHERE ?? = ?', [
        columnNames.data,
        columnNames.expires,
        tableName,
        columnNames.session_id,
        key,
      ]);
      const [row] = rows as { data: unknown; expires: unknown }[];
      if (row === undefined) return undefined;
      const bytes = typeof row.data === 'string' ? { bytes: Buffer.byteLength(row.data) } : {};
      return { data: row.data, expiresAt: Number(row.expires) * 1000, ...bytes };
    };
  },
};
