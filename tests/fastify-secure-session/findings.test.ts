/** The traps of @fastify/secure-session, each walked into on the real library: the panel names it, and not what is right. */
import { expect, test } from 'vitest';
import { findingsIn } from '../adapters/named-findings.ts';
import { type Handler, OLDER_KEY, sealed, serve } from './observed-app.ts';

const ROUTES: Record<string, Handler> = {
  '/seed': async ({ session }) => void Object.assign(session, { user: 'ann', cart: [1] }),
  '/push': async ({ session }) => (session['cart'] as number[]).push(2),
  '/push-and-touch': async ({ session }) => {
    (session['cart'] as number[]).push(2);
    session.touch();
    return 'ok';
  },
  '/grow': async ({ session }) => void (session['rows'] = 'x'.repeat(4_000)),
  '/date': async ({ session }) => void (session['at'] = new Date(0)),
  '/bigint': async ({ session }) => void (session['big'] = 10n),
  '/forget': async ({ session }) => session.set('user', undefined),
  '/logout': async ({ session }) => session.delete(),
  '/hijack': (request, reply) => {
    request.session['a'] = 1;
    reply.hijack();
    reply.raw.end('ok');
  },
  '/read': async ({ session }) => String(session['user']),
};

const WALKS: Record<string, { walk: string; finds: readonly string[] }> = {
  'nothing wrong': { walk: '/seed /read /push-and-touch /forget /read', finds: [] },
  'a nested change': { walk: '/seed /push', finds: ['nested-change-not-saved'] },
  'a cookie that browsers drop': { walk: '/seed /grow', finds: ['cookie-too-large'] },
  'a type that JSON has not': { walk: '/seed /date', finds: ['store-changes-value'] },
  'a value that JSON can not hold': { walk: '/seed /bigint', finds: ['not-serializable'] },
  'a response past Fastify': { walk: '/hijack', finds: ['cookie-not-set'] },
  'a logout, which no copy of the cookie notices': { walk: '/seed /logout', finds: ['revoked-cookie-works'] },
};

test.each(Object.entries(WALKS))('%s', async (_name, { walk, finds }) => {
  await using app = await serve(ROUTES, { options: { cookie: { path: '/', maxAge: 3_600 } } });
  for (const path of walk.split(' ')) {
    await app.get(path);
    await app.finished(path);
  }
  const { all, serious } = findingsIn(app.events());
  for (const rule of finds) expect(all).toContain(rule);
  if (finds.length === 0) expect(serious).toEqual([]);
});

test('two requests that seal from one cookie', async () => {
  let goOn: () => void = () => undefined;
  let begin: () => void = () => undefined;
  const isBegun = new Promise<void>((resolve) => (begin = resolve));
  const isOver = new Promise<void>((resolve) => (goOn = resolve));
  await using app = await serve({
    ...ROUTES,
    '/slow': async ({ session }) => {
      begin();
      await isOver;
      session['slow'] = 1;
      return 'ok';
    },
    '/quick': async ({ session }) => void (session['quick'] = 1),
  });
  await app.get('/seed');
  const slow = app.get('/slow');
  await isBegun;
  await app.get('/quick');
  await app.finished('/quick');
  goOn();
  await slow;
  await app.finished('/slow');
  expect(findingsIn(app.events()).serious).toEqual(['sealed-fork']);
});

test('a cookie of another key', async () => {
  await using app = await serve(ROUTES);
  app.jar.set('session', await sealed({ user: 'ann' }, { key: OLDER_KEY }));
  await app.get('/read');
  await app.finished('/read');
  expect(findingsIn(app.events()).serious).toEqual(['signature-invalid']);
});
