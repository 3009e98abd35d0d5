import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import { piecesOf } from './diff-pieces.ts';

/** What differs in brackets. */
const inShort = (value: EncodedValue, other: EncodedValue) =>
  piecesOf(value, other)
    ?.map(({ text, differs }) => (differs ? `[${text}]` : text))
    .join('');

const long = (middle: string): EncodedValue => ({
  $: 'text',
  head: `Please ring at the side ${middle}; the bell at the front is broken.`,
  tail: 'Thank you.',
  length: 3_780,
  digest: '0123456789ab',
});

test.each<[EncodedValue, EncodedValue, string | undefined]>([
  ['the side door', 'the side gate', '"the side [door]"'],
  [
    'a'.repeat(40) + 'x' + 'b'.repeat(40),
    'a'.repeat(40) + 'y' + 'b'.repeat(40),
    `"…${'a'.repeat(14)}[x]${'b'.repeat(14)}…"`,
  ],
  [long('door'), long('gate'), '"…g at the side [door]; the bell at …"'],
  [{ sku: 'MUG', qty: 1 }, { sku: 'MUG', qty: 2 }, '{sku: "MUG", qty: [1]}'],
  [{ sku: 'MUG', gift: true }, { sku: 'MUG' }, '{sku: "MUG", [gift: true]}'],
  [{ $: 'object', class: 'Money', entries: [['amount', 1]], size: 1 }, { amount: 2 }, 'Money {amount: [1]}'],
  [1, 2, undefined],
  [[1], [2], undefined],
  [long('door'), { ...(long('door') as object), digest: 'ba9876543210' } as EncodedValue, undefined],
])('%j beside %j', (value, other, short) => {
  expect(inShort(value, other)).toBe(short);
});

test('the pieces of a short text are that text', () => {
  const text = fc.string({ maxLength: 14 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      if (a !== b)
        expect(
          piecesOf(a, b)
            ?.map((piece) => piece.text)
            .join(''),
        ).toBe(`"${a}"`);
    }),
  );
});
