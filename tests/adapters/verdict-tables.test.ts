/** Every row of every library's verdict tables decides in some case, and its docs page names it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  judge as judgeBetterAuth,
  VERDICTS as BETTER_AUTH,
} from '../../server-companion/node/src/adapters/better-auth/verdict.ts';
import { judge as judgeAstro, VERDICTS as ASTRO } from '../../server-companion/node/src/adapters/astro/verdict.ts';
import {
  judge as judgeCookie,
  VERDICTS as COOKIE,
} from '../../server-companion/node/src/adapters/cookie-session/verdict.ts';
import {
  judge as judgeDjango,
  VERDICTS as DJANGO,
} from '../../server-companion/node/src/adapters/django-sessions/verdict.ts';
import { decisive } from '../../server-companion/node/src/adapters/express-session/facts.ts';
import {
  judge as judgeExpress,
  VERDICTS as EXPRESS,
} from '../../server-companion/node/src/adapters/express-session/verdict.ts';
import {
  judge as judgeSecure,
  VERDICTS as SECURE,
} from '../../server-companion/node/src/adapters/fastify-secure-session/verdict.ts';
import {
  judge as judgeFastify,
  VERDICTS as FASTIFY,
} from '../../server-companion/node/src/adapters/fastify-session/verdict.ts';
import { judge as judgeH3, VERDICTS as H3 } from '../../server-companion/node/src/adapters/h3/verdict.ts';
import { judge as judgeHono, VERDICTS as HONO } from '../../server-companion/node/src/adapters/hono/verdict.ts';
import {
  judge as judgeHonoSession,
  VERDICTS as HONO_SESSION,
} from '../../server-companion/node/src/adapters/hono/use-session/verdict.ts';
import { judge as judgeIron, VERDICTS as IRON } from '../../server-companion/node/src/adapters/iron-session/verdict.ts';
import {
  judge as judgeReactRouter,
  VERDICTS as REACT_ROUTER,
} from '../../server-companion/node/src/adapters/react-router/verdict.ts';
import { judge as judgeKoa, VERDICTS as KOA } from '../../server-companion/node/src/adapters/koa-session/verdict.ts';
import { always, decisiveRow, type VerdictTables } from '../../server-companion/node/src/kit/verdict/table.ts';
import { verdict as schema } from '../../protocol/events.ts';
import { parse, type Verdict } from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { ASTRO_BASE, ASTRO_CASES } from './astro-cases.ts';
import { BETTER_AUTH_BASE, BETTER_AUTH_CASES } from './better-auth-cases.ts';
import { SECURE_BASE, SECURE_CASES } from './fastify-secure-session-cases.ts';
import { FASTIFY_BASE, FASTIFY_CASES } from './fastify-session-cases.ts';
import { H3_BASE, H3_CASES } from './h3-cases.ts';
import { HONO_SESSION_BASE, HONO_SESSION_CASES } from './hono-session-cases.ts';
import { HONO_BASE, HONO_CASES } from './hono-sessions-cases.ts';
import { KOA_BASE, KOA_CASES } from './koa-session-cases.ts';
import {
  type Cases,
  COOKIE_BASE,
  COOKIE_CASES,
  DJANGO_BASE,
  DJANGO_CASES,
  EXPRESS_BASE,
  EXPRESS_CASES,
  IRON_BASE,
  IRON_CASES,
  REACT_ROUTER_BASE,
  REACT_ROUTER_CASES,
} from './verdict-cases.ts';

interface Library {
  tables: VerdictTables<never>;
  cases: readonly (readonly [row: string, facts: object])[];
  judge(facts: object): Verdict;
  page: string;
}

/** `facts`: those by which the tables decide, where they are more than the adapter's. */
function library<Facts extends object, Judged extends Facts>(
  tables: VerdictTables<Judged>,
  base: Facts,
  cases: Cases<Facts>,
  judge: (facts: Facts) => Verdict,
  page: string,
  whole: (facts: Facts) => Judged,
): Library {
  return {
    tables: tables as unknown as VerdictTables<never>,
    cases: cases.map(([row, facts]) => [row, whole({ ...base, ...facts })]),
    judge: (facts) => judge(facts as Facts),
    page,
  };
}

