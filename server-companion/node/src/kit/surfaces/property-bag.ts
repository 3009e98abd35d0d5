/**
 * A session whose data are its properties (`req.session.cart = …`), as the app gets it: each read, write, test and
 * deletion of a top-level key is recorded as it happens, and does exactly what it would have done. Nested values are
 * handed out as they are.
 */
import type { ObservedSession } from '../observed-session.ts';
import { type Below, type ExchangeScope, guard } from '../scope.ts';
import type { NestedValues } from './nested-values.ts';

export interface BagOptions {
  /** Whether a property is data of the app, not a member of the library's. */
  isData(key: string): boolean;
  /** What the app gets in the place of a member of the library's. */
  member?(key: string, value: unknown): unknown;
  /** The app has written a member of the library's; `below`: the function of ours that was called for it. */
  wroteMember?(key: string, below: Below): void;
  /** What is kept of a value that the app puts back: never a proxy of ours. */
  plain?(value: unknown): unknown;
  /** With it, nested values are observed too. */
  nested?: NestedValues | undefined;
}

/** What JavaScript itself, loggers and test tools ask any object for: a miss of it is nobody's read. */
export const PROBED: ReadonlySet<string> = new Set([
  'then',
  'toJSON',
  'toString',
  'valueOf',
  'inspect',
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'asymmetricMatch',
  'nodeType',
  '$$typeof',
  '@@iterator',
  '__proto__',
]);

/** The session as the app gets it, in the place of `raw`. */
export function observeBag<Bag extends object>(
  raw: Bag,
  scope: ExchangeScope,
  session: ObservedSession,
  options: BagOptions,
): Bag {
  const traps = new BagTraps<Bag>(scope, session, options);
  return (traps.given = new Proxy(raw, traps));
}

export class BagTraps<Bag extends object> implements ProxyHandler<Bag> {
  given: Bag | undefined = undefined;
  readonly #scope: ExchangeScope;
  readonly #session: ObservedSession;
  readonly #options: BagOptions;

  constructor(scope: ExchangeScope, session: ObservedSession, options: BagOptions) {
    this.#scope = scope;
    this.#session = session;
    this.#options = options;
  }

  get(raw: Bag, key: string | symbol, receiver: unknown): unknown {
    // Someone's object that inherits from the session is not the session.
    if (receiver !== this.given) return Reflect.get(raw, key, receiver);
    // As `Reflect.get(raw, key, raw)`, which the engine does not inline.
    const value: unknown = (raw as Record<string | symbol, unknown>)[key];
    if (this.#scope.isLibraryRunning || typeof key !== 'string') return value;
    const options = this.#options;
    try {
      if (!options.isData(key)) return options.member === undefined ? value : options.member(key, value);
      this.#recordGet(raw, key);
      if (options.nested !== undefined) return options.nested.observed(value, [key]);
    } catch (error) {
      this.#scope.fault('session get', error);
    }
    return value;
  }

  set(raw: Bag, key: string | symbol, value: unknown, receiver: unknown): boolean {
    if (receiver !== this.given) return Reflect.set(raw, key, value, receiver);
    const options = this.#options;
    const kept = options.plain === undefined ? value : options.plain(value);
    const done = Reflect.set(raw, key, kept, raw);
    if (done && this.#isOfApp(key)) {
      try {
        this.#session.wrote(key, kept, 'set', this.#source(this.set));
      } catch (error) {
        this.#scope.fault('session set', error);
      }
    } else if (done && typeof key === 'string' && !this.#scope.isLibraryRunning && options.wroteMember !== undefined)
      guard(this.#scope, 'session set', () => options.wroteMember!(key, this.set));
    return done;
  }

  deleteProperty(raw: Bag, key: string | symbol): boolean {
    const had = Object.hasOwn(raw, key);
    const done = Reflect.deleteProperty(raw, key);
    if (done && this.#isOfApp(key)) {
      try {
        this.#session.deleted(key, had, 'delete', this.#source(this.deleteProperty));
      } catch (error) {
        this.#scope.fault('session delete', error);
      }
    }
    return done;
  }

  has(raw: Bag, key: string | symbol): boolean {
    const found = Reflect.has(raw, key);
    if (this.#isOfApp(key))
      guard(this.#scope, 'session has', () => this.#session.asked(key, found, 'in', this.#source(this.has)));
    return found;
  }

  ownKeys(raw: Bag): (string | symbol)[] {
    const keys = Reflect.ownKeys(raw);
    if (!this.#scope.isLibraryRunning)
      guard(this.#scope, 'session keys', () =>
        this.#session.listed({ call: 'keys', actor: 'app', source: this.#source(this.ownKeys) }, false),
      );
    return keys;
  }

  /** A descriptor hands the value out, though it is no read. */
  getOwnPropertyDescriptor(raw: Bag, key: string | symbol): PropertyDescriptor | undefined {
    const descriptor = Reflect.getOwnPropertyDescriptor(raw, key);
    if (descriptor !== undefined && typeof key === 'string') this.#session.known.handOut(key);
    return descriptor;
  }

  defineProperty(raw: Bag, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    const done = Reflect.defineProperty(raw, key, descriptor);
    if (done && this.#isOfApp(key) && descriptor.enumerable)
      guard(this.#scope, 'session define', () =>
        this.#session.wrote(key, descriptor.value, 'set', this.#source(this.defineProperty)),
      );
    return done;
  }

  #isOfApp(key: string | symbol): key is string {
    return !this.#scope.isLibraryRunning && typeof key === 'string' && this.#options.isData(key);
  }

  #source(below: Below) {
    return this.#scope.companion.sources.take(below);
  }

  #recordGet(raw: Bag, key: string): void {
    if (Object.hasOwn(raw, key)) this.#session.read(key, this.#session.data.get(key), 'get', this.#source(this.get));
    // An inherited member is not data: reading it is no operation on the session.
    else if (!(key in raw) && !PROBED.has(key)) this.#session.asked(key, false, 'get', this.#source(this.get));
  }
}
