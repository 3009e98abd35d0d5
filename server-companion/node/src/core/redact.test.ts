import { createSecretKey } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type EncodedValue,
  FETCHED_VALUE,
  isEncodedValue,
  isSecretName,
  SECRET_NAME_PARTS,
  SECRET_NAMES,
} from '../../../../protocol/index.ts';
import { anyValue, ran } from './any-value.cases.ts';
import { encode } from './encode.ts';
import { createIdentity } from './identity.ts';
import { redact } from './redact.ts';
import { createRedaction } from './redaction.ts';
import { trim } from './trim.ts';

const identityOf = (key: string) =>
  createIdentity({ app: 'app', project: 'p', root: '/', directory: '/', key: createSecretKey(Buffer.from(key)) });
const { digest } = identityOf('k'.repeat(32));
const rules = createRedaction(digest);
const outgoing = (value: unknown) => trim(redact(encode(value, digest).value, [], rules), digest);

const CANARY = 'kanarienvogel-2718';

/** The listed names, in the spellings that programs use. */
const secretName = fc
  .tuple(
    fc.constantFrom(...SECRET_NAME_PARTS, ...SECRET_NAMES),
    fc.constantFrom(
      (name: string) => name,
      (name: string) => name.toUpperCase(),
      (name: string) => `_${name}`,
      (name: string) => `${name[0]!.toUpperCase()}${name.slice(1)}`,
      (name: string) => [...name].join('-'),
      (name: string) => [...name].join('_').toUpperCase(),
    ),
  )
  .map(([name, spell]) => spell(name));

/** Ways in which a secret stands below a secret name. */
const planted = fc.tuple(
  secretName,
  fc.constantFrom<((name: string) => unknown)[]>(
    (name) => ({ [name]: CANARY }),
    (name) => ({ user: 'ada', [name]: [{ deep: { deeper: CANARY } }] }),
    (name) => ({ [name]: { [CANARY]: 1 } }),
    (name) => new Map([[name, CANARY]]),
    (name) => new Map<unknown, unknown>([['a', { [name]: new Set([CANARY]) }]]),
    (name) => Object.assign(Object.create({}) as object, { [name]: CANARY }),
    (name) => ({ $: 'forged', [name]: CANARY }),
    (name) => ({ [name]: new Error(CANARY) }),
    (name) => ({ [name]: Buffer.from(CANARY) }),
    (name) => ({ [name]: `${'x'.repeat(20_000)}${CANARY}` }),
    (name) => JSON.stringify({ user: 'ada', [name]: CANARY }),
    (name) => JSON.stringify({ list: [{ [name]: { deep: CANARY } }] }, null, 2),
    (name) => ({ body: JSON.stringify({ [name]: CANARY }) }),
    (name) => JSON.stringify({ [name]: `${CANARY}${'x'.repeat(20_000)}` }),
    (name) => JSON.stringify({ [name]: CANARY, padding: 'x'.repeat(20_000) }),
    (name) => JSON.stringify({ padding: 'x'.repeat(20_000), [name]: CANARY }),
    // The key lies in what is cut out of a long text, the value at its tail.
    (name) => JSON.stringify({ padding: 'x'.repeat(16_200), [name]: `${'x'.repeat(300)}${CANARY}` }),
    (name) => JSON.stringify({ a: 'x'.repeat(2_000), [name]: `${'x'.repeat(240)}${CANARY}`, b: 1 }),
    (name) => JSON.stringify({ a: 'x'.repeat(16_200), [name]: `${'x'.repeat(240)}${CANARY}`, b: 1 }),
  ),
);

test('a secret below a secret name leaves in no form, wherever it stands', () => {
  const step = fc.constantFrom<((inner: unknown) => unknown)[]>(
    (inner) => [1, inner],
    (inner) => ({ a: inner }),
    (inner) => new Map([['m', inner]]),
    (inner) => new Set([inner]),
    (inner) => Object.assign(Object.create({}) as object, { field: inner }),
  );
  fc.assert(
    fc.property(planted, fc.array(step, { maxLength: 6 }), ([name, plant], steps) => {
      const value = steps.reduce<unknown>((inner, wrap) => wrap(inner), plant(name));
      const sent = outgoing(value);
      expect(JSON.stringify(sent)).not.toContain(CANARY);
      expect(JSON.stringify(sent)).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 20));
      expect(isEncodedValue(sent)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('any value stays within bounds when it is redacted, and what was recorded stays as it was', () => {
  fc.assert(
    fc.property(anyValue, (make) => {
      const { value } = encode(make(), digest);
      const before = JSON.stringify(value);
      const held = redact(value, [], rules);
      expect(isEncodedValue(held, FETCHED_VALUE)).toBe(true);
      expect(JSON.stringify(value)).toBe(before);
      expect(redact(held, [], rules)).toEqual(held);
      expect(ran.count).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('digests are equal exactly where the values are', () => {
  const digestOf = (value: EncodedValue) =>
    (redact({ secret: value }, [], rules) as { secret: { digest: string } }).secret.digest;
  const scalar = fc.oneof(fc.string({ minLength: 1 }), fc.integer(), fc.boolean(), fc.array(fc.string()));
  fc.assert(
    fc.property(scalar, scalar, (a, b) => {
      expect(digestOf(a) === digestOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
  expect(digestOf('1')).not.toBe(digestOf(1));
});

test('a digest is keyed: another project gives another, and it is no plain hash', () => {
  const other = createRedaction(identityOf('l'.repeat(32)).digest);
  const mine = redact('hunter2', ['password'], rules);
  expect(redact('hunter2', ['password'], other)).not.toEqual(mine);
  expect(redact('hunter2', ['password'], rules)).toEqual(mine);
});

test('names of the app are redacted beside the listed ones', () => {
  const own = createRedaction(digest, ['Tax-Number']);
  expect(own.isSecretName('taxNumber')).toBe(true);
  expect(own.isSecretName('password')).toBe(true);
  expect(own.isSecretName('tax')).toBe(false);
  expect(rules.isSecretName('taxNumber')).toBe(false);
});

test('a name is a secret in any spelling', () => {
  fc.assert(fc.property(secretName, (name) => isSecretName(name)));
});
