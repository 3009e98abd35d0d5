/**
 * Nested values as the app gets them with `deep: true`: a write or deletion inside a plain object or list is recorded
 * as it happens, with its exact path and line. Everything else (dates, maps, instances of classes) is handed out as it
 * is, and what changes in it is found at checkpoints as without `deep`.
 */
import { types } from 'node:util';
import type { KeyPathStep } from '../../../../../protocol/index.ts';
import { boundedPath } from '../../core/key-step.ts';
import { partAt } from '../../core/parts.ts';
import type { ObservedSession } from '../observed-session.ts';
import { type Below, type ExchangeScope, guard } from '../scope.ts';

type Container = Record<PropertyKey, unknown>;

/** Only what JSON rebuilds: a proxy of anything else would break its private fields and internal slots. */
function isPlain(value: unknown): value is Container {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}

const stepOf = (container: object, key: string): KeyPathStep =>
  Array.isArray(container) && /^\d+$/.test(key) ? Number(key) : key;

export class NestedValues {
  readonly #scope: ExchangeScope;
  readonly #session: ObservedSession;
  /** One proxy for one object, so that what is the same stays the same. */
  readonly #proxies = new WeakMap<object, Container>();
  readonly #raw = new WeakMap<object, Container>();

  constructor(scope: ExchangeScope, session: ObservedSession) {
    this.#scope = scope;
    this.#session = session;
  }

  /** The value at `path` as the app gets it. */
  observed(value: unknown, path: readonly KeyPathStep[]): unknown {
    if (!isPlain(value)) return value;
    const known = this.#proxies.get(value);
    if (known !== undefined) return known;
    const proxy = new Proxy(value, this.#traps(path));
    this.#proxies.set(value, proxy);
    this.#raw.set(proxy, value);
    return proxy;
  }

  /** What the app puts back is kept as it was, not as it was seen. */
  plain(value: unknown): unknown {
    return typeof value === 'object' && value !== null ? (this.#raw.get(value) ?? value) : value;
  }

  #traps(path: readonly KeyPathStep[]): ProxyHandler<Container> {
    const scope = this.#scope;
    const record = (operation: 'set' | 'delete', container: object, key: string, below: Below): void => {
      guard(scope, `nested ${operation}`, () => this.#record(operation, [...path, stepOf(container, key)], below));
    };
    const traps: ProxyHandler<Container> = {
      get: (target, key, receiver) => {
        const value: unknown = Reflect.get(target, key, receiver);
        if (scope.isLibraryRunning || typeof key !== 'string' || !isConfigurable(target, key)) return value;
        return this.observed(value, [...path, stepOf(target, key)]);
      },
      set: (target, key, value, receiver) => {
        if (this.#raw.get(receiver as object) !== target) return Reflect.set(target, key, value, receiver);
        const done = Reflect.set(target, key, this.plain(value), target);
        // A list's length follows from its items, which are recorded.
        const isCounted = Array.isArray(target) && key === 'length';
        if (done && typeof key === 'string' && !scope.isLibraryRunning && !isCounted)
          record('set', target, key, traps.set!);
        return done;
      },
      deleteProperty: (target, key) => {
        const had = Object.hasOwn(target, key);
        const done = Reflect.deleteProperty(target, key);
        if (done && had && typeof key === 'string' && !scope.isLibraryRunning)
          record('delete', target, key, traps.deleteProperty!);
        return done;
      },
    };
    return traps;
  }

  #record(operation: 'set' | 'delete', path: KeyPathStep[], below: Below): void {
    const { known, data } = this.#session;
    const [key] = path as [string, ...KeyPathStep[]];
    const bounded = boundedPath(path);
    const rest = bounded.slice(1);
    const earlier = known.get(key);
    const before = earlier === undefined ? undefined : partAt(earlier, rest);
    // The whole key is looked at again, so that the checkpoint does not find this change a second time.
    known.look(key, data.get(key));
    const changed = known.get(key);
    const after = operation === 'delete' || changed === undefined ? undefined : partAt(changed, rest);
    this.#session.record({
      operation,
      call: operation === 'set' ? 'nested set' : 'nested delete',
      actor: 'app',
      path: bounded,
      source: this.#scope.companion.sources.take(below),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
  }
}

/** A proxy must give a property that can't be changed as it is. */
function isConfigurable(target: object, key: string): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(target, key);
  return descriptor === undefined || descriptor.configurable === true || descriptor.writable === true;
}
