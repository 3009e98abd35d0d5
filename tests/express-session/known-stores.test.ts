/**
 * Stores of packages of their own, each with what it keeps its records in: the record read past its `get`, and the end
 * that is told beside the one that the store has.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import session, { type Store } from 'express-session';
import knex from 'knex';
import { createPool } from 'mysql2/promise';
import pg from 'pg';
import { Sequelize } from 'sequelize';
import { afterAll, describe, expect, test } from 'vitest';
import type { ObservedLibrary } from '../../server-companion/node/src/kit/observed-library.ts';
import { EVERYTHING, inShort, serve } from './observed-app.ts';

/** They have no types, or those of another express-session. */
const require = createRequire(import.meta.url);
type Made = new (options: object) => Store;

interface Kept {
  data: string;
  /** Epoch ms. */
  expiresAt: number;
}

interface Subject {
  make(): Store;
  /** What lies there, asked past the store. */
  look(key: string): Promise<Kept | undefined>;
  /** Takes the record away behind the store's back. */
  remove(key: string): Promise<unknown>;
  close(): Promise<unknown>;
  /** It counts in whole seconds: the end is so much earlier or later, ms. */
  grain?: number;
  /** Without an end in the cookie a touch does nothing. */
  touchesNoBrowserSession?: true;
}

const suffix = randomBytes(4).toString('hex');
const POSTGRES = 'postgres://postgres@127.0.0.1:5432/test';
const MYSQL = { host: '127.0.0.1', port: 3306, user: 'root', database: 'test' };

const SUBJECTS: Record<string, { service?: string; start(): Promise<Subject> }> = {
  memorystore: {
    async start() {
      const MemoryStore = (require('memorystore') as (of: typeof session) => Made)(session);
      const store = new MemoryStore({});
      interface Cache {
        dump(): { k: string; v: string; e: number }[];
        del(key: string): void;
      }
      const cache = (store as unknown as { store: Cache }).store;
      return {
        make: () => store,
        async look(key) {
          const found = cache.dump().find(({ k }) => k === key);
          return found && { data: found.v, expiresAt: found.e };
        },
        remove: async (key) => cache.del(key),
        close: async () => {},
      };
    },
  },
  'session-file-store': {
    async start() {
      const FileStore = (require('session-file-store') as (of: typeof session) => Made)(session);
      const path = mkdtempSync(join(tmpdir(), 'sessionscope-files-'));
      const file = (key: string) => join(path, `${key}.json`);
      return {
        make: () => new FileStore({ path, retries: 0, reapInterval: -1, logFn: () => {} }),
        async look(key) {
          try {
            const data = readFileSync(file(key), 'utf8');
            const { cookie, __lastAccess: at } = JSON.parse(data) as {
              cookie: { originalMaxAge: number | null };
              __lastAccess: number;
            };
            return { data, expiresAt: at + (cookie.originalMaxAge ?? 3_600_000) };
          } catch {
            return undefined;
          }
        },
        remove: async (key) => rmSync(file(key)),
        close: async () => rmSync(path, { recursive: true }),
      };
    },
  },
  'express-mysql-session': {
    service: 'MariaDB on 127.0.0.1:3306',
    async start() {
      const MySqlStore = (require('express-mysql-session') as (of: typeof session) => Made)(session);
      const pool = createPool(MYSQL);
      await pool.query('SELECT 1');
      const tableName = `sessionscope_${suffix}`;
      const store = new MySqlStore({ ...MYSQL, schema: { tableName } });
      const own = store as unknown as { onReady(): Promise<void>; close(): Promise<void> };
      await own.onReady();
      return {
        grain: 1_000,
        make: () => store,
        async look(key) {
          const [rows] = await pool.query(`SELECT data, expires FROM ${tableName} WHERE session_id = ?`, [key]);
          const [row] = rows as { data: string; expires: number }[];
          return row && { data: row.data, expiresAt: row.expires * 1_000 };
        },
        remove: (key) => pool.query(`DELETE FROM ${tableName} WHERE session_id = ?`, [key]),
        async close() {
          await own.close();
          await pool.query(`DROP TABLE ${tableName}`);
          await pool.end();
        },
      };
    },
  },
  'connect-session-knex': {
    service: 'PostgreSQL on 127.0.0.1:5432',
    async start() {
      const { ConnectSessionKnexStore } = require('connect-session-knex') as { ConnectSessionKnexStore: Made };
      const db = knex({ client: 'pg', connection: POSTGRES });
      await db.raw('SELECT 1');
      const tableName = `sessionscope_knex_${suffix}`;
      return {
        touchesNoBrowserSession: true,
        make: () => new ConnectSessionKnexStore({ knex: db, tableName, cleanupInterval: 0 }),
        async look(key) {
          const [row] = await db(tableName).select<{ sess: unknown; expired: Date }[]>().where({ sid: key });
          return row && { data: JSON.stringify(row.sess), expiresAt: row.expired.getTime() };
        },
        remove: (key) => db(tableName).where({ sid: key }).del(),
        async close() {
          await db.schema.dropTable(tableName);
          await db.destroy();
        },
      };
    },
  },
  'connect-session-sequelize': {
    service: 'PostgreSQL on 127.0.0.1:5432',
    async start() {
      const SequelizeStore = (require('connect-session-sequelize') as (of: typeof Store) => Made)(session.Store);
      const db = new Sequelize(POSTGRES, { logging: false });
      await db.authenticate();
      const tableName = `sessionscope_sequelize_${suffix}`;
      const store = new SequelizeStore({ db, tableName, checkExpirationInterval: -1 });
      await (store as unknown as { sync(): Promise<void> }).sync();
      const pool = new pg.Pool({ connectionString: POSTGRES });
      return {
        make: () => store,
        async look(key) {
          const { rows } = await pool.query<{ data: string; expires: Date }>(
            `SELECT data, expires FROM "${tableName}" WHERE sid = $1`,
            [key],
          );
          return rows[0] && { data: rows[0].data, expiresAt: rows[0].expires.getTime() };
        },
        remove: (key) => pool.query(`DELETE FROM "${tableName}" WHERE sid = $1`, [key]),
        async close() {
          await pool.query(`DROP TABLE "${tableName}"`);
          await pool.end();
          await db.close();
        },
      };
    },
  },
  // Its client has the methods of better-sqlite3, which is a native add-on.
  'better-sqlite3-session-store, on node:sqlite': {
    async start() {
      const SqliteStore = (require('better-sqlite3-session-store') as (of: typeof session) => Made)(session);
      const client = new DatabaseSync(':memory:');
      return {
        make: () => new SqliteStore({ client, expired: { intervalMs: 2 ** 31 - 1 } }),
        async look(key) {
          const row = client.prepare('SELECT sess, expire FROM sessions WHERE sid = ?').get(key);
          return row && { data: String(row['sess']), expiresAt: Date.parse(String(row['expire'])) };
        },
        remove: async (key) => client.prepare('DELETE FROM sessions WHERE sid = ?').run(key),
        close: async () => client.close(),
      };
    },
  },
};

