/** `app.ts` in a process: started, asked, killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../browsers/until.ts';

const APP = fileURLToPath(new URL('app.ts', import.meta.url));

export interface AppProcess extends AsyncDisposable {
  readonly port: number;
  readonly origin: string;
  readonly child: ChildProcess;
  /** What it has written to the terminal. */
  terminal(): string;
  /** Ends it by a signal; resolves with its exit code or the signal, once it has gone. */
  end(signal: NodeJS.Signals): Promise<number | string | null>;
  /** Starts it again, on the same port, with the same state directory. */
  start(): Promise<void>;
}

export interface ProcessOptions {
  env?: Record<string, string>;
  /** Options of `node`, before the file. */
  node?: string[];
  file?: string;
}

export async function startApp({ env = {}, node = [], file = APP }: ProcessOptions = {}): Promise<AppProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'sessionscope-state-'));
  let child: ChildProcess;
  let output = '';
  let port = 0;

  async function start(): Promise<void> {
    const from = output.length;
    const started = spawn(process.execPath, [...node, file], {
      env: {
        ...process.env,
        NODE_ENV: 'development',
        NODE_NO_WARNINGS: '1',
        XDG_STATE_HOME: directory,
        PORT: String(port),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (data: Buffer) => void (output += data.toString()));
    port = await until(() => {
      if (started.exitCode !== null) throw new Error(`the app ended: ${output.slice(from)}`);
      return Number(/listening on (\d+)/.exec(output.slice(from))?.[1]);
    }, 'the app');
  }

  async function end(signal: NodeJS.Signals): Promise<number | string | null> {
    const ending = child;
    if (ending.exitCode === null && ending.signalCode === null) {
      const ended = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill(signal);
      await ended;
    }
    return ending.exitCode ?? ending.signalCode;
  }

  await start();
  return {
    get port() {
      return port;
    },
    get origin() {
      return `http://127.0.0.1:${port}`;
    },
    get child() {
      return child;
    },
    terminal: () => output,
    end,
    start,
    async [Symbol.asyncDispose]() {
      // A watcher that is killed leaves the process that it started behind; asked to end, it ends that one too.
      await end(node.includes('--watch') ? 'SIGTERM' : 'SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
