/**
 * The session observed without a `Proxy` (`proxy: false`): accessors stand in the place of its data properties, so
 * that the app has the library's own object. What no accessor can see, a new key and a deletion, is found by
 * comparison at the next checkpoint.
 */
import { coverCookie } from './cookie-accessors.ts';
import type { Exchange } from './exchange.ts';
import type { HeldSession } from './held-session.ts';
import { type ReadProperty, readProperty } from './memory.ts';
import { CALLS, COOKIE, isData } from './methods.ts';
import { ObservedCalls } from './session-calls.ts';
import type { CookieLike, SessionLike } from './types.ts';

export interface ObservedMembers {
  /** Puts accessors on what has none yet. */
  cover(): void;
  /** Reads a property without its accessor being told. */
  readonly read: ReadProperty;
}

type Accessor = (() => unknown) & { [VALUE]?: () => unknown };

/** On a getter of ours: gives the value, and tells nobody. */
const VALUE = Symbol('sessionscope.value');

export function observeMembers(exchange: Exchange, held: HeldSession): ObservedMembers {
  const raw: SessionLike = held.raw;
  const calls = new ObservedCalls(exchange, held);
  const guard = (where: string, run: () => void): void => {
    if (exchange.depth > 0) return;
    try {
      run();
    } catch (error) {
      exchange.fault(where, error);
    }
  };

  function coverData(key: string, initial: unknown): void {
    let value = initial;
    const get: Accessor = function (): unknown {
      guard('session get', () => held.recordGet(key, 'get', get));
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
      guard('session set', () => held.recordSet(key, next, 'set', set));
    };
    Object.defineProperty(raw, key, { get, set, enumerable: true, configurable: true });
  }

  /** Methods that express-session puts on the session itself are covered there, inherited ones on a new prototype. */
  function coverCalls(): void {
    const inherited: object = Object.create(Object.getPrototypeOf(raw) as object);
    for (const name of CALLS) {
      const method: unknown = raw[name];
      if (typeof method !== 'function') continue;
      let current = method as (...args: unknown[]) => unknown;
      Object.defineProperty(Object.hasOwn(raw, name) ? raw : inherited, name, {
        get: () => (exchange.depth > 0 ? current : calls.observed(name, current)),
        set: (next: typeof current) => {
          current = next;
        },
        enumerable: false,
        configurable: true,
      });
    }
    Object.setPrototypeOf(raw, inherited);
  }

  let areMembersCovered = false;
  return {
    cover() {
      for (const key of Object.keys(raw)) {
        const descriptor = Object.getOwnPropertyDescriptor(raw, key)!;
        if (!('value' in descriptor) || !descriptor.configurable || !descriptor.writable) continue;
        if (key === COOKIE) coverCookie(exchange, held, descriptor.value as CookieLike);
        else if (isData(key)) coverData(key, descriptor.value);
      }
      if (areMembersCovered) return;
      areMembersCovered = true;
      coverCalls();
    },
    read(session, key) {
      const getter = Object.getOwnPropertyDescriptor(session, key)?.get as Accessor | undefined;
      const value = getter?.[VALUE];
      return value === undefined ? readProperty(session, key) : value();
    },
  };
}
