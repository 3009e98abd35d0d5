/** Each back-end: what its store holds is read without changing anything, and its ways of losing a session are distinguished. */
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'redis';
import { describe, expect, test } from 'vitest';
import { dbEngine, DbSession } from '../../django-sessions/src/engines/db.ts';
import type { SessionsOptions } from '../../django-sessions/src/sessions.ts';
import { makeStore, STORE_NAMES, type TestStore } from '../../django-sessions/tests/stores.ts';
import type { Routes } from './hosts.ts';
import { EVERYTHING, inShort, type ObservedApp, observedApp } from './observed.ts';

const logger = { warn: () => {} };

const routes: Routes = async (path, session) => {
  switch (path) {
    case '/set':
      await session.set('username', 'ann');
      await session.set('password', 'correct horse');
      return {};
    case '/more':
      await session.set('more', true);
      return {};
    case '/get':
      return { body: String(await session.get('username', 'Guest')) };
    case '/login':
      await session.cycleKey();
      return {};
    case '/logout':
      await session.flush();
      return {};
    case '/short':
      await session.setExpiry(1);
      return {};
    default:
      return {};
  }
};

const keyIn = (app: ObservedApp) => app.cookie.slice(app.cookie.indexOf('=') + 1);
const nameIn = (app: ObservedApp) => app.companion.identity.fingerprint(keyIn(app));

for (const name of STORE_NAMES) {
  const available = await makeStore(name);
  await available?.dispose();
  describe.skipIf(available === undefined)(name, () => {
    const isCookie = name === 'signed_cookies';
    const withStore = async (work: (app: ObservedApp, store: TestStore) => Promise<void>, options = {}) => {
      const store = (await makeStore(name, { logger, ...options }))!;
      try {
        await using app = await observedApp(routes, { options: store.options });
        await work(app, store);
        expect(app.events().filter(({ type }) => type === 'fault-noted')).toEqual([]);
      } finally {
        await store.dispose();
      }
    };

    test('the same story, and the record as it lies in the store, with secrets redacted', () =>
      withStore(async (app) => {
        await app.get('/set');
        const reading = await app.companion.middlewares()[0]!.readStore(keyIn(app), EVERYTHING);
        expect(reading).toMatchObject({
          outcome: 'found',
          state: { username: 'ann', password: { $: 'redacted', by: 'name' } },
        });
        const saved = (await app.operations('/set')).find(({ operation }) => operation === 'save')!;
        expect(saved.bytes).toBeGreaterThan(20);
        // What is saved is the row; what is read then is the copy in the cache, which has another size.
        const bytes = name === 'cached_db' ? undefined : saved.bytes;
        expect(reading.bytes).toBe(bytes);
        await app.get('/get');
        const [load] = await app.operations('/get');
        expect(load).toMatchObject({ operation: 'load', outcome: 'found', session: nameIn(app) });
        expect(load!.bytes).toBe(bytes);
        const before = nameIn(app);
        await app.get('/login');
        const cycled = (await app.operations('/login')).find(({ operation }) => operation === 'cycle-key')!;
        expect(cycled.from).toBe(before);
        expect(await app.finished('/login')).toMatchObject({ sessionBefore: before, sessionAfter: nameIn(app) });
        const after = keyIn(app);
        await app.get('/logout');
        expect((await app.operations('/logout')).map(inShort)).toEqual(['flush done']);
        expect((await app.finished('/logout')).verdict).toMatchObject({
          record: { outcome: 'deleted' },
          cookie: { outcome: 'expired' },
        });
        const gone = await app.companion.middlewares()[0]!.readStore(after, EVERYTHING);
        // A copied cookie stays valid: nothing on the server was deleted.
        expect(gone.outcome).toBe(isCookie ? 'found' : 'missing');
        expect(JSON.stringify(app.events())).not.toContain(after);
      }));

    test('a cookie is taken as the framework takes it', () =>
      withStore(async (app) => {
        await app.get('/set');
        const [middleware] = app.companion.middlewares();
        const prove = (value: string, cookieName = 'sessionid') => middleware!.prove({ name: cookieName, value }, []);
        expect(prove(keyIn(app), 'other')).toBeUndefined();
        expect(prove('short')).toEqual({ signature: 'malformed' });
        expect(prove(keyIn(app))).toMatchObject({
          signature: isCookie ? 'valid' : 'unsigned',
          fingerprint: nameIn(app),
        });
        expect(prove(`"${keyIn(app)}"`)).toMatchObject({ fingerprint: nameIn(app) });
        if (!isCookie) return;
        expect(prove(`${keyIn(app).slice(0, -2)}xx`)).toEqual({ signature: 'invalid' });
        app.cookie = `sessionid=${keyIn(app).slice(0, -2)}xx`;
        await app.get('/get');
        expect((await app.operations('/get')).map(inShort)[0]).toBe('load invalid-signature framework');
      }));

    test('a record that is not there, and one that has expired, are distinguished', () =>
      withStore(
        async (app, store) => {
          const unknown = isCookie ? 'nothing-signed' : 'z'.repeat(32);
          app.cookie = `sessionid=${unknown}`;
          await app.get('/get');
          const wanted = isCookie ? 'invalid-signature' : 'missing';
          expect((await app.operations('/get'))[0]).toMatchObject({ operation: 'load', outcome: wanted });
          expect((await app.finished('/get')).verdict.record).toMatchObject({
            outcome: isCookie ? 'saved' : 'missing',
          });

          app.cookie = '';
          await app.get('/set');
          const key = keyIn(app);
          if (name === 'file') {
            const old = Date.now() / 1000 - 10;
            utimesSync(join(store.options.filePath!, `sessionid${key}`), old, old);
          } else await new Promise((resolve) => setTimeout(resolve, isCookie ? 2_100 : 1_100));
          const reading = await app.companion.middlewares()[0]!.readStore(key, EVERYTHING);
          const isEvicted = name === 'cache';
          const looked = isEvicted ? 'missing' : 'expired';
          expect(reading.outcome).toBe(looked);
          // Looking has changed nothing: the framework finds what there was.
          expect((await app.companion.middlewares()[0]!.readStore(key, EVERYTHING)).outcome).toBe(looked);
          await app.get('/get');
          const operations = (await app.operations('/get')).map(inShort);
          expect(operations[0]).toBe(`load ${looked} framework`);
          expect(operations.includes('expire (load) framework')).toBe(name === 'file');
        },
        { cookieAge: 1 },
      ));

    test('the clocks', () =>
      withStore(async (app) => {
        await app.get('/set');
        await app.get('/short');
        const { expiry } = await app.finished('/short');
        const now = Date.now();
        expect(expiry!.cookieAt).toBeGreaterThan(now - 15_000);
        expect(expiry!.cookieAt).toBeLessThan(now + 2_000);
        expect(expiry!.sessionAt).toBeLessThan(now + 2_000);
        if (name === 'file') expect(expiry!.storeAt).toBeNull();
        else if (isCookie) expect(expiry!.storeAt).toBeGreaterThan(now + 1_000_000);
        else expect(expiry!.storeAt).toBeLessThan(now + 2_000);
      }));
  });
}

