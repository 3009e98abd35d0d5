/** An app under test in a process of its own, raised once for many programs, and what it reports after each command. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../scripts/project.ts';
import { type Act, engineOf, familyOf, type Library } from './programs.ts';
import type { Dump } from './values.ts';

/** What the servers of one program are set to. */
export interface AppSettings {
  servers: number;
  options: Record<string, boolean | number>;
}

/** Where one server listens, and which epoch its companion has. */
export interface OpenServer {
  port: number;
  epoch: string;
}

/** One record as the store holds it, decoded by the app under test's own means. */
export interface StoredRecord {
  /** As it lies in the store, to be compared. */
  raw: string;
  bytes: number;
  /** `null`: cannot be decoded. */
  content: Dump | null;
  /** Epoch ms; `null`: never by itself; absent: the store keeps no end. */
  expiresAt?: number | null;
}

/** What an app reports of one request, and of its stores, after each command. */
export interface Report {
  /** The session in memory; absent: not loaded, or there is none. */
  memory?: Dump;
  /** What the library would store of it. */
  asStored?: Dump;
  key?: string | null;
  /** Epoch ms at which the session in memory ends by itself, were it written now; `null`: never; absent: no session. */
  sessionEnd?: number | null;
  /** By server, by session key. */
  records: Record<string, StoredRecord>[];
  /** By server: the number of the newest event that its companion has recorded. Says how far to read, and nothing else. */
  seqs: number[];
  /** Of the act: where in the app's file it was done. */
  line?: number;
  error?: string;
}

export interface AppProcess extends AsyncDisposable {
  readonly library: Library;
  open(settings: AppSettings): Promise<OpenServer[]>;
  arrived(request: number): Promise<Report>;
  /** One after the other. */
  act(acts: readonly { request: number; act: Act }[]): Promise<Report[]>;
  /** Lets the handler answer; resolves at once. */
  end(request: number, status: number): Promise<void>;
  look(request: number): Promise<Report>;
  restart(server: number): Promise<OpenServer>;
  /** What was written to the terminal: pairing codes stand there. */
  terminal(): string;
}

export const DJANGO_PYTHON = join(ROOT, '.venv', 'django52', 'bin', 'python');
const APPS = join(import.meta.dirname, 'apps');
/** `--expose-internals`: the observer looks behind proxies without asking them. */
const NODE = ['--expose-internals', '--no-warnings'];

/** Why a library's programs cannot run on this machine; `undefined`: they can. */
export const whyNot = (library: Library): string | undefined =>
  familyOf(library) === 'django' && !existsSync(DJANGO_PYTHON)
    ? `Python with Django 5.2 was not found (${DJANGO_PYTHON})`
    : undefined;

function commandOf(library: Library, directory: string): [string, string[]] {
  const engine = engineOf(library);
  if (familyOf(library) === 'django') return [DJANGO_PYTHON, ['-u', join(APPS, 'django_app.py'), engine, directory]];
  return [process.execPath, [...NODE, join(APPS, `${familyOf(library)}-app.ts`), engine, directory]];
}

/** No answer after this: the app hangs, and the program with it. */
const ANSWER_MS = 120_000;

export async function startApp(library: Library): Promise<AppProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'sessionscope-oracle-'));
  const [command, args] = commandOf(library, directory);
  const child: ChildProcess = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'development', XDG_STATE_HOME: directory, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let terminal = '';
  child.stderr!.on('data', (data: Buffer) => {
    terminal = (terminal + data.toString()).slice(-100_000);
  });
  const answers: ((text: string | undefined) => void)[] = [];
  createInterface({ input: child.stdout! }).on('line', (text) => answers.shift()?.(text));
  const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void over.then(() => answers.splice(0).forEach((answer) => answer(undefined)));

  async function ask<T>(question: object): Promise<T> {
    if (child.exitCode !== null) throw new Error(`the app under test ended:\n${terminal.slice(-4_000)}`);
    const text = await new Promise<string | undefined>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no answer to ${JSON.stringify(question)}:\n${terminal.slice(-4_000)}`)),
        ANSWER_MS,
      );
      answers.push((answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      child.stdin!.write(`${JSON.stringify(question)}\n`);
    });
    if (text === undefined) throw new Error(`the app under test ended:\n${terminal.slice(-4_000)}`);
    const answer = JSON.parse(text) as T & { fault?: string };
    if (answer.fault !== undefined) throw new Error(`the app under test failed: ${answer.fault}`);
    return answer;
  }

  return {
    library,
    open: async (settings) => (await ask<{ servers: OpenServer[] }>({ do: 'open', settings })).servers,
    arrived: (request) => ask({ do: 'arrived', request }),
    act: async (acts) => (await ask<{ reports: Report[] }>({ do: 'acts', acts })).reports,
    end: (request, status) => ask({ do: 'end', request, status }),
    look: (request) => ask({ do: 'look', request }),
    restart: (server) => ask({ do: 'restart', server }),
    terminal: () => terminal,
    async [Symbol.asyncDispose]() {
      child.stdin!.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await over;
      clearTimeout(timer);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
