import { expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import {
  formatBytes,
  formatDuration,
  formatOffset,
  formatPath,
  formatSource,
  formatTime,
  kindOf,
  markOf,
  plural,
  previewValue,
} from './formats.ts';

test.each([
  [0, '0.0 ms'],
  [6, '6.0 ms'],
  [9.96, '10.0 ms'],
  [10, '10 ms'],
  [842.4, '842 ms'],
  [1_400, '1.4 s'],
  [59_000, '59 s'],
  [60_000, '1 min'],
  [780_000, '13 min'],
  [5_400_000, '1.5 h'],
  [86_400_000, '24 h'],
  [1_209_600_000, '14 d'],
])('%d ms is worded %s', (ms, words) => {
  expect(formatDuration(ms)).toBe(words);
});

test.each([
  [1.23, '+1.2'],
  [13.84, '+13.8'],
  [223.4, '+223'],
])('an offset of %d is %s', (ms, words) => {
  expect(formatOffset(ms)).toBe(words);
});

test.each([
  [38, '38 B'],
  [2_100, '2.1 KB'],
  [2_100_000, '2.1 MB'],
])('%d bytes are %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test('a time is written to the millisecond, in local time', () => {
  expect(formatTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe('03:04:05.006');
});

test('one and many', () => {
  expect([plural(1, 'key'), plural(0, 'key'), plural(2, 'entry', 'entries')]).toEqual(['1 key', '0 keys', '2 entries']);
});

test.each([
  [['cart', 'items', 0, 'qty'], 'cart.items[0].qty'],
  [['a b', 'c'], '["a b"].c'],
  [['a.b'], '["a.b"]'],
  [['data-id'], 'data-id'],
  [[''], '[""]'],
  [[], ''],
])('the path %j is written %s', (path, text) => {
  expect(formatPath(path)).toBe(text);
});

test('a source is its first frame; without one there is none', () => {
  expect(formatSource({ frames: [{ file: 'cart/views.py', line: 29, kind: 'app' }] })).toBe('cart/views.py:29');
  expect(formatSource({ frames: [], omitted: 'budget' })).toBeUndefined();
  expect(formatSource(undefined)).toBeUndefined();
});

const LONG = 'x'.repeat(60);
const PREVIEWS: [EncodedValue, string][] = [
  [null, 'null'],
  [1.5, '1.5'],
  ['tea', '"tea"'],
  ['a"b\n', '"a\\"b\\n"'],
  [LONG, `"${'x'.repeat(48)}…"`],
  [[1, 2], '[1, 2]'],
  [[{ a: 1 }], '[1]'],
  [Array.from({ length: 9 }, () => 0), '[9]'],
  [{ items: [1, 2], currency: 'EUR' }, '{items: [2], currency: "EUR"}'],
  [{ a: 1, b: 2, c: 3, d: 4, e: 5 }, '{a: 1, b: 2, c: 3, d: 4, …}'],
  [{ $: 'object', class: 'Cart', entries: [['a', 1]], size: 3 }, 'Cart {a: 1, …}'],
  [{ $: 'array', class: 'Float64Array', items: [1], size: 1 }, 'Float64Array [1]'],
  [{ $: 'map', entries: [], size: 7 }, 'Map(7)'],
  [{ $: 'set', items: [1], size: 1 }, 'Set [1]'],
  [{ $: 'text', head: 'he', tail: 'il', length: 9_000, digest: '0123456789ab' }, '"he"'],
  [{ $: 'date', iso: '2026-01-01T00:00:00.000Z' }, '2026-01-01T00:00:00.000Z'],
  [{ $: 'date', iso: null }, 'invalid date'],
  [{ $: 'bigint', digits: '-12' }, '-12n'],
  [{ $: 'number', value: '-0' }, '-0'],
  [{ $: 'undefined' }, 'undefined'],
  [{ $: 'symbol', description: 'id' }, 'Symbol(id)'],
  [{ $: 'function', name: 'add' }, 'function add'],
  [{ $: 'function', name: '' }, 'function'],
  [{ $: 'bytes', class: 'Buffer', length: 4, head: 'AAAA' }, 'Buffer(4)'],
  [{ $: 'error', name: 'TypeError', message: 'no' }, 'TypeError: no'],
  [{ $: 'cycle', path: [] }, '→ itself'],
  [{ $: 'cycle', path: ['a', 0] }, '→ a[0]'],
  [{ $: 'accessor' }, 'getter, not called'],
  [{ $: 'opaque', class: 'WeakMap' }, 'WeakMap'],
  [{ $: 'opaque', class: 'RegExp', text: '/a/' }, 'RegExp "/a/"'],
  [{ $: 'cut', kind: 'array', size: 900, why: 'nodes' }, 'array of 900, left out'],
  [{ $: 'cut', kind: 'other', why: 'depth' }, 'other, left out'],
  [{ $: 'redacted', digest: '0123456789ab', by: 'name' }, ''],
  [{ token: { $: 'redacted', digest: '0123456789ab', by: 'name' }, region: 'eu' }, '{token: redacted, region: "eu"}'],
];

test.each(PREVIEWS)('%j reads %s', (value, text) => {
  expect(previewValue(value)).toBe(text);
});

test.each<[EncodedValue, string | undefined]>([
  [{ $: 'redacted', digest: '0123456789ab', by: 'shape' }, 'redacted'],
  [{ $: 'text', head: '', tail: '', length: 1_200, digest: '0123456789ab' }, '1.2 KB'],
  [{ $: 'cut', kind: 'text', why: 'bytes' }, 'cut'],
  [{ $: 'object', entries: [['a', 1]], size: 48 }, '1 of 48'],
  [{ $: 'array', items: [1], size: 48 }, '1 of 48'],
  [{ $: 'set', items: [1], size: 48 }, '1 of 48'],
  [{ $: 'map', entries: [], size: 48 }, '0 of 48'],
  [{ $: 'object', entries: [['$', 1]], size: 1 }, undefined],
  ['whole', undefined],
])('%j is marked %s', (value, text) => {
  const mark = markOf(value);
  expect(mark?.text).toBe(text);
  if (mark) expect(mark.title).not.toBe('');
});

test('kinds of values, for their colour', () => {
  const kinds = (
    ['a', 1, true, null, { $: 'bigint', digits: '1' }, { $: 'date', iso: null }, []] as EncodedValue[]
  ).map(kindOf);
  expect(kinds).toEqual(['text', 'number', 'number', 'other', 'number', 'text', 'other']);
});
