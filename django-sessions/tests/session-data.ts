/** Session data as Python's JSON can say it, as text: JavaScript's own values could not say `1.0` or key order. */
import * as fc from 'fast-check';
import { formatFloat } from '../src/codec/numbers.ts';

/** Escapes as Python does, so that a text that has been through ours can be compared to the byte. */
const quote = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Any UTF-16 text, lone surrogates among it, but no pair that is written as two lone halves. */
const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 20 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc.string({ minLength: 200, maxLength: 400 }),
);

const key: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('username', 'cart', '_auth_user_id', '__proto__', 'constructor', 'toJSON', '', '0', '10', '2', '-1'),
  fc.string({ maxLength: 8 }),
  fc.nat(50).map(String),
);

const number: fc.Arbitrary<string> = fc.oneof(
  fc.integer().map(String),
  fc.maxSafeInteger().map(String),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }).map(String),
  fc.double({ noNaN: false }).map(formatFloat),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => formatFloat(Math.round(value))),
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '-0.0', '0.0', '1.0', '1e+16', '1e-05', '5e-324', '1e+22', '0'),
);

const object = (entries: readonly (readonly [string, string])[]): string =>
  `{${entries.map(([name, item]) => `${quote(name)}:${item}`).join(',')}}`;

const { value } = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text.map(quote),
    number,
    fc.constantFrom('null', 'true', 'false'),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
  object: fc.uniqueArray(fc.tuple(key, tie('value')), { maxLength: 5, selector: ([name]) => name }).map(object),
}));

/** JSON as Python writes it. */
export const sessionJson: fc.Arbitrary<string> = fc
  .uniqueArray(fc.tuple(key, value), { maxLength: 8, selector: ([name]) => name })
  .map(object);

/** Up to about 100 KB. */
export const longSessionJson: fc.Arbitrary<string> = fc
  .tuple(sessionJson, fc.integer({ min: 1, max: 1200 }), fc.string({ unit: 'binary', maxLength: 60 }))
  .map(([json, count, note]) => {
    const items = Array.from({ length: count }, (_, id) => `{"id":${id},"note":${quote(note)},"price":${id}.5}`);
    return json === '{}'
      ? `{"items":[${items.join(',')}]}`
      : json.replace(/^\{/, `{"items list":[${items.join(',')}],`);
  });
