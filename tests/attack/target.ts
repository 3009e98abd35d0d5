/** A server under attack, and what an attacker may have: its two listeners, a browser's cookie, a pairing of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import { ROOT } from '../../scripts/project.ts';
import { HOSTS } from '../django-sessions/hosts.ts';
import { registryAnswers } from '../packaging/packed.ts';
import { challenge, type HelloWithNonce, proofHeader } from '../reliability/proof-client.ts';
import { exchangeHttp2 } from './raw-http2.ts';
import { bytesOf, exchange, parseAnswer, type RawAnswer, type RawRequest, utf8 } from './raw-http.ts';

export const ENDPOINT = '/__sessionscope__';
/** As the published extension's pages send it. */
export const EXTENSION_ORIGIN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;

export type Listener = 'app' | 'direct';

export interface Cookie {
  name: string;
  value: string;
}

export interface Browser {
  /** Of its session: more than one where the signature has a cookie of its own. */
  cookies: readonly Cookie[];
  note: string;
  exchange: string;
}

/** As much of an operation as is read here. */
export interface Operation {
  type: string;
  seq: number;
  exchange: string | null;
  /** The session's name. */
  session: string | null;
  after?: unknown;
}

interface Start {
  command: string;
  args: (port: number) => string[];
  env?: Record<string, string>;
}

const PYTHON_BIN = join(ROOT, '.venv', 'django52', 'bin');
const APP = join(ROOT, 'tests', 'attack');
const PYTHON_ENV = { PYTHONPATH: `${join(ROOT, 'server-companion', 'python', 'src')}:${APP}`, PYTHONUNBUFFERED: '1' };

/** Servers of Python, each as its own documentation starts it, by the program that must be installed. */
const PYTHON: Record<string, Start> = {
  'Django runserver': {
    command: join(PYTHON_BIN, 'python'),
    args: (port) => [join(APP, 'django_app.py'), 'runserver', '--noreload', `127.0.0.1:${port}`],
    env: PYTHON_ENV,
  },
  'Django gunicorn': {
    command: join(PYTHON_BIN, 'gunicorn'),
    args: (port) => ['-w', '1', '--threads', '8', '-b', `127.0.0.1:${port}`, 'django_app:wsgi'],
    env: PYTHON_ENV,
  },
  'Django uvicorn': {
    command: join(PYTHON_BIN, 'uvicorn'),
    args: (port) => ['--port', String(port), '--no-access-log', 'django_app:asgi'],
    env: PYTHON_ENV,
  },
  'Django daphne': {
    command: join(PYTHON_BIN, 'daphne'),
    args: (port) => ['-b', '127.0.0.1', '-p', String(port), 'django_app:asgi'],
    env: PYTHON_ENV,
  },
  'Starlette uvicorn': {
    command: join(PYTHON_BIN, 'uvicorn'),
    args: (port) => ['--port', String(port), '--no-access-log', 'python_apps:starlette'],
    env: PYTHON_ENV,
  },
  'Flask run': {
    command: join(PYTHON_BIN, 'flask'),
    args: (port) => ['--app', 'python_apps:flask', 'run', '-p', String(port)],
    env: PYTHON_ENV,
  },
  'Flask gunicorn': {
    command: join(PYTHON_BIN, 'gunicorn'),
    args: (port) => ['-w', '1', '--threads', '8', '-b', `127.0.0.1:${port}`, 'python_apps:flask'],
    env: PYTHON_ENV,
  },
  'Quart hypercorn': {
    command: join(PYTHON_BIN, 'hypercorn'),
    args: (port) => ['-b', `127.0.0.1:${port}`, 'python_apps:quart'],
    env: PYTHON_ENV,
  },
};

/** Before the name of a host that is served over it. */
export const HTTP2 = 'HTTP/2 ';

const nodeHost = (name: string): Start => ({
  command: process.execPath,
  args: () => [join(APP, 'node-app.ts'), name],
  env: { NODE_ENV: 'development', NODE_NO_WARNINGS: '1' },
});

