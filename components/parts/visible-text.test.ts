import { expect, test } from 'vitest';
import { cutMiddle, splitPath, visibleKey, visibleText } from './visible-text.ts';

test.each([
  ['cart', 'cart'],
  ['', '""'],
  ['a\u202egnp.exe', 'a\\u202egnp.exe'],
  ['a\u200bb', 'a\\u200bb'],
  ['tab\tnewline\n', 'tab\\u0009newline\\u000a'],
  ['\u{e0041}', '\\u{e0041}'],
  ['a\u200db', 'a\\u200db'],
  ['👨‍👩‍👧', '👨‍👩‍👧'],
  ['שלום', 'שלום'],
])('%j stands as %s', (key, shown) => {
  expect(visibleKey(key)).toBe(shown);
});

test('an empty text stays empty: only a key needs a name', () => {
  expect(visibleText('')).toBe('');
});

test('a long key keeps both ends and the length that was asked for', () => {
  const cut = cutMiddle(`begin${'x'.repeat(500)}end`, 40);
  expect(cut).toHaveLength(40);
  expect(cut).toMatch(/^begin.*….*end$/);
  expect(cutMiddle('short', 40)).toBe('short');
});

test.each([
  ['/cart/', '/cart/', ''],
  ['/problems/lost-update/items', '/problems/lost-update', '/items'],
  ['/problems/lost-update/coupon/', '/problems/lost-update', '/coupon/'],
  ['/api/v2/customers/4711/cart', '/api/v2/customers', '/4711/cart'],
  [`/${'x'.repeat(60)}`, `/${'x'.repeat(44)}`, 'x'.repeat(16)],
])('%s is cut before its end', (path, head, tail) => {
  expect(splitPath(path)).toEqual([head, tail]);
});
