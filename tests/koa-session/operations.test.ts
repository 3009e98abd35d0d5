/** What is recorded of koa-session, in both versions, with the cookie as the record and with a store. */
import { describe, expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { EVERYTHING, inShort } from '../express-session/observed-app.ts';
import { opened, sealed, send, serve, signed, soon, VERSIONS, type Version } from './observed-app.ts';
import { MemoryStore } from './stores.ts';

const HERE = 'tests/koa-session/operations.test.ts';
const shown = (operations: readonly OperationRecorded[]) => operations.map(inShort);
const linesOf = ({ source }: OperationRecorded) => source?.frames.map(({ file }) => file) ?? [];

const KINDS = (Object.keys(VERSIONS) as Version[]).flatMap((version) => [
  { version, kind: 'the cookie as the record' },
  { version, kind: 'a store' },
]);

describe.each(KINDS)('$version, $kind', ({ version, kind }) => {
  const isStored = kind === 'a store';

  test('a login, a visit and a logout: each use with its line, each record with what it holds', async () => {
    const store = new MemoryStore();
    await using app = await serve(
      {
        '/login': (_context, session) => {
          session['user'] = { name: 'ada' };
          void session['never'];
        },
        '/visit': (context, session) => {
          (session['user'] as { seen?: number }).seen = 1;
          return [
            context.session === session,
            'user' in session,
            session.isNew === true,
            session.populated,
            session.length,
          ];
        },
        '/logout': (context, session) => {
          void session['user'];
          context.session = null;
        },
      },
      { version, options: isStored ? { store } : {} },
    );
    await app.get('/login');
    const login = await app.operations('/login');
    expect(shown(login)).toEqual(['create', 'set user', 'get never miss', 'save done']);
    for (const one of login.slice(1, 3)) expect(linesOf(one)).toContain(HERE);
    const created = await app.finished('/login');
    expect(created.verdict).toMatchObject({
      record: { outcome: 'saved', reason: 'new-session' },
      cookie: { outcome: 'set', attributes: { name: 'koa.sess', path: '/', httpOnly: true } },
    });
    const save = login.at(-1)!;
    expect(save).toMatchObject({ reason: 'changed', actor: 'framework', state: { user: { name: 'ada' } } });
    expect(save.expiry!.sessionAt).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    if (isStored) expect(save).toMatchObject({ session: created.sessionAfter, expiry: { storeAssumed: true } });
    else
      expect(save).toMatchObject({
        to: created.sessionAfter,
        stored: { user: { name: 'ada' } },
        bytes: app.jar.get('koa.sess')!.length,
        cookieProduced: true,
      });

    expect(JSON.parse((await app.get('/visit')).body)).toEqual([true, true, false, true, 1]);
    const visit = await app.operations('/visit');
    expect(shown(visit)).toEqual(['load found', 'get user', 'get user', 'set user.seen inferred', 'save done']);
    expect(visit[0]).toMatchObject({
      session: created.sessionAfter,
      layer: isStored ? 'store' : 'cookie',
      state: { user: { name: 'ada' } },
    });
    const visited = await app.finished('/visit');
    expect(visited.sessionBefore).toBe(created.sessionAfter);
    expect(visited.sessionAfter === visited.sessionBefore).toBe(isStored);
    if (isStored) expect(store.calls.map((call) => call.split(' ')[0])).toEqual(['set', 'get', 'set']);
    else expect(opened(app.jar.get('koa.sess')!)).toMatchObject({ user: { name: 'ada', seen: 1 } });

    await app.get('/logout');
    const flush = (await app.operations('/logout')).at(-1)!;
    expect(flush).toMatchObject({ operation: 'flush', actor: 'app', from: visited.sessionAfter, to: null });
    expect(linesOf(flush)).toContain(HERE);
    const ended = await app.finished('/logout');
    expect(ended).toMatchObject({
      sessionAfter: null,
      verdict: { record: { outcome: 'deleted', reason: 'unset' }, cookie: { outcome: 'expired', reason: 'cleared' } },
    });
    expect(ended.faults).toBeUndefined();
    expect(store.records.size).toBe(0);
  });

  test('save, regenerate, maxAge and an object of the app`s', async () => {
    const store = new MemoryStore();
    await using app = await serve(
      {
        '/save': async (_context, session) => {
          session['a'] = 1;
          await session.save();
        },
        '/called-back': (_context, session) =>
          new Promise((resolve) => {
            session['a'] = 2;
            void session.save(resolve);
          }),
        '/rotate': async (_context, session) => {
          await session.regenerate();
        },
        '/max-age': (_context, session) => {
          session.maxAge = 60_000;
        },
        '/assign': (context) => {
          context.session = { other: true } as never;
        },
      },
      { version, options: isStored ? { store } : {} },
    );
    await app.get('/save');
    // A new session is compared with nothing: the end of the request saves it once more.
    expect(shown(await app.operations('/save'))).toEqual(['create', 'set a', 'save done', 'save done']);
    const [, , byApp, byFramework] = await app.operations('/save');
    expect(byApp).toMatchObject({ call: 'save', actor: 'app', reason: 'save-called' });
    expect(linesOf(byApp!)).toContain(HERE);
    expect(byFramework).toMatchObject({ call: 'commit', actor: 'framework', reason: 'changed' });
    const saved = await app.finished('/save');

    await app.get('/called-back');
    expect((await app.operations('/called-back')).some(({ call }) => call === 'save')).toBe(true);

    const before = (await app.finished('/called-back')).sessionAfter;
    await app.get('/rotate');
    const rotation = (await app.operations('/rotate')).find(({ call }) => call === 'regenerate')!;
    const rotated = await app.finished('/rotate');
    expect(rotation).toMatchObject({
      operation: isStored ? 'cycle-key' : 'save',
      actor: 'app',
      from: before,
      to: rotated.sessionAfter,
      state: { a: 2 },
    });
    expect(rotated.sessionAfter).not.toBe(before);
    expect(rotated.verdict.record).toMatchObject({ outcome: 'saved', reason: 'regenerated' });
    if (isStored) expect([saved.sessionAfter, store.records.size]).toEqual([before, 1]);

    await app.get('/max-age');
    const [end, save] = (await app.operations('/max-age')).slice(-2);
    expect(end).toMatchObject({ operation: 'set-expiry', call: 'maxAge=', actor: 'app' });
    expect(end!.expiry!.sessionAt).toBeLessThan(Date.now() + 61_000);
    expect(save).toMatchObject({ operation: 'save', reason: 'max-age-changed' });

    await app.get('/assign');
    const create = (await app.operations('/assign')).find(({ call }) => call === 'ctx.session =')!;
    expect(create).toMatchObject({ operation: 'create', actor: 'app', state: { other: true } });
    expect((await app.finished('/assign')).verdict.record).toMatchObject({ outcome: 'saved', reason: 'changed' });
    expect((await app.finished('/assign')).faults).toBeUndefined();
  });
});

type Refused = { cookie: Record<string, string>; options?: object; load: object; reason: string; event?: string };
const REFUSED: Record<string, Refused> = {
  'a signature of another key': {
    cookie: sealed({ a: 1, _expire: soon() }, 'forged'),
    load: { outcome: 'invalid-signature' },
    reason: 'invalid-signature',
  },
  'no signature at all': {
    cookie: { 'koa.sess': sealed({ a: 1, _expire: soon() })['koa.sess']! },
    load: { outcome: 'invalid-signature' },
    reason: 'invalid-signature',
  },
  'a text that is no JSON': {
    cookie: sealed('{"a":'),
    load: { outcome: 'unreadable', reason: 'malformed' },
    reason: 'malformed',
  },
  'an end that has passed': {
    cookie: sealed({ a: 1, _expire: 1_000 }),
    load: { outcome: 'expired', reason: 'expired' },
    reason: 'expired',
    event: 'session:expired',
  },
  'a session that the app refuses': {
    cookie: sealed({ a: 1, _expire: soon() }),
    options: { valid: () => false },
    load: { outcome: 'found', reason: 'invalid' },
    reason: 'invalid',
    event: 'session:invalid',
  },
  'a key of which the store knows nothing': {
    cookie: signed('a-key-from-before'),
    options: { store: new MemoryStore() },
    load: { outcome: 'missing' },
    reason: 'missed',
    event: 'session:missed',
  },
};

test.each(Object.entries(REFUSED))('refused: %s', async (_name, { cookie, options, load, reason, event }) => {
  const events: string[] = [];
  await using app = await serve(
    { '/': (_context, session) => Object.keys(session).filter((key) => key === 'a') },
    {
      options: { ...options },
      prepare: (koa) => {
        for (const name of ['missed', 'expired', 'invalid'])
          koa.on(`session:${name}`, () => events.push(`session:${name}`));
      },
    },
  );
  send(app, cookie);
  expect((await app.get('/')).body).toBe('[]');
  const operations = await app.operations('/');
  expect(operations[0]).toMatchObject({ operation: 'load', ...load });
  expect(operations[1]).toMatchObject({ operation: 'create' });
  const { verdict, sessionAfter } = await app.finished('/');
  expect(verdict.record).toMatchObject({ outcome: 'missing', reason });
  expect(sessionAfter).toBeNull();
  // The library reports the same.
  expect(events).toEqual(event === undefined ? [] : [event]);
});

test('a key that travels in a header of the app`s names the session', async () => {
  const store = new MemoryStore();
  const externalKey = {
    get: (context: { get(name: string): string }) => context.get('x-token'),
    set: (context: { set(name: string, value: string): void }, key: string) => context.set('x-token', key),
  };
  await using app = await serve(
    { '/': (_context, session) => (session['n'] = Number(session['n'] ?? 0) + 1) },
    { options: { store, externalKey } },
  );
  await app.get('/');
  const first = await app.finished('/');
  expect(first.verdict.cookie).toMatchObject({ outcome: 'none', reason: 'external-key' });
  expect(app.jar.size).toBe(0);
  const [key] = store.records.keys();
  const response = await fetch(app.origin, { headers: { 'x-token': key! } });
  expect(await response.text()).toBe('2');
  expect(await app.finished('/')).toMatchObject({
    sessionBefore: first.sessionAfter,
    sessionAfter: first.sessionAfter,
  });
  expect((await app.operations('/'))[0]).toMatchObject({ operation: 'load', outcome: 'found', state: { n: 1 } });
});

test('a store that is made for each request, and the app`s own calls on its store', async () => {
  const all = new MemoryStore();
  class ContextStore {
    get(key: string) {
      return all.get(key);
    }
    set(key: string, session: object, maxAge: number) {
      return all.set(key, session, maxAge);
    }
    destroy(key: string) {
      return all.destroy(key);
    }
  }
  const route = { '/': (_context: unknown, session: Record<string, unknown>) => (session['a'] = 1) };
  await using app = await serve(route, { options: { ContextStore } });
  await app.get('/');
  await app.get('/');
  expect(shown(await app.operations('/'))).toEqual(['load found', 'set a']);
  expect((await app.finished('/')).faults).toBeUndefined();

  const store = new MemoryStore();
  await using other = await serve(route, { options: { store } });
  await other.get('/');
  const { sessionAfter } = await other.finished('/');
  await store.destroy([...store.records.keys()][0]!);
  expect(other.events().at(-1)).toMatchObject({
    type: 'operation-recorded',
    operation: 'flush',
    call: 'store.destroy',
    actor: 'background',
    exchange: null,
    session: sessionAfter,
  });
});

test('a look at the record, and the proof of both cookies together', async () => {
  for (const options of [
    {},
    { store: new MemoryStore() },
    { encode: JSON.stringify, decode: JSON.parse, signed: true },
  ]) {
    await using app = await serve({ '/': (_context, session) => void (session['a'] = 1) }, { options });
    await app.get('/');
    const { sessionAfter } = await app.finished('/');
    const [middleware] = app.companion.middlewares();
    const cookies = [...app.jar].map(([name, value]) => ({ name, value }));
    expect(middleware!.prove(cookies[0]!, cookies)).toMatchObject({ signature: 'valid', fingerprint: sessionAfter });
    expect(middleware!.prove(cookies[0]!, cookies.slice(0, 1))?.key).toBeUndefined();
    const reading = await middleware!.readStore(middleware!.keyOf(sessionAfter!)!, EVERYTHING);
    expect(reading).toMatchObject({ outcome: 'found', state: { a: 1 } });
    expect(reading.expiresAt).toBeGreaterThan(Date.now());
  }
});

test('settings are described with the library`s defaults, and without a key', async () => {
  await using app = await serve({}, { options: { maxAge: 60_000 } });
  const described = app.companion.middlewares()[0]!.describe();
  expect(described).toMatchObject({
    library: 'koa-session',
    libraryVersion: expect.stringMatching(/^7\./),
    cookieNames: ['koa.sess', 'koa.sess.sig'],
    commit: 'automatic',
    store: 'cookie',
    settings: { maxAge: '60000', rolling: 'false', autoCommit: 'true' },
  });
  expect(JSON.stringify(described)).not.toContain('newest');
});

test('what a middleware before it has done with the session is seen as it is when ours begins', async () => {
  await using app = await serve(
    { '/': (context) => (context.session!['a'] = 2) },
    {
      before: async (context, next) => {
        context.session!['early'] = 1;
        await next();
      },
    },
  );
  send(app, sealed({ a: 1, _expire: soon() }));
  await app.get('/');
  const { verdict, faults } = await app.finished('/');
  expect(verdict.record).toMatchObject({ outcome: 'saved' });
  expect(faults).toBeUndefined();
  expect((await app.operations('/')).at(-1)).toMatchObject({ stored: { a: 2, early: 1 } });
});
