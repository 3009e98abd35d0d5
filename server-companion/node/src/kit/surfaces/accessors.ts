/**
 * A session observed without a `Proxy`: accessors stand in the place of its data properties, so that the app has the
 * library's own object. What no accessor can see, a new key and a deletion, is found by comparison at the next
 * checkpoint.
 */
import { type ReadProperty, readProperty } from '../live-properties.ts';
import type { ObservedSession } from '../observed-session.ts';
import { type ExchangeScope, guard } from '../scope.ts';

type Accessor = (() => unknown) & { [VALUE]?: () => unknown };

/** On a getter of ours: gives the value, and records nothing. */
const VALUE = Symbol('sessionscope.value');

/** Reads a property past its accessor. */
export const readPastAccessor: ReadProperty = (session, key) => {
  const getter = Object.getOwnPropertyDescriptor(session, key)?.get as Accessor | undefined;
  const value = getter?.[VALUE];
  return value === undefined ? readProperty(session, key) : value();
};

/** Puts accessors on each data property that has none yet; `others` is given what is no data. */
export function coverProperties(
  raw: object,
  scope: ExchangeScope,
  session: ObservedSession,
  isData: (key: string) => boolean,
  others: (key: string, value: unknown) => void,
): void {
  for (const key of Object.keys(raw)) {
    const descriptor = Object.getOwnPropertyDescriptor(raw, key)!;
    if (!('value' in descriptor) || !descriptor.configurable || !descriptor.writable) continue;
    if (isData(key)) coverProperty(raw, scope, session, key, descriptor.value);
    else others(key, descriptor.value);
  }
}

function coverProperty(
  raw: object,
  scope: ExchangeScope,
  session: ObservedSession,
  key: string,
  initial: unknown,
): void {
  let value = initial;
  const get: Accessor = function (): unknown {
    if (!scope.isLibraryRunning)
      guard(scope, 'session get', () => session.read(key, value, 'get', scope.companion.sources.take(get)));
    return value;
  };
  get[VALUE] = () => value;
  const set = function (this: unknown, next: unknown): void {
    // A write through an object that inherits from the session makes a property of that object, as it would bare.
    if (this !== raw) {
      Object.defineProperty(this, key, { value: next, writable: true, enumerable: true, configurable: true });
      return;
    }
    value = next;
    if (!scope.isLibraryRunning)
      guard(scope, 'session set', () => session.wrote(key, next, 'set', scope.companion.sources.take(set)));
  };
  Object.defineProperty(raw, key, { get, set, enumerable: true, configurable: true });
}

type Method = (...args: unknown[]) => unknown;

/** Covers methods of the library: those on the session itself there, inherited ones on a new prototype. */
export function coverMethods(
  raw: object,
  scope: ExchangeScope,
  names: Iterable<string>,
  observed: (name: string, method: Method) => Method,
): void {
  const inherited: object = Object.create(Object.getPrototypeOf(raw) as object);
  for (const name of names) {
    const method = (raw as Record<string, unknown>)[name];
    if (typeof method !== 'function') continue;
    let current = method as Method;
    Object.defineProperty(Object.hasOwn(raw, name) ? raw : inherited, name, {
      get: () => (scope.isLibraryRunning ? current : observed(name, current)),
      set: (next: Method) => {
        current = next;
      },
      enumerable: false,
      configurable: true,
    });
  }
  Object.setPrototypeOf(raw, inherited);
}
