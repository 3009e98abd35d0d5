/** When a record ends, as the companion reports it, against what Redis and PostgreSQL say themselves, by the store's options. */
import { randomBytes } from 'node:crypto';
import connectPg from 'connect-pg-simple';
import { RedisStore } from 'connect-redis';
import session, { type Store } from 'express-session';
import pg from 'pg';
import { createClient } from 'redis';
import { afterAll, describe, expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { serve } from './observed-app.ts';

/** Seconds; both clocks are this machine's, and the stores round up to one. */
const SLACK_MS = 1_500;

interface Service {
  make(options: object): Store;
  /** Epoch ms; `null`: no end; `undefined`: no record. */
  endOf(key: string): Promise<number | null | undefined>;
  close(): Promise<void>;
}

const suffix = randomBytes(4).toString('hex');

async function orSkip(name: string, connect: () => Promise<Service>): Promise<Service | undefined> {
  try {
    return await connect();
  } catch (error) {
    const reason = `${name} does not answer: ${String((error as Error).message)}`;
    if (process.env['SESSIONSCOPE_REQUIRE_SERVICES'] === '1') throw new Error(reason, { cause: error });
    console.warn(`skipped: ${reason}`);
    return undefined;
  }
}

const redis = await orSkip('Redis on 127.0.0.1:6379', async () => {
  const client = createClient({ url: 'redis://127.0.0.1:6379', socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  const prefix = `sessionscope-clock-${suffix}:`;
  return {
    make: (options) => new RedisStore({ client, prefix, ...options }),
    async endOf(key) {
      const time = await client.pExpireTime(prefix + key);
      return time === -2 ? undefined : time === -1 ? null : time;
    },
    async close() {
      for await (const keys of client.scanIterator({ MATCH: `${prefix}*` }))
        if (keys.length > 0) await client.del(keys);
      await client.close();
    },
  };
});

const postgres = await orSkip('PostgreSQL on 127.0.0.1:5432', async () => {
  const pool = new pg.Pool({
    connectionString: 'postgres://postgres@127.0.0.1:5432/test',
    connectionTimeoutMillis: 2_000,
  });
  const table = `sessionscope_clock_${suffix}`;
  await pool.query(`CREATE TABLE ${table} (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)`);
  const PgStore = connectPg(session);
  return {
    make: (options) => new PgStore({ pool, tableName: table, pruneSessionInterval: false, ...options }),
    async endOf(key) {
      const { rows } = await pool.query<{ expire: Date }>(`SELECT expire FROM ${table} WHERE sid = $1`, [key]);
      return rows[0]?.expire.getTime();
    },
    async close() {
      await pool.query(`DROP TABLE ${table}`);
      await pool.end();
    },
  };
});

afterAll(async () => {
  await redis?.close();
  await postgres?.close();
});

/** What may be said: the true end as known, the true end as assumed, or nothing. */
type Said = 'known' | 'assumed' | 'nothing';

const REDIS: [name: string, options: object, maxAge: number | undefined, save: Said, touch: Said][] = [
  ['no option, a session cookie: a day', {}, undefined, 'known', 'known'],
  ['no option, maxAge', {}, 60_000, 'known', 'known'],
  ['ttl, a session cookie', { ttl: 90 }, undefined, 'known', 'known'],
  ['ttl beside maxAge: the cookie decides', { ttl: 90 }, 60_000, 'known', 'known'],
  ["ttl as the app's function", { ttl: () => 45 }, 60_000, 'nothing', 'nothing'],
  ['disableTouch', { disableTouch: true }, 60_000, 'known', 'nothing'],
  ['disableTTL: no end', { disableTTL: true }, 60_000, 'known', 'nothing'],
];
const POSTGRES: typeof REDIS = [
  ['no option, a session cookie: a day', {}, undefined, 'known', 'assumed'],
  ['no option, maxAge', {}, 60_000, 'known', 'assumed'],
  ['ttl, a session cookie', { ttl: 90 }, undefined, 'known', 'assumed'],
];

describe.each([
  ['connect-redis', redis, REDIS],
  ['connect-pg-simple', postgres, POSTGRES],
] as const)('%s', (_store, service, rows) => {
  describe.skipIf(service === undefined)('the end of a record', () => {
    test.each(rows)('%s', async (_name, options, maxAge, onSave, onTouch) => {
      const store = service!.make(options);
      await using app = await serve(
        (app, factory, given) => {
          app.use(factory({ ...given, store, cookie: maxAge === undefined ? {} : { maxAge } }));
          app.get('/set', (request, response) => {
            request.session['cart'] = [1];
            response.end(request.sessionID);
          });
          app.get('/read', (request, response) => void response.end(String(request.session['cart'])));
        },
        { session: {} },
      );
      const key = await (await app.get('/set')).text();
      await app.finished();
      const check = async (operation: OperationRecorded | undefined, said: Said) => {
        const end = await service!.endOf(key);
        const { storeAt, storeAssumed } = operation?.expiry ?? {};
        if (said === 'nothing') return expect(storeAt).toBeUndefined();
        expect(storeAssumed === true).toBe(said === 'assumed');
        if (end === null) return expect(storeAt).toBeNull();
        expect(Math.abs(storeAt! - end!)).toBeLessThan(SLACK_MS);
      };
      await check(
        app.operations('/set').find(({ operation }) => operation === 'save'),
        onSave,
      );
      await app.get('/read');
      await app.finished();
      await check(
        app.operations('/read').find(({ operation }) => operation === 'touch'),
        onTouch,
      );
      (store as { close?: () => void }).close?.();
    });
  });
});