/** A service that does not answer skips its tests aloud, or fails them where they are required. */
async function started(service: string | undefined, start: () => Promise<Subject>): Promise<Subject | undefined> {
  try {
    return await start();
  } catch (error) {
    if (service === undefined || process.env['SESSIONSCOPE_REQUIRE_SERVICES'] === '1') throw error;
    console.warn(`skipped: ${service} does not answer`);
    return undefined;
  }
}

for (const [name, { service, start }] of Object.entries(SUBJECTS)) {
  const subject = await started(service, start);
  describe.skipIf(subject === undefined)(name, () => {
    afterAll(() => subject!.close());
    /** Where a life is counted from now, the store and we ask the clock one after the other, on a busy machine too. */
    const slack = 5_000 + (subject?.grain ?? 0);

    describe.each([
      ['an end in the cookie', 60_000],
      ['a cookie without one', undefined],
    ])('%s', (_what, maxAge) => {
      test('the record as it lies there, its end after a save and a touch, and nothing changed by looking', async () => {
        let key = '';
        await using app = await serve(
          (app, factory, options) => {
            app.use(factory({ ...options, store: subject!.make() }));
            app.get('/set', (request, response) => {
              key = request.sessionID;
              request.session['cart'] = { items: ['A-1'] };
              response.end();
            });
            app.get('/read', (request, response) => response.json(request.session['cart'] ?? 'none'));
            app.get('/gone', async (request, response) => {
              await subject!.remove(key);
              response.json(request.session['cart']);
            });
          },
          { session: maxAge === undefined ? {} : { cookie: { maxAge } } },
        );
        const library = app.companion!.middlewares()[0] as ObservedLibrary;

        await app.get('/set');
        await app.finished();
        const save = app.operations('/set').find(({ operation }) => operation === 'save')!;
        expect(inShort(save)).toBe('save done');
        const kept = await subject!.look(key);
        expect(JSON.parse(kept!.data)).toMatchObject({ cart: { items: ['A-1'] } });
        expect(Math.abs(save.expiry!.storeAt! - kept!.expiresAt)).toBeLessThanOrEqual(slack);
        expect(save.expiry!.storeAssumed).toBeUndefined();

        await app.get('/read');
        await app.finished();
        const touch = app.operations('/read').find(({ operation }) => operation === 'touch')!;
        const touched = await subject!.look(key);
        if (maxAge === undefined && subject!.touchesNoBrowserSession)
          expect(touch.expiry).not.toHaveProperty('storeAt');
        else expect(Math.abs(touch.expiry!.storeAt! - touched!.expiresAt)).toBeLessThanOrEqual(slack);

        const reading = await library.readStore(key, EVERYTHING);
        expect(reading).toMatchObject({ outcome: 'found', state: { cart: { items: ['A-1'] } } });
        expect(Math.abs(reading.expiresAt! - touched!.expiresAt)).toBeLessThanOrEqual(slack);
        expect(await subject!.look(key)).toEqual(touched);
        expect(await library.readStore('no-such-key', EVERYTHING)).toEqual({ outcome: 'missing' });

        // A touch makes no record of one that is gone.
        await app.get('/gone');
        await app.finished();
        expect(await subject!.look(key)).toBeUndefined();
      });
    });
  });
}
