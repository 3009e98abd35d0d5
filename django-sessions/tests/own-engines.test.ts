/** Engines of one's own: Django's example beside Django itself, and what a subclass may change. */
import { readFileSync } from 'node:fs';
import { Pool } from 'pg';
import { describe, expect, test } from 'vitest';
import { CachedDbSession, cachedDbEngine } from '../src/public/cached-db.ts';
import { CacheSession, cacheEngine } from '../src/public/cache.ts';
import { createSessions, ImproperlyConfigured } from '../src/public/core.ts';
import { DbSession, dbEngine } from '../src/public/db.ts';
import { fileEngine } from '../src/public/file.ts';
import { signedCookieEngine } from '../src/public/signed-cookies.ts';
import { createSessions as createNamed, jsonSerializer } from '../src/index.ts';
import { accountEngine } from './examples/account-session.ts';
import { djangoPython, startPeer } from './python.ts';
import { makeStore, SECRET } from './stores.ts';

const DATABASES = ['db on SQLite', 'db on PostgreSQL', 'db on MySQL'] as const;
const inOrder = (keys: (string | null)[]) => keys.toSorted((a, b) => String(a).localeCompare(String(b)));

describe.each(DATABASES)("Django's example of an engine with a column, %s", (name) => {
  test.each(['ours', "Django's"])(
    'in a table of %s: both write it, both list by it, ours ends the sessions of a user',
    async (whose) => {
      const store = await makeStore(name);
      const python = djangoPython('52');
      if (store === undefined || python === undefined) return;
      const config = { secret_key: SECRET, database: store.django['database'] };
      const django = startPeer(python, 'account_peer.py', [JSON.stringify(config)]);
      const sessions = createSessions<Record<string, string>>({
        secretKey: SECRET,
        engine: accountEngine(store.options.database!),
      });
      if (whose === 'ours') await sessions.createTable();
      else await django.ask([{ do: 'migrate' }]);
      const login = async (user: string) => {
        const session = sessions.open();
        await session.set('_auth_user_id', user);
        await session.save();
        return session.sessionKey!;
      };
      const keys = [await login('7'), await login('7'), ...(await django.ask<string>([{ do: 'login', user: '7' }]))];
      const other = await login('8');
      await login('no number');
      const guest = sessions.open();
      await guest.set('cart', 'empty');
      await guest.save();

      const listed = async (where: { account_id: number | null }) => {
        const found: string[] = [];
        for await (const { sessionKey } of sessions.list(where)) found.push(sessionKey);
        return inOrder(found);
      };
      expect(await listed({ account_id: 7 })).toEqual(inOrder(keys));
      expect(await listed({ account_id: 8 })).toEqual([other]);
      expect(await listed({ account_id: null })).toHaveLength(2);
      expect(
        await django.ask([
          { do: 'keys', user: 7 },
          { do: 'read', key: other },
        ]),
      ).toEqual([keys.toSorted(), { _auth_user_id: '8' }]);
      // Django's own login, seen here.
      expect(await sessions.open(keys[2]).get('_auth_user_id')).toBe('7');

      for await (const { sessionKey } of sessions.list({ account_id: 7 }))
        await sessions.open().deleteRecord(sessionKey);
      expect(await listed({ account_id: 7 })).toEqual([]);
      expect(
        await django.ask([
          { do: 'keys', user: 7 },
          { do: 'keys', user: 8 },
        ]),
      ).toEqual([[], [other]]);
      // A logout takes the account off with the record; a change of user rewrites the column.
      const changed = sessions.open(other);
      await changed.set('_auth_user_id', '9');
      await changed.save();
      expect([await listed({ account_id: 8 }), await listed({ account_id: 9 })]).toEqual([[], [other]]);

      await Promise.all([django.close(), sessions.close()]);
      await store.dispose();
    },
  );

  test('more sessions than a page, each once, expired ones left out', async () => {
    const store = await makeStore(name);
    if (store === undefined) return;
    const sessions = createNamed(store.options);
    await sessions.createTable();
    for (let at = 0; at < 21; at++)
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const session = sessions.open();
          await session.set('n', at * 50 + index);
          if (at === 20) await session.setExpiry(new Date(Date.now() - 60_000));
          await session.save();
        }),
      );
    const seen = new Set<unknown>();
    let count = 0;
    for await (const { data, expiresAt } of sessions.list()) {
      count += 1;
      seen.add(data.get('n'));
      expect(expiresAt!.getTime()).toBeGreaterThan(Date.now());
    }
    expect([count, seen.size]).toEqual([1_000, 1_000]);
    await sessions.close();
    await store.dispose();
  });
});

