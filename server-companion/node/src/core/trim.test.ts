import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EncodedValue, isEncodedValue } from '../../../../protocol/index.ts';
import { anyValue } from './any-value.cases.ts';
import { encode, EVENT_BOUNDS } from './encode.ts';
import { trim } from './trim.ts';

const digest = (text: string) => text.length.toString(16).padStart(12, '0');
const recorded = (value: unknown) => encode(value, digest).value;

test('whatever the log holds fits into an event, and what was recorded stays as it was', () => {
  fc.assert(
    fc.property(anyValue, (make) => {
      const value = recorded(make());
      const before = JSON.stringify(value);
      const trimmed = trim(value, digest);
      expect(isEncodedValue(trimmed)).toBe(true);
      expect(JSON.stringify(trimmed).length).toBeLessThan(EVENT_BOUNDS.bytes * 4);
      expect(JSON.stringify(value)).toBe(before);
      // Once is enough.
      expect(trim(trimmed, digest)).toBe(trimmed);
    }),
    { numRuns: 1_000 },
  );
});

test('what fits is given back as it is', () => {
  fc.assert(
    fc.property(anyValue, (make) => {
      const value = encode(make(), digest, { ...EVENT_BOUNDS, nodes: 200, bytes: 8_000 }).value;
      expect(trim(value, digest)).toBe(value);
    }),
  );
});

test('each bound cuts as the encoder cuts', () => {
  const deep = (levels: number) => {
    let value: unknown = 'bottom';
    for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { in: value };
    return value;
  };
  const values: unknown[] = [
    'x'.repeat(5_000),
    { text: 'x'.repeat(5_000), a: 1 },
    Array.from({ length: 500 }, (_, index) => index),
    Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index])),
    { $: 1, list: Array.from({ length: 500 }, () => 'x') },
    new Map(Array.from({ length: 500 }, (_, index) => [index, index])),
    new Set(Array.from({ length: 500 }, (_, index) => index)),
    deep(16),
    Array.from({ length: 90 }, () => Array.from({ length: 90 }, () => 1)),
  ];
  for (const value of values) expect(trim(recorded(value), digest)).toEqual(encode(value, digest, EVENT_BOUNDS).value);
});

test('what is cut is marked with its size, at every bound', () => {
  const bounds = { nodes: 6, depth: 2, entries: 3, textLength: 10, textHead: 4, textTail: 2, bytes: 10_000 };
  const cut = (value: EncodedValue) => trim(value, digest, bounds);
  expect(cut([[[1, 2]]])).toEqual([[{ $: 'cut', kind: 'array', why: 'depth', size: 2, digest: digest('[1,2]') }]]);
  expect(cut({ a: { b: { c: 1 } } })).toEqual({
    a: { b: { $: 'cut', kind: 'object', why: 'depth', size: 1, digest: digest('{"c":1}') } },
  });
  expect(cut([1, 2, 3, 4])).toEqual({ $: 'array', items: [1, 2, 3], size: 4, digest: digest('[1,2,3,4]') });
  // What lies behind the four is not known, so neither is a change in it.
  expect(cut({ $: 'array', class: 'Stack', items: [1, 2, 3, 4], size: 9 })).toEqual({
    $: 'array',
    class: 'Stack',
    items: [1, 2, 3],
    size: 9,
  });
  expect(cut({ a: 1, b: 2, c: 3, d: 4 })).toEqual({
    $: 'object',
    entries: [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ],
    size: 4,
    digest: digest('{"a":1,"b":2,"c":3,"d":4}'),
  });
  expect(cut([[1, 2, 3], [4]])).toEqual([
    [1, 2, 3],
    { $: 'cut', kind: 'array', why: 'nodes', size: 1, digest: digest('[4]') },
  ]);
  expect(cut([[1, 2, 3], 4, 5])).toEqual({
    $: 'array',
    items: [[1, 2, 3], 4],
    size: 3,
    digest: digest('[[1,2,3],4,5]'),
  });
  expect(cut(['0123456789x'])).toEqual([
    { $: 'text', head: '0123', tail: '9x', length: 11, digest: digest('0123456789x') },
  ]);
});
