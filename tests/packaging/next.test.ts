/** A real app of Next.js on its own dev server: pages, a server action, a route, proxy.js, and an edit of its code. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { findingsIn } from '../adapters/named-findings.ts';
import { fileOf, rulesNamed } from '../docs/page-code.ts';
import { type DevServer, linesOf, LOG, startDevServer } from './dev-server.ts';
import { registryAnswers } from './packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so Next.js can`t be installed';

const SESSION = fileOf('nextjs', 'lib/session.js');
const ROUTE_HEAD = `import { getSession } from '../../../lib/session';\n`;
/** The line of a file of the app that has this code. */
const lineOf = (file: string, code: string) =>
  `${file}:${APP[file]!.split('\n').findIndex((line) => line.includes(code)) + 1}`;

const APP: Record<string, string> = {
  'next.config.mjs': fileOf('nextjs', 'next.config.mjs').replace(
    'export default {',
    'export default { turbopack: { root: import.meta.dirname },',
  ),
  'instrumentation.js': fileOf('nextjs', 'instrumentation.js'),
  'proxy.js': `import { NextResponse } from 'next/server';
import { nextProxyCookies } from 'iron-session';
import { getIronSession, options } from './lib/session';

export async function proxy(request) {
  const response = NextResponse.next();
  const session = await getIronSession(nextProxyCookies(request, response), options);
  session.seen = true;
  await session.save();
  return response;
}
export const config = { matcher: '/proxied' };`,
  'lib/session.js': SESSION,
  'app/layout.js': `export default ({ children }) => <html><body>{children}</body></html>;`,
  'app/page.js': `import { getSession } from '../lib/session';
import { add } from './actions';

export default async function Page() {
  const session = await getSession();
  return <form action={add}><p>visits: {session.visits ?? 0}</p><button>add</button></form>;
}`,
  'app/actions.js': `'use server';
import { getSession } from '../lib/session';

export async function add() {
  const session = await getSession();
  session.visits = (session.visits ?? 0) + 1;
  await session.save();
}`,
  'app/proxied/page.js': `import { getSession } from '../../lib/session';

export default async () => <p>{JSON.stringify(await getSession())}</p>;`,
  'app/in-a-page/page.js': `import { getSession } from '../../lib/session';

export default async function Page() {
  const session = await getSession();
  session.visits = 9;
  return <p>{await session.save().then(String, (error) => error.message)}</p>;
}`,
  'app/api/visit/route.js': `import { getSession } from '../../../lib/session';

export async function GET() {
  const session = await getSession();
  session.visits = (session.visits ?? 0) + 1;
  await session.save();
  return Response.json(session.visits);
}`,
  'app/api/forgotten/route.js': `${ROUTE_HEAD}
export async function GET() {
  const session = await getSession();
  session.forgotten = true;
  return Response.json({});
}`,
  'app/api/meet/route.js': `${ROUTE_HEAD}
globalThis.met ??= [];
export async function GET(request) {
  const session = await getSession();
  const key = new URL(request.url).searchParams.get('key');
  session[key] = true;
  globalThis.met.push(key);
  while (globalThis.met.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await session.save();
  return Response.json({});
}`,
  'app/api/large/route.js': `${ROUTE_HEAD}
export async function GET() {
  const session = await getSession();
  session.large = 'x'.repeat(5_000);
  return Response.json(await session.save().then(String, (error) => error.message));
}`,
  'app/api/logout/route.js': `${ROUTE_HEAD}
export async function GET() {
  (await getSession()).destroy();
  return Response.json({});
}`,
  'app/api/log/route.js': `export function GET() {
  ${LOG}
}`,
};