export const NODE_TARGETS: Record<string, Start> = Object.fromEntries(
  [
    'express-session',
    'cookie-session',
    'iron-session',
    'React Router',
    'h3',
    '@fastify/session',
    '@fastify/secure-session',
    'hono-sessions',
    'hono-sessions, store',
    '@hono/session',
    '@hono/session, store',
    'better-auth',
    ...(registryAnswers() ? ['Astro'] : []),
    'koa-session',
    'koa-session, store',
    ...Object.keys(HOSTS),
    `${HTTP2}node:http`,
    `${HTTP2}Koa`,
  ].map((name) => [name, nodeHost(name)]),
);
/** Those that are installed. */
export const PYTHON_TARGETS: Record<string, Start> = Object.fromEntries(
  Object.entries(PYTHON).filter(([, { command }]) => existsSync(command)),
);
export const TARGETS: Record<string, Start> = { ...NODE_TARGETS, ...PYTHON_TARGETS };

export interface Target extends AsyncDisposable {
  readonly name: string;
  readonly ports: Record<Listener, number>;
  readonly app: string;
  /** Of the log, by which a value is asked for. */
  readonly epoch: string;
  /** A browser's first visit, which writes a note of its own into a new session. */
  newBrowser(path?: (note: string) => string): Promise<Browser>;
  /** A page of the app, with cookies. */
  visit(path: string, cookies?: readonly Cookie[]): Promise<RawAnswer>;
  /** What is recorded, as a paired panel is sent it. */
  operations(): Promise<Operation[]>;
  send(listener: Listener, request: RawRequest | string): Promise<RawAnswer>;
  /** A call that the endpoint must take; `proof` of a paired panel where `isPaired`. */
  call(listener: Listener, call: string, body: object, options?: CallOptions): Promise<RawRequest>;
  isAlive(): boolean;
  /** What it wrote to the terminal. */
  terminal(): string;
  /** Whether its companion starts an editor for a paired panel: Python's does not. */
  readonly opensEditor: boolean;
  /** The app's project. */
  readonly directory: string;
  /** What the developer's editor was started with, a line each. */
  editorArguments(): string[];
}

export interface CallOptions {
  isPaired?: boolean;
  origin?: string;
}

/** The cookies that an answer sets, but for those that it takes away. Of two of one name a browser keeps the last. */
export const cookiesOf = ({ setCookies }: RawAnswer): Cookie[] =>
  [...new Map(setCookies.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))]
    .map(([name, value]) => ({ name, value }))
    .filter(({ value }) => value !== '');

export const cookieHeader = (cookies: readonly Cookie[]): string =>
  cookies.map(({ name, value }) => `${name}=${value}`).join('; ');

