/** Keys that a client invents: none reaches a query, a path, the name of a cached value, or a command. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kysely, MysqlDialect } from 'kysely';
import { createPool } from 'mysql2';
import { createPool as createPromisePool } from 'mysql2/promise';
import { SessionTable } from '../src/engines/session-table.ts';
import { UpdateError } from '../src/errors.ts';
import { nodeSessions } from '../src/middleware/node-http.ts';
import type { Sessions } from '../src/core.ts';
import { createSessions } from '../src/sessions.ts';
import { createClock } from '../src/times.ts';
import { ask } from './browser.ts';
import { startMariaDb } from './own-mariadb.ts';
import { makeStore, SECRET, type TestStore } from './stores.ts';

/** Each would do something, or name something, if a store ever got it. */
const INVENTED = [
  "' or 1=1 -- x",
  "' or '1'='1",
  "\\' or 1=1 -- x",
  "x' union select session_data, expire_date, 0 from django_session -- x",
  '../../../../etc/passwd',
  'null\u0000byte\u0000null',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
  'trailing-space-trailing-space   ',
  'd_dbabcdefghijklmnopqrstuvwxyz0123',
  'a\r\nFLUSHALL\r\n',
  'k'.repeat(41),
  'schlüssel-ÿ-🙂',
  '%%%%%%%%',
  '________________________________',
];

/** What a program that trusts its input could pass instead of text. */
const NOT_TEXT: unknown[] = [['abcdefghijklmnopqrstuvwxyz012345'], { length: 32, session_key: 1 }, 12_345_678, true];

async function leavesNothing(sessions: Sessions<Record<string, unknown>>, key: string): Promise<void> {
  const victim = sessions.open();
  await victim.set('user', 'victim');
  await victim.save();
  const read = sessions.open(key);
  expect(await read.entries()).toEqual([]);
  expect(read.sessionKey).toBeNull();
  expect(await sessions.peek(key)).toEqual({ outcome: 'missing' });
  const ended = sessions.open(key);
  await ended.flush();
  const cleared = sessions.open(key);
  cleared.clear();
  await expect(cleared.save()).rejects.toThrow(UpdateError);
  await expect(cleared.save({ mustCreate: true })).rejects.toThrow('Invalid characters in session key');
  expect(await sessions.open().exists(key)).toBe(false);
  await sessions.open().deleteRecord(key);
  const rotated = sessions.open(key);
  await rotated.cycleKey();
  expect(await rotated.entries()).toEqual([]);
  expect(await sessions.open(victim.sessionKey).get('user')).toBe('victim');
}

for (const name of ['db on SQLite', 'db on PostgreSQL', 'db on MySQL', 'cache', 'cached_db'] as const) {
  const store = await makeStore(name);
  describe.skipIf(store === undefined)(name, () => {
    const sessions = store === undefined ? undefined! : createSessions(store.options);
    beforeAll(() => sessions.createTable());
    afterAll(async () => {
      await sessions.close();
      await store!.dispose();
    });

    test.each(INVENTED)('the key %j names no record and harms none', (key) => leavesNothing(sessions, key));

    test('what is not text is no key', async () => {
      for (const key of NOT_TEXT) {
        const session = sessions.open(key as string);
        expect(await session.keys()).toEqual([]);
        expect(session.sessionKey).toBeNull();
        expect(await session.exists(key as string)).toBe(false);
        await session.deleteRecord(key as string);
        expect(await sessions.peek(key as string)).toEqual({ outcome: 'missing' });
      }
    });
  });
}

test('a session in `cache` cannot be made to read what another engine or program cached', async () => {
  const store = await makeStore('cached_db');
  if (store === undefined) return;
  const cached = createSessions(store.options);
  await cached.createTable();
  const session = cached.open();
  await session.set('user', 'victim');
  await session.save();
  // Django's names: `…sessions.cache` + key, and `…sessions.cached_db` + key.
  const cache = createSessions({ secretKey: SECRET, engine: 'cache', cache: store.options.cache! });
  expect(await cache.open(`d_db${session.sessionKey}`).get('user')).toBeUndefined();
  await cache.open(`d_db${session.sessionKey}`).flush();
  expect(await cached.open(session.sessionKey).get('user')).toBe('victim');
  await Promise.all([cached.close(), cache.close()]);
  await store.dispose();
});

