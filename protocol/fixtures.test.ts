/** The golden fixtures that concern the wire itself, run by the parsers of the panel. */
import { expect, test } from 'vitest';
import { build, readFixtures, readMessages } from './fixture-notation.cases.ts';
import * as protocol from './index.ts';

// ── limits ───────────────────────────────────────────────────────────────────

test('the bounds are those of the fixtures', () => {
  expect(readFixtures('limits')).toEqual(protocol.LIMITS);
});

// ── discovery ────────────────────────────────────────────────────────────────

interface HeaderCase {
  name: string;
  header: unknown;
}
interface Headers {
  accepted: (HeaderCase & { items: protocol.Discovery[] })[];
  refused: (HeaderCase & { why: string })[];
  unwritable: { name: string; item: protocol.Discovery }[];
}

const headers = readFixtures<Headers>('discovery');

/** The class of a reason, as another language would name it, and our words for it. */
const FAULTS: Record<string, RegExp> = {
  empty: /^empty$/,
  'too-long': /^longer than 4096 bytes$/,
  'not-a-list': /^not a structured-field list/,
  'too-many-items': /^more than 8 items$/,
  'inner-list': /^an inner list$/,
  version: /^(no version v|protocol version -?\d+)$/,
  path: /^path is not a plain absolute path$/,
  app: /^no valid app$/,
  at: /^no valid at$/,
  exchange: /^no valid exchange$/,
  epoch: /^no valid epoch$/,
};

test.each(headers.accepted)('reads the discovery header: $name', ({ header, items }) => {
  expect(protocol.parseDiscovery(build(header) as string)).toEqual({ ok: true, items });
  expect(protocol.parseDiscovery(protocol.formatDiscovery(items))).toEqual({ ok: true, items });
});

test.each(headers.refused)('refuses the discovery header: $name', ({ header, why }) => {
  const result = protocol.parseDiscovery(build(header) as string);
  expect(result.ok ? 'accepted' : result.fault).toMatch(FAULTS[why]!);
});

test.each(headers.unwritable)('writes no discovery header with $name', ({ item }) => {
  expect(() => protocol.formatDiscovery([item])).toThrow(Error);
});

test('the path of an accepted header stays on the origin that answered', () => {
  for (const { items } of headers.accepted)
    for (const { path } of items)
      expect(new URL(path, 'http://127.0.0.1:3000').href).toBe(`http://127.0.0.1:3000${path}`);
});

// ── messages ─────────────────────────────────────────────────────────────────

type SchemaName = 'event' | `${protocol.CallName}Request` | `${protocol.CallName}Answer` | 'errorAnswer';
const messages = readMessages<SchemaName>();
const schemas: Record<SchemaName, protocol.Schema> = protocol;

test.each(messages.accepted)('accepts $schema: $name', ({ schema, message, parsed }) => {
  const given = build(message);
  expect(protocol.parse(schemas[schema], given)).toEqual({ ok: true, value: parsed ?? given });
});

test.each(messages.refused)('refuses $schema: $name', ({ schema, message, at }) => {
  const result = protocol.parse(schemas[schema], build(message));
  expect(result.ok ? 'accepted' : result.fault).toMatch(new RegExp(`^${at.replaceAll('.', '\\.')}: `));
});

test.each(messages.unreadable)('refuses a body that is $name', ({ text }) => {
  expect(protocol.parseText(protocol.helloRequest, text)).toEqual({ ok: false, fault: 'message: not JSON' });
});

test('there are cases of every schema, accepted and refused, and of every event and operation', () => {
  const names = Object.keys(protocol).filter((name) => name === 'event' || /(?:Request|Answer)$/.test(name));
  expect(names).toHaveLength(12);
  expect([...new Set(messages.accepted.map(({ schema }) => schema))].toSorted()).toEqual(names.toSorted());
  expect([...new Set(messages.refused.map(({ schema }) => schema))].toSorted()).toEqual(names.toSorted());
  const events = messages.accepted.map(({ message }) => message as { type?: string; operation?: string });
  for (const schema of protocol.event.options)
    expect(events.map(({ type }) => type)).toContain(schema.entries.type.literal);
  for (const operation of protocol.OPERATIONS) expect(events.map((event) => event.operation)).toContain(operation);
});

test('what a refusal says never quotes the message', () => {
  const canary = 'canary-2718281828';
  for (const { schema, message } of messages.refused) {
    const text = JSON.stringify(message);
    // Texts of a construction say what to build.
    if (text.includes('"!')) continue;
    const spoilt: unknown = JSON.parse(text, (_key, value: unknown) =>
      typeof value === 'string' ? `${value}${canary}` : value,
    );
    const result = protocol.parse(schemas[schema], spoilt);
    if (!result.ok) expect(result.fault).not.toContain(canary);
  }
});

// ── redaction ────────────────────────────────────────────────────────────────

interface Redaction {
  names: { name: string; isSecret: boolean }[];
  texts: { text: unknown; isSecret: boolean; shape?: string }[];
}

const redaction = readFixtures<Redaction>('redaction');

test('takes for secret names those of the fixtures', () => {
  for (const { name, isSecret } of redaction.names)
    expect([name, protocol.isSecretName(name)]).toEqual([name, isSecret]);
});

test('takes for secret texts those of the fixtures', () => {
  for (const { text, isSecret } of redaction.texts) {
    const built = build(text) as string;
    expect([built, protocol.isSecretText(built)]).toEqual([built, isSecret]);
  }
});

test('the fixtures have a case of each name, part of a name and shape', () => {
  const secret = new Set(redaction.names.filter(({ isSecret }) => isSecret).map(({ name }) => name));
  for (const name of [...protocol.SECRET_NAMES, ...protocol.SECRET_NAME_PARTS]) expect(secret).toContain(name);
  const shapes = new Set(redaction.texts.map(({ shape }) => shape));
  for (const { name } of protocol.SECRET_SHAPES) expect(shapes).toContain(name);
});
