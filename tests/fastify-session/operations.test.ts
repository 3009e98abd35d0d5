/** What is recorded of @fastify/session. */
import { expect, test } from 'vitest';
import fastifySession from '@fastify/session';
import type { OperationRecorded } from '../../protocol/index.ts';
import { EVERYTHING, inShort, newCompanion } from '../express-session/observed-app.ts';
import { until } from '../browsers/until.ts';
import { listenOn, SECRET, serve, signed } from './observed-app.ts';

const HERE = 'tests/fastify-session/operations.test.ts';
const shown = (operations: readonly OperationRecorded[]) => operations.map(inShort);
const linesOf = ({ source }: OperationRecorded) => source?.frames.map(({ file }) => file) ?? [];

test('a login, a visit and a logout: each use with its line, each record with what it holds', async () => {
  await using app = await serve({
    '/login': async (request) => {
      request.session['user'] = { name: 'ada' };
      void request.session['never'];
      request.session.set('role', 'admin');
      return 'in';
    },
    '/visit': async (request) => {
      (request.session.get('user') as { seen?: number }).seen = 1;
      return [request.session === request.session, 'user' in request.session, Object.keys(request.session)];
    },
    '/logout': async (request) => {
      await request.session.destroy();
      return String(request.session);
    },
  });
  await app.get('/login');
  const login = await app.operations('/login');
  expect(shown(login)).toEqual(['create', 'set user', 'get never miss', 'set role', 'save done']);
  for (const one of login.slice(1, 4)) expect(linesOf(one)).toContain(HERE);
  const created = await app.finished('/login');
  expect(created.verdict).toMatchObject({
    record: { outcome: 'saved', reason: 'new-session' },
    cookie: { outcome: 'set', reason: 'new-key', attributes: { name: 'sessionId', path: '/', httpOnly: true } },
  });
  expect(login.at(-1)).toMatchObject({
    call: 'onSend',
    actor: 'framework',
    session: created.sessionAfter,
    state: { user: { name: 'ada' }, role: 'admin' },
    // The default store drops nothing by itself.
    expiry: { sessionAt: null, storeAt: null },
  });

  expect(JSON.parse((await app.get('/visit')).body)).toEqual([true, true, ['cookie', 'user', 'role']]);
  const visit = await app.operations('/visit');
  expect(shown(visit)).toEqual(['load found', 'get user', 'get user', 'get', 'set user.seen inferred', 'save done']);
  expect(visit[0]).toMatchObject({ session: created.sessionAfter, layer: 'store', state: { role: 'admin' } });
  expect((await app.finished('/visit')).sessionAfter).toBe(created.sessionAfter);

  expect((await app.get('/logout')).body).toBe('null');
  const flush = (await app.operations('/logout')).at(-1)!;
  expect(flush).toMatchObject({
    operation: 'flush',
    call: 'destroy',
    actor: 'app',
    from: created.sessionAfter,
    to: null,
  });
  expect(linesOf(flush)).toContain(HERE);
  const ended = await app.finished('/logout');
  expect(ended).toMatchObject({ sessionAfter: null, verdict: { record: { outcome: 'deleted', reason: 'destroyed' } } });
  expect(ended.faults).toBeUndefined();
});

test('save, reload, regenerate, touch, options and the cookie, with promises and with callbacks', async () => {
  await using app = await serve(
    {
      '/save': async (request) => {
        request.session['a'] = 1;
        await request.session.save();
        return 'saved';
      },
      '/reload': async (request) => {
        request.session['a'] = 2;
        await request.session.reload();
        return String(request.session['a']);
      },
      '/called-back': (request, reply) => {
        request.session['b'] = 1;
        void request.session.save(() => {
          request.session['c'] = 1;
          void reply.send('called back');
        });
      },
      '/rotate': async (request) => {
        await request.session.regenerate(['a']);
        request.session['after'] = 1;
        return Object.keys(request.session);
      },
      '/ends': async (request) => {
        request.session.cookie.maxAge = 60_000;
        request.session.touch();
        request.session.options({ maxAge: 30_000 });
        return String(request.session.cookie.maxAge! <= 30_000);
      },
    },
    { options: { rolling: false } },
  );
  await app.get('/save');
  expect(shown(await app.operations('/save'))).toEqual(['create', 'set a', 'save done', 'save done']);
  const [, , save] = await app.operations('/save');
  expect(save).toMatchObject({ call: 'save', actor: 'app', state: { a: 1 } });
  expect(linesOf(save!)).toContain(HERE);

  expect((await app.get('/reload')).body).toBe('1');
  expect(shown(await app.operations('/reload'))).toEqual(['load found', 'set a', 'load found', 'get a']);

  await app.get('/called-back');
  expect(shown(await app.operations('/called-back'))).toEqual([
    'load found',
    'set b',
    'save done',
    'set c',
    'save done',
  ]);

  const before = (await app.finished('/called-back')).sessionAfter;
  expect(JSON.parse((await app.get('/rotate')).body)).toEqual(['cookie', 'a', 'after']);
  const operations = await app.operations('/rotate');
  expect(shown(operations)).toEqual(['load found', 'cycle-key', 'save done', 'set after', 'get', 'save done']);
  const rotated = await app.finished('/rotate');
  expect(operations[1]).toMatchObject({ actor: 'app', from: before, to: rotated.sessionAfter });
  expect(rotated.verdict.record).toMatchObject({ outcome: 'saved', reason: 'regenerated' });
  expect(rotated.sessionAfter).not.toBe(before);

  await app.get('/ends');
  const ends = (await app.operations('/ends')).filter(({ actor }) => actor === 'app');
  expect(ends.map(({ operation, call }) => `${operation} ${call}`)).toEqual([
    'set-expiry cookie.maxAge=',
    'touch touch',
    'set-expiry options',
  ]);
  expect(ends.at(-1)!.expiry!.sessionAt).toBeLessThan(Date.now() + 31_000);
  expect((await app.finished('/ends')).faults).toBeUndefined();
});

