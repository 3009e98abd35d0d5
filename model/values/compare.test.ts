import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import { compare, sameness } from './compare.ts';
import { fill, fillAt } from './fill.ts';
import { digestKey, namedSession } from './known.ts';

/** A program's value; a companion of the test's own encodes it, cutting and redacting as the case says. */
type Live = null | boolean | number | string | Date | Live[] | Map<Live, Live> | Set<Live> | { [key: string]: Live };

interface Encoding {
  entries: number;
  depth: number;
  text: number;
  /** Nothing is given beyond this many values. */
  nodes: number;
  hasDigests: boolean;
  redacts: boolean;
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Says all of a value, in one text for each value. */
function wholeText(value: Live): string {
  if (value instanceof Date) return `date ${value.toISOString()}`;
  if (value instanceof Map)
    return `map ${[...value].map(([key, item]) => `${wholeText(key)}>${wholeText(item)}`).join()}`;
  if (value instanceof Set) return `set ${[...value].map(wholeText).sort().join()}`;
  if (Array.isArray(value)) return `[${value.map(wholeText).join()}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${wholeText(value[key]!)}`)
      .join()}}`;
  return JSON.stringify(value);
}

function encode(live: Live, encoding: Encoding): EncodedValue {
  let nodes = 0;
  const digested = (value: Live) => (encoding.hasDigests ? { digest: digest(wholeText(value)) } : {});
  const node = (value: Live, depth: number): EncodedValue => {
    nodes += 1;
    if (typeof value === 'string')
      return value.length <= encoding.text
        ? value
        : { $: 'text', head: value.slice(0, 3), tail: value.slice(-2), length: value.length, digest: digest(value) };
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof Date) return { $: 'date', iso: value.toISOString() };
    const kind = Array.isArray(value)
      ? 'array'
      : value instanceof Map
        ? 'map'
        : value instanceof Set
          ? 'set'
          : 'object';
    const all = Array.isArray(value)
      ? value
      : value instanceof Map || value instanceof Set
        ? [...value]
        : Object.entries(value);
    const size = all.length;
    if (depth >= encoding.depth || nodes >= encoding.nodes)
      return { $: 'cut', kind, why: 'depth', size, ...digested(value) };
    const given = all.slice(0, encoding.entries);
    const cut = given.length < size ? digested(value) : {};
    if (kind === 'array' || kind === 'set') {
      const items = (given as Live[]).map((item) => node(item, depth + 1));
      if (kind === 'set') return { $: 'set', items, size, ...cut };
      return given.length === size ? items : { $: 'array', items, size, ...cut };
    }
    if (kind === 'map')
      return {
        $: 'map',
        entries: (given as [Live, Live][]).map(([key, item]) => [node(key, depth + 1), node(item, depth + 1)]),
        size,
        ...cut,
      };
    const entries = (given as [string, Live][]).map(([key, item]): [string, EncodedValue] => [
      key,
      encoding.redacts && key === 'password' && item !== null && item !== ''
        ? { $: 'redacted', digest: digest(wholeText(item)), by: 'name' }
        : node(item, depth + 1),
    ]);
    return given.length === size ? Object.fromEntries(entries) : { $: 'object', entries, size, ...cut };
  };
  return node(live, 0);
}

const scalar: fc.Arbitrary<Live> = fc.oneof(
  fc.constantFrom<Live>(null, true, 0, 1, 2.5, '', 'tea', '12'),
  fc.string({ maxLength: 12 }),
  fc.constantFrom(new Date(0), new Date(86_400_000)),
);
const { live } = fc.letrec<{ live: Live }>((tie) => ({
  live: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    scalar,
    fc.array(tie('live'), { maxLength: 6 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'password', 'cart', 'rows'), tie('live'), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom<Live>(1, 12, '12', 'x'), tie('live')), {
        maxLength: 4,
        selector: ([key]) => JSON.stringify(key),
      })
      .map((entries): Live => new Map(entries)),
    fc.uniqueArray(fc.constantFrom<Live>(1, 2, 'x', 'y'), { maxLength: 4 }).map((items): Live => new Set(items)),
  ),
}));

/** The same value with one part of it another, wherever that is. */
function changed(value: Live, turn: number): Live {
  if (Array.isArray(value) && value.length > 0) {
    const at = turn % value.length;
    return turn % 5 === 0 ? value.slice(1) : value.with(at, changed(value[at]!, turn >> 1));
  }
  if (value instanceof Map && value.size > 0) {
    const [key, item] = [...value][turn % value.size]!;
    return new Map([...value].map(([own, each]) => [own, own === key ? changed(item, turn >> 1) : each]));
  }
  if (value instanceof Set) return new Set([...value].slice(1));
  if (value instanceof Date) return turn % 2 === 0 ? value.toISOString() : new Date(value.getTime() + 1);
  if (value !== null && typeof value === 'object' && Object.keys(value).length > 0) {
    const key = Object.keys(value)[turn % Object.keys(value).length]!;
    return { ...value, [key]: changed((value as Record<string, Live>)[key]!, turn >> 1) };
  }
  if (typeof value === 'string') return turn % 2 === 0 ? `${value}!` : value.replace(/.$/, '?');
  return turn % 2 === 0 ? [value] : 'another';
}

const encoding: fc.Arbitrary<Encoding> = fc.record({
  entries: fc.integer({ min: 1, max: 7 }),
  depth: fc.integer({ min: 1, max: 6 }),
  text: fc.integer({ min: 5, max: 12 }),
  nodes: fc.integer({ min: 2, max: 60 }),
  hasDigests: fc.boolean(),
  redacts: fc.boolean(),
});

const pair = fc
  .tuple(live, fc.nat(1_000), fc.constantFrom('same', 'changed', 'other'), live)
  .map(([a, turn, how, other]): [Live, Live] => [a, how === 'same' ? a : how === 'changed' ? changed(a, turn) : other]);

test('never the same for what differs, never different for what is the same, however it was cut and redacted', () => {
  const seen = { same: 0, different: 0, unknown: 0 };
  fc.assert(
    fc.property(pair, encoding, encoding, ([a, b], one, other) => {
      const is = sameness(encode(a, one), encode(b, other));
      seen[is] += 1;
      // A set's order is nothing; two sets of the same items are equal.
      const isEqual = isDeepStrictEqual(a, b) && wholeText(a) === wholeText(b);
      if (is !== 'unknown') expect(is).toBe(isEqual ? 'same' : 'different');
    }),
    { numRuns: 5_000 },
  );
  // It does say something: most pairs are decided.
  expect(seen.same).toBeGreaterThan(200);
  expect(seen.different).toBeGreaterThan(1_000);
  expect(seen.unknown).toBeLessThan(seen.same + seen.different);
});

test('what was fetched later decides nothing wrongly', () => {
  fc.assert(
    fc.property(pair, encoding, encoding, ([a, b], one, other) => {
      const whole = { ...one, entries: 100, depth: 100, nodes: 10_000, text: 1_000 };
      const [left, right] = [encode(a, one), encode(b, other)];
      // The panel loads or reveals every part of one side that has a digest: it stands beside both sides.
      const contents = new Map<string, EncodedValue>();
      collect(a, left, (key, content) => contents.set(key, encode(content, { ...whole, redacts: false })));
      const is = sameness(fill(left, contents), fill(right, contents));
      const isEqual = isDeepStrictEqual(a, b) && wholeText(a) === wholeText(b);
      if (is !== 'unknown') expect(is).toBe(isEqual ? 'same' : 'different');
    }),
    { numRuns: 3_000 },
  );
});

/** Each part that was cut or redacted and has a digest, with its true content. */
function collect(value: Live, encoded: EncodedValue, found: (key: string, content: Live) => void): void {
  const key = digestKey(encoded);
  if (key !== undefined) found(key, value);
  else if (Array.isArray(value) && Array.isArray(encoded))
    encoded.forEach((part, index) => collect(value[index]!, part, found));
  else if (value !== null && typeof value === 'object' && !Array.isArray(encoded) && !('$' in (encoded as object)))
    for (const [name, part] of Object.entries(encoded as Record<string, EncodedValue>))
      collect((value as Record<string, Live>)[name]!, part, found);
}

const text = (value: string, length = 9_000): EncodedValue => ({
  $: 'text',
  head: value,
  tail: value,
  length,
  digest: digest(value),
});
const list = (items: EncodedValue[], size: number, of?: string): EncodedValue => ({
  $: 'array',
  items,
  size,
  ...(of === undefined ? {} : { digest: digest(of) }),
});
const secret = (of: string): EncodedValue => ({ $: 'redacted', digest: digest(of), by: 'name' });

describe('by hand', () => {
  test.each<[string, EncodedValue | undefined, EncodedValue | undefined, string]>([
    ['absent on both sides', undefined, undefined, 'same'],
    ['there on one side', undefined, null, 'different'],
    ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, 'same'],
    ['a list cut at two lengths, no digest', list([1, 2], 9), list([1, 2, 3], 9), 'unknown'],
    ['a list cut on one side, whole on the other', list([1, 2], 3), [1, 2, 3], 'unknown'],
    ['a list cut, and another where both were sent', list([1, 2], 9), list([1, 3], 9), 'different'],
    ['lists of two sizes', list([1, 2], 9), list([1, 2], 10), 'different'],
    ['a change in a part that was not sent', list([1], 9, 'one'), list([1], 9, 'other'), 'different'],
    ['cut differently, one digest', list([1], 9, 'one'), list([1, 2], 9, 'one'), 'same'],
    ['two secrets', secret('a'), secret('b'), 'different'],
    ['one secret', secret('a'), secret('a'), 'same'],
    ['a secret beside a text', secret('a'), 'a', 'unknown'],
    ['a secret beside nothing', secret('a'), '', 'different'],
    ['a secret beside its absence', secret('a'), undefined, 'different'],
    ['a long text beside another', text('a'), text('b'), 'different'],
    ['a long text beside a short one', text('a'), 'aa', 'different'],
    ['a getter beside itself', { $: 'accessor' }, { $: 'accessor' }, 'unknown'],
    ['a function beside one of that name', { $: 'function', name: 'f' }, { $: 'function', name: 'f' }, 'unknown'],
    ['a Map beside an object', { $: 'map', entries: [], size: 0 }, {}, 'different'],
    [
      '12 beside "12"',
      { $: 'map', entries: [[12, 1]], size: 1 },
      { $: 'map', entries: [['12', 1]], size: 1 },
      'different',
    ],
    ['a date beside its text', { $: 'date', iso: '2026-01-01T00:00:00.000Z' }, '2026-01-01T00:00:00.000Z', 'different'],
    [
      'a part that is unknown beside one that differs',
      { a: list([1], 2), b: 1 },
      { a: list([1], 2), b: 2 },
      'different',
    ],
  ])('%s', (_name, a, b, is) => {
    expect(sameness(a, b)).toBe(is);
    expect(sameness(b, a)).toBe(is);
  });

  test('says where it was not compared, and how much was sent', () => {
    const rows = { cart: { rows: list([1, 2], 10_000) }, pin: secret('a') };
    expect(compare(rows, { cart: { rows: list([1], 10_000) }, pin: 'a' }).notCompared).toEqual([
      { path: ['cart', 'rows'], why: 'cut', given: 1, size: 10_000 },
      { path: ['pin'], why: 'redacted' },
    ]);
  });

  test('a revealed secret still compares by its hash with one that was not', () => {
    const revealed = fillAt({ pin: secret('a') }, ['pin'], '1234');
    expect(sameness(revealed, { pin: secret('a') })).toBe('same');
    expect(sameness(revealed, { pin: secret('b') })).toBe('different');
    expect(sameness(revealed, { pin: '1234' })).toBe('same');
    expect(sameness(revealed, { pin: '9999' })).toBe('different');
  });

  test('integer keys of a session are named, and are not the texts', () => {
    const memory = namedSession({
      $: 'map',
      entries: [
        [12, 'tea'],
        ['cart', 1],
      ],
      size: 2,
    });
    expect(sameness(memory, { '12': 'tea', cart: 1 })).toBe('different');
    expect(
      sameness(
        memory,
        namedSession({
          $: 'map',
          entries: [
            [12, 'tea'],
            ['cart', 1],
          ],
          size: 2,
        }),
      ),
    ).toBe('same');
  });
});
