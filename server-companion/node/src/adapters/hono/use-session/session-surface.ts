/** A session of @hono/session as the app gets it: its methods, each recorded as it is called, and its data. */
import { guard } from '../../../kit/scope.ts';
import { observeBag } from '../../../kit/surfaces/property-bag.ts';
import type { Exchange } from './exchange.ts';
import type { Data, Refresh, Session, Update } from './types.ts';

/** The library's own data, by what the app has got in their place. */
const plainData = new WeakMap<Data, Data>();

const isObject = (value: unknown): value is Data => typeof value === 'object' && value !== null;

/** What the library keeps of data that the app gives: never a proxy of ours. */
const plain = <Value>(value: Value): Value => ((isObject(value) && plainData.get(value)) || value) as Value;

export function observeSession(raw: Session, exchange: Exchange): Session {
  const { observed } = exchange;
  const source = (below: (...args: never[]) => unknown) => observed.companion.sources.take(below);
  const sourced = (where: string, below: (...args: never[]) => unknown) =>
    guard(observed, `session ${where}`, () => source(below));

  // A storage may give several requests one object.
  const observedData = new WeakMap<Data, Data>();
  const exposed = (data: Data): Data => {
    const { session } = exchange;
    if (session === undefined) return data;
    let bag = observedData.get(data);
    if (bag === undefined) {
      bag = observeBag<Data>(data, observed, session, { isData: () => true, plain });
      observedData.set(data, bag);
      plainData.set(bag, data);
    }
    return bag;
  };

  const methods: Pick<Session, 'delete' | 'get' | 'update'> = {
    delete() {
      exchange.ends(() => raw.delete(), sourced('delete', methods.delete));
    },
    get(refresh) {
      const from = sourced('get', methods.get);
      let isRefreshed = false;
      const seen: Refresh | undefined =
        typeof refresh !== 'function'
          ? refresh
          : async (expired) => {
              const data = plain(await refresh(expired));
              isRefreshed = Boolean(data);
              return data;
            };
      return raw.get(seen).then(
        (data) => {
          if (from !== undefined) guard(observed, 'session get', () => exchange.loaded(raw, data, from, isRefreshed));
          return isObject(data) ? (guard(observed, 'session get', () => exposed(data)) ?? data) : data;
        },
        (error: unknown) => {
          if (from !== undefined) guard(observed, 'session get', () => exchange.failed('get', from, error));
          throw error;
        },
      );
    },
    update(data) {
      const from = sourced('update', methods.update);
      const isFunction = typeof data === 'function';
      const given: Update = isFunction ? (previous) => plain(data(previous)) : plain(data);
      guard(observed, 'session update', () => exchange.session?.checkpoint());
      return raw.update(given).then(
        (nothing) => {
          if (from !== undefined) guard(observed, 'session update', () => exchange.updated(raw, isFunction, from));
          return nothing;
        },
        (error: unknown) => {
          if (from !== undefined) guard(observed, 'session update', () => exchange.failed('update', from, error));
          throw error;
        },
      );
    },
  };

  const given: Session = new Proxy(raw, {
    get(target, key, receiver) {
      if (receiver === given && typeof key === 'string' && Object.hasOwn(methods, key))
        return methods[key as keyof typeof methods];
      const value: unknown = Reflect.get(target, key, target);
      return key === 'data' && isObject(value)
        ? (guard(observed, 'session data', () => exposed(value)) ?? value)
        : value;
    },
  });
  return given;
}
