/** The Django demo in a process of its own, on real Django: the judge of the companion for Django. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { until } from '../browsers/until.ts';

export const DJANGO_PYTHON = join(ROOT, '.venv', 'django52', 'bin', 'python');

/** Whether there is no environment to run Django in, and that is no failure. */
export const lacksDjango = !existsSync(DJANGO_PYTHON) && process.env['SESSIONSCOPE_REQUIRE_PYTHON'] !== '1';

/** `describe` for tests on real Django: skipped, and so reported at the end, where it is not installed. */
export const describeOnDjango = describe.skipIf(lacksDjango);

export interface DjangoDemo extends AsyncDisposable {
  origin: string;
  /** What it has written to the terminal. */
  terminal(): string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the same records. */
  start(): Promise<void>;
}

/** Starts it with `runserver` on a free port, its records and its state in a folder that goes with it. */
export async function startDjangoDemo(env: Record<string, string> = {}): Promise<DjangoDemo> {
  const directory = mkdtempSync(join(tmpdir(), 'sessionscope-django-'));
  let child: ChildProcess | undefined;
  let output = '';
  let port = '0';

  async function start(): Promise<void> {
    let own = '';
    child = spawn(DJANGO_PYTHON, ['-u', 'manage.py', 'demo', '--noreload', `127.0.0.1:${port}`], {
      cwd: join(ROOT, 'playground', 'django'),
      env: {
        ...process.env,
        PYTHONDONTWRITEBYTECODE: '1',
        XDG_STATE_HOME: directory,
        DEMO_DATABASE: join(directory, 'demo.sqlite3'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (data: Buffer) => {
        own += data.toString();
        output += data.toString();
      });
    const running = child;
    port = await until(() => {
      if (running.exitCode !== null) throw new Error(`the demo ended: ${own}`);
      return /http:\/\/127\.0\.0\.1:(\d+)\//.exec(own)?.[1];
    }, 'the Django demo');
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child!.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  await start();
  return {
    get origin() {
      return `http://127.0.0.1:${port}`;
    },
    terminal: () => output,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