describe.skipIf(!hasRegistry)(`Next.js${reason}`, () => {
  let next: DevServer;

  beforeAll(async () => {
    next = await startDevServer({
      lock: 'next',
      files: APP,
      program: (port) => ['node_modules/next/dist/bin/next', 'dev', '-H', '127.0.0.1', '--port', port],
      environment: { SESSION_PASSWORD: 'a password of at least 32 characters' },
      // Of its instrumentation: the first request is seen too.
      ready: /Sessionscope is on/,
    });
  }, 300_000);
  afterAll(async () => {
    await next?.[Symbol.asyncDispose]();
    if (next !== undefined) rmSync(join(next.folder, '.next'), { recursive: true, force: true });
  });

  /** React's dev server reads what a page has awaited, to show it in its own tools: those reads have a line of Next's. */
  const byApp = (operations: readonly OperationRecorded[]) =>
    operations.filter(({ source }) => source?.frames[0]?.kind === 'app');

  test('the first page, a route and a server action: each operation with its line of the code as it was written', async () => {
    const first = await next.ask('/');
    expect(first.headers.get('sessionscope')).toContain('exchange=');
    // By it the panel knows which line to show where there is none.
    expect(first.headers.get('x-powered-by')).toBe('Next.js');
    expect(linesOf(byApp((await next.exchangeOf('/')).operations))).toEqual([
      `create ${lineOf('lib/session.js', 'const getSession')}`,
      'get app/page.js:6',
    ]);

    expect((await next.ask('/api/visit')).body).toBe('1');
    const { operations, finished } = await next.exchangeOf('/api/visit');
    expect(linesOf(operations)).toEqual([
      `create ${lineOf('lib/session.js', 'const getSession')}`,
      'get app/api/visit/route.js:5',
      'set app/api/visit/route.js:5',
      'save app/api/visit/route.js:6',
      'get app/api/visit/route.js:7',
    ]);
    expect(finished).toMatchObject({ verdict: { record: { outcome: 'saved' }, cookie: { outcome: 'set' } } });

    // Without JavaScript in the browser a form posts to its page.
    const { body } = await next.ask('/');
    const form = new FormData();
    for (const [, name] of body.matchAll(/<input type="hidden" name="(\$ACTION_[^"]+)"/g)) form.set(name!, '');
    const posted = await next.ask('/', { method: 'POST', body: form });
    expect(posted.body).toContain('visits: <!-- -->2');
    const action = await next.exchangeOf('/');
    expect(linesOf(action.operations)).toEqual(
      expect.arrayContaining(['set app/actions.js:6', 'save app/actions.js:7', 'get app/page.js:6']),
    );
  });

  test('what proxy.js saves the page behind it loads', async () => {
    const { body } = await next.ask('/proxied');
    expect(body).toContain('&quot;seen&quot;:true');
    const { operations, finished } = await next.exchangeOf('/proxied');
    expect(operations.map(({ operation }) => operation)).toEqual(expect.arrayContaining(['set', 'save', 'load']));
    expect(finished.verdict).toMatchObject({ record: { outcome: 'saved' }, cookie: { outcome: 'set' } });
    expect(finished.faults).toBeUndefined();
  });

  test('a page may not save, and the verdict says so', async () => {
    const { body } = await next.ask('/in-a-page');
    expect(body).toContain('Cookies can only be modified');
    const { finished } = await next.exchangeOf('/in-a-page');
    expect(finished.verdict.record).toMatchObject({ outcome: 'failed', reason: 'read-only-cookies' });
  });

  test('each trap of its page is found', async () => {
    for (const path of ['/api/visit', '/api/forgotten']) await next.ask(path);
    await Promise.all([next.ask('/api/meet?key=one'), next.ask('/api/meet?key=two')]);
    expect((await next.ask('/api/large')).body).toContain('too big');
    expect((await next.exchangeOf('/api/large')).finished.verdict.record).toMatchObject({
      outcome: 'failed',
      reason: 'cookie-too-large',
    });
    await next.ask('/api/logout');
    await expect
      .poll(async () => findingsIn(await next.events()).all)
      .toEqual(expect.arrayContaining(rulesNamed('nextjs')));
    await next.ask('/api/visit');
  });

  test('an edit loads the code again: one log, and nothing is seen twice', async () => {
    for (let edit = 1; edit <= 3; edit++)
      await next.edit(
        {
          'lib/session.js': `${SESSION}export const edit = ${edit};\n`,
          'app/page.js': APP['app/page.js']!.replace('visits:', `visits in ${edit}:`),
        },
        async () => (await next.ask('/')).body.includes(`visits in ${edit}:`),
      );
    const all = await next.events();
    expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(1);
    const { operations } = await next.exchangeOf('/');
    expect(linesOf(byApp(operations))).toEqual([
      `load ${lineOf('lib/session.js', 'const getSession')}`,
      'get app/page.js:6',
    ]);
    const described = all.findLast((event) => event.type === 'epoch-started');
    expect(described).toMatchObject({ middlewares: [{ library: 'iron-session' }] });
    expect(all.filter(({ type }) => type === 'fault-noted')).toEqual([]);
  });
});
