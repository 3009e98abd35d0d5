/**
 * One registration for the same library, store and settings: an app may make its session middleware again for each
 * request, with a cookie's domain that depends on the host.
 */
import { LIMITS } from '../../../../protocol/index.ts';
import type { Companion } from '../core/companion.ts';

/** As many as the wire takes: past them the settings differ without end, or each request makes a store. */
const MAX_REGISTRATIONS = LIMITS.middlewares;

const full = new WeakSet<Companion>();

/** Whether one more may be observed. That there are too many is noted once. */
export function hasRoom(companion: Companion): boolean {
  if (companion.middlewares().length < MAX_REGISTRATIONS) return true;
  if (!full.has(companion))
    companion.faults.note(
      'observe',
      new Error(`${MAX_REGISTRATIONS} session middlewares are observed already; further ones are not.`),
    );
  full.add(companion);
  return false;
}

export class Registrations<Registered, Options extends object, Store extends object> {
  readonly #companion: Companion;
  readonly #make: (options: Options | undefined, store: Store) => Registered;
  readonly #known = new WeakMap<Store, Map<string, Registered>>();

  /** `make` registers a middleware with the companion. */
  constructor(companion: Companion, make: (options: Options | undefined, store: Store) => Registered) {
    this.#companion = companion;
    this.#make = make;
  }

  /**
   * `store`: what else distinguishes two registrations, the library itself where it has no store. `undefined`: there are
   * too many; what more are made are not observed, which is noted once.
   */
  of(options: Options | undefined, store: Store): Registered | undefined {
    let known = this.#known.get(store);
    if (known === undefined) this.#known.set(store, (known = new Map()));
    const key = settingsKey(options);
    let registered = known.get(key);
    if (registered !== undefined) return registered;
    if (!hasRoom(this.#companion)) return undefined;
    registered = this.#make(options, store);
    known.set(key, registered);
    return registered;
  }
}

/** What decides in a middleware's options; functions, and objects of a class, by which they are. */
function settingsKey(options: object = {}): string {
  return JSON.stringify({ ...options, store: undefined }, (_name, value: unknown) => {
    if (typeof value !== 'function' && !isOfClass(value)) return value;
    let id = ids.get(value);
    if (id === undefined) ids.set(value, (id = ++lastId));
    return `object ${id}`;
  });
}

function isOfClass(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

const ids = new WeakMap<object, number>();
let lastId = 0;