const options = { secretKey: SECRET, logger: { warn() {} } };

describe('what a subclass may change', () => {
  class OwnKeys extends DbSession {
    protected override newKey(): string {
      return `Shop-${super.newKey()}`;
    }
    protected override isKey(text: string): boolean {
      return /^Shop-[a-z0-9]{32}$/.test(text);
    }
    protected override cookieAge(): number {
      return 90;
    }
  }

  test('the key, and which keys could be one', async () => {
    const sessions = createSessions({ ...options, engine: dbEngine({ database: ':memory:', session: OwnKeys }) });
    await sessions.createTable();
    const session = sessions.open();
    await session.set('a', 1);
    await session.save();
    expect(session.sessionKey).toMatch(/^Shop-[a-z0-9]{32}$/);
    expect(await sessions.open(session.sessionKey).get('a')).toBe(1);
    expect(await sessions.open(session.sessionKey!.slice(5)).get('a')).toBeUndefined();
    await session.cycleKey();
    expect(session.sessionKey).toMatch(/^Shop-/);
    await sessions.close();
  });

  test('a key that its own engine does not accept is a mistake of the engine, and named', async () => {
    class Unreadable extends DbSession {
      protected override newKey(): string {
        return 'NOT-A-DJANGO-KEY';
      }
    }
    const sessions = createSessions({ ...options, engine: dbEngine({ database: ':memory:', session: Unreadable }) });
    await sessions.createTable();
    await expect(sessions.open().save()).rejects.toThrow(ImproperlyConfigured);
    await sessions.close();
  });

  test('how long a session without an expiry of its own lives', async () => {
    const sessions = createSessions({ ...options, engine: dbEngine({ database: ':memory:', session: OwnKeys }) });
    const session = sessions.open();
    expect(await session.getExpiryAge()).toBe(90);
    expect(Math.abs((await session.getExpiryDate()).getTime() - Date.now() - 90_000)).toBeLessThan(2_000);
    await session.setExpiry(5);
    expect(await session.getExpiryAge()).toBe(5);
    await sessions.close();
  });

  test('the name of the cached value', async () => {
    class Mine extends CacheSession {
      protected override get cacheKeyPrefix(): string {
        return 'mine.';
      }
    }
    class MineToo extends CachedDbSession {
      protected override get cacheKeyPrefix(): string {
        return 'mine.';
      }
    }
    const cache = { url: 'locmem://prefix' };
    const plain = createSessions({ ...options, engine: cacheEngine(cache) });
    const mine = createSessions({ ...options, engine: cacheEngine({ ...cache, session: Mine }) });
    const both = createSessions({
      ...options,
      engine: cachedDbEngine({ database: ':memory:', cache, session: MineToo }),
    });
    const session = mine.open();
    await session.set('a', 1);
    await session.save();
    expect(await plain.open(session.sessionKey).get('a')).toBeUndefined();
    expect(await both.open(session.sessionKey).get('a')).toBe(1);
  });
});

test('a serializer may give and take plain objects', async () => {
  const sessions = createNamed({
    ...options,
    database: ':memory:',
    serializer: {
      dumps: (data) => Buffer.from(JSON.stringify(Object.fromEntries(data))),
      loads: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as object,
    },
  });
  await sessions.createTable();
  const session = sessions.open();
  await session.set('a', { b: [1] });
  await session.save();
  expect(await sessions.open(session.sessionKey).entries()).toEqual([['a', { b: [1] }]]);
  await sessions.close();
});

