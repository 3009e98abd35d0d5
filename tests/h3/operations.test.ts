/** What is recorded of h3's sessions, in both versions. */
import { describe, expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { EVERYTHING, newCompanion } from '../express-session/observed-app.ts';
import { listen } from '../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../server-companion/node/src/adapters/h3/observe-with.ts';
import { ask, Jar } from '../adapters/conformance/running.ts';
import {
  CONFIG,
  type Handler,
  PASSWORD,
  type Routes,
  sealed,
  serve,
  start,
  VERSION_NAMES,
  VERSIONS,
} from './observed-app.ts';

const inShort = ({ operation, path, outcome, hit, inferred, reason }: OperationRecorded) =>
  [
    operation,
    ...(path ?? []),
    outcome ?? '',
    operation === 'save' ? (reason ?? '') : '',
    hit === false ? 'miss' : '',
    inferred ? 'inferred' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');

describe.each(VERSION_NAMES)('%s', (version) => {
  test('a login, a visit and a logout: each use with its line, and each cookie with the one that it came from', async () => {
    await using app = await serve(
      {
        '/login': async ({ use }) => {
          const session = await use();
          void session.data['never'];
          await session.update({ user: { name: 'ada' }, cart: [1] });
          return session.id;
        },
        '/visit': async ({ use }) => {
          const session = await use();
          session.data['cart'].push(2);
          session.data['seen'] = true;
          await session.update((data: { cart: number[] }) => ({ items: data.cart.length }));
          return JSON.stringify([session.data, Object.keys(session.data), 'user' in session.data]);
        },
        '/logout': async ({ use }) => {
          const session = await use();
          const cleared = await session.clear();
          return JSON.stringify([session.data, session.id ?? null, cleared === session]);
        },
      },
      version,
    );
    await app.get('/login');
    const login = await app.operations('/login');
    expect(login.map(inShort)).toEqual([
      'create',
      'save done new-session',
      'get never miss',
      'set user',
      'set cart',
      'save done updated',
    ]);
    for (const { source } of login)
      expect(source!.frames.map(({ file }) => file)).toContain('tests/h3/operations.test.ts');
    expect(login[1]).toMatchObject({ actor: 'framework', from: null, stored: {} });
    const created = await app.finished('/login');
    expect(created.verdict).toMatchObject({
      record: { outcome: 'saved', reason: 'new-session' },
      cookie: { outcome: 'set', attributes: { name: 'h3', path: '/' } },
    });
    expect(login.at(-1)).toMatchObject({
      actor: 'app',
      from: login[1]!.to,
      to: created.sessionAfter,
      stored: { user: { name: 'ada' }, cart: [1] },
      bytes: app.jar.get('h3')!.length,
    });

    const { body } = await app.get('/visit');
    const held = { user: { name: 'ada' }, cart: [1, 2], seen: true, items: 2 };
    expect(JSON.parse(body)).toEqual([held, ['user', 'cart', 'seen', 'items'], true]);
    const visit = await app.operations('/visit');
    expect(visit.map(inShort).slice(0, 7)).toEqual([
      'load found',
      'get cart',
      'set seen',
      'set cart 1 inferred',
      'get cart',
      'set items',
      'save done updated',
    ]);
    expect(visit[0]).toMatchObject({ session: created.sessionAfter, layer: 'cookie', keys: 2 });
    const visited = await app.finished('/visit');
    expect(visit[6]).toMatchObject({ from: created.sessionAfter, to: visited.sessionAfter, stored: held });

    expect((await app.get('/logout')).body).toBe('[{},null,true]');
    const flush = (await app.operations('/logout')).find(({ operation }) => operation === 'flush')!;
    expect(flush).toMatchObject({ call: 'clear', from: visited.sessionAfter, to: null, before: held });
    const ended = await app.finished('/logout');
    expect(ended).toMatchObject({
      sessionAfter: null,
      verdict: { record: { outcome: 'deleted', reason: 'cleared' }, cookie: { outcome: 'expired', reason: 'cleared' } },
    });
    expect(ended.faults).toBeUndefined();
    expect(app.jar.get('h3') ?? '').toBe('');
  });

  test('the functions beside useSession: getSession, updateSession, sealSession, clearSession', async () => {
    await using app = await serve(
      {
        '/set': async ({ event, updateSession }) => {
          const session = await updateSession(event, CONFIG, { a: 1 });
          return JSON.stringify(session.data);
        },
        '/get': async ({ event, getSession, sealSession }) => {
          const session = await getSession(event, CONFIG);
          const same = (await getSession(event, CONFIG)) === session;
          return JSON.stringify([session.data['a'], same, (await sealSession(event, CONFIG)).slice(0, 6)]);
        },
        '/end': async ({ event, clearSession }) => String(await clearSession(event, CONFIG)),
      },
      version,
    );
    expect((await app.get('/set')).body).toBe('{"a":1}');
    const set = (await app.operations('/set')).filter(({ call }) => call === 'updateSession').map(inShort);
    expect(set).toEqual(['create', 'set a', 'save done new-session']);
    expect((await app.get('/get')).body).toBe('[1,true,"Fe26.2"]');
    expect((await app.operations('/get')).map(inShort)).toEqual(['load found', 'get a', 'save done sealed']);
    await app.get('/end');
    expect((await app.operations('/end')).map(inShort)).toEqual(['flush']);
    expect((await app.finished('/end')).verdict.record).toMatchObject({ outcome: 'deleted' });
    for (const path of ['/set', '/get', '/end']) expect((await app.finished(path)).faults).toBeUndefined();
  });

  test('a session of the header is the one that h3 looks for first', async () => {
    await using app = await serve({ '/': async ({ use }) => JSON.stringify((await use()).data) }, version);
    await app.get('/');
    const headers = { 'x-h3-session': await sealed({ from: 'header' }, version), ...app.jar.headers };
    expect((await ask(app.origin, '/', { headers })).body).toBe('{"from":"header"}');
    const [load] = await app.operations('/');
    expect(load).toMatchObject({ operation: 'load', outcome: 'found', state: { from: 'header' } });
    expect(load!.layer).toBeUndefined();
    expect((await app.finished('/')).sessionBefore).toBe(load!.session);
  });

  test.each([
    ['an end that has passed', 'expired', { outcome: 'expired', reason: 'expired' }],
    ['another password', 'tampered', { outcome: 'invalid-signature', reason: 'tampered' }],
    ['no seal at all', 'malformed', { outcome: 'unreadable', reason: 'malformed' }],
  ] as const)('a cookie is refused, of which h3 says nothing: %s', async (_name, reason, load) => {
    const cookies = {
      expired: () => sealed({ a: 1 }, version, { ageMs: 3_600_000 }),
      tampered: () => sealed({ a: 1 }, version, { password: 'another password of 32 characters or more' }),
      malformed: async () => 'hello',
    };
    await using app = await serve(
      { '/': async ({ use }) => JSON.stringify((await use({ maxAge: 60 })).data) },
      version,
    );
    app.jar.set('h3', await cookies[reason]());
    const sent = app.jar.get('h3')!;
    expect((await app.get('/')).body).toBe('{}');
    expect((await app.operations('/')).map(inShort)).toEqual([
      `load ${load.outcome}`,
      'create',
      'save done new-session',
      'get',
    ]);
    expect((await app.operations('/'))[0]).toMatchObject(load);
    const { verdict, faults } = await app.finished('/');
    expect(verdict.record).toMatchObject({ outcome: 'saved', reason });
    expect(faults).toBeUndefined();
    const [middleware] = app.companion.middlewares();
    const cookie = { name: 'h3', value: sent };
    expect(middleware!.prove(cookie, [cookie])?.key).toBeUndefined();
  });

  test('what opens a seal here opens what h3 seals, to the byte', async () => {
    await using app = await serve({ '/': async ({ use }) => JSON.stringify((await use()).data) }, version);
    await app.get('/');
    const [middleware] = app.companion.middlewares();
    for (const data of [{}, { text: 'ünï © 🎉', list: [1, null, { deep: true }] }, { long: 'y'.repeat(2_000) }]) {
      const value = await sealed(data, version);
      const proven = middleware!.prove({ name: 'h3', value }, [{ name: 'h3', value }]);
      expect(proven).toMatchObject({ signature: 'valid' });
      expect(await middleware!.readStore(proven!.key!, EVERYTHING)).toMatchObject({
        outcome: 'found',
        state: data,
        bytes: value.length,
        expiresAt: null,
      });
    }
  });

  test('the same bytes, status and errors as without us', async () => {
    const routes: Routes = {
      '/login': async ({ use }) => {
        const session = await use();
        await session.update({ user: 'ada', id: session.id?.length });
        return Object.keys(session).join();
      },
      '/page': async ({ use, event, getSession }) => {
        const session = await use({ maxAge: 60 });
        const raw = await getSession(event, CONFIG);
        raw.data = { ...raw.data, more: 1 };
        await session.update((data: object) => data);
        return JSON.stringify([session, raw.data === (await getSession(event, CONFIG)).data, session.data]);
      },
      '/too-large': async ({ use }) => {
        const session = await use();
        return session.update({ long: 10n }).catch((error: Error) => error.message);
      },
      '/short': ({ use }) => use({ password: 'short', name: 'other' }).catch((error: Error) => error.message),
      '/logout': async ({ use }) => String((await use()).clear().constructor === Promise),
    };
    const traffic = async (companion: ReturnType<typeof newCompanion> | undefined) => {
      const { origin, close } = await start(routes, version, companion);
      const jar = new Jar();
      const answers: unknown[] = [];
      for (const path of ['/page', '/login', '/page', '/too-large', '/short', '/page', '/logout', '/page']) {
        const answer = await ask(origin, path, { headers: jar.headers });
        jar.keep(answer);
        const headers = answer.headers
          .filter(([name]) => !/^(?:sessionscope|date)$/i.test(name))
          .map(([name, value]) => `${name}: ${value.replace(/Fe26[^;]*/, '<seal>').replace(/[^;]*GMT/, '<time>')}`);
        answers.push([answer.status, headers, answer.body.replace(/"id":"[^"]*"/, '"id":"…"')]);
      }
      await close();
      companion?.endpoint.close();
      return answers;
    };
    expect(await traffic(newCompanion())).toEqual(await traffic(undefined));
  });

  test('functions keep their names, lengths and whatever else the module has', () => {
    const { functions } = VERSIONS[version];
    const companion = newCompanion();
    const observed = observeWith(companion, functions);
    companion.endpoint.close();
    expect(Object.keys(observed)).toEqual(Object.keys(functions));
    for (const name of ['useSession', 'updateSession', 'clearSession'] as const) {
      expect(observed[name]).not.toBe(functions[name]);
      expect([observed[name].name, observed[name].length]).toEqual([functions[name].name, functions[name].length]);
    }
  });
});

test('one function alone is observed too', async () => {
  const companion = newCompanion();
  const functions = {
    ...VERSIONS['h3 2'].functions,
    useSession: observeWith(companion, VERSIONS['h3 2'].functions.useSession),
  };
  const { origin, close } = await listen(
    VERSIONS['h3 2'].listener(functions, { '/': async ({ use }) => String(await (await use()).update({ a: 1 })) }),
  );
  await ask(origin, '/');
  const { events } = companion.log.read(null, EVERYTHING, 100);
  expect(events.flatMap((event) => (event.type === 'operation-recorded' ? [event.operation] : []))).toEqual([
    'create',
    'save',
    'set',
    'save',
  ]);
  await close();
  companion.endpoint.close();
});

const inner: Handler = async ({ use }) => JSON.stringify((await use()).data);

test('h3 1: a server that asks itself is a request of its own, without the cookie', async () => {
  await using app = await serve(
    {
      '/api/me': inner,
      '/page': async ({ use, askItself }) => {
        const session = await use();
        await session.update({ user: 'ada' });
        return askItself('/api/me');
      },
    },
    'h3 1',
  );
  await app.get('/page');
  expect((await app.get('/page')).body).toBe('{}');
  const page = await app.finished('/page');
  const asked = app.started('/api/me')!;
  expect(asked).toMatchObject({ parent: page.exchange, kind: 'self', cookie: { sent: 0 } });
  expect((await app.operations('/page')).map(inShort)).toEqual(['load found', 'set user', 'save done updated']);
  expect((await app.operations('/api/me')).map(inShort)).toEqual(['create', 'save done new-session', 'get']);
  expect((await app.finished('/api/me')).verdict.cookie).toMatchObject({ outcome: 'set', reason: 'begun-and-saved' });
});

test('h3 2: a server that asks itself leaves the request around it as it is', async () => {
  await using app = await serve({
    '/api/me': inner,
    '/page': async ({ use, askItself }) => {
      const session = await use();
      await session.update({ user: 'ada' });
      return askItself('/api/me');
    },
  });
  await app.get('/page');
  expect((await app.get('/page')).body).toBe('{}');
  expect((await app.operations('/page')).map(inShort)).toEqual(['load found', 'set user', 'save done updated']);
  expect((await app.finished('/page')).verdict.cookie).toMatchObject({ outcome: 'set', reason: 'updated' });
  expect(app.started('/api/me')).toBeUndefined();
});

test('h3 2: a session over several cookies is one record, and all of its cookies together prove it', async () => {
  await using app = await serve({
    '/': async ({ use }) => {
      const session = await use();
      if (session.data['long'] === undefined) await session.update({ long: 'x'.repeat(6_000) });
      return 'ok';
    },
  });
  await app.get('/');
  expect([...app.jar.keys()]).toEqual(['h3', 'h3.1', 'h3.2', 'h3.3']);
  const { sessionAfter } = await app.finished('/');
  await app.get('/');
  const [load] = await app.operations('/');
  expect(load).toMatchObject({ operation: 'load', outcome: 'found', session: sessionAfter, keys: 1 });
  const [middleware] = app.companion.middlewares();
  const cookies = [...app.jar].map(([name, value]) => ({ name, value }));
  expect(middleware!.prove(cookies[0]!, cookies)).toMatchObject({ signature: 'valid' });
  expect(middleware!.prove(cookies[0]!, cookies.slice(0, 1))?.key).toBeUndefined();
  expect(middleware!.prove(cookies[1]!, cookies.slice(1))).toBeUndefined();
  expect(await middleware!.readStore(middleware!.keyOf(sessionAfter!)!, EVERYTHING)).toMatchObject({
    outcome: 'found',
  });
});

test('h3 2: a seal of h3 1 is opened and sealed again', async () => {
  await using app = await serve({ '/': async ({ use }) => String((await use()).data['a']) });
  app.jar.set('h3', await sealed({ a: 1 }, 'h3 1'));
  expect((await app.get('/')).body).toBe('1');
  expect((await app.operations('/')).map(inShort)).toEqual(['load found', 'save done resealed', 'get a']);
  expect((await app.finished('/')).verdict).toMatchObject({
    record: { outcome: 'saved', reason: 'resealed' },
    cookie: { outcome: 'set', reason: 'resealed' },
  });
});

test('settings are described without the password, and the seal is nowhere in the log', async () => {
  await using app = await serve({ '/': async ({ use }) => (await use({ maxAge: 60, idleTimeout: 30 })).id });
  await app.get('/');
  const described = app.companion.middlewares()[0]!.describe();
  expect(described).toMatchObject({
    libraryVersion: expect.stringMatching(/^2\./),
    library: 'h3',
    commit: 'explicit',
    store: 'cookie',
    settings: { maxAge: '60', idleTimeout: '30', 'cookie.secure': 'false' },
  });
  expect((await app.operations('/')).at(-1)!.expiry!.sessionAt).toBeGreaterThan(Date.now() + 20_000);
  await app.get('/');
  await app.finished('/');
  const everything = JSON.stringify([described, app.events()]);
  expect(everything).not.toContain(PASSWORD);
  expect(everything).not.toContain('Fe26.2');
});
