/** `docs/protocol.md` and the schemas say the same: each field, mark, bound and name is in both. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFixtures, readMessages } from '../../protocol/fixture-notation.cases.ts';
import * as protocol from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { CALLS } from '../../server-companion/node/src/adapters/express-session/methods.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/protocol.md');

interface Row {
  name: string;
  isOptional: boolean;
  text: string;
}

const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');

/** Text below each heading up to the next, by the heading. Of two that are called the same the later one counts. */
const sections = new Map<string, string>();
/** As links name headings. */
const anchors = new Set<string>();
for (const part of page.split(/^(?=#{1,4} )/m)) {
  const heading = /^#+ (.*)$/m.exec(part)?.[1] ?? '';
  sections.set(heading, part);
  const base = slug(heading);
  let anchor = base;
  for (let count = 1; anchors.has(anchor); count++) anchor = `${base}-${count}`;
  anchors.add(anchor);
}

const rowsIn = (heading: string): Row[] =>
  [...(sections.get(heading) ?? '').matchAll(/^\| `([^`]+)`(\?)? \| (.*) \|$/gm)].map(([, name, mark, text]) => ({
    name: name!,
    isOptional: mark === '?',
    text: text!,
  }));

// ── schemas ──────────────────────────────────────────────────────────────────

/** As much of a valibot schema as is looked at. */
interface Schema {
  type: string;
  wrapped?: Schema;
  item?: Schema;
  entries?: Record<string, Schema>;
  options?: readonly unknown[];
  literal?: unknown;
}

/** What a field is, its marks apart; of a list, what its items are. */
function unwrapped(schema: Schema): { isOptional: boolean; isNullable: boolean; schema: Schema } {
  const field = { isOptional: false, isNullable: false, schema };
  for (let inner: Schema | undefined = schema; inner !== undefined; inner = inner.wrapped ?? inner.item) {
    field.schema = inner;
    if (inner.type === 'exact_optional') field.isOptional = true;
    else if (inner.type === 'nullable') field.isNullable = true;
    else if (inner.type !== 'array') break;
  }
  return field;
}

/** Fields of an object, or of all the variants of one. */
const entriesOf = (schema: Schema): [string, Schema][] =>
  schema.type === 'variant' ? (schema.options as Schema[]).flatMap(entriesOf) : Object.entries(schema.entries ?? {});

/** Where a schema's fields may be reported: below a heading, behind a prefix. */
type Place = [heading: string, prefix: string];

/** What the page must say of a schema at one of the places; marks the rows that do. */
function check(places: Place[], schema: Schema, used: Set<Row>): void {
  for (const [name, entry] of entriesOf(schema)) {
    const { isOptional, isNullable, schema: inner } = unwrapped(entry);
    const here = places.map(([heading, prefix]): Place => [heading, prefix === '' ? name : `${prefix}.${name}`]);
    const where = here.map((place) => place.join(': ')).join(' or ');
    const row = here.flatMap(([heading, path]) => allRows.get(heading)!.filter((one) => one.name === path))[0];
    // The events have sections of their own.
    const isPlain = inner === (protocol.event as unknown) || entriesOf(inner).length === 0;
    // What only holds others needs no row of its own.
    if (row === undefined && (isPlain || isOptional || isNullable)) throw new Error(`no row: ${where}`);
    if (row !== undefined) {
      used.add(row);
      expect(`${where}${row.isOptional ? '?' : ''}`).toBe(`${where}${isOptional ? '?' : ''}`);
      if (isNullable) expect(row.text, where).toContain('`null`');
      for (const option of namesIn(inner)) expect(row.text, where).toContain(`\`${option}\``);
    }
    if (isPlain) continue;
    const links = [...(row?.text ?? '').matchAll(/\(#([\w-]+)\)/g)].map(([, to]): Place => [to!, '']);
    check([...here, ...links.filter(([to]) => allRows.has(to))], inner, used);
  }
}

/** The names between which a field chooses. */
const namesIn = ({ type, options, literal }: Schema): string[] =>
  // Error codes have a table of their own.
  type === 'picklist' && options !== protocol.ERROR_CODES
    ? (options as string[])
    : typeof literal === 'string'
      ? [literal]
      : [];

const SCHEMAS: Record<string, Schema> = {
  errorAnswer: protocol.errorAnswer as unknown as Schema,
  ...Object.fromEntries(
    Object.entries(protocol).filter(([name]) => /^(?:hello|pair|session|events|value)(?:Request|Answer)$/.test(name)),
  ),
};
const SHARED = ['proofs', 'look', 'position', 'source', 'expiry', 'verdict'];
const EVERY_EVENT = new Set(['type', 'epoch', 'seq', 'at']);

const eventSchemas = protocol.event.options.map((schema): [string, Schema] => [
  schema.entries.type.literal,
  schema as unknown as Schema,
]);
const headings = [...Object.keys(SCHEMAS), ...SHARED, 'Every event', ...eventSchemas.map(([type]) => type)];
const allRows = new Map(headings.map((heading) => [heading, rowsIn(heading)]));

test('each field of each schema has its row, with its mark and its names, and there is no other row', () => {
  const used = new Set<Row>();
  for (const [name, schema] of Object.entries(SCHEMAS)) check([[name, '']], schema, used);
  for (const [type, schema] of eventSchemas) {
    const own = Object.entries(schema.entries!).filter(([name]) => !EVERY_EVENT.has(name));
    check([[type, '']], { type: 'object', entries: Object.fromEntries(own) }, used);
  }
  const [, first] = eventSchemas[0]!;
  const common = Object.entries(first.entries!).filter(([name]) => EVERY_EVENT.has(name));
  expect(allRows.get('Every event')!.map(({ name }) => name)).toEqual(common.map(([name]) => name));
  for (const row of allRows.get('Every event')!) used.add(row);
  const stale = [...allRows].flatMap(([heading, rows]) =>
    rows.filter((row) => !used.has(row)).map(({ name }) => `${heading}: ${name}`),
  );
  expect(stale).toEqual([]);
  expect(used.size).toBeGreaterThan(150);
});

test('each bound is there, with its value', () => {
  const stated = rowsIn('Bounds').map(({ name, text }) => [name, Number(text.split(' | ')[0]!.replaceAll(',', ''))]);
  expect(Object.fromEntries(stated)).toEqual(protocol.LIMITS);
});

test('each error code is there, and no other', () => {
  expect(
    rowsIn('Codes')
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual([...protocol.ERROR_CODES].toSorted());
});

test('each tag is there, with its fields', () => {
  const rows = rowsIn('Tags');
  const every = readMessages<string>().accepted.find(({ name }) => name === 'values of every tag')!;
  const examples = (every.message as { after: Record<string, unknown>[] }).after;
  expect(rows.map(({ name }) => name)).toEqual(examples.map(({ $ }) => $));
  const fixtures = JSON.stringify([readFixtures('values'), readFixtures('redaction')]);
  for (const { name, text } of rows) {
    // `same` stands for a value of another event: no value of a program encodes to it.
    if (name !== 'same') expect([name, fixtures.includes(`"$":"${name}"`)]).toEqual([name, true]);
    const example = examples.find(({ $ }) => $ === name)!;
    for (const field of Object.keys(example)) if (field !== '$') expect(text).toContain(`\`${field}\``);
  }
});

test('each link leads to a heading of the page', () => {
  for (const [, anchor] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
});

// ── the libraries ────────────────────────────────────────────────────────────

test('each call of each library has its operation', () => {
  const table = read('server-companion/python/src/sessionscope/django/call_table.py');
  const django = /^CALLS[^{]*\{([^}]*)\}/m.exec(table)![1]!;
  const mapping = read('server-companion/python/src/sessionscope/observe/mapping_calls.py');
  const mappingCalls = [.../^METHODS[^{]*\{([^}]*)\}/m.exec(mapping)![1]!.matchAll(/^ +"(\w+)":/gm)].map(
    ([, name]) => name!,
  );
  const calls = {
    'express-session': [...CALLS],
    Starlette: mappingCalls,
    Django: [...django.matchAll(/^ +"(\w+)":/gm)].map(([, name]) => name!),
    '@sessionscope/django-sessions': [...read('django-sessions/src/session.ts').matchAll(/\.begin\('(\w+)'/g)].map(
      ([, name]) => name!,
    ),
  };
  expect(calls.Django.length).toBeGreaterThan(20);
  expect(calls['@sessionscope/django-sessions'].length).toBeGreaterThan(20);
  for (const [library, names] of Object.entries(calls)) {
    const section = sections.get(library)!;
    for (const name of names) expect(section, library).toContain(`\`${name}\``);
    for (const [, operations] of section.matchAll(/^\| `.*?\| ([^|]*) \|[^|]*\|$/gm))
      for (const [, operation] of operations!.matchAll(/`([^`]+)`/g)) expect(protocol.OPERATIONS).toContain(operation);
  }
});
