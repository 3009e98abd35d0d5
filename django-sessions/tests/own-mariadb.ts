/** A MariaDB server of the test's own, for settings that a shared server must not get. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';

export interface OwnMariaDb {
  /** `mysql://…` of an empty database. */
  url: string;
  close(): Promise<void>;
}

const START_LIMIT_MS = 30_000;

/** `undefined`: MariaDB's server is not installed here. The reason is printed. */
export async function startMariaDb(sqlMode: string): Promise<OwnMariaDb | undefined> {
  const isInstalled = ['mariadbd', 'mariadb-install-db'].every(
    (name) => spawnSync(name, ['--help'], { stdio: 'ignore' }).error === undefined,
  );
  if (!isInstalled) {
    const reason = `mariadbd and mariadb-install-db are not on the PATH.`;
    if (process.env['SESSIONSCOPE_REQUIRE_SERVICES'] === '1') throw new Error(reason);
    console.warn(`Not run: tests with a MariaDB server in sql_mode ${sqlMode}. ${reason}`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'django-sessions-mariadb-'));
  const shared = ['--no-defaults', `--datadir=${join(folder, 'data')}`, `--user=${userInfo().username}`];
  await promisify(execFile)('mariadb-install-db', [...shared, '--auth-root-authentication-method=normal']);
  const port = await freePort();
  const server = spawn(
    'mariadbd',
    [
      ...shared,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--sql-mode=${sqlMode}`,
      '--innodb-buffer-pool-size=16M',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const connection = await connect(`mysql://root@127.0.0.1:${port}/`);
  await connection.query('create database sessions');
  await connection.end();
  return {
    url: `mysql://root@127.0.0.1:${port}/sessions`,
    async close() {
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function connect(url: string) {
  const until = Date.now() + START_LIMIT_MS;
  for (;;)
    try {
      return await createConnection(url);
    } catch (error) {
      if (Date.now() > until) throw error;
      await wait(100);
    }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
