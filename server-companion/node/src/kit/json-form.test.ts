import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EncodedValue } from '../../../../protocol/index.ts';
import { anyValue, ran } from '../core/any-value.cases.ts';
import { encode, type Encoded } from '../core/encode.ts';
import { encodedState } from '../core/encoded-state.ts';
import { ACCESSOR, jsonForm } from './json-form.ts';
import { storedState } from './stored-state.ts';

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** What a session may hold and JSON changes, beside what it keeps. */
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.string({ maxLength: 30, unit: 'grapheme' }),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined, () => 1, Symbol('s'), Number.NaN, -0),
    fc.date({ noInvalidDate: false }),
    fc.constantFrom(new URL('https://shop.test/ä?q=1'), Buffer.from('bytes'), /x/, new Error('e'), new Number(7)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ maxLength: 12 }), tie('value'), { maxKeys: 5 }),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
    fc.constantFrom('x'.repeat(20_000), new Uint8Array([1, 2])),
  ),
})).value;

test('is what JSON.parse(JSON.stringify()) gives, with its size', () => {
  fc.assert(
    fc.property(value, (live) => {
      const text = JSON.stringify(live) as string | undefined;
      const form = jsonForm(live, digest);
      if (text === undefined) return void expect(form).toBeUndefined();
      expect(form!.value).toEqual(encode(JSON.parse(text), digest).value);
      expect(form!.size).toBe(Buffer.byteLength(text));
    }),
    { numRuns: 2_000 },
  );
});

test('runs no code of the program, whatever the value', () => {
  fc.assert(
    fc.property(anyValue, (make) => {
      jsonForm(make(), digest);
      expect(ran.count).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});

class Price {
  readonly #cents = 100;
  toJSON = () => this.#cents;
}

test.each<[string, unknown, EncodedValue]>([
  ["what the app's toJSON gives", { a: new Price(), b: 1 }, { a: { $: 'opaque', class: 'Price' }, b: 1 }],
  [
    'what a getter gives',
    {
      get a() {
        throw new Error('never called');
      },
    },
    { a: { $: 'opaque', class: 'Object' } },
  ],
  ['a getter of the session itself', ACCESSOR, { $: 'opaque', class: 'accessor' }],
  ['a proxy', [new Proxy({}, {})], [{ $: 'opaque', class: 'Proxy' }]],
])('%s is not known, and neither is the size', (_name, live, expected) => {
  expect(jsonForm(live, digest)).toMatchObject({ value: expected, size: undefined });
});

test('what is too large to walk is not known', () => {
  const rows = Array.from({ length: 60_000 }, () => 1);
  expect(jsonForm(rows, digest)).toMatchObject({ value: { $: 'cut', kind: 'array' }, size: undefined });
  const ring: unknown[] = [];
  ring.push(ring);
  expect(jsonForm(ring, digest)).toMatchObject({ size: undefined });
});

test('a session that JSON keeps is its own stored form; of another only what JSON changes differs', () => {
  const known = (session: object) =>
    new Map(Object.entries(session).map(([key, part]): [string, Encoded] => [key, encode(part, digest)]));
  const stored = (session: Record<string, unknown>) => {
    const entries = known(session);
    const whole = encodedState(entries, digest);
    return { whole, ...storedState(entries, { get: (key) => session[key] }, whole, digest) };
  };
  const kept = stored({ cart: { items: ['A-1'] }, n: 1 });
  expect(kept.state).toBe(kept.whole);
  expect(kept.size).toBe(Buffer.byteLength('"cart":{"items":["A-1"]},"n":1'));
  const { state, size } = stored({ cart: new Map([['A-1', 2]]), at: new Date(0), f: () => 1, n: Number.NaN });
  expect(state).toEqual({ cart: {}, at: '1970-01-01T00:00:00.000Z', n: null });
  expect(size).toBe(Buffer.byteLength('"cart":{},"at":"1970-01-01T00:00:00.000Z","n":null'));
});
