/** `docs/django-sessions-observed.md` names each method of a session that is observed, and each option. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { Session } from '../../django-sessions/src/session.ts';

const TEXT = readFileSync(join(ROOT, 'docs', 'django-sessions-observed.md'), 'utf8');
const section = (title: string) => TEXT.split(`\n## ${title}\n`)[1]!.split('\n## ')[0]!;

/** Not of the app's interface, or showing nothing: they ask neither the session's data nor its record. */
const SILENT = new Set(['constructor', 'isEmpty', 'asFramework', 'exists', 'peek', 'inRequest']);
const PROTECTED = new Set(
  [
    ...readFileSync(join(ROOT, 'django-sessions', 'src', 'session.ts'), 'utf8').matchAll(
      /^ {2}protected (?:abstract |async )*(\w+)\(/gm,
    ),
  ].map(([, name]) => name!),
);

test('every method of a session', () => {
  const table = section('What is shown');
  const methods = Object.getOwnPropertyNames(Session.prototype).filter(
    (name) =>
      !SILENT.has(name) &&
      !PROTECTED.has(name) &&
      typeof Object.getOwnPropertyDescriptor(Session.prototype, name)!.value === 'function',
  );
  expect(methods.length).toBeGreaterThan(20);
  expect(methods.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  expect(table).toContain('`session.modified = …`');
});

test('every option', () => {
  const source = readFileSync(join(ROOT, 'server-companion', 'node', 'src', 'core', 'options.ts'), 'utf8');
  const shared = source.split('export interface CompanionOptions {')[1]!.split('\n}')[0]!;
  const names = [...shared.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(5);
  const reported = [...section('Options').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
  expect(reported).toEqual(names);
});
