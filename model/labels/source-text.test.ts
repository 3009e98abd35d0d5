import { expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import { sourceText } from './source-text.ts';

const CASES: [value: EncodedValue, json: unknown][] = [
  ['tea', 'tea'],
  [{ cart: { items: [{ sku: 'TEA', qty: 1 }] } }, { cart: { items: [{ sku: 'TEA', qty: 1 }] } }],
  [{ $: 'redacted', digest: '0123456789ab', by: 'name' }, '(redacted)'],
  [{ $: 'text', head: 'a', tail: 'z', length: 9_000, digest: '0123456789ab' }, 'a…z'],
  [{ $: 'date', iso: '2026-01-02T03:04:05.000Z' }, '2026-01-02T03:04:05.000Z'],
  [{ $: 'bigint', digits: '12' }, '12n'],
  [{ $: 'set', items: [1, { $: 'undefined' }], size: 2 }, [1, 'undefined']],
];

test.each(CASES)('%j is copied as %j', (value, json) => {
  expect(JSON.parse(sourceText(value))).toEqual(json);
});

test('a key __proto__ is copied as a key', () => {
  const text = sourceText({ $: 'object', entries: [['__proto__', { polluted: true }]], size: 1 });
  expect(text).toContain('"__proto__"');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
