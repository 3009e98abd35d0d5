import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EncodedValue, isTagged, type KeyPath, LIMITS } from '../../../../protocol/index.ts';
import { anyValue, ran } from './any-value.cases.ts';
import { type Change, findChanges, isSame, isUnchanged, MAX_CHANGES } from './changes.ts';
import { encode } from './encode.ts';
import { partAt } from './parts.ts';

const digest = (text: string) => text.length.toString(16).padStart(12, '0');
const encoded = (value: unknown) => encode(value, digest).value;
const json = fc.jsonValue({ maxDepth: 4 });

/** Not by its text: a key may end in `"$`. */
const hasTag = (value: EncodedValue): boolean =>
  typeof value === 'object' && value !== null && (isTagged(value) || Object.values(value).some(hasTag));

/** `before` with the changes made: what a panel does with them. */
function apply(before: EncodedValue, changes: readonly Change[]): EncodedValue {
  let root = structuredClone(before);
  const gone: { holder: Record<string, unknown>; step: string }[] = [];
  for (const { path, after } of changes) {
    if (path.length === 0) {
      root = after!;
      continue;
    }
    const holder = partAt(root, path.slice(0, -1)) as unknown as Record<string, unknown>;
    const step = String(path.at(-1));
    if (after === undefined) gone.push({ holder, step });
    else Object.defineProperty(holder, step, { value: after, enumerable: true, writable: true, configurable: true });
  }
  // From the back, so that indices stay what they were.
  for (const { holder, step } of gone.toReversed())
    if (Array.isArray(holder)) holder.length = Math.min(holder.length, Number(step));
    else delete holder[step];
  return root;
}

/** The same content, whatever the order of keys. */
const sorted = (value: EncodedValue): EncodedValue => {
  if (value === null || typeof value !== 'object' || isTagged(value)) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key]!)]),
  );
};

test('the changes between two values, made to the first, give the second', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      const [before, after] = [encoded(a), encoded(b)];
      expect(sorted(apply(before, findChanges(before, after)))).toStrictEqual(sorted(after));
    }),
    { numRuns: 500 },
  );
});

test('one change deep inside is reported with its path and no more', () => {
  fc.assert(
    fc.property(json, fc.array(fc.oneof(fc.constantFrom('a', 'b'), fc.nat(3)), { maxLength: 5 }), (value, path) => {
      const wrap = (inner: unknown): unknown =>
        path.reduceRight<unknown>(
          (held, step) => (typeof step === 'number' ? [...Array<number>(step).fill(0), held] : { x: 1, [step]: held }),
          inner,
        );
      const [before, after] = [encoded(wrap('before')), encoded(wrap(value))];
      expect(findChanges(before, after, ['root'])).toEqual(
        value === 'before' ? [] : [{ path: ['root', ...path], before: 'before', after: encoded(value) }],
      );
    }),
  );
});

test('nothing is reported of a value against itself', () => {
  fc.assert(
    fc.property(anyValue, (make) => {
      const value = make();
      expect(findChanges(encoded(value), encoded(value))).toEqual([]);
      expect(ran.count).toBe(0);
    }),
  );
});

test('what was added and what was taken away have one side only', () => {
  expect(findChanges({ a: 1, b: 2 }, { b: 3, c: null })).toEqual([
    { path: ['a'], before: 1 },
    { path: ['b'], before: 2, after: 3 },
    { path: ['c'], after: null },
  ]);
  expect(findChanges([1, 2, 3], [1])).toEqual([
    { path: [1], before: 2 },
    { path: [2], before: 3 },
  ]);
  expect(findChanges({ a: [] }, { a: {} })).toEqual([{ path: ['a'], before: [], after: {} }]);
});

test('more changes than people read are reported as one of what holds them', () => {
  const before = Object.fromEntries(Array.from({ length: MAX_CHANGES + 1 }, (_, index) => [`k${index}`, 0]));
  const after = Object.fromEntries(Object.keys(before).map((key) => [key, 1]));
  expect(findChanges(before, after, ['cart'])).toEqual([{ path: ['cart'], before, after }]);
  expect(findChanges(before, { ...after, k0: 0 }, ['cart'])).toHaveLength(MAX_CHANGES);
});

test('a path is never longer than the wire takes', () => {
  const nest = (bottom: EncodedValue) => {
    let value = bottom;
    for (let level = 0; level < LIMITS.keyPathSteps + 5; level++) value = { in: value };
    return value;
  };
  const [change] = findChanges(nest(1), nest(2));
  expect(change!.path).toHaveLength(LIMITS.keyPathSteps);
});

test('says unchanged only of what encodes the same', () => {
  fc.assert(
    fc.property(anyValue, anyValue, (make, makeOther) => {
      const value = make();
      const known = encoded(value);
      for (const live of [value, make(), makeOther()])
        if (isUnchanged(live, known)) expect(isSame(encoded(live), known)).toBe(true);
      expect(ran.count).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('knows plain data again without encoding it, and sees each change in it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const normal: unknown = JSON.parse(JSON.stringify(value));
      const known = encoded(normal);
      expect(isUnchanged(normal, known)).toBe(!hasTag(known));
    }),
  );
  const date = new Date(0);
  const known = encoded({ date, list: [{ n: 1 }] });
  expect(isUnchanged({ date, list: [{ n: 1 }] }, known)).toBe(true);
  for (const changed of [
    { date: new Date(1), list: [{ n: 1 }] },
    { date, list: [{ n: 2 }] },
    { date, list: [{ n: '1' }] },
    { date, list: [{ n: 1, m: undefined }] },
    { date, list: [{ n: 1 }, undefined] },
    { list: [{ n: 1 }], date },
    { date, list: { 0: { n: 1 } } },
    { date, list: [Object.assign(Object.create({}) as object, { n: 1 })] },
    Object.defineProperty({ date }, 'list', { get: () => [{ n: 1 }], enumerable: true }),
    new Proxy({ date, list: [{ n: 1 }] }, {}),
  ])
    expect(isUnchanged(changed, known)).toBe(false);
  expect(isUnchanged(undefined, encoded(undefined))).toBe(false);
  expect(isUnchanged(-0, encoded(0))).toBe(false);
});

test('finds a part by own keys and indices only', () => {
  const value = encoded({
    list: [{ a: 1 }],
    map: new Map([['k', { b: 2 }]]),
    set: new Set([3]),
    tagged: { $: 1, c: [4] },
    '': 5,
  });
  const at = (...path: KeyPath) => partAt(value, path);
  expect([
    at('list', 0, 'a'),
    at('map', 0, 'b'),
    at('set', 0),
    at('tagged', 'c', 0),
    at('tagged', '$'),
    at(''),
  ]).toEqual([1, 2, 3, 4, 1, 5]);
  for (const path of [
    ['list', 'length'],
    ['list', '0'],
    ['list', -1],
    ['map', 'k'],
    ['map', 1],
    ['set', 1],
    ['tagged', 'entries'],
    ['tagged', 'd'],
    ['toString'],
    ['__proto__'],
    ['', 'length'],
  ])
    expect(at(...path)).toBeUndefined();
});
