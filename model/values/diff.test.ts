import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import { apply, type Diff, diff, differingText } from './diff.ts';
import { cutOf } from './known.ts';
import { partsOf } from './parts.ts';

const scalar: fc.Arbitrary<EncodedValue> = fc.oneof(
  fc.constantFrom<EncodedValue>(null, true, 0, 1, 2.5, '', 'tea', 'mug'),
  fc.constantFrom<EncodedValue>(
    { $: 'undefined' },
    { $: 'date', iso: '2026-01-01T00:00:00.000Z' },
    { $: 'bigint', digits: '12' },
    { $: 'redacted', digest: '0123456789ab', by: 'name' },
    { $: 'map', entries: [[1, 'one']], size: 1 },
    { $: 'cut', kind: 'array', size: 9, why: 'nodes' },
  ),
);

const names = fc.constantFrom('id', 'sku', 'qty', 'items', '$', '__proto__', 'toString');

/** Encoded as a companion would: an object with a forbidden key is tagged. */
const objectOf = (entries: [string, EncodedValue][]): EncodedValue =>
  entries.some(([key]) => key === '$' || key === '__proto__')
    ? { $: 'object', entries, size: entries.length }
    : Object.fromEntries(entries);

const { value } = fc.letrec<{ value: EncodedValue }>((tie) => {
  const list = fc.array(tie('value'), { maxLength: 5 });
  const entries = fc.uniqueArray(fc.tuple(names, tie('value')), { maxLength: 4, selector: ([key]) => key });
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      scalar,
      list,
      entries.map(objectOf),
      entries.map((own): EncodedValue => ({ $: 'object', class: 'Cart', entries: own, size: own.length + 2 })),
      list.map((items): EncodedValue => ({ $: 'set', items, size: items.length })),
      list.map((items): EncodedValue => ({ $: 'array', class: 'Uint8Array', items, size: items.length + 1 })),
    ),
  };
});

test('apply(diff(a, b), a) is b', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(apply(diff(a, b), a)).toEqual(b);
    }),
    { numRuns: 2_000 },
  );
});

test('apply(diff(a, b), a) is b where b is a with its lists shuffled and parts changed', () => {
  const item = fc.record({ sku: fc.constantFrom('A', 'B', 'C', 'D'), qty: fc.nat(3) });
  const list = fc.array(item, { maxLength: 7 });
  fc.assert(
    fc.property(list, list, (a, b) => {
      expect(apply(diff(a, b), a)).toEqual(b);
      // The order of keys is kept too: it is what a reader of the session sees.
      expect(JSON.stringify(apply(diff(a, b), a))).toBe(JSON.stringify(b));
    }),
    { numRuns: 1_000 },
  );
});

/** Every part of it was sent. */
const isWhole = (encoded: EncodedValue): boolean =>
  cutOf(encoded) === undefined && (partsOf(encoded) ?? []).every(([, part]) => isWhole(part));

test('a value beside itself is the same, or not compared where not all of it was sent', () => {
  fc.assert(
    fc.property(value, (a) => {
      expect(diff(a, structuredClone(a)).status).toBe(isWhole(a) ? 'same' : 'unknown');
    }),
  );
});

test('what is absent was added or removed', () => {
  expect(diff(undefined, 1)).toEqual({ status: 'added', after: 1 });
  expect(diff(1, undefined)).toEqual({ status: 'removed', before: 1 });
  expect(apply(diff(1, undefined), 1)).toBeUndefined();
  expect(apply(diff(undefined, 1), undefined)).toBe(1);
  expect(diff(undefined, undefined).status).toBe('same');
});

/** `+sku`, `−sku`, `~path`, `0→2 same`: one line for each part that is not the same where it was. */
function inShort(difference: Diff, path = ''): string[] {
  if (difference.status !== 'changed') return [`${path} ${difference.status}`.trim()];
  return difference.parts.flatMap((part) => {
    const name = `${path}${path === '' ? '' : '.'}${part.name ?? part.after ?? part.before}`;
    if (part.moved)
      return [
        `${part.before}→${part.after} ${part.diff.status}`,
        ...(part.diff.status === 'changed' ? inShort(part.diff, name) : []),
      ];
    return part.diff.status === 'same' ? [] : inShort(part.diff, name);
  });
}

const TEA = { sku: 'TEA-01', qty: 2 };
const MUG = { sku: 'MUG-11', qty: 1 };
const POT = { sku: 'POT-03', qty: 1 };

