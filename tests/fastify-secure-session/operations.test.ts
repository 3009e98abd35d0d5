/** What is recorded of @fastify/secure-session. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import secureSession from '@fastify/secure-session';
import { expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { EVERYTHING, inShort, newCompanion } from '../express-session/observed-app.ts';
import { until } from '../browsers/until.ts';
import { KEY, listenOn, OLDER_KEY, sealed, serve } from './observed-app.ts';

const HERE = 'tests/fastify-secure-session/operations.test.ts';
const shown = (operations: readonly OperationRecorded[]) => operations.map(inShort);
const linesOf = ({ source }: OperationRecorded) => source?.frames.map(({ file }) => file) ?? [];

test('a login, a visit and a logout: each use with its line, each cookie with the one that it came from', async () => {
  await using app = await serve({
    '/login': async ({ session }) => {
      session['user'] = { name: 'ada' };
      void session['never'];
      session.set('role', 'admin');
      return 'in';
    },
    '/visit': async (request) => {
      const { session } = request;
      (session.get('user') as { seen?: number }).seen = 1;
      session.touch();
      return [request.session === session, session.data(), session['role']];
    },
    '/logout': async ({ session }) => session.delete(),
  });
  await app.get('/login');
  const login = await app.operations('/login');
  expect(shown(login)).toEqual(['create', 'set user', 'get never miss', 'set role', 'save done']);
  for (const one of login.slice(1, 4)) expect(linesOf(one)).toContain(HERE);
  const created = await app.finished('/login');
  expect(login.at(-1)).toMatchObject({
    call: 'onSend',
    actor: 'framework',
    from: null,
    to: created.sessionAfter,
    stored: { user: { name: 'ada' }, role: 'admin' },
    bytes: app.jar.get('session')!.length,
  });
  const { sessionAt, cookieAt } = login.at(-1)!.expiry!;
  expect(Math.abs(sessionAt! - Date.now() - 86_401_000)).toBeLessThan(60_000);
  // It ends with the browser: the session has a clock of its own.
  expect(cookieAt).toBeNull();

  const { body } = await app.get('/visit');
  expect(JSON.parse(body)).toEqual([true, { user: { name: 'ada', seen: 1 }, role: 'admin' }, 'admin']);
  const visit = await app.operations('/visit');
  expect(shown(visit)).toEqual([
    'load found',
    'get user',
    'touch',
    'get',
    'get role',
    'set user.seen inferred',
    'save done',
  ]);
  expect(visit[0]).toMatchObject({
    session: created.sessionAfter,
    layer: 'cookie',
    state: { role: 'admin' },
    bytes: login.at(-1)!.bytes,
  });
  const visited = await app.finished('/visit');
  expect(visit.at(-1)).toMatchObject({ from: created.sessionAfter, to: visited.sessionAfter, reason: 'modified' });
  expect(visited.sessionAfter).not.toBe(created.sessionAfter);

  await app.get('/logout');
  const flush = (await app.operations('/logout')).at(-1)!;
  expect(flush).toMatchObject({ operation: 'flush', call: 'delete', from: visited.sessionAfter, to: null });
  expect(linesOf(flush)).toContain(HERE);
  const ended = await app.finished('/logout');
  expect(ended).toMatchObject({ sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
  expect(ended.faults).toBeUndefined();
  expect(app.jar.has('session')).toBe(false);
});

test('what its proxy does not trap is recorded as the question that it is, and state stays true', async () => {
  await using app = await serve({
    '/set': async ({ session }) => void (session['a'] = 1),
    '/trap': async ({ session }) => [delete session['a'], 'a' in session, Object.keys(session), session['a']],
  });
  await app.get('/set');
  expect(JSON.parse((await app.get('/trap')).body)).toEqual([true, false, ['changed', 'deleted'], 1]);
  const operations = (await app.operations('/trap')).filter(({ actor }) => actor === 'app');
  expect(operations).toMatchObject([
    { operation: 'get', call: 'delete', path: ['a'], hit: true },
    { operation: 'get', call: 'in', path: ['a'], hit: false },
    { operation: 'get', call: 'keys', keys: 0 },
    { operation: 'get', call: 'get', path: ['a'], hit: true, after: 1 },
  ]);
});

test('regenerate with nothing and with something kept, options, an assignment', async () => {
  await using app = await serve({
    '/set': async ({ session }) => void Object.assign(session, { user: 'ann', cart: [1], tmp: 1 }),
    '/keep': async ({ session }) => session.regenerate(['user']),
    '/clear': async ({ session }) => session.regenerate(),
    '/options': async ({ session }) => session.options({ maxAge: 60 }),
    '/assign': async (request) => {
      request.session = request.server.createSecureSession({ b: 1 } as never) as never;
      request.session['c'] = 2;
      return request.session.data();
    },
  });
  await app.get('/set');
  await app.get('/keep');
  const keep = (await app.operations('/keep')).filter(({ actor }) => actor === 'app');
  expect(shown(keep)).toEqual(['delete cart', 'delete tmp']);
  expect(keep[0]).toMatchObject({ call: 'regenerate', before: [1] });

  await app.get('/clear');
  const clear = (await app.operations('/clear')).find(({ operation }) => operation === 'clear')!;
  expect(clear).toMatchObject({ call: 'regenerate', before: { user: 'ann' }, state: {}, keys: 0 });
  expect(linesOf(clear)).toContain(HERE);

  await app.get('/options');
  const options = (await app.operations('/options')).at(-1)!;
  expect(options).toMatchObject({ operation: 'set-expiry', call: 'options' });
  expect(options.expiry!.cookieAt! - Date.now()).toBeLessThanOrEqual(60_000);

  expect(JSON.parse((await app.get('/assign')).body)).toMatchObject({ b: 1, c: 2 });
  expect(shown(await app.operations('/assign')).slice(1)).toEqual(['create', 'set c', 'get', 'save done']);
  expect((await app.finished('/assign')).faults).toBeUndefined();
});

test('several sessions of one plugin: each is an exchange of its own, with its own cookie and key', async () => {
  await using app = await serve(
    {
      '/': async ({ session, other }) => {
        session['a'] = 1;
        other['b'] = 2;
        return 'ok';
      },
      '/read': async ({ session, other }) => [session.data(), other.data()],
    },
    { options: [{ sessionName: 'session' }, { sessionName: 'other', cookieName: 'second', key: OLDER_KEY }] },
  );
  const answer = await app.get('/');
  expect(answer.headers.filter(([name]) => name.toLowerCase() === 'sessionscope')).toHaveLength(1);
  expect(JSON.parse((await app.get('/read')).body)).toEqual([{ a: 1 }, { b: 2 }]);
  const ended = await until(() => {
    const all = app.events().filter(({ type }) => type === 'exchange-finished');
    return all.length === 4 ? all : undefined;
  }, 'both exchanges of both requests');
  expect(ended.map((event) => event.type === 'exchange-finished' && event.verdict.record.outcome)).toEqual([
    'saved',
    'saved',
    'unchanged',
    'unchanged',
  ]);
  const middlewares = app.companion.middlewares();
  expect(middlewares.map((one) => one.describe().cookieNames)).toEqual([['session'], ['second']]);
  const [first, second] = middlewares.map((one) => one.describe().secret);
  expect(first).not.toBe(second);
  for (const [at, [name, content]] of (
    [
      ['session', { a: 1 }],
      ['second', { b: 2 }],
    ] as const
  ).entries()) {
    const cookie = { name, value: app.jar.get(name)! };
    const { fingerprint } = middlewares[at]!.prove(cookie, [cookie])!;
    const key = middlewares[at]!.keyOf(fingerprint!)!;
    expect(await middlewares[at]!.readStore(key, EVERYTHING)).toMatchObject({ outcome: 'found', state: content });
    // The other one's key does not open it.
    expect(middlewares[1 - at]!.prove({ ...cookie, name: at === 0 ? 'second' : 'session' }, [])?.key).toBeUndefined();
  }
});

test('what is opened here is what the library opens: keys that were rotated, a secret with a salt, a signed cookie', async () => {
  const secret = 'a secret of this test with 32 characters or more';
  for (const options of [
    { key: [KEY, OLDER_KEY] },
    { key: [KEY.toString('base64')] },
    { key: undefined, secret, salt: 'a salt, 16 bytes' },
    { cookie: { path: '/', signed: true } },
  ]) {
    await using app = await serve({ '/': async ({ session }) => void (session['text'] = 'ünï © 🎉') }, { options });
    await app.get('/');
    const { sessionAfter, faults } = await app.finished('/');
    expect(faults).toBeUndefined();
    const [middleware] = app.companion.middlewares();
    const cookie = { name: 'session', value: app.jar.get('session')! };
    expect(middleware!.prove(cookie, [cookie])).toMatchObject({ signature: 'valid', fingerprint: sessionAfter });
    const forged = (cookie.value.startsWith('A') ? 'B' : 'A') + cookie.value.slice(1);
    expect(middleware!.prove({ ...cookie, value: forged }, [])?.key).toBeUndefined();
    const reading = await middleware!.readStore(middleware!.keyOf(sessionAfter!)!, EVERYTHING);
    expect(reading).toMatchObject({ outcome: 'found', state: { text: 'ünï © 🎉' }, bytes: expect.any(Number) });
    await app.get('/');
    expect((await app.operations('/'))[0]).toMatchObject({ outcome: 'found', session: sessionAfter });
  }
});

test('a record whose expiry has passed is not shown as one that is missing', async () => {
  await using app = await serve({ '/': async ({ session }) => session.data() }, { options: { expiry: 60 } });
  const value = await sealed({ a: 1 }, { issuedAt: Math.round(Date.now() / 1000) - 61 });
  app.jar.set('session', value);
  await app.get('/');
  expect(shown(await app.operations('/'))).toEqual(['load expired', 'create', 'get']);
  expect(app.started('/')!.cookie).toMatchObject({ sent: 1, signature: 'valid' });
  const [middleware] = app.companion.middlewares();
  expect(await middleware!.readStore(decodeURIComponent(value), EVERYTHING)).toMatchObject({ outcome: 'unreadable' });
});

test('settings are described with the library`s defaults, and no key is kept or shown', async () => {
  const key = [KEY.toString('base64'), OLDER_KEY.toString('base64')];
  await using app = await serve({}, { options: { key, cookie: {} } });
  const [middleware] = app.companion.middlewares();
  const described = middleware!.describe();
  expect(described).toMatchObject({
    library: '@fastify/secure-session',
    libraryVersion: expect.stringMatching(/^8\./),
    store: 'cookie',
    recordsIn: 'cookie',
    settings: { expiry: '86401', sessionName: "'session'", key: 'an array of 2', 'cookie.httpOnly': 'true' },
  });
  const { library } = middleware as unknown as { library: object };
  for (const one of key) {
    expect(JSON.stringify(described)).not.toContain(one.slice(0, 20));
    expect(JSON.stringify(library)).not.toContain(one.slice(0, 20));
  }
});

test('the words by which a refused cookie is distinguished are those of the library', () => {
  const source = readFileSync(createRequire(import.meta.url).resolve('@fastify/secure-session'), 'utf8');
  for (const words of ['expiry reached', 'unable to decrypt', 'the cookie is malformed', 'not long enough'])
    expect(source).toContain(words);
});

test('requests that are injected end, too', async () => {
  const companion = newCompanion();
  const { app, close } = await listenOn({ '/': async ({ session }) => String((session['a'] = 1)) }, companion);
  expect((await app.inject('/')).body).toBe('1');
  const ended = () =>
    companion.log.read(null, EVERYTHING, 1_000).events.find(({ type }) => type === 'exchange-finished');
  expect(await until(ended, 'the end')).toMatchObject({ verdict: { record: { outcome: 'saved' } } });
  await close();
  companion.endpoint.close();
});

test('the app that is made again in one process is the same library, not one more', async () => {
  const companion = newCompanion();
  for (let round = 0; round < 3; round++) {
    const { app, close } = await listenOn({ '/': async ({ session }) => String((session['a'] = 1)) }, companion);
    expect((await app.inject('/')).body).toBe('1');
    await close();
  }
  expect(companion.middlewares()).toHaveLength(1);
  expect(secureSession.name).toBe('fastifySecureSession');
  companion.endpoint.close();
});
