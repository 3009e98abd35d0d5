/** The golden fixtures of value encoding and redaction, run by the companion for Node. */
import { expect, test } from 'vitest';
import { build, fixtureDigest, readFixtures } from '../../../protocol/fixture-notation.cases.ts';
import { type EncodedValue, isEncodedValue, type KeyPathStep } from '../../../protocol/index.ts';
import { encode, EVENT_BOUNDS } from './encode.ts';
import { valueOf } from './fixture-values.cases.ts';
import { createRedaction, redact } from './redact.ts';

interface ValueCase {
  name: string;
  value: unknown;
  encoded?: unknown;
  encodedIn?: Record<string, unknown>;
}

interface RedactionCase {
  name: string;
  value: EncodedValue;
  /** Under which keys the value stands. */
  path?: KeyPathStep[];
  /** Key names of the app's own. */
  own?: string[];
  redacted: EncodedValue;
}

const { cases } = readFixtures<{ cases: ValueCase[] }>('values');
const expected = (one: ValueCase) => (one.encodedIn === undefined ? one.encoded : one.encodedIn['javascript']);

test.each(cases.filter((one) => expected(one) !== undefined))('encodes as the fixtures say: $name', (one) => {
  const { value } = encode(valueOf(one.value), fixtureDigest, EVENT_BOUNDS);
  expect(value).toStrictEqual(build(expected(one)));
  expect(isEncodedValue(JSON.parse(JSON.stringify(value)))).toBe(true);
});

test('most cases of the fixtures concern JavaScript', () => {
  expect(cases.filter((one) => expected(one) !== undefined).length).toBeGreaterThan(80);
});

test.each(readFixtures<{ values: RedactionCase[] }>('redaction').values)(
  'holds back as the fixtures say: $name',
  ({ value, path = [], own = [], redacted }) => {
    const rules = createRedaction(fixtureDigest, own);
    const given = build(value) as EncodedValue;
    const held = redact(given, path, rules);
    expect(held).toStrictEqual(build(redacted));
    expect(isEncodedValue(held)).toBe(true);
    // What holds no secret is not copied, and what was given is never changed.
    expect(given).toStrictEqual(build(value));
    if (JSON.stringify(held) === JSON.stringify(given)) expect(held).toBe(given);
  },
);