const CASES: Record<string, [before: EncodedValue, after: EncodedValue, short: string[]]> = {
  'a key changed': [{ a: 1, b: 2 }, { a: 1, b: 3 }, ['b replaced']],
  'a key came and one went': [{ a: 1, b: 2 }, { a: 1, c: 2 }, ['b removed', 'c added']],
  'a nested key changed': [
    { cart: { items: [TEA] } },
    { cart: { items: [{ ...TEA, qty: 3 }] } },
    ['cart.items.0.qty replaced'],
  ],
  'an item was added at the end': [[TEA], [TEA, MUG], ['1 added']],
  'an item was added in front, and nothing else changed': [[TEA, MUG], [POT, TEA, MUG], ['0 added']],
  'an item was removed from the middle': [[TEA, MUG, POT], [TEA, POT], ['1 removed']],
  'one item moved: one move, not three changes': [[TEA, MUG, POT], [MUG, POT, TEA], ['0→2 same']],
  'an item changed where it stood': [[TEA, MUG], [TEA, { ...MUG, qty: 2 }], ['1.qty replaced']],
  'an item changed and moved': [
    [TEA, MUG, POT],
    [MUG, POT, { ...TEA, qty: 9 }],
    ['0→2 changed', '2.qty replaced'],
  ],
  'an item changed, another was removed before it': [
    [TEA, MUG, POT],
    [MUG, { ...POT, qty: 4 }],
    ['0 removed', '1.qty replaced'],
  ],
  'the same item twice': [[1, 1], [1, 1, 1], ['2 added']],
  'a text in a list was replaced': [['a'], ['b'], ['0 removed', '0 added']],
  'a list became an object': [[], {}, ['replaced']],
  'a class became another': [
    { $: 'object', class: 'Cart', entries: [['a', 1]], size: 1 },
    { $: 'object', class: 'Basket', entries: [['a', 1]], size: 1 },
    ['replaced'],
  ],
  'an entry of a map changed': [
    { $: 'map', entries: [['a', 1]], size: 1 },
    { $: 'map', entries: [['a', 2]], size: 1 },
    ['"a" replaced'],
  ],
  'an entry of a map is found by its key, wherever it stands': [
    {
      $: 'map',
      entries: [
        [12, 'tea'],
        [7, 'mug'],
      ],
      size: 2,
    },
    {
      $: 'map',
      entries: [
        [7, 'mug'],
        [12, 'pot'],
      ],
      size: 2,
    },
    ['12 replaced'],
  ],
  'a key that is a text is not the number': [
    { $: 'map', entries: [[12, 'tea']], size: 1 },
    { $: 'map', entries: [['12', 'tea']], size: 1 },
    ['12 removed', '"12" added'],
  ],
  'a redacted value changed': [
    { password: { $: 'redacted', digest: '000000000000', by: 'name' } },
    { password: { $: 'redacted', digest: '111111111111', by: 'name' } },
    ['password replaced'],
  ],
};

describe('in a table', () => {
  test.each(Object.entries(CASES))('%s', (_name, [before, after, short]) => {
    const difference = diff(before, after);
    expect(inShort(difference).toSorted()).toEqual(short.toSorted());
    expect(apply(difference, before)).toEqual(after);
    // And back.
    expect(apply(diff(after, before), after)).toEqual(before);
  });
});

test('a removed key is reported where it stood', () => {
  const difference = diff({ a: 1, b: 2, c: 3 }, { a: 1, c: 3 });
  expect(difference.status === 'changed' && difference.parts.map((part) => part.after ?? part.before)).toEqual([
    'a',
    'b',
    'c',
  ]);
});

test('lists of the wire`s bound are compared whole', () => {
  const items = Array.from({ length: 100 }, (_item, index) => ({ id: index, text: `item ${index}` }));
  const shuffled = items.toReversed();
  const difference = diff(items, shuffled);
  expect(apply(difference, items)).toEqual(shuffled);
  expect(difference.status === 'changed' && difference.parts.filter((part) => part.moved)).toHaveLength(99);
});

test.each([
  ['the side door; the bell', 'the side gate; the bell', ['the side ', 'door', '; the bell']],
  ['aaa', 'aa', ['aa', 'a', '']],
  ['', 'x', ['', '', '']],
  ['same', 'same', ['same', '', '']],
])('%j beside %j differs in the middle', (text, other, cut) => {
  expect(differingText(text, other)).toEqual(cut);
});

test('a text cut around what differs is still that text', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(differingText(a, b).join('')).toBe(a);
    }),
  );
});

test('lists of 10,000 items, half of them new, reversed or moved, are compared in one go', () => {
  const items = Array.from({ length: 10_000 }, (_item, index) => ({ id: index, text: `item ${index}` }));
  const moved = [...items.slice(3_000), ...items.slice(0, 3_000)];
  const difference = diff(items, moved);
  expect(apply(difference, items)).toEqual(moved);
  // Those that moved are the fewer ones.
  expect(difference.status === 'changed' && difference.parts.filter((part) => part.moved)).toHaveLength(3_000);
  const others = items.map((item) => (item.id % 2 === 0 ? item : { id: -item.id, text: 'new' }));
  expect(apply(diff(items, others), items)).toEqual(others);
});
