/** Values as a hostile or careless program may hold them, for property tests. */
import * as fc from 'fast-check';

/** How often code of the program was run: must stay 0. */
export const ran = { count: 0 };

function boom(): never {
  ran.count += 1;
  throw new Error('code of the program was run');
}

const everyTrap = new Proxy({}, { get: () => boom });

class Trapped {
  #hidden = 1;
  visible: unknown;
  constructor(visible: unknown) {
    this.visible = visible;
  }
  get trap(): never {
    return boom();
  }
  toJSON(): number {
    return boom() + this.#hidden;
  }
  toString(): string {
    return boom();
  }
  [Symbol.iterator](): never {
    return boom();
  }
  get [Symbol.toStringTag](): string {
    return boom();
  }
}

/** A typed array whose own idea of its buffer is the program's code. */
class SlyBytes extends Uint8Array {
  override get buffer(): never {
    return boom();
  }
  override get byteLength(): never {
    return boom();
  }
  override get length(): never {
    return boom();
  }
}

class SlyMap extends Map<unknown, unknown> {
  override get size(): never {
    return boom();
  }
  override entries = boom;
  override [Symbol.iterator] = boom;
}

class SlyDate extends Date {
  override getTime = boom;
  override toISOString = boom;
  override toJSON = boom;
}

function detached(view: ArrayBufferView<ArrayBuffer>): ArrayBufferView<ArrayBuffer> {
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

function shrunk(): Uint8Array {
  const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
  const view = new Uint8Array(buffer, 8, 8);
  buffer.resize(4);
  return view;
}

const withGetter = (): object => Object.defineProperty({}, 'trap', { get: boom, set: boom, enumerable: true });
const named = (name: unknown): object => Object.defineProperty(() => {}, 'name', { value: name });

/** Makes a value: fast-check itself would look into one. */
type Make = () => unknown;
const odd = (make: Make): fc.Arbitrary<Make> => fc.constant(make);

/** Single values at which an encoder may stumble. */
const oddValue = fc.oneof(
  odd(() => new Proxy({}, everyTrap)),
  odd(() => new Proxy([], everyTrap)),
  odd(() => new Proxy(() => {}, everyTrap)),
  odd(withGetter),
  odd(() => Object.defineProperty([], 0, { get: boom, enumerable: true })),
  odd(() => new Trapped(new Trapped(1))),
  odd(() => new SlyBytes(100)),
  odd(() => new SlyMap([[1, 2]])),
  odd(() => new SlyDate()),
  odd(() => detached(new Uint8Array(16))),
  odd(() => detached(new DataView(new ArrayBuffer(16)))),
  odd(() => detached(new Uint8Array(16)).buffer),
  odd(() => new DataView(new ArrayBuffer(3))),
  odd(() => new SharedArrayBuffer(3)),
  odd(shrunk),
  odd(() => named('n'.repeat(1_000))),
  odd(() => named(withGetter())),
  odd(() => Object.defineProperty(() => {}, 'name', { get: boom })),
  odd(() => Map),
  odd(() => Object.assign(new Error('e'.repeat(5_000)), { name: 'N'.repeat(5_000), cause: withGetter() })),
  odd(() => Object.defineProperty(new Error('e'), 'message', { get: boom })),
  odd(() => new AggregateError([1], 'many')),
  odd(() => Object.assign(Object.create({ constructor: { name: boom } }) as object, { a: 1 })),
  odd(() => Object.create(Object.defineProperty({}, 'constructor', { get: boom })) as object),
  odd(() => Object.create(new Proxy({}, everyTrap)) as object),
  odd(() => Symbol('s'.repeat(1_000))),
  odd(() => Symbol.iterator),
  odd(() => Promise.resolve(1)),
  odd(() => (function* () {})()),
  odd(() => new WeakMap()),
  odd(() => new WeakRef({})),
  odd(() => /a+/giu),
  odd(() => Object(Symbol('boxed')) as object),
  odd(() => Object(10n) as object),
  odd(() => Object('text'.repeat(5_000)) as object),
  odd(() => new Date(Number.NaN)),
  odd(() => 2n ** 70_000n),
  odd(() => globalThis),
  odd(() => process.env),
  odd(() => 'x'.repeat(10_000)),
  odd(() => Array(10_000)),
  odd(() => Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index]))),
  odd(() => ({ ['k'.repeat(5_000)]: 1, $: 'date', iso: 'forged' })),
  odd(() => JSON.parse('{"__proto__":{"isAdmin":true}}') as object),
  odd(() => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = [cycle, new Map([[cycle, cycle]]), new Set([cycle])];
    return cycle;
  }),
  odd(() => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 1_000; level++) deep = level % 2 ? [deep] : { deep };
    return deep;
  }),
);

const scalar: fc.Arbitrary<Make> = fc
  .oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.double(), fc.maxSafeInteger(), fc.boolean(), fc.bigInt())
  .map((value) => () => value);
const key = fc.oneof(fc.string(), fc.constantFrom('$', '__proto__', 'constructor', 'password'));

/** Makes anything at all, a few levels deep, odd values among the rest; a new one at each call. */
export const anyValue: fc.Arbitrary<Make> = fc.letrec<{ value: Make }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    scalar,
    oddValue,
    fc.array(tie('value'), { maxLength: 5 }).map((items) => () => items.map((make) => make())),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 5 })
      .map((entries) => () => Object.fromEntries(entries.map(([name, make]) => [name, make()]))),
    fc
      .array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 })
      .map((entries) => () => new Map(entries.map(([makeKey, make]) => [makeKey(), make()]))),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => () => new Set(items.map((make) => make()))),
    tie('value').map((make) => () => new Trapped(make())),
  ),
})).value;
