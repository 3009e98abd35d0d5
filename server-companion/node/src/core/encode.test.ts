import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type EncodedValue, EVENT_VALUE, FETCHED_VALUE, isEncodedValue } from '../../../../protocol/index.ts';
import { anyValue, ran } from './any-value.cases.ts';
import { DIGEST_NODES, encode, EVENT_BOUNDS, LOG_BOUNDS } from './encode.ts';

const digest = () => '0123456789ab';

/** Values within an encoding, itself included, tags counted as one. */
function nodesOf(value: EncodedValue): number {
  let nodes = 0;
  JSON.stringify(value, (_key, part: unknown) => {
    nodes += 1;
    return part;
  });
  return nodes;
}

test('never throws, runs no code of the program, and stays within the bounds of the wire, whatever the value', () => {
  fc.assert(
    fc.property(anyValue, (make) => {
      for (const [bounds, limits] of [
        [EVENT_BOUNDS, EVENT_VALUE],
        [LOG_BOUNDS, FETCHED_VALUE],
      ] as const) {
        const encoded = encode(make(), digest, bounds);
        expect(isEncodedValue(encoded.value, limits)).toBe(true);
        // As the other side gets it.
        const text = JSON.stringify(encoded.value);
        expect(isEncodedValue(JSON.parse(text), limits)).toBe(true);
        expect(text.length).toBeLessThan(bounds.bytes * 8);
        expect(ran.count).toBe(0);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('what it says of JSON is that JSON', () => {
  const key = fc.string({ maxLength: 20 }).filter((name) => name !== '$' && name !== '__proto__');
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, depthSize: 'small' },
      fc.oneof(
        fc.string({ maxLength: 40 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
        fc.boolean(),
        fc.constant(null),
      ),
      fc.array(tie('value'), { maxLength: 6 }),
      fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
    ),
  })).value;
  fc.assert(
    fc.property(json, (value) => {
      expect(encode(value, digest).value).toStrictEqual(value);
    }),
    { numRuns: 1_000 },
  );
});

test('the account of bytes is near what JSON takes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const { value: encoded, bytes } = encode(value, digest);
      const real = JSON.stringify(encoded).length;
      expect(bytes).toBeGreaterThan(real / 8);
      expect(bytes).toBeLessThan(real * 8 + 64);
    }),
  );
});

test('the work on a deep and wide value is bounded, not only the result', () => {
  // 10 to the 8th values, were all of it visited; each level is one object, met ten times.
  let wide: unknown = 'leaf';
  for (let level = 0; level < 8; level++) wide = Array.from({ length: 10 }, () => wide);
  let deep: unknown = 'leaf';
  for (let level = 0; level < 100_000; level++) deep = [deep];
  const visits = vi.spyOn(Object, 'getOwnPropertyDescriptor');
  for (const value of [wide, deep, Array.from({ length: 1_000_000 }, () => ({ a: 1 }))]) {
    visits.mockClear();
    const { value: encoded } = encode(value, digest);
    expect(visits.mock.calls.length).toBeLessThan(DIGEST_NODES + LOG_BOUNDS.nodes * 3);
    expect(nodesOf(encoded)).toBeLessThan(LOG_BOUNDS.nodes * 4);
  }
  visits.mockRestore();
});

test('a long text is read once for its digest, however often it is met', () => {
  const text = 'x'.repeat(50_000_000);
  const digests = vi.fn(digest);
  const { value } = encode(
    Array.from({ length: 50 }, () => ({ text })),
    digests,
  );
  expect(digests).toHaveBeenCalledTimes(1);
  expect(JSON.stringify(value).length).toBeLessThan(LOG_BOUNDS.bytes * 2);
});

test('smaller bounds hold too', () => {
  const bounds = { nodes: 10, depth: 2, entries: 3, textLength: 10, textHead: 4, textTail: 2, bytes: 200 };
  expect(encode([[[1]]], digest, bounds).value).toEqual([
    [{ $: 'cut', kind: 'array', why: 'depth', size: 1, digest: digest() }],
  ]);
  expect(encode([1, 2, 3, 4], digest, bounds).value).toEqual({
    $: 'array',
    items: [1, 2, 3],
    size: 4,
    digest: digest(),
  });
  expect(encode('0123456789x', digest, bounds).value).toEqual({
    $: 'text',
    head: '0123',
    tail: '9x',
    length: 11,
    digest: digest(),
  });
});

test('the kind of what is cut away is reported', () => {
  const inner = [new Map([[1, 2]]), new Set([1]), [1, 2], { a: 1 }];
  let value: unknown = inner;
  for (let level = 1; level < LOG_BOUNDS.depth; level++) value = [value];
  let encoded = encode(value, digest).value;
  for (let level = 1; level < LOG_BOUNDS.depth; level++) encoded = (encoded as EncodedValue[])[0]!;
  expect(encoded).toEqual([
    { $: 'cut', kind: 'map', why: 'depth', size: 1, digest: digest() },
    { $: 'cut', kind: 'set', why: 'depth', size: 1, digest: digest() },
    { $: 'cut', kind: 'array', why: 'depth', size: 2, digest: digest() },
    { $: 'cut', kind: 'object', why: 'depth', digest: digest() },
  ]);
});

/** Distinguishes two texts, as the companion's own does. */
const real = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);
const rows = () => Array.from({ length: 16_000 }, (_, id) => ({ id }));

test.each<[string, () => unknown, (value: never) => void]>([
  ['an array', rows, (value: { id: number }[]) => (value[14_321]!.id = -1)],
  [
    'an object',
    () => Object.fromEntries(rows().map((row, index) => [`k${index}`, row])),
    (value: Record<string, unknown>) => (value['k14321'] = 1),
  ],
  ['a map', () => new Map(rows().entries()), (value: Map<number, unknown>) => value.set(14_321, 1)],
  ['a set', () => new Set(rows()), (value: Set<{ id: number }>) => ([...value][14_321]!.id = -1)],
  [
    'what lies too deep',
    () => ({ in: nested(40) }),
    (value: { in: Nested }) => {
      let inner = value.in;
      while (inner.in !== undefined) inner = inner.in;
      inner.bottom = 2;
    },
  ],
])('%s that is cut has a digest, which changes with a part that was left out', (_name, make, change) => {
  const value = make();
  const before = JSON.stringify(encode(value, real).value);
  expect(before).toContain('"digest":');
  expect(JSON.stringify(encode(make(), real).value)).toBe(before);
  change(value as never);
  expect(JSON.stringify(encode(value, real).value)).not.toBe(before);
});

test('the log keeps a list of ten thousand items and a long text whole', () => {
  const value = { list: Array.from({ length: 10_000 }, (_, index) => index), text: 'é'.repeat(131_072) };
  expect(encode(value, real).value).toEqual(value);
});

test('one that is too large to walk has none', () => {
  const encoded = encode(
    Array.from({ length: 60_000 }, () => 1),
    real,
  ).value;
  expect(encoded).toMatchObject({ $: 'array', size: 60_000 });
  expect(encoded).not.toHaveProperty('digest');
});

interface Nested {
  in?: Nested;
  bottom?: number;
}
const nested = (levels: number): Nested => (levels === 0 ? { bottom: 1 } : { in: nested(levels - 1) });
