/** What is recorded of iron-session, in both versions and in each way in which an app hands over its cookies. */
import { describe, expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { EVERYTHING } from '../express-session/observed-app.ts';
import { OPTIONS, PASSWORD, sealed, serve, VERSIONS, type Version, type Way, WAYS } from './observed-app.ts';

const inShort = ({ operation, path, outcome, hit, inferred }: OperationRecorded) =>
  [operation, ...(path ?? []), outcome ?? '', hit === false ? 'miss' : '', inferred ? 'inferred' : '']
    .filter((part) => part !== '')
    .join(' ');

const KINDS = (Object.keys(VERSIONS) as Version[]).flatMap((version) =>
  (Object.keys(WAYS) as Way[])
    // Jars came with 9.
    .filter((way) => version === 'iron-session 9' || way !== 'jar')
    .map((way) => ({ version, way })),
);

describe.each(KINDS)('$version, $way', (kind) => {
  test('a login, a visit and a logout: each use with its line, and each cookie with the one that it came from', async () => {
    await using app = await serve(
      {
        '/login': async ({ open }) => {
          const session = await open();
          session['user'] = { name: 'ada' };
          void session['never'];
          await session.save();
          return 'in';
        },
        '/visit': async ({ open }) => {
          const session = await open();
          (session['user'] as { seen?: number }).seen = 1;
          await session.save();
          return JSON.stringify([session, Object.keys(session), 'user' in session, await session]);
        },
        '/logout': async ({ open }) => {
          const session = await open();
          session.destroy();
          return JSON.stringify(session);
        },
      },
      kind,
    );
    await app.get('/login');
    const login = await app.operations('/login');
    expect(login.map(inShort)).toEqual(['create', 'set user', 'get never miss', 'save done']);
    for (const { source } of login)
      expect(source!.frames.map(({ file }) => file)).toContain('tests/iron-session/operations.test.ts');
    const created = await app.finished('/login');
    expect(created.verdict).toMatchObject({
      record: { outcome: 'saved', reason: 'new-session' },
      cookie: { outcome: 'set', attributes: { name: 'iron', path: '/' } },
    });
    expect(login.at(-1)).toMatchObject({
      to: created.sessionAfter,
      stored: { user: { name: 'ada' } },
      bytes: app.jar.get('iron')!.length,
    });

    const { body } = await app.get('/visit');
    const user = { name: 'ada', seen: 1 };
    expect(JSON.parse(body)).toEqual([{ user }, ['user'], true, { user }]);
    const visit = await app.operations('/visit');
    expect(visit.map(inShort).slice(0, 4)).toEqual(['load found', 'get user', 'set user seen inferred', 'save done']);
    expect(visit[0]).toMatchObject({ session: created.sessionAfter, state: { user: { name: 'ada' } } });
    expect(visit[0]!.expiry!.sessionAt).toBeGreaterThan(Date.now() + 13 * 24 * 3_600_000);
    const visited = await app.finished('/visit');
    expect(visit[3]).toMatchObject({ from: created.sessionAfter, to: visited.sessionAfter });
    expect(visited.sessionAfter).not.toBe(visited.sessionBefore);

    await app.get('/logout');
    const flush = (await app.operations('/logout')).find(({ operation }) => operation === 'flush')!;
    expect(flush).toMatchObject({ operation: 'flush', from: visited.sessionAfter, to: null, before: { user } });
    const ended = await app.finished('/logout');
    expect(ended).toMatchObject({
      sessionAfter: null,
      verdict: { record: { outcome: 'deleted' }, cookie: { outcome: 'expired', reason: 'cleared' } },
    });
    expect(ended.faults).toBeUndefined();
    expect(app.jar.get('iron') ?? '').toBe('');
  });
});

test('what the library calls of a store of cookies it calls as often as without us', async () => {
  const route = async ({ open }: { open(): Promise<{ save(): Promise<void>; [key: string]: unknown }> }) => {
    const session = await open();
    session['a'] = 1;
    await session.save();
    return 'ok';
  };
  await using observed = await serve({ '/': route }, { way: 'store of cookies' });
  const bare = await WAYS['store of cookies'](VERSIONS['iron-session 9'], { '/': route });
  const calls = async (origin: string) => (await fetch(origin)).headers.get('x-calls');
  expect(await calls(observed.origin)).toBe(await calls(bare.origin));
  await bare.close();
});

test('a session over several cookies is one record, and all of its cookies together prove it', async () => {
  await using app = await serve({
    '/': async ({ open }) => {
      const session = await open({ chunk: true });
      session['long'] ??= 'x'.repeat(9_000);
      await session.save();
      return 'ok';
    },
  });
  await app.get('/');
  expect([...app.jar.keys()].length).toBeGreaterThan(2);
  const { sessionAfter } = await app.finished('/');
  await app.get('/');
  const [load] = await app.operations('/');
  expect(load).toMatchObject({ operation: 'load', outcome: 'found', session: sessionAfter, keys: 1 });
  const [middleware] = app.companion.middlewares();
  const cookies = [...app.jar].map(([name, value]) => ({ name, value }));
  expect(middleware!.prove(cookies[0]!, cookies)).toMatchObject({ signature: 'valid' });
  expect(middleware!.prove(cookies[0]!, cookies.slice(0, 1))?.key).toBeUndefined();
  const current = (await app.finished('/')).sessionAfter!;
  expect(await middleware!.readStore(middleware!.keyOf(current)!, EVERYTHING)).toMatchObject({ outcome: 'found' });
});

const REFUSED: Record<string, { cookie: () => Promise<string>; load: object; reason: string }> = {
  'an end that has passed': {
    cookie: async () => sealed({ a: 1 }, PASSWORD, -3_600),
    load: { outcome: 'expired', reason: 'expired' },
    reason: 'expired',
  },
  'a password that is not among these': {
    cookie: () => sealed({ a: 1 }, { 7: PASSWORD }),
    load: { outcome: 'invalid-signature', reason: 'other-secret' },
    reason: 'unknown-password',
  },
  'another password under the same number': {
    cookie: () => sealed({ a: 1 }, 'another password of 32 characters or more'),
    load: { outcome: 'invalid-signature', reason: 'tampered' },
    reason: 'tampered',
  },
  'no seal at all': {
    cookie: async () => 'hello',
    load: { outcome: 'unreadable', reason: 'malformed' },
    reason: 'malformed',
  },
};

test.each(Object.entries(REFUSED))('a cookie is refused: %s', async (_name, { cookie, load, reason }) => {
  const reasons: string[] = [];
  await using app = await serve({
    '/': async ({ open }) => {
      const session = await open({ onUnsealError: (why) => reasons.push(why) });
      return JSON.stringify(session);
    },
  });
  app.jar.set('iron', await cookie());
  expect((await app.get('/')).body).toBe('{}');
  const operations = await app.operations('/');
  expect(operations[0]).toMatchObject({ operation: 'load', ...load });
  expect(operations[1]).toMatchObject({ operation: 'create' });
  expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'missing', reason });
  // The library has refused it too, and told the app.
  expect(reasons).toHaveLength(1);
  const [middleware] = app.companion.middlewares();
  expect(middleware!.prove({ name: 'iron', value: app.jar.get('iron')! }, [])?.key).toBeUndefined();
});

