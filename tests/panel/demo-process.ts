/** An app of the playground in a process of its own, with companion: to be restarted and killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/project.ts';
import { until } from '../browsers/until.ts';

export interface DemoProcess extends AsyncDisposable {
  origin: string;
  /** Ends it at once, as a crash would, and waits until it has gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the same records: a new epoch. */
  start(): Promise<void>;
  /** Stops it, as a breakpoint does: its connections stay open. */
  halt(): void;
  /** It goes on. */
  resume(): void;
  /** What it has written to the terminal. */
  terminal(): string;
}

export interface DemoProcessOptions {
  /** Below `playground/`. Default: the demo. */
  script?: string;
  env?: Record<string, string>;
}

/** Starts it on a free port, with its records and its state in a folder that goes with it. */
export async function startDemo({
  script = 'express/main.ts',
  env = {},
}: DemoProcessOptions = {}): Promise<DemoProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'sessionscope-demo-'));
  let child: ChildProcess | undefined;
  let output = '';
  let port = '0';

  async function start(): Promise<void> {
    let own = '';
    child = spawn(process.execPath, [script, port], {
      // The project that the companion names, and the root of its sources.
      cwd: join(ROOT, 'playground'),
      env: {
        ...process.env,
        NODE_ENV: 'development',
        XDG_STATE_HOME: directory,
        DEMO_DATABASE: join(directory, 'sessions.sqlite3'),
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
    }, 'the demo');
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
    kill,
    start,
    halt: () => void child!.kill('SIGSTOP'),
    resume: () => void child!.kill('SIGCONT'),
    terminal: () => output,
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