test('the clocks of a session class that says another age', async () => {
  class ShortLived extends DbSession {
    protected override cookieAge(): number {
      return 90;
    }
  }
  const options: SessionsOptions = {
    secretKey: 'a secret of the tests',
    engine: dbEngine({ database: ':memory:', session: ShortLived }),
    logger,
  };
  await using app = await observedApp(routes, { options });
  await app.get('/set');
  const { expiry } = await app.finished('/set');
  expect(expiry).toMatchObject({ sessionAt: null, storeFrom: 'cookieAge() of the session class' });
  expect(Math.abs(expiry!.storeAt! - Date.now() - 90_000)).toBeLessThan(15_000);
  expect(Math.abs(expiry!.cookieAt! - Date.now() - 90_000)).toBeLessThan(15_000);
});

test('cached_db: looking fills no cache', async () => {
  const store = await makeStore('cached_db', { logger });
  if (store === undefined) return;
  const client = createClient({ url: store.options.cache!.url! });
  await client.connect();
  {
    await using app = await observedApp(routes, { options: store.options });
    await app.get('/set');
    const cached = `${store.options.cache!.keyPrefix}:1:django.contrib.sessions.cached_db${keyIn(app)}`;
    expect(await client.del(cached)).toBe(1);
    expect(await app.companion.middlewares()[0]!.readStore(keyIn(app), EVERYTHING)).toMatchObject({ outcome: 'found' });
    expect(await client.exists(cached)).toBe(0);
  }
  client.destroy();
  await store.dispose();
});

test('file: looking touches no file', async () => {
  const store = (await makeStore('file', { logger }))!;
  {
    await using app = await observedApp(routes, { options: store.options });
    await app.get('/set');
    const file = join(store.options.filePath!, `sessionid${keyIn(app)}`);
    const facts = () => [readdirSync(store.options.filePath!), statSync(file).mtimeMs, readFileSync(file, 'utf8')];
    const before = facts();
    await app.companion.middlewares()[0]!.readStore(keyIn(app), EVERYTHING);
    expect(facts()).toEqual(before);
  }
  await store.dispose();
});

test('no session key in the words of a store that fails', async () => {
  const store = (await makeStore('file', { logger }))!;
  {
    await using app = await observedApp(routes, { options: store.options });
    await app.get('/set');
    const key = keyIn(app);
    // A folder where the file should be: its path, key and all, is in what the system says.
    const taken = 'k'.repeat(32);
    mkdirSync(join(store.options.filePath!, `sessionid${taken}`));
    const session = app.sessions.open(taken);
    session.clear();
    await expect(session.save()).rejects.toThrow(taken);
    const failed = app.events().findLast((event) => event.type === 'operation-recorded')!;
    expect(failed).toMatchObject({
      operation: 'save',
      outcome: 'error',
      error: { message: expect.stringMatching('…') },
    });
    const reading = await app.companion.middlewares()[0]!.readStore(taken, EVERYTHING);
    expect(reading).toMatchObject({ outcome: 'error', text: expect.stringContaining('not a regular file') });
    const reported = JSON.stringify([app.events(), reading]);
    expect(reported).not.toContain(taken);
    expect(reported).not.toContain(key);
  }
  await store.dispose();
});

test('signed_cookies: every save is another cookie, and the lineage says so', async () => {
  const options: SessionsOptions = { secretKey: 'a secret of the tests', engine: 'signed_cookies', logger };
  await using app = await observedApp(routes, { options });
  await app.get('/set');
  const first = nameIn(app);
  await app.get('/more');
  const second = nameIn(app);
  expect(second).not.toBe(first);
  const save = (await app.operations('/more')).find(({ operation }) => operation === 'save')!;
  expect(save).toMatchObject({ from: first, to: second });
  expect(await app.finished('/more')).toMatchObject({ sessionBefore: first, sessionAfter: second });
});