const LIBRARIES: Record<string, Library> = {
  'express-session': library(EXPRESS, EXPRESS_BASE, EXPRESS_CASES, judgeExpress, 'express-session.md', (facts) => ({
    ...facts,
    write: decisive(facts.writes),
  })),
  'django-sessions': library(
    DJANGO,
    DJANGO_BASE,
    DJANGO_CASES,
    judgeDjango,
    'django-sessions-observed.md',
    (facts) => facts,
  ),
  'cookie-session': library(COOKIE, COOKIE_BASE, COOKIE_CASES, judgeCookie, 'cookie-session.md', (facts) => facts),
  'iron-session': library(IRON, IRON_BASE, IRON_CASES, judgeIron, 'iron-session.md', (facts) => facts),
  h3: library(H3, H3_BASE, H3_CASES, judgeH3, 'h3.md', (facts) => facts),
  'react-router': library(
    REACT_ROUTER,
    REACT_ROUTER_BASE,
    REACT_ROUTER_CASES,
    judgeReactRouter,
    'react-router.md',
    (facts) => facts,
  ),
  'fastify-session': library(
    FASTIFY,
    FASTIFY_BASE,
    FASTIFY_CASES,
    judgeFastify,
    'fastify-session.md',
    (facts) => facts,
  ),
  'fastify-secure-session': library(
    SECURE,
    SECURE_BASE,
    SECURE_CASES,
    judgeSecure,
    'fastify-secure-session.md',
    (facts) => facts,
  ),
  'hono-sessions': library(HONO, HONO_BASE, HONO_CASES, judgeHono, 'hono.md', (facts) => facts),
  '@hono/session': library(
    HONO_SESSION,
    HONO_SESSION_BASE,
    HONO_SESSION_CASES,
    judgeHonoSession,
    'hono-session.md',
    (facts) => facts,
  ),
  'better-auth': library(
    BETTER_AUTH,
    BETTER_AUTH_BASE,
    BETTER_AUTH_CASES,
    judgeBetterAuth,
    'better-auth.md',
    (facts) => facts,
  ),
  astro: library(ASTRO, ASTRO_BASE, ASTRO_CASES, judgeAstro, 'astro.md', (facts) => facts),
  'koa-session': library(KOA, KOA_BASE, KOA_CASES, judgeKoa, 'koa-session.md', (facts) => facts),
};

describe.each(Object.entries(LIBRARIES))('%s', (_name, { tables, cases, judge, page }) => {
  test.each(cases)('%s', (row, facts) => {
    const [part, outcome, reason] = row.split(' ') as ['record' | 'cookie', string, string];
    const given = judge(facts);
    expect(given[part]).toMatchObject({ outcome, reason });
    expect(parse(schema, given)).toMatchObject({ ok: true });
  });

  test.each(['record', 'cookie'] as const)('every row for the %s decides in some case', (part) => {
    const decided = new Set<object>(
      cases.flatMap(([row, facts]) =>
        row.startsWith(`${part} `) ? [decisiveRow<never, string>(tables[part], facts as never)] : [],
      ),
    );
    const never = tables[part].filter((row) => !decided.has(row)).map(({ reason }) => reason);
    expect(never).toEqual([]);
  });

  test('the docs page names every reason', () => {
    const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
    const reasons = new Set([...tables.record, ...tables.cookie].map(({ reason }) => reason));
    const named = new Set([...text.matchAll(/`([a-z-]+)`/g)].map((match) => match[1]));
    expect([...reasons].filter((reason) => !named.has(reason))).toEqual([]);
  });

  test('the last row of each table always holds', () => {
    for (const part of ['record', 'cookie'] as const) expect(tables[part].at(-1)!.when).toBe(always);
  });
});
