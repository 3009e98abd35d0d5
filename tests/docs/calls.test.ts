/** What an app calls on its session, each thing once: reported as docs/protocol.md says. */
import { expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { type Request, serve as serveCookieSession } from '../cookie-session/observed-app.ts';
import { EVERYTHING, observedApp } from '../django-sessions/observed.ts';
import { serve } from '../express-session/observed-app.ts';
import { type Request as SecureRequest, serve as serveSecureSession } from '../fastify-secure-session/observed-app.ts';
import { serve as serveFastifySession } from '../fastify-session/observed-app.ts';
import { CONFIG as H3_CONFIG, serve as serveH3 } from '../h3/observed-app.ts';
import { serve as serveHonoSessions } from '../hono/observed-app.ts';
import { OPTIONS, serve as serveIronSession } from '../iron-session/observed-app.ts';
import { MapStorage, serve as serveHonoSession } from '../hono-session/observed-app.ts';
import { hasRegistry, serve as serveAstro } from '../astro/built-app.ts';
import { ADA, serve as serveBetterAuth } from '../better-auth/observed-app.ts';
import { cookieOf, serve as serveReactRouter } from '../react-router/observed-app.ts';
import { serve as serveKoaSession } from '../koa-session/observed-app.ts';
import { MemoryStore } from '../koa-session/stores.ts';
import { asMapped, mappingOf } from './mapping.ts';

test('express-session', async () => {
  const routes: Record<string, (request: { session: any }) => unknown> = {
    '/set': ({ session }) => Object.assign(session, { a: 1, cart: [1], profile: { name: 'ada' } }),
    '/read': ({ session }) => [session.a, 'a' in session, Object.keys(session), session.cart.push(2)],
    '/cookie': ({ session }) => {
      session.cookie.maxAge = 60_000;
      session.cookie.expires = new Date(Date.now() + 60_000);
      session.cookie.originalMaxAge = 60_000;
      session.cookie.secure = false;
      session.cookie.path = '/';
    },
    '/touch': ({ session }) => session.touch().resetMaxAge(),
    '/delete': ({ session }) => [delete session.a, delete session.profile.name],
    '/save': ({ session }) => new Promise((resolve) => session.save(resolve)),
    '/reload': ({ session }) => new Promise((resolve) => session.reload(resolve)),
    '/regenerate': ({ session }) => new Promise((resolve) => session.regenerate(resolve)),
    '/again': ({ session }) => (session.a = 1),
    '/destroy': ({ session }) => new Promise((resolve) => session.destroy(resolve)),
    '/set-again': ({ session }) => (session.a = 1),
    '/unset': (request) => delete request.session,
  };
  const reported = new Set<string>();
  for (const observation of [{}, { proxy: false }, { deep: true }]) {
    await using app = await serve(
      (express, factory, options) => {
        express.use(factory({ ...options, unset: 'destroy' }));
        express.use((request, response, next) => {
          Promise.resolve(routes[request.path]!(request)).then(() => response.end(), next);
        });
      },
      { observation },
    );
    for (const path of Object.keys(routes)) {
      await app.get(path);
      await app.finished();
    }
    for (const operation of app.operations()) reported.add(asMapped(operation, 'express-session'));
  }
  const mapping = mappingOf('express-session');
  expect([...reported].filter((one) => !mapping.has(one))).toEqual([]);
  // What only an expired record and calls on the store itself bring about.
  expect([...mapping].filter((one) => !reported.has(one) && !one.startsWith('store.')).toSorted()).toEqual([]);
});

test('cookie-session', async () => {
  type Held = Record<string, unknown> & { cart: number[] };
  const session = (request: Request) => request.session as unknown as Held;
  await using app = await serveCookieSession({
    '/set': (request, response) => {
      Object.assign(session(request), { a: 1, cart: [1] });
      response.end();
    },
    '/read': (request, response) => {
      void [session(request)['a'], 'a' in session(request), Object.keys(session(request))];
      session(request).cart.push(2);
      response.end();
    },
    '/delete': (request, response) => {
      delete session(request)['a'];
      response.end();
    },
    '/assign': (request, response) => {
      request.session = { b: 1 };
      response.end();
    },
    '/null': (request, response) => {
      request.session = null;
      response.end();
    },
  });
  const recorded = new Set<string>();
  for (const path of ['/set', '/read', '/delete', '/assign', '/null', '/set'])
    for (const operation of (await app.get(path), await app.operations(path)))
      recorded.add(asMapped(operation, 'cookie-session'));
  const mapping = mappingOf('cookie-session');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  expect([...mapping].filter((one) => !recorded.has(one) && !one.startsWith('unseen')).toSorted()).toEqual([]);
});

test('iron-session', async () => {
  await using app = await serveIronSession({
    '/set': async ({ open }) => {
      const session = await open();
      Object.assign(session, { a: 1, cart: [1] });
      session.updateConfig({ ...OPTIONS, ttl: 60 });
      await session.save();
      return undefined;
    },
    '/read': async ({ open }) => {
      const session = await open();
      (session['cart'] as number[]).push(2);
      return String([session['a'], 'a' in session, Object.keys(session), delete session['a']]);
    },
    '/end': async ({ open }) => String((await open()).destroy()),
  });
  const recorded = new Set<string>();
  for (const path of ['/set', '/read', '/end'])
    for (const operation of (await app.get(path), await app.operations(path)))
      recorded.add(asMapped(operation, 'iron-session'));
  const mapping = mappingOf('iron-session');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  expect([...mapping].filter((one) => !recorded.has(one) && !one.startsWith('unseen')).toSorted()).toEqual([]);
});

test('h3', async () => {
  await using app = await serveH3({
    '/set': async ({ event, updateSession }) => {
      await updateSession(event, H3_CONFIG, { a: 1, cart: [1] });
      return 'ok';
    },
    '/use': async ({ use }) => {
      const { data, update } = await use();
      data['cart'].push(2);
      data['b'] = 1;
      await update({ c: 1 });
      return String([data['a'], 'a' in data, Object.keys(data), delete data['a']]);
    },
    '/seal': async ({ event, getSession, sealSession }) =>
      String([await getSession(event, H3_CONFIG), await sealSession(event, H3_CONFIG)].length),
    '/loaded': async ({ event, updateSession }) => String(await updateSession(event, H3_CONFIG)),
    '/again': async ({ use }) => {
      const session = await use();
      await session.clear();
      return String(await session.update({ a: 2 }));
    },
    '/end': async ({ event, clearSession }) => String(await clearSession(event, H3_CONFIG)),
    '/new': async ({ use }) => String(await use()),
    '/get': async ({ event, getSession }) => String(await getSession(event, H3_CONFIG)),
  });
  const recorded = new Set<string>();
  const get = async (path: string) => {
    await app.get(path);
    for (const operation of await app.operations(path)) recorded.add(asMapped(operation, 'h3'));
  };
  for (const path of ['/set', '/use', '/seal', '/loaded', '/again', '/end', '/get', '/new']) await get(path);
  const mapping = mappingOf('h3');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  // What h3 saves as it loads: only of an older seal, and of one whose idle time is half over.
  const rare = /^(?:unseen|getSession → save)/;
  expect([...mapping].filter((one) => !recorded.has(one) && !rare.test(one)).toSorted()).toEqual([]);
});

test('React Router', async () => {
  const ok = (line: string) => new Response('ok', { headers: { 'Set-Cookie': line } });
  await using app = await serveReactRouter({
    '/set': async ({ getSession, commitSession }, request) => {
      const session = await getSession(cookieOf(request));
      session.set('cart', [1]);
      session.flash('notice', 'once');
      return ok(await commitSession(session));
    },
    '/read': async ({ getSession, commitSession }, request) => {
      const session = await getSession(cookieOf(request));
      session.get('cart').push(2);
      void [session.get('notice'), session.has('cart'), session.data];
      session.unset('never');
      return ok(await commitSession(session));
    },
    '/end': async ({ getSession, destroySession }, request) =>
      ok(await destroySession(await getSession(cookieOf(request)))),
  });
  const recorded = new Set<string>();
  for (const path of ['/set', '/read', '/end'])
    for (const operation of (await app.get(path), await app.operations(path)))
      recorded.add(asMapped(operation, 'React Router'));
  expect([...recorded].toSorted()).toEqual([...mappingOf('React Router')].toSorted());
});

test('@fastify/session', async () => {
  await using app = await serveFastifySession({
    '/set': async ({ session }) => {
      Object.assign(session, { a: 1, cart: [1] });
      session.cookie.maxAge = 60_000;
      session.cookie.expires = new Date(Date.now() + 60_000);
      session.cookie.secure = false;
      return 'ok';
    },
    '/read': async ({ session }) => {
      (session['cart'] as number[]).push(2);
      return ['a' in session, Object.keys(session), session['a'], delete session['a']];
    },
    '/calls': async (request) => {
      request.session.touch();
      request.session.options({ maxAge: 60_000 });
      await request.session.save();
      await request.session.reload();
      await request.session.regenerate();
      return 'ok';
    },
    '/end': async ({ session }) => String(await session.destroy()),
  });
  const recorded = new Set<string>();
  for (const path of ['/set', '/read', '/calls', '/end'])
    for (const operation of (await app.get(path), await app.operations(path)))
      recorded.add(asMapped(operation, '@fastify/session'));
  const mapping = mappingOf('@fastify/session');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  const isSeldom = (one: string) => /^(?:unseen change|store\.|onRequest → save|cookie\.originalMaxAge)/.test(one);
  expect([...mapping].filter((one) => !recorded.has(one) && !isSeldom(one)).toSorted()).toEqual([]);
});

test('@fastify/secure-session', async () => {
  await using app = await serveSecureSession({
    '/set': async ({ session }) => {
      Object.assign(session, { a: 1, cart: [1] });
      session.options({ maxAge: 60 });
      return 'ok';
    },
    '/read': async ({ session }) => {
      (session['cart'] as number[]).push(2);
      return ['a' in session, Object.keys(session), session.data(), delete session['a']];
    },
    '/calls': async ({ session }) => {
      session.touch();
      session.changed = true;
      session.regenerate(['cart']);
      session.regenerate();
      return 'ok';
    },
    '/assign': async (request: SecureRequest) => {
      request.session = request.server.createSecureSession({ b: 1 } as never) as never;
      return request.session.delete();
    },
    '/end': async ({ session }) => void (session.deleted = true),
  });
  const recorded = new Set<string>();
  for (const path of ['/set', '/read', '/calls', '/assign', '/end'])
    for (const operation of (await app.get(path), await app.operations(path)))
      recorded.add(asMapped(operation, '@fastify/secure-session'));
  const mapping = mappingOf('@fastify/secure-session');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  expect([...mapping].filter((one) => !recorded.has(one) && !one.startsWith('unseen')).toSorted()).toEqual([]);
});

test('hono-sessions', async () => {
  await using app = await serveHonoSessions({
    '/set': (session) => (session.set('cart', [1]), session.flash('notice', 'once'), session.touch()),
    '/read': (session) => (session.get('cart').push(2), session.get('notice'), session.getCache()['_data']),
    '/calls': (session, context) => {
      session.reupSession();
      session.setExpiration(new Date(Date.now() + 60_000).toISOString());
      session.forget('cart');
      context.set('session_key_rotation', true);
    },
    '/end': (session) => session.deleteSession(),
  });
  const recorded = new Set<string>();
  for (const path of ['/set', '/read', '/calls', '/end'])
    for (const operation of (await app.get(path), await app.operations(path)))
      recorded.add(asMapped(operation, 'hono-sessions'));
  const mapping = mappingOf('hono-sessions');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  const isSeldom = (one: string) => /^(?:unseen change|createSession)/.test(one);
  expect([...mapping].filter((one) => !recorded.has(one) && !isSeldom(one)).toSorted()).toEqual([]);
});

test('@hono/session', async () => {
  const recorded = new Set<string>();
  for (const options of [{}, { storage: new MapStorage() }]) {
    await using app = await serveHonoSession(
      {
        '/update': (session) => session.update({ cart: [1], note: 1 }),
        '/read': async (session) => {
          const data = (await session.get())!;
          data['cart'].push(2);
          data['n'] = 1;
          delete data['note'];
          return 'cart' in data && Object.keys(data);
        },
        '/twice': async (session) => {
          await session.update((previous) => ({ ...previous, a: 1 }));
          await session.update((previous) => ({ ...previous, b: 1 }));
        },
        '/end': (session) => session.delete(),
        '/new': (session) => session.get(),
      },
      options,
    );
    for (const path of ['/update', '/read', '/twice', '/end', '/new'])
      for (const operation of (await app.get(path), await app.operations(path)))
        recorded.add(asMapped(operation, '@hono/session'));
  }
  const mapping = mappingOf('@hono/session');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  expect([...mapping].filter((one) => !recorded.has(one) && !one.startsWith('unseen')).toSorted()).toEqual([]);
});

test.skipIf(!hasRegistry)('Astro', async () => {
  await using app = await serveAstro({
    '/get': (session) => session.get('cart'),
    '/set': (session) => (session.set('cart', [1]), session.set('note', 1)),
    '/push': async (session) => {
      ((await session.get('cart')) as number[]).push(2);
      session.delete('note');
    },
    '/has': (session) => session.has('cart'),
    '/keys': async (session) => void (await session.keys()),
    '/values': (session) => session.values(),
    '/entries': (session) => session.entries(),
    '/load': (session) => session.load(crypto.randomUUID()),
    '/regenerate': (session) => session.regenerate(),
    '/end': (session) => session.destroy(),
  });
  const recorded = new Set<string>();
  const note = async (path: string) => {
    await app.get(path);
    for (const operation of await app.operations(path)) recorded.add(asMapped(operation, 'Astro'));
  };
  for (const path of ['/get', '/set', '/set', '/push', '/has', '/keys', '/values', '/entries', '/regenerate', '/end'])
    await note(path);
  // A record that is gone.
  app.jar.set('astro-session', crypto.randomUUID());
  await note('/set');
  await note('/load');
  const mapping = mappingOf('Astro');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  expect([...mapping].filter((one) => !recorded.has(one) && !one.startsWith('unseen')).toSorted()).toEqual([]);
});

test('better-auth', async () => {
  const recorded = new Set<string>();
  for (const cookieCache of [{ enabled: false }, { enabled: true, maxAge: 300 }]) {
    const additionalFields = { theme: { type: 'string' as const, required: false } };
    await using app = await serveBetterAuth({}, { session: { updateAge: 0, cookieCache, additionalFields } });
    const note = async (path: string) => {
      for (const operation of await app.operations(`/api/auth${path}`))
        recorded.add(asMapped(operation, 'better-auth'));
    };
    await app.post('/sign-up/email', ADA);
    await note('/sign-up/email');
    await app.get('/api/auth/get-session');
    await note('/get-session');
    for (const [path, body] of [
      ['/update-session', { theme: 'dark' }],
      ['/revoke-other-sessions', {}],
      ['/sign-in/email', ADA],
      ['/revoke-other-sessions', {}],
      ['/sign-out', {}],
      ['/sign-in/email', ADA],
      ['/revoke-sessions', {}],
    ] as const) {
      await app.post(path, body);
      await note(path);
    }
  }
  const mapping = mappingOf('better-auth');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  // Only plugins of better-auth's call it.
  const isSeldom = (one: string) => one.startsWith('deleteSessions');
  expect([...mapping].filter((one) => !recorded.has(one) && !isSeldom(one)).toSorted()).toEqual([]);
});

test('koa-session', async () => {
  const recorded = new Set<string>();
  for (const options of [{}, { store: new MemoryStore() }]) {
    await using app = await serveKoaSession(
      {
        '/set': (_context, session) => void Object.assign(session, { a: 1, cart: [1], maxAge: 60_000 }),
        '/read': (_context, session) => {
          (session['cart'] as number[]).push(2);
          return ['a' in session, Object.keys(session).length, session];
        },
        '/delete': async (_context, session) => {
          delete session['a'];
          await session.save();
          await session.manuallyCommit();
        },
        '/rotate': (_context, session) => session.regenerate(),
        '/assign': (context) => void (context.session = { b: 1 } as never),
        '/null': (context) => void (context.session = null),
      },
      { options },
    );
    for (const path of ['/set', '/read', '/delete', '/rotate', '/assign', '/null'])
      for (const operation of (await app.get(path), await app.operations(path)))
        recorded.add(asMapped(operation, 'koa-session'));
  }
  const mapping = mappingOf('koa-session');
  expect([...recorded].filter((one) => !mapping.has(one))).toEqual([]);
  const isSeldom = (one: string) => /^(?:unseen change|store\.|commit → flush)/.test(one);
  expect([...mapping].filter((one) => !recorded.has(one) && !isSeldom(one)).toSorted()).toEqual([]);
});

test('@sessionscope/django-sessions', async () => {
  await using app = await observedApp(
    async (path, session) => {
      if (path === '/set') {
        await session.set('a', 1);
        await session.update({ b: [1] });
        await session.setDefault('c', 1);
        await session.setDefault('c', 2);
        await session.setTestCookie();
        await session.setExpiry(60);
      } else if (path === '/read') {
        await session.get('a');
        await session.require('a');
        await session.has('a');
        await session.keys();
        await session.values();
        await session.entries();
        await session.getExpiryAge();
        await session.getExpiryDate();
        await session.getExpireAtBrowserClose();
        await session.testCookieWorked();
        ((await session.get('b')) as number[]).push(2);
        session.modified = true;
        session.modified = false;
      } else if (path === '/delete') {
        await session.deleteTestCookie();
        await session.delete('a');
        await session.pop('c');
        await session.pop('c', null);
        await session.save();
        await session.load();
      } else if (path === '/cycle') await session.cycleKey();
      else if (path === '/clear') session.clear();
      else if (path === '/flush') await session.flush();
      else if (path === '/create') await session.create();
      else await session.deleteRecord();
      return {};
    },
    { host: 'Express 5', options: { secretKey: 'a secret of the tests', database: ':memory:' } },
  );
  for (const path of ['set', 'read', 'delete', 'cycle', 'clear', 'flush', 'create', 'set', 'delete-record'])
    await app.get(`/${path}`);
  const operations = app.companion.log
    .read(null, EVERYTHING, 10_000)
    .events.filter((event): event is OperationRecorded => event.type === 'operation-recorded');
  const reported = new Set(operations.map((one) => asMapped(one, '@sessionscope/django-sessions')));
  const mapping = mappingOf('@sessionscope/django-sessions');
  expect([...reported].filter((one) => !mapping.has(one))).toEqual([]);
  // A key that came or went behind the framework's back, a deletion found so, and the file engine's own.
  const unseen = ['load → expire', 'unseen change → delete', 'unseen change → set'];
  expect([...mapping].filter((one) => !reported.has(one)).toSorted()).toEqual(unseen);
});