test('files: only a name that was made for a session is ever opened, looked for or deleted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'django-sessions-'));
  const inner = join(folder, 'sessionid');
  const sessions = createSessions({ secretKey: SECRET, engine: 'file', filePath: folder });
  writeFileSync(join(folder, 'sessionidOTHERapp'), 'untouched');
  for (const key of [...INVENTED, 'OTHERapp', ...(NOT_TEXT as string[])]) {
    const session = sessions.open(key);
    expect(await session.keys()).toEqual([]);
    await session.deleteRecord(key).catch(() => {});
    await sessions
      .open(key)
      .flush()
      .catch(() => {});
    expect(await sessions.peek(key)).toEqual({ outcome: 'missing' });
  }
  expect(existsSync(inner)).toBe(false);
  expect(readdirSync(folder)).toEqual(['sessionidOTHERapp']);
  rmSync(folder, { recursive: true, force: true });
});

const NO_ESCAPES = 'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES';
const server = await startMariaDb(NO_ESCAPES);
describe.skipIf(server === undefined)(`MariaDB in sql_mode ${NO_ESCAPES}`, () => {
  const EVIL = "sessionid=' or 1=1 -- x";
  let http: Server;
  let port: number;
  let sessions: Sessions;
  afterAll(() => server!.close());

  describe.each(['db', 'cached_db'] as const)('%s', (engine) => {
    beforeAll(async () => {
      sessions = createSessions({
        secretKey: SECRET,
        engine,
        database: server!.url,
        cache: { url: `locmem://${engine}` },
      });
      await sessions.createTable();
      http = createServer(
        nodeSessions(sessions, async ({ url }, response, session) => {
          if (url === '/login') await session.set('_auth_user_id', 'victim');
          if (url === '/logout') await session.flush();
          response.end(String(await session.get('_auth_user_id', 'Guest')));
        }),
      );
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
      ({ port } = http.address() as AddressInfo);
    });
    afterAll(async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await sessions.close();
    });

    test('an invented cookie reads and ends no session', async () => {
      const login = await ask(port, '/login');
      const own = login.setCookies[0]!.split(';')[0]!;
      expect((await ask(port, '/me', { cookie: EVIL })).body).toBe('Guest');
      await ask(port, '/logout', { cookie: EVIL });
      expect((await ask(port, '/me', { cookie: own })).body).toBe('victim');
    });
  });

  test('the statements themselves take a key for a value, whatever it says', async () => {
    const clock = createClock(undefined);
    const table = new SessionTable(server!.url, clock);
    const inTwoDays = new Date(Date.now() + 172_800_000);
    await table.insert('a'.repeat(32), "data ' or 1=1", inTwoDays);
    const evil = "' or 1=1 -- x";
    expect(await table.find(evil)).toBeUndefined();
    expect(await table.has(evil)).toBe(false);
    expect(await table.update(evil, 'overwritten', inTwoDays)).toBe(false);
    await table.remove(evil);
    expect((await table.find('a'.repeat(32)))?.data).toBe("data ' or 1=1");
    await table.close();
  });
});

const shared = await makeStore('db on MySQL');
describe.skipIf(shared === undefined)('a connection of the app, which escapes on the client', () => {
  const database = shared?.options.database as string;
  afterAll(() => (shared as TestStore).dispose());

  test('an invented cookie reads and ends no session there either', async () => {
    const pool = createPool({ uri: database });
    pool.on('connection', (connection) => connection.query(`set session sql_mode = '${NO_ESCAPES}'`));
    const kysely = new Kysely<never>({ dialect: new MysqlDialect({ pool }) });
    const sessions = createSessions({ secretKey: SECRET, database: { kysely, dialect: 'mysql' } });
    await sessions.createTable();
    for (const key of INVENTED) await leavesNothing(sessions, key);
    const reader = createPromisePool({ uri: database });
    const [rows] = await reader.query('select count(*) as count from django_session');
    expect((rows as { count: number }[])[0]!.count).toBeGreaterThanOrEqual(INVENTED.length);
    await reader.end();
    await kysely.destroy();
  });
});
