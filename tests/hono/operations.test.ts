/** What is recorded of hono-sessions. */
import { CookieStore, MemoryStore, Session as HonoSession } from 'hono-sessions';
import { expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { findingsIn } from '../adapters/named-findings.ts';
import { EVERYTHING, inShort } from '../express-session/observed-app.ts';
import { cacheOf, KEY, sealed, serve, type StoreName, STORES } from './observed-app.ts';

const HERE = 'tests/hono/operations.test.ts';
const shown = (operations: readonly OperationRecorded[]) => operations.map(inShort);
const linesOf = ({ source }: OperationRecorded) => source?.frames.map(({ file }) => file) ?? [];
const byApp = (operations: readonly OperationRecorded[]) => operations.filter(({ actor }) => actor === 'app');
/** What is not changed is not stored: by default it would be, where the millisecond is another. */
const LEAN = { autoExtendExpiration: false };

test.each(['fetch', 'request'] as const)(
  'by %s: a login, a visit and a logout, each use with its line, each cookie with the one that it came from',
  async (way) => {
    await using app = await serve(
      {
        '/login': (session) => {
          session.set('user', { name: 'ada' });
          session.get('never');
          session.flash('notice', 'welcome');
        },
        '/visit': (session, context) => {
          session.get('user').seen = 1;
          return [session.get('notice'), session.get('notice'), context.get('session') === session];
        },
        '/logout': (session) => session.deleteSession(),
      },
      { options: { store: new CookieStore(), ...LEAN }, way },
    );
    await app.get('/login');
    const login = await app.operations('/login');
    expect(shown(login)).toEqual(['create', 'set user', 'get never miss', 'set notice', 'save done']);
    for (const one of login.slice(1, 4)) expect(linesOf(one)).toContain(HERE);
    const created = await app.finished('/login');
    expect(login.at(-1)).toMatchObject({
      call: 'persistSessionData',
      actor: 'framework',
      from: null,
      to: created.sessionAfter,
      stored: { user: { name: 'ada' }, notice: 'welcome' },
      bytes: app.jar.get('session')!.length,
    });

    expect(JSON.parse((await app.get('/visit')).body)).toEqual(['welcome', null, true]);
    const visit = await app.operations('/visit');
    expect(shown(visit)).toEqual([
      'load found',
      'get user',
      'get notice',
      'delete notice',
      'get notice miss',
      'set user.seen inferred',
      'save done',
    ]);
    // It is the library that takes away what was flashed.
    expect(visit[3]).toMatchObject({ call: 'get', actor: 'framework' });
    const visited = await app.finished('/visit');
    expect(visit.at(-1)).toMatchObject({ from: created.sessionAfter, to: visited.sessionAfter });
    expect(visited.sessionAfter).not.toBe(created.sessionAfter);

    await app.get('/logout');
    const flush = (await app.operations('/logout')).at(-1)!;
    expect(flush).toMatchObject({ operation: 'flush', call: 'deleteSession', from: visited.sessionAfter, to: null });
    expect(linesOf(flush)).toContain(HERE);
    const ended = await app.finished('/logout');
    expect(ended).toMatchObject({ sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
    expect(ended.faults).toBeUndefined();

    // What the logout has left is a genuine seal of nothing.
    await app.get('/visit').catch(() => undefined);
    expect((await app.operations('/visit'))[0]).toMatchObject({
      operation: 'load',
      outcome: 'missing',
      reason: 'ended',
    });
  },
);

test('a rotation, an end that moves, a listing', async () => {
  await using app = await serve(
    {
      '/set': (session) => session.set('a', 1),
      '/rotate': (session, context) => {
        context.set('session_key_rotation', true);
        session.touch();
      },
      '/end': (session) => session.setExpiration(new Date(Date.now() + 60_000).toISOString()),
      '/list': (session) => Object.keys(session.getCache()['_data']),
    },
    { options: { expireAfterSeconds: 900, ...LEAN } },
  );
  await app.get('/set');
  const { sessionAfter } = await app.finished('/set');
  await app.get('/rotate');
  const rotate = await app.operations('/rotate');
  expect(shown(rotate)).toEqual(['load found', 'touch', 'cycle-key']);
  expect(rotate[1]!.expiry!.sessionAt).toBeGreaterThan(Date.now() + 800_000);
  const rotated = await app.finished('/rotate');
  expect(rotate[2]).toMatchObject({ actor: 'app', from: sessionAfter, to: rotated.sessionAfter, state: { a: 1 } });
  expect(linesOf(rotate[2]!)).toContain(HERE);

  await app.get('/end');
  const [end] = byApp(await app.operations('/end'));
  expect(end).toMatchObject({ operation: 'set-expiry', call: 'setExpiration' });
  expect(end!.expiry!.sessionAt).toBeLessThan(Date.now() + 61_000);
  expect(JSON.parse((await app.get('/list')).body)).toEqual(['a']);
  expect(byApp(await app.operations('/list'))).toMatchObject([{ operation: 'get', call: 'getCache', keys: 1 }]);
});

test.each(Object.keys(STORES) as StoreName[])('%s: a look at the record, and the proof of its cookie', async (name) => {
  const store = STORES[name]();
  await using app = await serve({ '/': (session) => session.set('text', 'ünï © 🎉') }, { options: { store } });
  await app.get('/');
  const { sessionAfter } = await app.finished('/');
  const [middleware] = app.companion.middlewares();
  const cookie = { name: 'session', value: app.jar.get('session')! };
  expect(middleware!.prove(cookie, [cookie])).toMatchObject({ signature: 'valid', fingerprint: sessionAfter });
  expect(middleware!.prove({ ...cookie, value: `${cookie.value.slice(0, -4)}AAAA` }, [])?.key).toBeUndefined();
  const key = middleware!.keyOf(sessionAfter!)!;
  const found = { outcome: 'found', state: { text: 'ünï © 🎉' }, expiresAt: null };
  expect(await middleware!.readStore(key, EVERYTHING)).toMatchObject(found);
  if (!(store instanceof MemoryStore)) return;
  store.deleteSession(key);
  expect(await middleware!.readStore(key, EVERYTHING)).toMatchObject({ outcome: 'missing' });
});

test('a store of the app`s: not looked into, unless it offers a look; its own calls are its own', async () => {
  class Store {
    #records = new Map<string, object>();
    getSessionById = async (id: string) => structuredClone(this.#records.get(id));
    createSession = async (id: string, cache: object) => void this.#records.set(id, structuredClone(cache));
    persistSessionData = async (id: string, cache: object) => void this.#records.set(id, structuredClone(cache));
    deleteSession = async (id: string) => void this.#records.delete(id);
  }
  class PeekingStore extends Store {
    peek = async (id: string) => ({ data: await this.getSessionById(id) });
  }
  for (const store of [new Store(), new PeekingStore()]) {
    await using app = await serve(
      {
        '/': async (session) => {
          session.set('a', 1);
          await store.createSession('other', cacheOf({ data: { b: 1 } }));
        },
      },
      { options: { store } },
    );
    await app.get('/');
    expect(shown(await app.operations('/'))).toEqual(['create', 'set a', 'save done']);
    const { sessionAfter, faults } = await app.finished('/');
    expect(faults).toBeUndefined();
    const [middleware] = app.companion.middlewares();
    expect(await middleware!.readStore(middleware!.keyOf(sessionAfter!)!, EVERYTHING)).toMatchObject(
      'peek' in store ? { outcome: 'found', state: { a: 1 } } : { outcome: 'unreadable' },
    );
  }
});

test('without an encryptionKey the cookie is the ID itself; a prefix is part of its name', async () => {
  const options = { encryptionKey: undefined, cookieOptions: { path: '/', secure: true, prefix: 'host' as const } };
  await using app = await serve({ '/': (session) => session.set('a', 1) }, { options });
  await app.get('/');
  const { sessionAfter } = await app.finished('/');
  const cookie = { name: '__Host-session', value: app.jar.get('__Host-session')! };
  const [middleware] = app.companion.middlewares();
  expect(middleware!.prove(cookie, [cookie])).toMatchObject({ signature: 'unsigned', fingerprint: sessionAfter });
});

test('settings are described without the key, and a function that gives it is called as often as without us', async () => {
  let calls = 0;
  const encryptionKey = () => {
    calls += 1;
    return KEY;
  };
  await using app = await serve(
    { '/': (session) => session.get('a') },
    { options: { store: new CookieStore(), encryptionKey, expireAfterSeconds: 900, sessionCookieName: 'shop' } },
  );
  const cache = cacheOf({ data: { a: 1 }, expire: new Date(Date.now() + 60_000).toISOString() });
  app.jar.set('shop', await sealed(JSON.stringify(cache)));
  expect((await app.get('/')).body).toBe('1');
  expect(calls).toBe(1);
  const described = app.companion.middlewares()[0]!.describe();
  expect(described).toMatchObject({
    library: 'hono-sessions',
    libraryVersion: expect.stringMatching(/^0\.8\./),
    cookieNames: ['shop'],
    store: 'CookieStore',
    recordsIn: 'cookie',
    settings: { expireAfterSeconds: '900', autoExtendExpiration: 'true', 'cookieOptions.path': "'/'" },
  });
  expect(JSON.stringify(described)).not.toContain(KEY);
});

test('a request of which Node knows nothing is answered as ever, and the panel is told why it sees none', async () => {
  const { Hono } = await import('hono');
  const { sessionMiddleware } = await import('hono-sessions');
  const { observeWith } = await import('../../server-companion/node/src/adapters/hono/observe-with.ts');
  const { newCompanion } = await import('../express-session/observed-app.ts');
  const companion = newCompanion();
  const app = new Hono<{ Variables: { session: HonoSession } }>();
  app.use(observeWith(companion, sessionMiddleware)({ store: new MemoryStore() }));
  app.get('/', (context) => context.text(String(context.get('session') instanceof HonoSession)));
  expect(await (await app.request('/')).text()).toBe('true');
  const { events } = companion.log.read(null, EVERYTHING, 1_000);
  expect(events.some(({ type }) => type === 'exchange-started')).toBe(false);
  expect(JSON.stringify(events)).toContain('A request came of which Node knows nothing');
  companion.endpoint.close();
});

test('below a path: the rest of the app is not of it', async () => {
  await using app = await serve(
    { '/shop/cart': (session) => session.set('a', 1), '/other': (session) => String(session) },
    { path: '/shop/*' },
  );
  await app.get('/shop/cart');
  expect((await app.get('/other')).body).toBe('undefined');
  await app.finished('/shop/cart');
  expect(app.started('/other')).toBeUndefined();
  expect(app.companion.middlewares()[0]!.describe().mount).toBe('/shop');
});

/** The traps that a finding names; the others stand in a verdict of their own. */
const WALKS: Record<string, { walk: string; finds: string; store: StoreName }> = {
  'a cookie that browsers drop': { walk: '/seed /grow', finds: 'cookie-too-large', store: 'CookieStore' },
  'a type that JSON has not': { walk: '/seed /map', finds: 'store-changes-value', store: 'CookieStore' },
  'a logout, which no copy of the cookie notices': {
    walk: '/seed /logout',
    finds: 'revoked-cookie-works',
    store: 'CookieStore',
  },
  'a logout that leaves its cookie': {
    walk: '/seed /logout /read',
    finds: 'logout-leaves-cookie',
    store: 'MemoryStore',
  },
};

test.each(Object.entries(WALKS))('found: %s', async (_name, { walk, finds, store }) => {
  await using app = await serve(
    {
      '/seed': (session) => session.set('user', 'ann'),
      '/grow': (session) => session.set('rows', 'x'.repeat(4_000)),
      '/map': (session) => session.set('map', new Map([['a', 1]])),
      '/logout': (session) => session.deleteSession(),
      '/read': (session) => session.get('user'),
    },
    { options: { store: STORES[store](), ...LEAN } },
  );
  for (const path of walk.split(' ')) {
    await app.get(path);
    await app.finished(path);
  }
  expect(findingsIn(app.events()).all).toContain(finds);
});
