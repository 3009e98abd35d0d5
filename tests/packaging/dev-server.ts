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
import { installLocked } from './packed.ts';

export interface DevServerOptions {
  /** The folder with its lock file. */
  lock: 'next' | 'nitro' | 'react-router';
  /** The app's files, by path. One of them answers `/api/log` with what `LOG` gives. */
  files: Readonly<Record<string, string>>;
  /** The framework's program in its package, and its arguments before the port. */
  program: readonly [path: string, ...args: string[]];
  /** What it prints when a request may come. */
  ready: RegExp;
}

/** The body of a handler: the events of the process, as JSON. */
export const LOG = `const viewer = { all: true, sessions: new Set(), exchanges: new Set() };
  return Response.json(globalThis[Symbol.for('sessionscope.companion')].log.read(null, viewer, 10_000).events);`;

export interface DevServer extends AsyncDisposable {
  readonly folder: string;
  /** Asks with the cookies that were set. */
  ask(path: string, init?: RequestInit): Promise<{ headers: Headers; body: string }>;
  events(): Promise<SessionscopeEvent[]>;
  /** Saves files of the app until it is seen that they were loaded. */
  edit(files: Readonly<Record<string, string>>, isSeen: () => Promise<boolean>): Promise<void>;
  /** Of the last request for a path. */
  exchangeOf(path: string): Promise<{ operations: OperationRecorded[]; finished: ExchangeFinished }>;
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function startDevServer({ lock, files, program, ready }: DevServerOptions): Promise<DevServer> {
  const folder = installLocked(lock);
  for (const part of ['package.json', 'dist'])
    cpSync(join(ROOT, 'server-companion', 'node', part), join(folder, 'node_modules', 'sessionscope', part), {
      recursive: true,
    });
  writeAll(folder, files);
  const origin = `http://127.0.0.1:${await freePort()}`;
  const [path, ...args] = program;
  const server = spawn(
    process.execPath,
    [join(folder, 'node_modules', path), ...args, '--port', new URL(origin).port],
    {
      cwd: folder,
      // A group of its own: what it starts ends with it.
      detached: true,
      env: {
        ...process.env,
        NODE_ENV: 'development',
        NEXT_TELEMETRY_DISABLED: '1',
        XDG_STATE_HOME: join(folder, 'state'),
      },
    },
  );
  let printed = '';
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk: Buffer) => void (printed += chunk.toString()));
  await until(() => {
    if (server.exitCode !== null) throw new Error(`It ended: ${printed}`);
    return ready.test(stripVTControlCharacters(printed));
  }, `${lock} (${ready})`);
  return devServer(folder, origin, server);
}

function devServer(folder: string, origin: string, server: ChildProcess): DevServer {
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
    ask,
    events,
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
    async [Symbol.asyncDispose]() {
      if (server.exitCode !== null) return;
      process.kill(-server.pid!, 'SIGTERM');
      await once(server, 'exit');
    },
  };
}

/** Each operation with its nearest line. */
export const linesOf = (operations: readonly OperationRecorded[]): string[] =>
  operations.map(({ operation, source }) => `${operation} ${source?.frames[0]?.file}:${source?.frames[0]?.line}`);
