/** JavaScript's side of the fixtures' notation: the values of a program that each construction stands for. */
import { types } from 'node:util';
import { Ancestor, build, type Construct } from '../../../../protocol/fixture-notation.cases.ts';

const boom = (): never => {
  throw new Error('code of the program was run');
};

/** Every trap throws. */
const HOSTILE = new Proxy({}, { get: () => boom });

const classNamed = (name: string, base: new () => object = Object): new () => object =>
  ({ [name]: class extends base {} })[name]!;

const instance = (name: string, fields: object): object => Object.assign(new (classNamed(name))(), fields);

/** Its class has a getter, `toJSON`, an iterator and all ways to a primitive, and each throws. */
function trapped(name: string, fields: object): object {
  const object = instance(name, fields);
  const hook = { value: boom };
  Object.defineProperties(Object.getPrototypeOf(object) as object, {
    trap: { get: boom, enumerable: true },
    toJSON: hook,
    toString: hook,
    valueOf: hook,
    [Symbol.iterator]: hook,
    [Symbol.toPrimitive]: hook,
    [Symbol.toStringTag]: { get: boom },
    [Symbol.for('nodejs.util.inspect.custom')]: hook,
  });
  return object;
}

const CONSTRUCTIONS: Record<string, Construct> = {
  cycle: (path: (string | number)[]) => new Ancestor(path),
  twice: (value: unknown, make) => {
    const built = make(value);
    return [built, built];
  },
  number: (text: string) => Number(text),
  integer: (digits: string) => BigInt(digits),
  power: ([base, exponent]: [number, number]) => BigInt(base) ** BigInt(exponent),
  map: (entries: unknown[], make) => new Map(make(entries) as []),
  set: (items: unknown[], make) => new Set(make(items) as []),
  instance: ([name, fields]: [string, object], make) => instance(name, make(fields) as object),
  trapped: ([name, fields]: [string, object], make) => trapped(name, make(fields) as object),
  sublist: ([name, items]: [string, unknown[]], make) =>
    Object.assign(new (classNamed(name, Array as new () => object))(), make(items)),
  error: ([name, message]: [string, unknown], make) =>
    new (globalThis as unknown as Record<string, ErrorConstructor>)[name]!(make(message) as string),
  function: (name: string) => ({ [name]: () => {} })[name],
  class: (name: string) => classNamed(name),
  date: (iso: string) => new Date(iso),
  bytes: (hex: unknown, make) => Uint8Array.from(Buffer.from(make(hex) as string, 'hex')),
  undefined: () => undefined,
  'invalid-date': () => new Date(Number.NaN),
  symbol: (description: string) => Symbol(description),
  regexp: (source: string) => new RegExp(source),
  promise: () => Promise.resolve(),
  'weak-map': () => new WeakMap(),
  boxed: (value: unknown) => Object(value) as unknown,
  'null-prototype': (fields: object, make) => Object.assign(Object.create(null) as object, make(fields)),
  getters: (names: string[]) =>
    Object.defineProperties({}, Object.fromEntries(names.map((name) => [name, { get: boom, enumerable: true }]))),
  proxy: () => new Proxy({}, HOSTILE),
  'revoked-proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  hidden: (fields: object, make) =>
    Object.defineProperties(
      {},
      Object.fromEntries(Object.entries(make(fields) as object).map(([k, value]) => [k, { value }])),
    ),
  holes: (length: number) => Array.from({ length: 0 }).concat(Array(length)),
  'array-buffer': (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex')).buffer,
};

/** The program's value that a case of `values.json` describes. */
export function valueOf(notation: unknown): unknown {
  const root = build(notation, CONSTRUCTIONS);
  if (JSON.stringify(notation).includes('"!cycle"')) closeCycles(root, root, 0);
  return root;
}

/** Deeper than any case that holds a cycle. */
const MAX_CYCLE_DEPTH = 8;

function closeCycles(root: unknown, value: unknown, depth: number): void {
  if (depth > MAX_CYCLE_DEPTH || typeof value !== 'object' || value === null || types.isProxy(value)) return;
  for (const [key, { value: part }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (part instanceof Ancestor)
      (value as Record<string, unknown>)[key] = part.path.reduce<unknown>(
        (at, step) => (at as Record<string, unknown>)[step],
        root,
      );
    else closeCycles(root, part, depth + 1);
  }
}
