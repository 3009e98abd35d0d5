/** The services that back-ends need, each for tests alone: a file, a folder, a key prefix, a schema of its own. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection as mysqlConnection } from 'mysql2/promise';
import { Client } from 'pg';
import type { SessionsOptions } from '../src/sessions.ts';

export const SECRET = 'django-insecure-shared-by-both';

/** Whether something listens there; a service that must be there is an error where it is not. */
export async function hasService(name: string, port: number): Promise<boolean> {
  const answers = await new Promise<boolean>((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => socket.end(() => resolve(true)));
    socket.once('error', () => resolve(false));
  });
  if (answers) return true;
  if (process.env['SESSIONSCOPE_REQUIRE_SERVICES'] === '1') throw new Error(`${name} does not answer on port ${port}.`);
  console.warn(`Not run: tests with ${name}, which does not answer on 127.0.0.1:${port}.`);
  return false;
}

export interface TestStore {
  name: string;
  options: SessionsOptions;
  /** The same store as Django's settings name it: JSON for `tests/python/project.py`. */
  django: Record<string, unknown>;
  dispose(): Promise<void>;
}

/** Names of the back-ends, and of the databases of `db`. */
export const STORE_NAMES = [
  'db on SQLite',
  'db on PostgreSQL',
  'db on MySQL',
  'cache',
  'cached_db',
  'file',
  'signed_cookies',
] as const;
export type StoreName = (typeof STORE_NAMES)[number];

const SERVICES: Partial<Record<StoreName, [string, number]>> = {
  'db on PostgreSQL': ['PostgreSQL', 5432],
  'db on MySQL': ['MariaDB', 3306],
  cache: ['Redis', 6379],
  cached_db: ['Redis', 6379],
};

/** A fresh store; `undefined`: its service does not answer, which has been said. */
export async function makeStore(
  name: StoreName,
  options: Partial<SessionsOptions> = {},
): Promise<TestStore | undefined> {
  const service = SERVICES[name];
  if (service !== undefined && !(await hasService(...service))) return undefined;
  const mark = `ds_${randomBytes(5).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'django-sessions-'));
  const base = { secretKey: SECRET, ...options };
  const removeFolder = async () => rmSync(folder, { recursive: true, force: true });
  const sqlite = join(folder, 'db.sqlite3');
  const cache = { url: 'redis://127.0.0.1:6379/0', keyPrefix: mark };
  const djangoCache = { LOCATION: cache.url, KEY_PREFIX: mark };
  switch (name) {
    case 'db on SQLite':
      return {
        name,
        options: { ...base, engine: 'db', database: sqlite },
        django: { engine: 'db', database: { ENGINE: 'django.db.backends.sqlite3', NAME: sqlite } },
        dispose: removeFolder,
      };
    case 'db on PostgreSQL': {
      const client = new Client('postgres://postgres@127.0.0.1:5432/test');
      await client.connect();
      await client.query(`create database ${mark}`);
      const server = { USER: 'postgres', HOST: '127.0.0.1', PORT: 5432 };
      return {
        name,
        options: { ...base, engine: 'db', database: `postgres://postgres@127.0.0.1:5432/${mark}` },
        django: { engine: 'db', database: { ENGINE: 'django.db.backends.postgresql', NAME: mark, ...server } },
        async dispose() {
          await client.query(`drop database if exists ${mark} with (force)`);
          await client.end();
          await removeFolder();
        },
      };
    }
    case 'db on MySQL': {
      const client = await mysqlConnection('mysql://root@127.0.0.1:3306/test');
      await client.query(`create database ${mark}`);
      return {
        name,
        options: { ...base, engine: 'db', database: `mysql://root@127.0.0.1:3306/${mark}` },
        django: {
          engine: 'db',
          database: { ENGINE: 'django.db.backends.mysql', NAME: mark, USER: 'root', HOST: '127.0.0.1', PORT: 3306 },
        },
        async dispose() {
          await client.query(`drop database if exists ${mark}`);
          await client.end();
          await removeFolder();
        },
      };
    }
    case 'cache':
      return {
        name,
        options: { ...base, engine: 'cache', cache },
        django: { engine: 'cache', cache: djangoCache },
        dispose: removeFolder,
      };
    case 'cached_db':
      return {
        name,
        options: { ...base, engine: 'cached_db', database: sqlite, cache },
        django: {
          engine: 'cached_db',
          database: { ENGINE: 'django.db.backends.sqlite3', NAME: sqlite },
          cache: djangoCache,
        },
        dispose: removeFolder,
      };
    case 'file':
      return {
        name,
        options: { ...base, engine: 'file', filePath: folder },
        django: { engine: 'file', file_path: folder },
        dispose: removeFolder,
      };
    case 'signed_cookies':
      return {
        name,
        options: { ...base, engine: 'signed_cookies' },
        django: { engine: 'signed_cookies' },
        dispose: removeFolder,
      };
  }
}