test('what opens a seal here opens what the library seals, to the byte', async () => {
  await using app = await serve({
    '/': async ({ open }) => {
      const session = await open({ password: { 1: 'the older password, which has 32 characters', 2: PASSWORD } });
      return JSON.stringify(session);
    },
  });
  for (const data of [{}, { text: 'ünï © 🎉', list: [1, null, { deep: true }] }, { long: 'y'.repeat(2_000) }]) {
    app.jar.set('iron', await sealed(data, { 1: 'the older password, which has 32 characters' }));
    expect(JSON.parse((await app.get('/')).body)).toEqual(data);
    expect((await app.operations('/'))[0]).toMatchObject({
      operation: 'load',
      outcome: 'found',
      keys: Object.keys(data).length,
    });
  }
});

test('settings are described without the password', async () => {
  await using app = await serve({ '/': async ({ open }) => String(Object.keys(await open({ ttl: 60 })).length) });
  await app.get('/');
  const described = app.companion.middlewares()[0]!.describe();
  expect(described).toMatchObject({
    libraryVersion: expect.stringMatching(/^9\./),
    library: 'iron-session',
    commit: 'explicit',
    store: 'cookie',
    settings: { ttl: '60' },
  });
  expect(JSON.stringify(described)).not.toContain(PASSWORD);
  expect(OPTIONS.password).toBe(PASSWORD);
});
