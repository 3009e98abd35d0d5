/**
 * connect-session-sequelize 7: a row with the JSON and its end. Its `get` does not look at the end: a record that has
 * ended loads until the cleaning comes, each 15 minutes by default.
 */
import { isNamed, isObject } from '../store-kind.ts';
import { endOf, JSON_OUTSIDE, type KnownStore, timeOf } from './known-store.ts';

interface Model {
  findOne(query: object): PromiseLike<{ data: unknown; expires: unknown } | null>;
}

function optionsOf(store: Record<string, unknown>): Record<string, unknown> | undefined {
  const { options, sessionModel } = store;
  const isOne = isNamed(store as never, 'SequelizeStore') && isObject(options);
  return isOne && typeof (sessionModel as Partial<Model> | undefined)?.findOne === 'function' ? options : undefined;
}

export const connectSessionSequelize: KnownStore = {
  kind(store) {
    const options = optionsOf(store);
    if (options === undefined) return undefined;
    const touchDisabled = options['disableTouch'] ? 'disableTouch: true' : undefined;
    return {
      ...JSON_OUTSIDE,
      touchDisabled,
      clock(moment, cookie) {
        if (moment === 'load' || (moment === 'touch' && touchDisabled !== undefined)) return {};
        return endOf(cookie, Number(options['expiration']), 'expiration option');
      },
    };
  },
  /** Without the app's hooks, and nothing in its log. */
  read(store) {
    if (optionsOf(store) === undefined) return undefined;
    const model = store['sessionModel'] as unknown as Model;
    return async (sid) => {
      const row = await model.findOne({ where: { sid }, raw: true, hooks: false, logging: false });
      if (row === null) return undefined;
      const end = timeOf(row.expires);
      const bytes = typeof row.data === 'string' ? { bytes: Buffer.byteLength(row.data) } : {};
      return { data: row.data, ...bytes, ...(end === undefined ? {} : { expiresAt: end }) };
    };
  },
};
