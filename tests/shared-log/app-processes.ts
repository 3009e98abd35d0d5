/** Real servers in processes of their own that share a log: Node's app beside this file, and Django's of the companion's tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import type { HelloAnswer, SessionscopeEvent } from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { until } from '../browsers/until.ts';
import { DJANGO_PYTHON } from '../django/django-demo.ts';
import { call, inApp, pairWith } from '../reliability/panel-client.ts';
import { forgetLog, REDIS } from './rig.ts';

export interface SharingServer {
  readonly origin: string;
  readonly child: ChildProcess;
  /** What it has written to the terminal. */
  terminal(): string;
  hello(): Promise<HelloAnswer>;
  /** The whole log, as the direct listener of one process shows it; `at`: which, default: whoever answers. */
  events(proofs: object, token?: string, at?: HelloAnswer): Promise<SessionscopeEvent[]>;
}

/** One project: a state folder and a root that its servers share. */
export interface SharingProject extends AsyncDisposable {
  startNode(env?: Record<string, string>): Promise<SharingServer>;
  startDjango(): Promise<SharingServer>;
  /** Until all write one log; gives its epoch. */
  share(...servers: SharingServer[]): Promise<string>;
  /** Pairs a panel with the project. */
  pair(server: SharingServer): Promise<string>;
}

/** The secret of the companion's Django project. */
const SECRET = 'a secret of the tests, and of nothing else';
const ORIGIN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;
const PYTHON = join(ROOT, 'server-companion', 'python');

/** On a connection of its own: a primary hands them out in turn. With a body: a panel's call. */
export const get = (url: string, cookie = '', body?: object): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const headers = {
      ...(cookie === '' ? {} : { cookie }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', origin: ORIGIN }),
    };
    const asked = request(url, { agent: false, method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        const set = response.headers['set-cookie']?.at(-1)?.split(';')[0];
        resolve({ status: response.statusCode!, headers: response.headers, cookie: set ?? cookie, text });
      });
    });
    asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });

interface Reply {
  status: number;
  headers: Record<string, unknown>;
  /** What a browser would send from now on. */
  cookie: string;
  text: string;
}

export function createProject(): SharingProject {
  const folder = mkdtempSync(join(tmpdir(), 'sessionscope-shared-'));
  const [root, sessions] = [join(folder, 'project'), join(folder, 'sessions')];
  for (const made of [root, sessions]) mkdirSync(made);
  const children: ChildProcess[] = [];
  let app: string | undefined;

  async function start(
    file: string,
    args: string[],
    env: Record<string, string>,
    listening: RegExp,
    cwd: string,
  ): Promise<SharingServer> {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, XDG_STATE_HOME: join(folder, 'state'), SHARED_ROOT: root, SECRET, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    const port = await until(() => {
      if (child.exitCode !== null) throw new Error(`it ended: ${output}`);
      return listening.exec(output)?.[1];
    }, 'the server');
    const origin = `http://127.0.0.1:${port}`;
    const hello = async () => {
      const { text } = await get(`${inApp(origin)}/v1/hello`, '', { versions: [1] });
      const answer = JSON.parse(text) as HelloAnswer;
      ({ app } = answer);
      return answer;
    };
    return {
      origin,
      child,
      terminal: () => output,
      hello,
      async events(proofs, token, at) {
        const { directListener } = at ?? (await hello());
        const events: SessionscopeEvent[] = [];
        for (let after: unknown = null; ;) {
          const body = { v: 1, proofs, after, wait: false };
          const answer = await call<{ events: SessionscopeEvent[]; next: unknown; more: boolean }>(
            directListener!.origin + directListener!.path,
            'events',
            body,
            token,
          );
          events.push(...answer.events);
          if (!answer.more) return events;
          after = answer.next;
        }
      },
    };
  }

  return {
    startNode: (env = {}) =>
      start(
        process.execPath,
        [join(ROOT, 'tests/shared-log/shared-app.ts')],
        { NODE_ENV: 'development', NODE_NO_WARNINGS: '1', SHARED_LOG: REDIS, PORT: '0', ...env },
        /listening on (\d+)/,
        root,
      ),
    startDjango: () =>
      start(
        DJANGO_PYTHON,
        ['-m', 'gunicorn', '--bind', '127.0.0.1:0', 'project.wsgi'],
        {
          PYTHONPATH: [join(PYTHON, 'src'), join(PYTHON, 'tests')].join(delimiter),
          PYTHONDONTWRITEBYTECODE: '1',
          DJANGO_SETTINGS_MODULE: 'project.settings',
          TEST_SHARED_LOG: REDIS,
          TEST_ROOT: root,
          TEST_SESSION_ENGINE: 'django.contrib.sessions.backends.file',
          TEST_SESSION_FILE_PATH: sessions,
        },
        /Listening at: http:\/\/127\.0\.0\.1:(\d+)/,
        join(PYTHON, 'tests'),
      ),
    share: (...servers) =>
      until(async () => {
        const epochs = new Set<string>();
        for (const server of servers) {
          // The companion is there with the first request.
          await get(`${server.origin}/untouched/`);
          epochs.add((await server.hello()).epoch);
        }
        return epochs.size === 1 ? [...epochs][0] : undefined;
      }, 'one log'),
    pair: (server) => pairWith(inApp(server.origin), server.terminal),
    async [Symbol.asyncDispose]() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
      }
      if (app !== undefined) await forgetLog(app);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where the sessions of `startDjango` are: for a Node process that is to have the same. */
export const DJANGO_SESSIONS = '../sessions';
