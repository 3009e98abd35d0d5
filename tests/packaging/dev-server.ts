/** A real app of a framework on its own dev server, with the package as it is published, and what its log holds. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { ExchangeFinished, OperationRecorded, SessionscopeEvent } from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { Jar } from '../adapters/conformance/running.ts';
import { until } from '../browsers/until.ts';
import { writeAll } from './forms-app.ts';
import { cleanEnvironment, installLocked, mustRun } from './packed.ts';

export interface DevServerOptions {
  /** The folder with its lock file. */
  lock: 'astro' | 'nest' | 'next' | 'next-server' | 'nitro' | 'nuxt' | 'passport' | 'react-router';
  /** The app's files, by path. One of them answers `/api/log` with what `LOG` gives. */
  files: Readonly<Record<string, string>>;
  /** A program below the app's folder and its arguments, run before the server starts. */
  build?: readonly [path: string, ...args: string[]];
  /** The server's: a program below the app's folder and its arguments. The port is in the environment too, as `PORT`. */
  program: (port: string) => readonly [path: string, ...args: string[]];
  environment?: Readonly<Record<string, string>>;
  /** What it prints when a request may come. */
  ready: RegExp;
}

/** An expression: the events of the process. */
export const EVENTS = `globalThis[Symbol.for('sessionscope.companion')].log.read(
    null, { all: true, sessions: new Set(), exchanges: new Set() }, 10_000).events`;
/** The body of a handler: the events of the process, as JSON. */
export const LOG = `return Response.json(${EVENTS});`;

export interface DevServer extends AsyncDisposable {
  readonly folder: string;
  readonly origin: string;
  /** Of the process that was started. */
  readonly pid: number;
  /** Asks with the cookies that were set. */
  ask(path: string, init?: RequestInit): Promise<{ headers: Headers; body: string }>;
  /** The cookies that were set, as the header that would send them. */
  cookies(): Readonly<Record<string, string>>;
  events(): Promise<SessionscopeEvent[]>;
  /** Ends the process and starts it again, at the same address. */
  restart(): Promise<void>;
  /** All that it has printed. */
  printed(): string;
  /** Saves files of the app until it is seen that they were loaded. */
  edit(files: Readonly<Record<string, string>>, isSeen: () => Promise<boolean>): Promise<void>;
  /** Of the last request for a path. */
  exchangeOf(path: string): Promise<{ operations: OperationRecorded[]; finished: ExchangeFinished }>;
}

/** A port that is free now. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { lock, files, build, program, environment = {}, ready } = options;
  const folder = installLocked(lock);
  for (const part of ['package.json', 'dist'])
    cpSync(join(ROOT, 'server-companion', 'node', part), join(folder, 'node_modules', 'sessionscope', part), {
      recursive: true,
    });
  writeAll(folder, files);
  if (build !== undefined) mustRun(process.execPath, build, { cwd: folder });
  return startServer({
    folder,
    command: (port) => [process.execPath, ...program(port)],
    environment: {
      NODE_ENV: 'development',
      NEXT_TELEMETRY_DISABLED: '1',
      NUXT_TELEMETRY_DISABLED: '1',
      ...environment,
    },
    ready,
  });
}

export interface ServerOptions {
  folder: string;
  command: (port: string) => readonly [program: string, ...args: string[]];
  environment: Readonly<Record<string, string>>;
  ready: RegExp;
}

/** A server in a process group of its own. It is there once it has printed what `ready` says. */
export async function startServer({ folder, command, environment, ready }: ServerOptions): Promise<DevServer> {
  const port = await freePort();
  const [program, ...args] = command(port);
  let everPrinted = '';
  const start = async () => {
    const server = spawn(program, args, {
      cwd: folder,
      // What it starts ends with it.
      detached: true,
      env: { ...cleanEnvironment(), XDG_STATE_HOME: join(folder, 'state'), PORT: port, ...environment },
    });
    let printed = '';
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        everPrinted += stripVTControlCharacters(chunk.toString());
      });
    try {
      await until(
        () => {
          if (server.exitCode !== null) throw new Error('It ended.');
          return ready.test(stripVTControlCharacters(printed));
        },
        `${program} ${args.join(' ')} (${ready})`,
      );
    } catch (error) {
      await end(server);
      throw new Error(`It printed: ${printed}`, { cause: error });
    }
    return server;
  };
  return devServer(folder, `http://127.0.0.1:${port}`, await start(), start, () => everPrinted);
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  process.kill(-server.pid!, 'SIGTERM');
  await once(server, 'exit');
}

function devServer(
  folder: string,
  origin: string,
  first: ChildProcess,
  start: () => Promise<ChildProcess>,
  printed: () => string,
): DevServer {
  let server = first;
  const jar = new Jar();
  const ask: DevServer['ask'] = async (path, init = {}) => {
    const response = await fetch(origin + path, {
      redirect: 'manual',
      ...init,
      headers: { origin, ...jar.headers, ...init.headers },
    });
    const lines = response.headers.getSetCookie();
    jar.keep({ status: response.status, body: '', headers: lines.map((line) => ['set-cookie', line]) });
    return { headers: response.headers, body: await response.text() };
  };
  const events: DevServer['events'] = async () => JSON.parse((await ask('/api/log')).body) as SessionscopeEvent[];
  return {
    folder,
    origin,
    get pid() {
      return server.pid!;
    },
    printed,
    ask,
    cookies: () => jar.headers,
    events,
    async restart() {
      await end(server);
      server = await start();
    },
    async edit(files, isSeen) {
      let asked = 0;
      await until(() => {
        // A watcher may miss a file that is written again at once: it is saved once more, as a developer would.
        if (asked++ % 20 === 0) writeAll(folder, files);
        return isSeen();
      }, 'the edit');
    },
    exchangeOf: (path) =>
      until(async () => {
        const all = await events();
        const started = all.findLast((event) => event.type === 'exchange-started' && event.path === path);
        const ofIt = all.filter(
          (event) => 'exchange' in event && event.exchange === (started as { exchange: string }).exchange,
        );
        const finished = ofIt.find((event): event is ExchangeFinished => event.type === 'exchange-finished');
        return (
          finished && {
            finished,
            operations: ofIt.filter((event): event is OperationRecorded => event.type === 'operation-recorded'),
          }
        );
      }, `the end of ${path}`),
    [Symbol.asyncDispose]: () => end(server),
  };
}

/** Each operation with its nearest line. */
export const linesOf = (operations: readonly OperationRecorded[]): string[] =>
  operations.map(({ operation, source }) => `${operation} ${source?.frames[0]?.file}:${source?.frames[0]?.line}`);
