/** The demos that `npm start` can show: how each is made ready and served. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from './project.ts';
import { ensurePythonEnvironment, pythonOf } from './python-env.ts';

/** A step that takes its time: a title to show meanwhile, and the work, which throws where it fails. */
export interface Step {
  title: string;
  work(): Promise<void>;
}

export interface Demo {
  /** In a sentence, for the terminal. */
  says: string;
  /** Packages that are built first, as folders. */
  packages: readonly string[];
  /** What else must be there. */
  prepare?: Step;
  /** Serves it on that port, or on a free one where that is taken. */
  serve(port: number): Promise<Served>;
}

export interface Served {
  port: number;
  /** Resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

const DATABASES = join(ROOT, '.tmp');

export const DEMOS = {
  'django-sessions': {
    says: "Django's sessions in TypeScript, on Express and SQLite",
    packages: ['django-sessions', 'server-companion/node'],
    async serve(port) {
      // Imported only now: it needs the packages that were just built.
      const { createDemo } = await import('../playground/django-sessions/demo.ts');
      const { app, close } = await createDemo({ database: databaseOf('demo'), companion: { enabled: true } });
      const served = await listen(createServer(app as RequestListener), port);
      return {
        port: served.port,
        async close() {
          await served.close();
          await close();
        },
      };
    },
  },
  express: {
    says: 'express-session on Express and SQLite',
    packages: ['django-sessions', 'server-companion/node'],
    async serve(port) {
      const { createDemo } = await import('../playground/express/demo.ts');
      const app = createDemo({ database: databaseOf('express'), companion: { enabled: true } });
      return listen(createServer(app as RequestListener), port);
    },
  },
  django: {
    says: 'Django itself, on runserver and SQLite',
    packages: [],
    prepare: {
      title: 'prepare Python with Django 5.2',
      async work() {
        const environment = await ensurePythonEnvironment('52');
        if (!environment.ok) throw new Error(`The Django demo needs Python: ${environment.reason}`);
      },
    },
    serve: serveDjango,
  },
} as const satisfies Record<string, Demo>;

export type DemoName = keyof typeof DEMOS;

/** The one that `npm start` shows without a word more. */
export const DEFAULT_DEMO: DemoName = 'django-sessions';

function databaseOf(name: string): string {
  mkdirSync(DATABASES, { recursive: true });
  return join(DATABASES, `${name}.sqlite3`);
}

/** On the wanted port, or a free one where that is taken. */
async function listen(server: Server, port: number): Promise<Served> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(new Error(`The demo could not start: ${error.message}`));
      return server.listen(0, '127.0.0.1');
    });
    server.once('listening', resolve);
    server.listen(port, '127.0.0.1');
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A child that takes longer than this to end by itself is ended. */
const GRACE_MS = 2_000;

async function serveDjango(port: number): Promise<Served> {
  const child = spawn(
    pythonOf(join(ROOT, '.venv', 'django52')),
    ['-u', 'manage.py', 'demo', '--noreload', `127.0.0.1:${await freePort(port)}`],
    {
      cwd: join(ROOT, 'playground', 'django'),
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', DEMO_DATABASE: databaseOf('django') },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let output = '';
  const found = await new Promise<number | undefined>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        // Its access log from then on is nobody's business here; read, so that the pipe never fills.
        if (output.length < 10_000) output += data.toString();
        const match = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(output);
        if (match !== null) resolve(Number(match[1]));
      });
    void ended.then(() => resolve(undefined));
  });
  if (found === undefined) throw new Error(`The Django demo could not start:\n${output.trim()}`);
  return {
    port: found,
    async close() {
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(timer);
    },
  };
}

/** That port, or another where it is taken: `runserver` would give up. */
async function freePort(port: number): Promise<number> {
  const probe = await listen(createServer(), port);
  await probe.close();
  return probe.port;
}
