/** The golden fixtures of value encoding and redaction, run by the companion for Node. */
import { expect, test } from 'vitest';
import { build, fixtureDigest, readFixtures } from '../../../../protocol/fixture-notation.cases.ts';
import { type EncodedValue, isEncodedValue, type KeyPathStep } from '../../../../protocol/index.ts';
import { encode, EVENT_BOUNDS } from './encode.ts';
import { valueOf } from './fixture-values.cases.ts';
import { KeyWords } from './key-words.ts';
import { redact, redactPart } from './redact.ts';
import { createRedaction } from './redaction.ts';

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

interface RedactionFixtures {
  values: RedactionCase[];
  /** As a `value` call gives them: of `value`, what stands at `part`. */
  parts: (RedactionCase & { part: unknown[] })[];
  /** By key, how its session is named. */
  sessionKeys: Record<string, string>;
  withKeys: { name: string; text: unknown; cleaned: unknown }[];
}

const { cases } = readFixtures<{ cases: ValueCase[] }>('values');
const expected = (one: ValueCase) => (one.encodedIn === undefined ? one.encoded : one.encodedIn['javascript']);

test.each(cases.filter((one) => expected(one) !== undefined))('encodes as the fixtures say: $name', (one) => {
  const { value } = encode(valueOf(one.value), fixtureDigest, EVENT_BOUNDS);
  expect(withoutDigests(value)).toStrictEqual(build(expected(one)));
  expect(isEncodedValue(JSON.parse(JSON.stringify(value)))).toBe(true);
});

test('most cases of the fixtures concern JavaScript', () => {
  expect(cases.filter((one) => expected(one) !== undefined).length).toBeGreaterThan(80);
});

const redaction = readFixtures<RedactionFixtures>('redaction');

test.each(redaction.values)('redacts as the fixtures say: $name', ({ value, path = [], own = [], redacted }) => {
  const rules = createRedaction(fixtureDigest, own);
  const given = build(value) as EncodedValue;
  const held = redact(given, path, rules);
  expect(held).toStrictEqual(build(redacted));
  expect(isEncodedValue(held)).toBe(true);
  // What holds no secret is not copied, and what was given is never changed.
  expect(given).toStrictEqual(build(value));
  if (JSON.stringify(held) === JSON.stringify(given)) expect(held).toBe(given);
});

test.each(redaction.parts)(
  'redacts a part as the fixtures say: $name',
  ({ value, part, path = [], own = [], redacted }) => {
    const rules = createRedaction(fixtureDigest, own);
    const shown = redactPart(build(value) as EncodedValue, build(part) as KeyPathStep[], path, rules);
    expect(shown).toStrictEqual(build(redacted));
  },
);

test.each(redaction.withKeys)('takes session keys out as the fixtures say: $name', ({ text, cleaned }) => {
  const words = new KeyWords();
  for (const [key, name] of Object.entries(redaction.sessionKeys)) words.add(key, name);
  expect(words.replaceIn(build(text) as string)).toBe(build(cleaned));
});

/**
 * The digest of a cut container is over a form of each implementation's own: the fixtures say where values are cut, and
 * `encode.test.ts` what the digest does.
 */
function withoutDigests(value: EncodedValue): EncodedValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutDigests);
  const parts = Object.entries(value as Record<string, EncodedValue>);
  const isContainer = ['object', 'array', 'map', 'set', 'cut'].includes(String((value as { $?: unknown }).$));
  return Object.fromEntries(
    parts.flatMap(([key, part]) => (isContainer && key === 'digest' ? [] : [[key, withoutDigests(part)]])),
  );
}