test('refused: a signature of another secret, a key that the store does not know, an end that has passed', async () => {
  await using app = await serve(
    {
      '/short': async (request) => {
        request.session['a'] = 1;
        request.session.cookie.maxAge = 1;
        return 'short';
      },
      '/': async (request) => String(request.session['a']),
    },
    { options: { saveUninitialized: false } },
  );
  const loadOf = async () => (await app.operations('/')).find(({ operation }) => operation === 'load');
  app.jar.set('sessionId', signed('a-key', 'another secret of this test with 32 characters'));
  expect((await app.get('/')).body).toBe('undefined');
  expect(await loadOf()).toMatchObject({ outcome: 'invalid-signature' });
  expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'missing', reason: 'invalid-signature' });

  app.jar.set('sessionId', signed('a-key'));
  await app.get('/');
  expect(await loadOf()).toMatchObject({ outcome: 'missing' });
  expect((await app.finished('/')).verdict).toMatchObject({
    record: { outcome: 'missing', reason: 'missing' },
    cookie: { outcome: 'expired', reason: 'cleared' },
  });

  const answer = await app.get('/short');
  const value = /sessionId=([^;]+)/.exec(answer.headers.map(([, text]) => text).join('\n'))![1]!;
  await new Promise((resolve) => setTimeout(resolve, 5));
  app.jar.set('sessionId', value);
  expect((await app.get('/')).body).toBe('undefined');
  // The library deletes what has ended, and saves a new and empty session in its place at once.
  expect(shown(await app.operations('/')).slice(0, 3)).toEqual(['load expired', 'create', 'save done']);
  const { verdict, sessionBefore, sessionAfter } = await app.finished('/');
  expect(verdict.record).toMatchObject({ outcome: 'saved', reason: 'expired-replaced' });
  // No cookie leads to it: the old one is dropped.
  expect(verdict.cookie).toMatchObject({ outcome: 'expired', reason: 'cleared' });
  expect([sessionBefore, sessionAfter]).toEqual([expect.any(String), null]);
});

test('a look at the record, the proof of its cookie, and the app`s own calls on its store', async () => {
  for (const cookiePrefix of ['', 's:']) {
    const store = new (fastifySession.MemoryStore as unknown as new () => {
      destroy(key: string, callback: () => void): void;
      store: Map<string, unknown>;
    })();
    await using app = await serve(
      { '/': async (request) => String((request.session['a'] = 1)) },
      { options: { cookiePrefix, store } },
    );
    await app.get('/');
    const { sessionAfter } = await app.finished('/');
    const [middleware] = app.companion.middlewares();
    const cookie = { name: 'sessionId', value: app.jar.get('sessionId')! };
    expect(middleware!.prove(cookie, [cookie])).toMatchObject({ signature: 'valid', fingerprint: sessionAfter });
    expect(middleware!.prove({ ...cookie, value: `${cookie.value}x` }, [])?.key).toBeUndefined();
    const key = middleware!.keyOf(sessionAfter!)!;
    expect(await middleware!.readStore(key, EVERYTHING)).toMatchObject({ outcome: 'found', state: { a: 1 } });
    store.destroy(key, () => undefined);
    expect(app.events().at(-1)).toMatchObject({ operation: 'flush', call: 'store.destroy', actor: 'background' });
    expect(await middleware!.readStore(key, EVERYTHING)).toMatchObject({ outcome: 'missing' });
  }
});

test('settings are described with the library`s defaults, and without the secret', async () => {
  await using app = await serve({}, { options: { cookie: {} } });
  const described = app.companion.middlewares()[0]!.describe();
  expect(described).toMatchObject({
    library: '@fastify/session',
    libraryVersion: expect.stringMatching(/^11\./),
    cookieNames: ['sessionId'],
    store: 'MemoryStore',
    recordsIn: 'process',
    settings: { rolling: 'true', saveUninitialized: 'true', 'cookie.secure': 'true' },
  });
  expect(JSON.stringify(described)).not.toContain(SECRET);
});

test('requests that are injected end, too', async () => {
  const companion = newCompanion();
  const { app, close } = await listenOn({ '/': async (request) => String((request.session['a'] = 1)) }, companion);
  expect((await app.inject('/')).body).toBe('1');
  const ended = () =>
    companion.log.read(null, EVERYTHING, 1_000).events.find(({ type }) => type === 'exchange-finished');
  expect(await until(ended, 'the end')).toMatchObject({ verdict: { record: { outcome: 'saved' } } });
  await close();
  companion.endpoint.close();
});