test.each([[null], ['text'], [[1]], [undefined]])(
  'a serializer that gives %j gives no session, and no error',
  async (given) => {
    const sessions = createNamed({
      ...options,
      database: ':memory:',
      serializer: { dumps: jsonSerializer.dumps, loads: () => given as never },
    });
    await sessions.createTable();
    const session = sessions.open();
    await session.set('a', 1);
    await session.save();
    expect(await sessions.open(session.sessionKey).keys()).toEqual([]);
    expect((await sessions.peek(session.sessionKey!)).outcome).toBe('unreadable');
    await sessions.close();
  },
);

test('records of a Django engine whose class has another name are read with its salt', async () => {
  const mine = { ...options, database: ':memory:', salt: 'django.contrib.sessions.ShopStore' };
  const sessions = createNamed(mine);
  await sessions.createTable();
  const session = sessions.open();
  await session.set('a', 1);
  expect(sessions.settings.codec.encode(session.memory!)).not.toBe('');
  const text = sessions.settings.codec.encode(session.memory!);
  expect(createNamed(mine).settings.codec.decode(text).get('a')).toBe(1);
  expect(() => createNamed(options).settings.codec.decode(text)).toThrow('signature');
  await sessions.close();
});

test("a connection of the app's own, which stays open", async () => {
  const store = await makeStore('db on PostgreSQL');
  if (store === undefined) return;
  const pool = new Pool({ connectionString: store.options.database as string });
  const sessions = createNamed({
    ...options,
    database: {
      dialect: 'postgres',
      async query(text, values) {
        const { rows, rowCount } = await pool.query<Record<string, unknown>>(text, [...values]);
        return { rows, affected: rowCount ?? 0 };
      },
    },
  });
  await sessions.createTable();
  const session = sessions.open();
  await session.set('a', 1);
  await session.save();
  expect(await sessions.open(session.sessionKey).get('a')).toBe(1);
  await sessions.close();
  expect((await pool.query('select count(*)::int as count from django_session')).rows).toEqual([{ count: 1 }]);
  await pool.end();
  await store.dispose();
});

test.each([
  ['cache', cacheEngine({ url: 'locmem://list' })],
  ['signed_cookies', signedCookieEngine()],
])('%s cannot list its sessions, and says so', (name, engine) => {
  expect(() => createSessions({ ...options, engine }).list()).toThrow(`the engine ${name} cannot list its sessions`);
});

test('file: lists what lives, and asks by no column', async () => {
  const store = (await makeStore('file'))!;
  const sessions = createSessions({ ...options, engine: fileEngine({ filePath: store.options.filePath! }) });
  const live = sessions.open();
  await live.set('_auth_user_id', '7');
  await live.save();
  const over = sessions.open();
  await over.setExpiry(new Date(Date.now() - 5_000));
  await over.save();
  const found = [];
  for await (const { sessionKey, data } of sessions.list()) found.push([sessionKey, data.get('_auth_user_id')]);
  expect(found).toEqual([[live.sessionKey, '7']]);
  await expect(sessions.list({ account_id: 7 })[Symbol.asyncIterator]().next()).rejects.toThrow('no columns to ask by');
  await store.dispose();
});

test('a column that the table was not given is refused by name', async () => {
  class Wrong extends DbSession {
    protected override columnsOf() {
      return { acount_id: 1 };
    }
  }
  const sessions = createSessions({ ...options, engine: dbEngine({ database: ':memory:', session: Wrong }) });
  await sessions.createTable();
  await expect(sessions.open().save()).rejects.toThrow('no column "acount_id"');
  await expect(sessions.list({ nobody: 1 })[Symbol.asyncIterator]().next()).rejects.toThrow('no column "nobody"');
  await sessions.close();
});

test('the reference shows the examples as they are tested', () => {
  const page = readFileSync(new URL('../../docs/django-sessions-engines.md', import.meta.url), 'utf8');
  for (const name of ['account-session', 'document-engine', 'memcached']) {
    const code = readFileSync(new URL(`examples/${name}.ts`, import.meta.url), 'utf8');
    const shown = code.replaceAll(/'\.\.\/\.\.\/src\/public\/([\w-]+)\.ts'/g, "'@sessionscope/django-sessions/$1'");
    expect(page).toContain(shown.trim());
  }
});
