import { randomBytes } from 'node:crypto';
import connectPg from 'connect-pg-simple';
import { RedisStore } from 'connect-redis';
import pg from 'pg';
import type { ErrorRequestHandler } from 'express';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import session, { type Store } from 'express-session';
import type { StoreReading } from '../../server-companion/node/src/core/contract.ts';
import { ObservedSessions } from '../../server-companion/node/src/adapters/express-session/observed-sessions.ts';
import type { ObservedLibrary } from '../../server-companion/node/src/kit/observed-library.ts';
import { EVERYTHING, EXPRESS, type ExpressVersion, inShort, newCompanion, serve, signed } from './observed-app.ts';

interface StoreKind {
  name: string;
  make(): Store;
  /** The record's bytes and end as the server holds them, asked past the store. */
  look(key: string): Promise<{ data: string; expiresAt: number | null } | undefined>;
  close(): Promise<void>;
}

const suffix = randomBytes(4).toString('hex');
const memory = new session.MemoryStore();

/** A service that does not answer skips its tests aloud, or fails them where they are required. */
async function orSkip(name: string, connect: () => Promise<StoreKind>): Promise<StoreKind | undefined> {
  try {
    return await connect();
  } catch (error) {
    const reason = `${name} does not answer: ${(error as Error).message || String((error as { code?: unknown }).code)}`;
    if (process.env['SESSIONSCOPE_REQUIRE_SERVICES'] === '1') throw new Error(reason, { cause: error });
    console.warn(`skipped: ${reason}`);
    return undefined;
  }
}