/** A port that is free now: servers that can't be asked which one they took. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export async function startTarget(name: string): Promise<Target> {
  const { command, args, env } = TARGETS[name]!;
  const directory = mkdtempSync(join(tmpdir(), 'sessionscope-attack-'));
  const sessions = join(directory, 'sessions');
  const project = join(directory, 'project');
  for (const folder of [sessions, project]) mkdirSync(folder);
  const started = join(directory, 'editor-arguments');
  const editor = join(directory, 'editor');
  writeFileSync(editor, `#!/bin/sh\nprintf '%s\\n' "$@" >> '${started}'\n`, { mode: 0o755 });
  const port = await freePort();
  let output = '';
  const child: ChildProcess = spawn(command, args(port), {
    cwd: project,
    env: {
      ...process.env,
      ...env,
      PORT: String(port),
      XDG_STATE_HOME: directory,
      ATTACK_SESSIONS: sessions,
      LAUNCH_EDITOR: editor,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (data: Buffer) => void (output += data.toString()));
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const ports: Record<Listener, number> = { app: port, direct: 0 };

  const send = async (listener: Listener, request: RawRequest | string): Promise<RawAnswer> =>
    typeof request === 'string'
      ? parseAnswer(await exchange(ports[listener], request, false))
      : listener === 'app' && name.startsWith(HTTP2)
        ? exchangeHttp2(ports.app, request)
        : parseAnswer(await exchange(ports[listener], bytesOf(request), true));

  const visit = (path: string, cookies: readonly Cookie[] = []) =>
    send('app', {
      method: 'GET',
      target: path,
      headers: [
        ['Host', `127.0.0.1:${port}`],
        ['Connection', 'close'],
        ...(cookies.length === 0 ? [] : ([['Cookie', cookieHeader(cookies)]] as const)),
      ],
      body: '',
    });

  async function newBrowser(path = (note: string) => `/write/${note}`): Promise<Browser> {
    const note = `canary-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
    const answer = await visit(path(note));
    const cookies = cookiesOf(answer);
    const id = /exchange="([0-9a-f]{32})"/.exec(answer.headers.get('sessionscope') ?? '')?.[1];
    if (id === undefined || cookies.length === 0)
      throw new Error(`${name} does not answer as an observed app:\n${answer.raw}`);
    return { cookies, note, exchange: id };
  }

  let token = '';
  let nonce = '';
  let count = 0;

  async function call(
    listener: Listener,
    callName: string,
    body: object,
    { isPaired = false, origin = EXTENSION_ORIGIN }: CallOptions = {},
  ): Promise<RawRequest> {
    const text = utf8(JSON.stringify(body));
    count += isPaired ? 1 : 0;
    const proof = isPaired
      ? [
          [
            'Sessionscope-Proof',
            proofHeader({ token, nonce, count, call: callName, origin, body: JSON.stringify(body) }),
          ] as const,
        ]
      : [];
    return {
      method: 'POST',
      target: `${ENDPOINT}/v1/${callName}`,
      headers: [
        ['Host', `127.0.0.1:${ports[listener]}`],
        ['Origin', origin],
        ['Content-Type', 'application/json'],
        ['Connection', 'close'],
        ['Content-Length', String(text.length)],
        ...proof,
      ],
      body: text,
    };
  }
  const ask = async <T>(listener: Listener, name: string, body: object): Promise<T> =>
    JSON.parse((await send(listener, await call(listener, name, body))).body) as T;

  async function operations(): Promise<Operation[]> {
    const found: Operation[] = [];
    let after: object | null = null;
    for (let more = true; more;) {
      const body: object = { v: 1, proofs: {}, after, wait: false };
      const answer = await send('direct', await call('direct', 'events', body, { isPaired: true }));
      const events = JSON.parse(answer.body) as { events: Operation[]; next: object; more: boolean };
      found.push(...events.events.filter(({ type }) => type === 'operation-recorded'));
      ({ next: after, more } = events);
    }
    return found;
  }

  async function pair(): Promise<void> {
    await ask('app', 'pair', { v: 1 });
    let code: string | undefined;
    for (let tries = 0; code === undefined && tries < 2_000; tries++) {
      code = /pairing code for .*?: ([A-Z0-9]{8})/.exec(output)?.[1];
      if (code === undefined) await sleep(20);
    }
    ({ token } = await ask<{ token: string }>('app', 'pair', { v: 1, code }));
    nonce = await challenge(token, (body) => ask<HelloWithNonce>('app', 'hello', body));
  }

  try {
    for (let tries = 0; ; tries++) {
      if (!isAlive() || tries > 600) throw new Error(`${name} did not start:\n${output}`);
      if (
        await visit('/').then(
          ({ status }) => status > 0,
          () => false,
        )
      )
        break;
      await sleep(50);
    }
    await newBrowser();
    const hello = await ask<{ app: string; epoch: string; directListener: { origin: string } }>('app', 'hello', {
      versions: [1],
    });
    ports.direct = Number(new URL(hello.directListener.origin).port);
    await pair();
    return {
      name,
      ports,
      app: hello.app,
      epoch: hello.epoch,
      newBrowser,
      operations,
      visit,
      send,
      call,
      isAlive,
      terminal: () => output,
      opensEditor: name in NODE_TARGETS,
      directory: project,
      editorArguments: () => (existsSync(started) ? readFileSync(started, 'utf8').trim().split('\n') : []),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }

  async function dispose(): Promise<void> {
    if (isAlive()) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(directory, { recursive: true, force: true });
  }
}
