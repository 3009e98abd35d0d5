/** The golden fixtures that concern the wire itself, run by the parsers of the panel. */
import fc from 'fast-check';
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
  expect(names).toHaveLength(14);
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
  table: unknown;
  names: { name: string; isSecret: boolean }[];
  texts: { text: unknown; isSecret: boolean; shape?: string; cleaned?: unknown }[];
}

const redaction = readFixtures<Redaction>('redaction');

test('the table of redaction is the one that the fixtures give to other languages', () => {
  expect(redaction.table).toEqual({
    nameParts: protocol.SECRET_NAME_PARTS,
    names: protocol.SECRET_NAMES,
    randomValueNames: protocol.RANDOM_VALUE_NAMES,
    randomText: protocol.RANDOM_TEXT,
    pairNames: protocol.PAIR_NAMES,
    pairValues: protocol.PAIR_VALUES,
    forms: protocol.SECRET_FORMS,
    cardNumber: protocol.CARD_NUMBER,
    namedForms: protocol.NAMED_FORMS,
  });
});

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

test('takes out of a sentence what the fixtures say, and nothing of one that holds no secret', () => {
  for (const { text, isSecret, cleaned } of redaction.texts) {
    const built = build(text) as string;
    const sentence = protocol.cleanSentence(built);
    if (cleaned !== undefined) expect(sentence).toBe(build(cleaned));
    expect([built, sentence === built]).toEqual([built, !isSecret]);
    // What is clean stays as it is, however often it is cleaned.
    expect(protocol.cleanSentence(sentence)).toBe(sentence);
    expect([sentence, protocol.isSecretText(sentence)]).toEqual([sentence, false]);
  }
});

test('the fixtures have a case of each name, part of a name and form', () => {
  const secret = new Set(redaction.names.filter(({ isSecret }) => isSecret).map(({ name }) => name));
  for (const name of [...protocol.SECRET_NAMES, ...protocol.SECRET_NAME_PARTS]) expect(secret).toContain(name);
  const forms = new Set(redaction.texts.map(({ shape }) => shape));
  for (const { name } of [...protocol.SECRET_FORMS, ...protocol.NAMED_FORMS, { name: 'card number' }])
    expect(forms).toContain(name);
});

test('whatever a pattern matches has one of the texts in it without which it is not searched', () => {
  const texts = redaction.texts.map(({ text }) => build(text) as string);
  const edit = fc.record({ at: fc.nat(), length: fc.nat(6), by: fc.string({ maxLength: 3, unit: 'grapheme-ascii' }) });
  const edited = fc.tuple(fc.constantFrom(...texts), fc.array(edit, { maxLength: 4 })).map(([text, edits]) =>
    edits.reduce((before, { at, length, by }) => {
      const from = at % (before.length + 1);
      return before.slice(0, from) + by + before.slice(from + length);
    }, text),
  );
  const forms = [...protocol.SECRET_FORMS, ...protocol.NAMED_FORMS].map(({ name, has, pattern }) => ({
    name,
    has,
    pattern: new RegExp(pattern),
  }));
  const matched = new Set<string>();
  const check = (text: string) => {
    for (const { name, has, pattern } of forms) {
      if (!pattern.test(text)) continue;
      matched.add(name);
      expect([name, text, has.some((part) => text.includes(part))]).toEqual([name, text, true]);
    }
  };
  texts.forEach(check);
  fc.assert(fc.property(edited, check), { numRuns: 5_000 });
  expect([...matched].toSorted()).toEqual(forms.map(({ name }) => name).toSorted());
});

test('no pattern takes seconds for 48 KB of what it begins with', () => {
  // What each pattern begins with or repeats, so that it is entered, or goes on, at as many places as can be.
  const seeds = [
    'eyJ-',
    'eyJaaaaaaaa.',
    'a',
    'a-',
    'a.',
    'a:',
    'a=',
    'a: ',
    'sk-',
    'github_pat_',
    'Bearer ',
    '-----BEGIN ',
    '$2b$',
    's:',
    '://',
    'a://a:',
    '%41',
    '%3D',
    '"',
    '\\"',
    '"a"',
    '"a" ',
    "'a'",
    '<a ',
    '<a>',
    'name="a" ',
    '4',
    '41 ',
    '1//0',
    ' ',
    '[',
    '{',
  ];
  for (const seed of seeds)
    for (const end of ['', '!']) {
      const text = seed.repeat(Math.ceil(49_152 / seed.length)).slice(0, 49_152) + end;
      protocol.isSecretText(text);
      // Of this process alone, the fastest of three: what else the machine does is not measured.
      const took = Math.min(
        ...[0, 1, 2].map(() => {
          const began = process.cpuUsage();
          protocol.isSecretText(text);
          protocol.cleanSentence(text);
          return process.cpuUsage(began).user / 1_000;
        }),
      );
      // Both together, some 10 ms: one that is not linear takes 4 s and more.
      expect([seed, took < 1_000]).toEqual([seed, true]);
    }
});
