/** What is recorded of @hono/session. */
import { createSecretKey, generateKeySync, randomBytes, webcrypto } from 'node:crypto';
import { useSession } from '@hono/session';
import { expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { observe } from '../../server-companion/node/src/hono.ts';
import { findingsIn } from '../adapters/named-findings.ts';
import { EVERYTHING, inShort, newCompanion } from '../express-session/observed-app.ts';
import type { Running } from '../adapters/conformance/running.ts';
import { listenOn, MapStorage, serve, token } from './observed-app.ts';

const HERE = 'tests/hono-session/operations.test.ts';
const shown = (operations: readonly OperationRecorded[]) => operations.map(inShort);
const linesOf = ({ source }: OperationRecorded) => source?.frames.map(({ file }) => file) ?? [];

test.each(['fetch', 'request'] as const)(
  'by %s: a login, a visit and a logout, each use with its line, each cookie with the one that it came from',
  async (way) => {
    await using app = await serve(
      {
        '/login': (session) => session.update({ user: { name: 'ada' } }),
        '/visit': async (session) => {
          const data = (await session.get())!;
          data['user'].seen = 1;
          void data['user2'];
          const { user } = session.data!;
          await session.update(data);
          return [user === data['user'], session.data === data, typeof session.id];
        },
        '/logout': async (session) => {
          await session.get();
          session.delete();
        },
      },
      { way },
    );
    await app.get('/login');
    const login = await app.operations('/login');
    expect(shown(login)).toEqual(['create', 'set user', 'save done']);
    expect(linesOf(login[1]!)).toContain(HERE);
    const created = await app.finished('/login');
    expect(login.at(-1)).toMatchObject({
      call: 'encrypt',
      actor: 'framework',
      from: null,
      to: created.sessionAfter,
      stored: { user: { name: 'ada' } },
      bytes: app.jar.get('sid')!.length,
    });

    expect(JSON.parse((await app.get('/visit')).body)).toEqual([true, true, 'string']);
    const visit = await app.operations('/visit');
    expect(shown(visit)).toEqual([
      'load found',
      'get user',
      'get user2 miss',
      'set user.seen inferred',
      'get user',
      'get user',
      'save done',
    ]);
    const visited = await app.finished('/visit');
    expect(visit.at(-1)).toMatchObject({ from: created.sessionAfter, to: visited.sessionAfter, reason: 'updated' });

    await app.get('/logout');
    const flush = (await app.operations('/logout')).at(-1)!;
    expect(flush).toMatchObject({ operation: 'flush', call: 'delete', from: visited.sessionAfter, to: null });
    expect(linesOf(flush)).toContain(HERE);
    const ended = await app.finished('/logout');
    expect(ended).toMatchObject({ sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
    expect(ended.faults).toBeUndefined();
    expect(app.jar.has('sid')).toBe(false);
  },
);

test('what a second update drops is recorded as the library’s doing', async () => {
  await using app = await serve({
    '/': async (session) => {
      await session.update((previous) => ({ ...previous, cart: [1] }));
      await session.update((previous) => ({ ...previous, user: 'ada' }));
    },
    '/read': (session) => session.get(),
  });
  await app.get('/');
  const operations = await app.operations('/');
  expect(shown(operations)).toEqual(['create', 'set cart', 'set user', 'delete cart', 'save done']);
  expect(operations[3]).toMatchObject({ actor: 'framework', call: 'update', before: [1] });
  expect(linesOf(operations[3]!)).toContain(HERE);
  expect(JSON.parse((await app.get('/read')).body)).toEqual({ user: 'ada' });
});

test.each(['cookie', 'storage'] as const)('%s: a look at the record, and the proof of its cookie', async (kind) => {
  const storage = new MapStorage();
  await using app = await serve(
    { '/': (session) => session.update({ text: 'ünï © 🎉' }) },
    { options: { duration: { absolute: 60 } }, ...(kind === 'storage' ? { storage: () => storage } : {}) },
  );
  await app.get('/');
  const { sessionAfter } = await app.finished('/');
  const [middleware] = app.companion.middlewares();
  expect(middleware!.describe()).toMatchObject({
    library: '@hono/session',
    libraryVersion: '0.2.1',
    cookieNames: ['sid'],
    commit: 'explicit',
    store: kind === 'cookie' ? 'cookie' : 'MapStorage',
    settings: { 'duration.absolute': '60' },
  });
  const value = app.jar.get('sid')!;
  const proved = middleware!.prove({ name: 'sid', value }, [])!;
  expect(proved).toMatchObject({ signature: 'valid', fingerprint: sessionAfter });
  expect(await middleware!.readStore(proved.key!, EVERYTHING)).toMatchObject({
    outcome: 'found',
    state: { text: 'ünï © 🎉' },
  });
  expect(middleware!.prove({ name: 'sid', value: `${value.slice(0, -4)}aaaa` }, [])).toEqual({ signature: 'invalid' });
  expect(middleware!.prove({ name: 'sid', value: 'hello' }, [])).toEqual({ signature: 'malformed' });
  const ended = await token({ sid: 'x' }, Date.now() - 1_000);
  expect(middleware!.prove({ name: 'sid', value: ended }, [])).toEqual({ signature: 'valid' });
  expect(middleware!.prove({ name: 'other', value }, [])).toBeUndefined();
});

test('a storage that offers no look says so', async () => {
  const records = new Map<string, object>();
  class Opaque {
    get = (sid: string) => records.get(sid) ?? null;
    set = (sid: string, data: object) => void records.set(sid, data);
    delete = (sid: string) => void records.delete(sid);
  }
  await using app = await serve({ '/': (session) => session.update({ a: 1 }) }, { storage: new Opaque() });
  await app.get('/');
  const { sessionAfter } = await app.finished('/');
  const [middleware] = app.companion.middlewares();
  expect(await middleware!.readStore(middleware!.keyOf(sessionAfter!)!, EVERYTHING)).toMatchObject({
    outcome: 'unreadable',
    text: expect.stringContaining('peek(sid)'),
  });
});

const bytes = randomBytes(32);
const KEYS: Record<string, () => unknown> = {
  bytes: () => new Uint8Array(bytes),
  KeyObject: () => createSecretKey(bytes),
  CryptoKey: () => webcrypto.subtle.importKey('raw', bytes, 'AES-GCM', true, ['encrypt', 'decrypt']),
  JWK: () => generateKeySync('aes', { length: 256 }).export({ format: 'jwk' }),
};

test.each(Object.keys(KEYS))('a secret that is a key: %s', async (name) => {
  const secret = (await KEYS[name]!()) as Uint8Array;
  await using app = await serve(
    { '/': (session) => session.update({ a: 1 }), '/read': (session) => session.get() },
    { options: { secret } },
  );
  await app.get('/');
  expect(JSON.parse((await app.get('/read')).body)).toEqual({ a: 1 });
  expect((await app.operations('/read'))[0]).toMatchObject({ operation: 'load', outcome: 'found', state: { a: 1 } });
});

test.each([
  [
    'a key that nobody may read',
    async () => ({ secret: await webcrypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']) }),
  ],
  ['a cookie of the app’s own', async () => ({ setCookie: () => undefined })],
])('%s: not observed, and said once', async (_name, make) => {
  const companion = newCompanion();
  const { origin, close } = await listenOn({ '/': (session) => session.update({ a: 1 }) }, companion, {
    options: (await make()) as never,
  });
  for (const _ of [1, 2]) expect((await fetch(origin)).status).toBe(200);
  expect(companion.middlewares()).toEqual([]);
  const faults = companion.log.read(null, EVERYTHING, 100).events.filter(({ type }) => type === 'fault-noted');
  expect(faults).toHaveLength(1);
  await close();
  companion.endpoint.close();
});

const FINDINGS: Record<string, () => Promise<Running>> = {
  'never-committed': async () => {
    const app = await serve({
      '/': (session) => session.update({ cart: [1] }),
      '/push': async (session) => ((await session.get())!['cart'] as number[]).push(2),
    });
    for (const path of ['/', '/push', '/push']) await app.get(path);
    return app;
  },
  'revoked-cookie-works': async () => {
    const app = await serve({
      '/': (session) => session.update({ user: 'ada' }),
      '/logout': async (session) => {
        await session.get();
        session.delete();
      },
    });
    for (const path of ['/', '/logout']) await app.get(path);
    return app;
  },
};

test.each(Object.entries(FINDINGS))('the panel finds %s', async (id, make) => {
  await using app = await make();
  await app.finished([...app.events()].findLast((event) => event.type === 'exchange-started')!.path);
  expect(findingsIn(app.events()).all).toContain(id);
});

test('off, it is useSession itself', () => {
  expect(observe(useSession, { enabled: false })).toBe(useSession);
});
