/**
 * connect-session-knex 5: a row with the JSON and its end. Without an end in the cookie a save keeps it for a day, and a
 * touch does nothing. A record that has ended is not touched either.
 */
import { isNamed, isObject } from '../store-kind.ts';
import { endOf, JSON_OUTSIDE, type KnownStore, ONE_DAY_MS, timeOf } from './known-store.ts';

interface Row {
  sess: unknown;
  expired: unknown;
}
type Knex = ((table: string) => {
  select(...columns: string[]): { where(values: Record<string, unknown>): PromiseLike<Row[]> };
}) & { client?: { dialect?: unknown } };

interface Options {
  knex: Knex;
  tableName: string;
  sidFieldName: string;
}

function optionsOf(store: Record<string, unknown>): Options | undefined {
  const { options } = store;
  const isOne = isNamed(store as never, 'ConnectSessionKnexStore') && isObject(options);
  return isOne && typeof options['knex'] === 'function' ? (options as unknown as Options) : undefined;
}

/** These keep whole seconds, without a time zone: what a driver makes of it is another time elsewhere. */
const keepsSeconds = ({ knex }: Options) => /^(?:mysql|maria|mssql)/.test(String(knex.client?.dialect));

export const connectSessionKnex: KnownStore = {
  kind(store) {
    const options = optionsOf(store);
    if (options === undefined) return undefined;
    return {
      ...JSON_OUTSIDE,
      clock(moment, cookie) {
        if (moment === 'load') return {};
        const clock = endOf(cookie, ONE_DAY_MS, 'a day, its default');
        if (moment === 'touch' && clock.storeFrom !== 'cookie.expires') return {};
        return typeof clock.storeAt === 'number' && keepsSeconds(options)
          ? { ...clock, storeAt: Math.floor(clock.storeAt / 1000) * 1000 }
          : clock;
      },
    };
  },
  read(store) {
    const options = optionsOf(store);
    if (options === undefined) return undefined;
    const { knex, tableName, sidFieldName } = options;
    return async (key) => {
      const [row] = await knex(tableName)
        .select('sess', 'expired')
        .where({ [sidFieldName]: key });
      if (row === undefined) return undefined;
      const end = keepsSeconds(options) ? undefined : timeOf(row.expired);
      return { data: row.sess, ...(end === undefined ? {} : { expiresAt: end }) };
    };
  },
};
