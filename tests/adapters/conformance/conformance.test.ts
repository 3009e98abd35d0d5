/** Every observed library on every host, by one suite; what does not apply says why, and the docs have it from here. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../../../scripts/project.ts';
import { CASES } from './cases.ts';
import { ASTRO } from './astro.ts';
import { COOKIE_SESSION } from './cookie-session.ts';
import { DJANGO_SESSIONS } from './django-sessions.ts';
import { EXPRESS_SESSION } from './express-session.ts';
import { FASTIFY_SECURE_SESSION } from './fastify-secure-session.ts';
import { FASTIFY_SESSION } from './fastify-session.ts';
import { H3_SESSIONS } from './h3.ts';
import { HONO_SESSION } from './hono-session.ts';
import { HONO_SESSIONS } from './hono-sessions.ts';
import { IRON_SESSION } from './iron-session.ts';
import { REACT_ROUTER } from './react-router.ts';
import { KOA_SESSION } from './koa-session.ts';
import type { Subject } from './subject.ts';

const SUBJECTS: readonly Subject[] = [
  ...EXPRESS_SESSION,
  ...DJANGO_SESSIONS,
  COOKIE_SESSION,
  IRON_SESSION,
  REACT_ROUTER,
  ...H3_SESSIONS,
  ...KOA_SESSION,
  FASTIFY_SESSION,
  FASTIFY_SECURE_SESSION,
  ...HONO_SESSIONS,
  ...HONO_SESSION,
  ...ASTRO,
];
const PAGE = join(ROOT, 'docs', 'libraries.md');

/** What this run has shown, by subject and case. */
const shown = new Map<string, string>();
const keyOf = (subject: Subject, name: string) => `${subject.name}\0${name}`;

for (const subject of SUBJECTS)
  describe(subject.name, () => {
    for (const { name, needs, run, timeout } of CASES) {
      const why = needs === undefined ? true : (subject.capabilities[needs] ?? true);
      if (why !== true) {
        shown.set(keyOf(subject, name), why);
        test.skip(`${name} (does not apply: ${why})`, () => undefined);
        continue;
      }
      test(name, timeout === undefined ? {} : { timeout }, async () => {
        onTestFinished(({ task }) => {
          shown.set(keyOf(subject, name), task.result?.state === 'pass' ? '✓' : '✗');
        });
        await run(subject);
      });
    }
  });

/** The table of the docs, as this run has shown it. */
function table(): string {
  const reasons: string[] = [];
  const cell = (subject: Subject, name: string): string => {
    const found = shown.get(keyOf(subject, name)) ?? 'not run';
    if (found.length === 1) return found;
    if (!reasons.includes(found)) reasons.push(found);
    return `– <sup>${reasons.indexOf(found) + 1}</sup>`;
  };
  const rows = CASES.map(({ name }) => `| ${name} | ${SUBJECTS.map((subject) => cell(subject, name)).join(' | ')} |`);
  return [
    `| | ${SUBJECTS.map(({ name, page }) => `[${name}](${page})`).join(' | ')} |`,
    `| --- | ${SUBJECTS.map(() => ':-:').join(' | ')} |`,
    ...rows,
    '',
    ...reasons.map((reason, at) => `${at + 1}. ${reason}`),
  ].join('\n');
}

const MARKS = ['<!-- from tests/adapters/conformance -->', '<!-- end -->'] as const;

/** Only a whole run can say what holds: one case of one subject says nothing of the others. */
afterAll(() => {
  const isWhole =
    ASTRO.length > 0 && SUBJECTS.every((subject) => CASES.every(({ name }) => shown.has(keyOf(subject, name))));
  if (!isWhole) return;
  const page = readFileSync(PAGE, 'utf8');
  const [before = '', rest = ''] = page.split(MARKS[0]);
  const after = rest.split(MARKS[1])[1] ?? '';
  const wanted = `${before}${MARKS[0]}\n${table()}\n${MARKS[1]}${after}`;
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, wanted);
  else expect(page, 'docs/libraries.md is not what this run has shown: run it with UPDATE_DOCS=1').toBe(wanted);
});
