/** `createTable` as apps call it: at the start of every process, whoever else does, with whatever rights it has. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import type { Sessions } from '../src/core.ts';
import { createSessions } from '../src/sessions.ts';
import { startDjango } from './program-servers.ts';
import { djangoPython } from './python.ts';
import { makeStore, type StoreName } from './stores.ts';

const DATABASES = ['db on SQLite', 'db on PostgreSQL', 'db on MySQL'] as const satisfies StoreName[];
/** As many as a server starts workers. */
const PROCESSES = 8;

const works = async (sessions: Sessions): Promise<void> => {
  const session = sessions.open();
  await session.set('a', 1);
  await session.save();
  expect(await sessions.open(session.sessionKey).get('a')).toBe(1);
};

describe.each(DATABASES)('%s', (name) => {
  test('several processes at once, on an empty database', async () => {
    const store = await makeStore(name);
    if (store === undefined) return;
    for (let round = 0; round < 5; round++) {
      const all = Array.from({ length: PROCESSES }, () => createSessions(store.options));
      const outcomes = await Promise.allSettled(all.map((sessions) => sessions.createTable()));
      expect(outcomes).toEqual(all.map(() => ({ status: 'fulfilled', value: undefined })));
      await works(all[0]!);
      await Promise.all(all.map((sessions) => sessions.close()));
      await dropTable(name, store.options.database as string);
    }
    await store.dispose();
  });

  test("Django's own table is left alone, and Django takes ours for its own", async () => {
    const store = await makeStore(name);
    const python = djangoPython('52');
    if (store === undefined || python === undefined) return;
    const sessions = createSessions(store.options);
    const django = await startDjango(python, store);
    await sessions.createTable();
    await works(sessions);
    await Promise.all([django.close(), sessions.close()]);
    await store.dispose();
  });
});

test('PostgreSQL: a role that may read and write the table and make none', async () => {
  const store = await makeStore('db on PostgreSQL');
  if (store === undefined) return;
  const url = store.options.database as string;
  const owner = createSessions(store.options);
  await owner.createTable();
  const role = `${new URL(url).pathname.slice(1)}_app`;
  const client = new Client(url);
  await client.connect();
  await client.query(`create role ${role} login`);
  await client.query('revoke create on schema public from public');
  await client.query(`grant select, insert, update, delete on django_session to ${role}`);
  const sessions = createSessions({ ...store.options, database: url.replace('postgres@', `${role}@`) });
  await sessions.createTable();
  await works(sessions);
  await Promise.all([sessions.close(), owner.close()]);
  await client.query(`drop owned by ${role}`);
  await client.query(`drop role ${role}`);
  await client.end();
  await store.dispose();
});

test('PostgreSQL: a role that may make no table, and there is none, is refused with that reason', async () => {
  const store = await makeStore('db on PostgreSQL');
  if (store === undefined) return;
  const url = store.options.database as string;
  const role = `${new URL(url).pathname.slice(1)}_none`;
  const client = new Client(url);
  await client.connect();
  await client.query(`create role ${role} login`);
  await client.query('revoke create on schema public from public');
  const sessions = createSessions({ ...store.options, database: url.replace('postgres@', `${role}@`) });
  await expect(sessions.createTable()).rejects.toMatchObject({ code: '42501' });
  await sessions.close();
  await client.query(`drop role ${role}`);
  await client.end();
  await store.dispose();
});

test('MySQL: a user that may read and write the table and make none', async () => {
  const store = await makeStore('db on MySQL');
  if (store === undefined) return;
  const url = store.options.database as string;
  const owner = createSessions(store.options);
  await owner.createTable();
  const name = `${new URL(url).pathname.slice(1)}_u`;
  const client = await createConnection(url);
  await client.query(`create user '${name}'@'127.0.0.1', '${name}'@'localhost'`);
  for (const host of ['127.0.0.1', 'localhost'])
    await client.query(`grant select, insert, update, delete on django_session to '${name}'@'${host}'`);
  const sessions = createSessions({ ...store.options, database: url.replace('root@', `${name}@`) });
  await sessions.createTable();
  await works(sessions);
  await Promise.all([sessions.close(), owner.close()]);
  await client.query(`drop user '${name}'@'127.0.0.1', '${name}'@'localhost'`);
  await client.end();
  await store.dispose();
});

async function dropTable(name: (typeof DATABASES)[number], url: string): Promise<void> {
  const drop = 'drop table django_session';
  if (name === 'db on SQLite') {
    const database = new DatabaseSync(url);
    database.exec(drop);
    return database.close();
  }
  if (name === 'db on PostgreSQL') {
    const client = new Client(url);
    await client.connect();
    await client.query(drop);
    return client.end();
  }
  const client = await createConnection(url);
  await client.query(drop);
  return client.end();
}