async function redisKind(): Promise<StoreKind> {
  const client = createClient({ url: 'redis://127.0.0.1:6379', socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  const prefix = `sessionscope-${suffix}:`;
  return {
    name: 'connect-redis',
    make: () => new RedisStore({ client, prefix }),
    async look(key) {
      const data = await client.get(prefix + key);
      return data === null ? undefined : { data, expiresAt: await client.pExpireTime(prefix + key) };
    },
    async close() {
      for await (const keys of client.scanIterator({ MATCH: `${prefix}*` }))
        if (keys.length > 0) await client.del(keys);
      await client.close();
    },
  };
}

async function postgresKind(): Promise<StoreKind> {
  const pool = new pg.Pool({
    connectionString: 'postgres://postgres@127.0.0.1:5432/test',
    connectionTimeoutMillis: 2_000,
  });
  const table = `sessionscope_${suffix}`;
  await pool.query(`CREATE TABLE ${table} (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)`);
  const PgStore = connectPg(session);
  const made: { close(): void }[] = [];
  return {
    name: 'connect-pg-simple',
    make: () => {
      const store = new PgStore({ pool, tableName: table, pruneSessionInterval: false });
      made.push(store as unknown as { close(): void });
      return store;
    },
    async look(key) {
      const { rows } = await pool.query<{ sess: unknown; expire: Date }>(
        `SELECT sess, expire FROM ${table} WHERE sid = $1`,
        [key],
      );
      return rows[0] && { data: JSON.stringify(rows[0].sess), expiresAt: rows[0].expire.getTime() };
    },
    async close() {
      for (const store of made) store.close();
      await pool.query(`DROP TABLE ${table}`);
      await pool.end();
    },
  };
}

const kinds: (StoreKind | undefined)[] = [
  {
    name: 'MemoryStore',
    make: () => memory,
    look: (key) => {
      const data = (memory as unknown as { sessions: Record<string, string> }).sessions[key];
      return Promise.resolve(
        data === undefined
          ? undefined
          : { data, expiresAt: Date.parse((JSON.parse(data) as { cookie: { expires: string } }).cookie.expires) },
      );
    },
    close: () => Promise.resolve(),
  },
  await orSkip('Redis on 127.0.0.1:6379', redisKind),
  await orSkip('PostgreSQL on 127.0.0.1:5432', postgresKind),
];

afterAll(async () => {
  for (const kind of kinds) await kind?.close();
});

const names = ['MemoryStore', 'connect-redis', 'connect-pg-simple'];
for (const version of Object.keys(EXPRESS) as ExpressVersion[])
  for (const [index, kind] of kinds.entries())
    describe.skipIf(kind === undefined)(`${version} with ${names[index]}`, () => {
      let key = '';
      let app: Awaited<ReturnType<typeof serve>>;
      beforeAll(async () => {
        const store = kind!.make();
        app = await serve(
          (app, factory, options) => {
            app.use(factory({ ...options, store }));
            app.get('/set', (request, response) => {
              key = request.sessionID;
              request.session['cart'] = { items: ['A-1'] };
              request.session['password'] = 'canary-password';
              response.end();
            });
            app.get('/read', (request, response) => response.json(request.session['cart']));
            app.get('/destroy', (request, response) => request.session.destroy(() => response.end()));
          },
          { version, session: { cookie: { maxAge: 60_000 } } },
        );
      });
      afterAll(() => app[Symbol.asyncDispose]());

      test('records save, load, touch and destroy as the store does them', async () => {
        await app.get('/set');
        await app.finished();
        expect(app.operations('/set').map(inShort)).toEqual(['create', 'set cart', 'set password', 'save done']);
        const save = app.operations('/set').at(-1)!;
        expect(save.durationMs).toBeGreaterThan(0);
        expect(save.bytes).toBeGreaterThan(20);
        await app.get('/read');
        await app.finished();
        expect(app.operations('/read').map(inShort)).toEqual(['load found', 'get cart', 'touch done']);
        expect(app.operations('/read')[0]).toMatchObject({ state: { cart: { items: ['A-1'] } }, keys: 2 });
      });

      test('reads the record without changing anything, redacted', async () => {
        const before = await kind!.look(key);
        const reading: StoreReading = await observed(app).readStore(key, EVERYTHING);
        expect(reading).toMatchObject({
          outcome: 'found',
          state: { cart: { items: ['A-1'] }, password: { $: 'redacted' } },
        });
        expect(JSON.stringify(reading)).not.toContain('canary-password');
        expect(reading.bytes).toBeGreaterThan(50);
        expect(Math.abs(reading.expiresAt! - before!.expiresAt!)).toBeLessThan(20);
        expect(await kind!.look(key)).toEqual(before);
        expect(await observed(app).readStore('no-such-key', EVERYTHING)).toEqual({ outcome: 'missing' });
      });

      test('reports a destroyed session', async () => {
        await app.get('/destroy');
        await app.finished();
        expect(app.operations('/destroy').map(inShort)).toEqual(['load found', 'flush done']);
        expect(await observed(app).readStore(key, EVERYTHING)).toEqual({ outcome: 'missing' });
      });
    });

/** A cookie's value for a key, signed as the test apps sign. */

/** The observed middleware of the app, as the endpoint has it. */
function observed({ companion }: { companion: ReturnType<typeof newCompanion> | undefined }): ObservedLibrary {
  return companion!.middlewares()[0] as ObservedLibrary;
}

test('reads an expired record of a MemoryStore, which its own get would delete', async () => {
  const store = new session.MemoryStore();
  const { sessions } = store as unknown as { sessions: Record<string, string> };
  sessions['old'] = JSON.stringify({ cookie: { expires: new Date(Date.now() - 1000).toISOString() }, n: 1 });
  const watched = new ObservedSessions(newCompanion(), { secret: 'x' }, store as never).observed;
  expect(await watched.readStore('old', EVERYTHING)).toMatchObject({ outcome: 'expired', state: { n: 1 } });
  expect(Object.keys(sessions)).toEqual(['old']);
});

test('says that a store is unreadable where no pure read is known', async () => {
  const store = { get() {}, set() {}, destroy() {}, on() {} };
  const watched = new ObservedSessions(newCompanion(), { secret: 'x' }, store as never).observed;
  expect(await watched.readStore('any', EVERYTHING)).toMatchObject({ outcome: 'unreadable' });
});

const failure = new Error('the store is down');
const FAILING: Record<string, (callback: (error: unknown) => void) => void> = {
  'calls back with an error': (callback) => callback(failure),
  'calls back later with an error': (callback) => void setTimeout(callback, 5, failure),
};

for (const [name, get] of Object.entries(FAILING))
  test(`passes the error of a store that ${name} through once, as the same object`, async () => {
    class FailingStore extends session.MemoryStore {
      override get(_key: string, callback: (error: unknown) => void): void {
        get(callback);
      }
    }
    const seen: unknown[] = [];
    await using app = await serve((app, factory, options) => {
      app.use(factory({ ...options, store: new FailingStore() }));
      app.use(((error: unknown, _request, response, _next) => {
        seen.push(error);
        response.status(503).end();
      }) as ErrorRequestHandler);
    });
    const cookie = `connect.sid=${signed('any')}`;
    expect((await app.get('/', { headers: { cookie } })).status).toBe(503);
    expect(seen).toEqual([failure]);
    expect(seen[0]).toBe(failure);
    expect(app.operations('/').map(inShort)).toEqual(['load error']);
    expect(app.operations('/')[0]!.error).toEqual({ name: 'Error', message: 'the store is down' });
    expect((await app.finished()).verdict.record).toMatchObject({ outcome: 'failed', reason: 'load-failed' });
  });

test('a store that throws ends the request as it does bare', async () => {
  class ThrowingStore extends session.MemoryStore {
    override get(): never {
      throw failure;
    }
  }
  const build =
    (seen: unknown[]) =>
    (app: Parameters<Parameters<typeof serve>[0]>[0], factory: typeof session, options: session.SessionOptions) => {
      app.use(factory({ ...options, store: new ThrowingStore() }));
      app.use(((error: unknown, _request, response, _next) => {
        seen.push(error);
        response.status(503).end();
      }) as ErrorRequestHandler);
    };
  for (const isObserved of [false, true]) {
    const seen: unknown[] = [];
    await using app = await serve(build(seen), { isObserved });
    expect((await app.get('/', { headers: { cookie: `connect.sid=${signed('any')}` } })).status).toBe(503);
    expect(seen[0]).toBe(failure);
  }
});

test('reports a store that answers twice once, and reports of one that never answers that it was silent', async () => {
  class TwiceStore extends session.MemoryStore {
    override set(key: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
      if (data['isSilent'] === true) return;
      super.set(key, data, callback);
      setTimeout(() => callback?.(), 1);
    }
  }
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store: new TwiceStore() }));
    app.get('/twice', (request, response) => {
      request.session['n'] = 1;
      request.session.save(() => {
        if (!response.writableEnded) response.end();
      });
    });
    app.get('/silent', (request, response) => {
      request.session['isSilent'] = true;
      response.end('x');
    });
  });
  await app.get('/twice');
  await app.finished();
  expect(app.operations('/twice').filter(({ operation }) => operation === 'save')).toHaveLength(1);
  await app
    .get('/silent', { signal: AbortSignal.timeout(200) })
    .then((response) => response.text())
    .catch(() => {});
  const { verdict, ending } = await app.finished();
  expect(ending).toBe('aborted');
  expect(verdict.record).toMatchObject({ outcome: 'pending', reason: 'store-pending' });
});
