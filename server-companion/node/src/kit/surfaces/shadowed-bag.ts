/**
 * As `property-bag`, for a session that has members which can be neither changed nor configured (iron-session's `save`):
 * a proxy of such an object must give them as they are. So the app gets a proxy of an empty object, whose traps all
 * lead to the session.
 */
import type { ObservedSession } from '../observed-session.ts';
import type { ExchangeScope } from '../scope.ts';
import { type BagOptions, BagTraps } from './property-bag.ts';

/** The session as the app gets it, in the place of `raw`. Its members' descriptors read as configurable. */
export function observeShadowedBag<Bag extends object>(
  raw: Bag,
  scope: ExchangeScope,
  session: ObservedSession,
  options: BagOptions,
): Bag {
  const bag = new BagTraps<Bag>(scope, session, options);
  return (bag.given = new Proxy(Object.create(Object.getPrototypeOf(raw) as object | null) as Bag, {
    get: (_shadow, key, receiver) => bag.get(raw, key, receiver),
    set: (_shadow, key, value, receiver) => bag.set(raw, key, value, receiver),
    has: (_shadow, key) => bag.has(raw, key),
    deleteProperty: (_shadow, key) => bag.deleteProperty(raw, key),
    ownKeys: () => bag.ownKeys(raw),
    getOwnPropertyDescriptor: (_shadow, key) => {
      const descriptor = bag.getOwnPropertyDescriptor(raw, key);
      if (descriptor === undefined) return undefined;
      if (typeof key === 'string' && !options.isData(key) && 'value' in descriptor && options.member !== undefined)
        descriptor.value = options.member(key, descriptor.value) as never;
      return { ...descriptor, configurable: true };
    },
    // A descriptor that can't be configured would have to stand on the shadow as well.
    defineProperty: (_shadow, key, descriptor) =>
      descriptor.configurable === false ? false : bag.defineProperty(raw, key, descriptor),
    getPrototypeOf: () => Reflect.getPrototypeOf(raw),
    setPrototypeOf: (_shadow, prototype) => Reflect.setPrototypeOf(raw, prototype),
    // The shadow would have to be sealed with it.
    preventExtensions: () => false,
  }));
}
