/** The conformance runner against our own companions, where all passes, and against endpoints that do one thing wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import { checkConformance, type Outcome } from '../../server-companion/node/src/cli/conform/conform.ts';
import { DJANGO_PYTHON, describeOnDjango, startDjangoDemo } from '../django/django-demo.ts';
import { ROOT } from '../../scripts/project.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

const failures = (outcomes: readonly Outcome[]) =>
  outcomes.flatMap(({ name, result }) => (result.kind === 'ok' ? [] : [`${name}: ${result.text}`]));

let demo: DemoProcess;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo?.[Symbol.asyncDispose]());

test.each([
  ['express-session', 'express/main.ts'],
  ['@sessionscope/django-sessions', 'django-sessions/main.ts'],
])('%s conforms', async (_library, script) => {
  await using server = await startDemo({ script });
  expect(failures(await checkConformance(`${server.origin}/set_session/`))).toEqual([]);
});

describeOnDjango('the companion for Python', () => {
  test('Django conforms', async () => {
    await using server = await startDjangoDemo();
    expect(failures(await checkConformance(`${server.origin}/set_session/`))).toEqual([]);
  });

  test.each([
    ['Flask', 'playground/flask', ['-m', 'flask', '--app', 'main', 'run', '--debug', '--no-reload', '--port', '0']],
    ['Starlette', 'playground/starlette', ['-m', 'uvicorn', 'main:app', '--port', '0']],
    ['Quart', 'tests/attack', ['-m', 'hypercorn', '--bind', '127.0.0.1:0', 'python_apps:quart']],
  ])('%s conforms', async (library, folder, words) => {
    await using server = await startPython(folder, words);
    const page = library === 'Quart' ? 'login/note' : 'login';
    expect(failures(await checkConformance(`${server.origin}/${page}`))).toEqual([]);
  });
});

/** An app in Python, on a free port. */
async function startPython(folder: string, words: string[]) {
  const state = mkdtempSync(join(tmpdir(), 'sessionscope-conform-'));
  const child = spawn(DJANGO_PYTHON, words, {
    cwd: join(ROOT, folder),
    env: {
      ...process.env,
      PYTHONPATH: join(ROOT, 'server-companion', 'python', 'src'),
      PYTHONDONTWRITEBYTECODE: '1',
      XDG_STATE_HOME: state,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += String(part)));
  const origin = await until(() => {
    if (child.exitCode !== null) throw new Error(output);
    return /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
  }, `the app in ${folder}`);
  return {
    origin,
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'exit');
      rmSync(state, { recursive: true, force: true });
    },
  };
}

test('an app without a companion: the first check says so, the others that they could not be run', async () => {
  const server = createServer((_request, response) => response.end('page'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const outcomes = await checkConformance(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  server.close();
  expect(outcomes[0]!.result).toMatchObject({ kind: 'failed', text: /without the header Sessionscope/ });
  expect(outcomes.slice(1).every(({ result }) => result.kind === 'skipped')).toBe(true);
});

const KNOWN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;

/** What a broken endpoint makes of a request, and of the answer to it. */
interface Fault {
  ask?: (asked: Asked) => void;
  answer?: (answered: Answered, asked: Asked) => void;
}
interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}
interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

const json = (answered: Answered, change: (value: Record<string, never>) => void) => {
  if (answered.status !== 200 || !/json/.test(String(answered.headers['content-type']))) return;
  const value = JSON.parse(answered.text) as Record<string, never>;
  change(value);
  answered.text = JSON.stringify(value);
};
const isCall = ({ url }: Asked, call: string) => url.endsWith(`/v1/${call}`);
type Listed = { events: { type: string; seq: number; exchange?: string }[] };

const FAULTS: Record<string, [check: RegExp, fault: Fault]> = {
  'a header with an item that does not fit': [
    /bears the header/,
    { answer: ({ headers }) => void (headers['sessionscope'] &&= `${String(headers['sessionscope'])}, 5`) },
  ],
  'one exchange id for all': [
    /an exchange of its own/,
    {
      answer: ({ headers }) =>
        void (headers['sessionscope'] &&= String(headers['sessionscope']).replace(
          /exchange="\w+"/,
          `exchange="${'a'.repeat(32)}"`,
        )),
    },
  ],
  'a hello of another app': [
    /hello inside the app/,
    {
      answer: (answered, asked) =>
        isCall(asked, 'hello') && json(answered, (value) => Object.assign(value, { app: 'another-app' })),
    },
  ],
  'a listener that is open to the network': [
    /direct listener, on this machine alone/,
    {
      answer: (answered, asked) =>
        isCall(asked, 'hello') &&
        json(answered, (value) =>
          Object.assign(value, {
            directListener: { ...(value['directListener'] as unknown as object), origin: 'http://192.0.2.1:80' },
          }),
        ),
    },
  ],
  'any version': [
    /version that it does not speak/,
    { ask: (asked) => void (asked.body = asked.body.replace('[99]', '[1]')) },
  ],
  'any origin': [
    /origin of a web page/,
    { ask: ({ headers }) => void (headers.origin &&= headers.origin.replace(/^https:\/\/evil.*/, KNOWN)) },
  ],
  'the origin null': [
    /origin “null”/,
    { ask: ({ headers }) => void (headers.origin &&= headers.origin.replace(/^null$/, KNOWN)) },
  ],
  'any Host': [/Host of another name/, { ask: ({ headers }) => void (headers.host = 'localhost') }],
  'any content type': [
    /another content type/,
    { ask: ({ headers }) => void (headers['content-type'] &&= 'application/json') },
  ],
  'a CORS header': [
    /hello inside the app/,
    { answer: ({ headers }, asked) => void (isCall(asked, 'hello') && (headers['access-control-allow-origin'] = '*')) },
  ],
  'answers that may be kept': [
    /hello inside the app/,
    { answer: ({ headers }, asked) => void (isCall(asked, 'hello') && (headers['cache-control'] = 'max-age=60')) },
  ],
  'an event that does not fit': [
    /exchange id proves that exchange/,
    {
      answer: (answered, asked) =>
        isCall(asked, 'events') &&
        json(answered, (value) => void (value as unknown as Listed).events.push({ type: 'surprise', seq: 1 })),
    },
  ],
  'an exchange that never ends': [
    /exchange id proves that exchange/,
    {
      answer: (answered, asked) =>
        isCall(asked, 'events') &&
        json(answered, (value) => {
          const listed = value as unknown as Listed;
          listed.events = listed.events.filter(({ type }) => type !== 'exchange-finished');
        }),
    },
  ],
  'events in another order': [
    /growing numbers/,
    {
      answer: (answered, asked) =>
        isCall(asked, 'events') &&
        json(answered, (value) => {
          const listed = value as unknown as Listed;
          listed.events = listed.events.toReversed();
        }),
    },
  ],
  'exchanges of others': [
    /were not proven are left out/,
    {
      answer: (answered, asked) =>
        isCall(asked, 'events') &&
        json(answered, (value) => {
          const { events } = value as unknown as Listed;
          const last = events.findLast(({ type }) => type === 'exchange-finished');
          if (last) events.push({ ...last, seq: last.seq + 1, exchange: 'b'.repeat(32) });
        }),
    },
  ],
  'events again and again': [
    /repeats nothing/,
    { ask: (asked) => void (asked.body = asked.body.replace(/"after":\{[^}]*\}/, '"after":null')) },
  ],
  'a stream of another type': [
    /a stream is/,
    {
      answer: ({ headers }) =>
        void (headers['content-type'] &&= headers['content-type'].replace('text/event-stream', 'text/plain')),
    },
  ],
  'the cookie in an answer': [
    /is in no answer/,
    {
      answer: (answered, asked) =>
        isCall(asked, 'session') &&
        json(answered, (value) => {
          const { proofs } = JSON.parse(asked.body) as { proofs: { cookies: { value: string }[] } };
          Object.assign(value, { note: decodeURIComponent(proofs.cookies[0]!.value) });
        }),
    },
  ],
};

describe('an endpoint that does one thing wrong', () => {
  test.each(Object.entries(FAULTS))('%s', async (_name, [check, fault]) => {
    await using broken = await standBefore(demo.origin, fault);
    const outcomes = await checkConformance(`${broken.origin}/set_session/`);
    const found = outcomes.find(({ name }) => check.test(name))!;
    expect(found.result, found.name).toMatchObject({ kind: 'failed' });
  });

  test('passes through what does nothing wrong', async () => {
    await using honest = await standBefore(demo.origin, {});
    expect(failures(await checkConformance(`${honest.origin}/set_session/`))).toEqual([]);
  });
});

/** A server in front of the app and of its direct listener, which changes what goes through. */
async function standBefore(target: string, { ask, answer }: Fault) {
  const listeners = new Map<string, string>();
  const servers: ReturnType<typeof createServer>[] = [];
  const open = async (behind: string): Promise<string> => {
    const server = createServer((incoming, response) => {
      let body = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (part: string) => (body += part));
      incoming.on('end', () => {
        const asked = { method: incoming.method!, url: incoming.url!, headers: { ...incoming.headers }, body };
        ask?.(asked);
        void pass(behind, asked, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const pass = (behind: string, asked: Asked, response: ServerResponse) =>
    new Promise<void>((resolve) => {
      const { port } = new URL(behind);
      const headers = { ...asked.headers, 'content-length': String(Buffer.byteLength(asked.body)) };
      if (/^127\.|^localhost/.test(headers.host ?? '')) headers.host = `127.0.0.1:${port}`;
      const call = request({ host: '127.0.0.1', port, path: asked.url, method: asked.method, headers }, (upstream) => {
        const isStream = String(upstream.headers['content-type']).includes('event-stream');
        let text = '';
        let isGiven = false;
        const give = async () => {
          if (isGiven) return;
          isGiven = true;
          const answered = { status: upstream.statusCode!, headers: { ...upstream.headers }, text };
          delete answered.headers['transfer-encoding'];
          delete answered.headers['content-length'];
          await throughThisServer(answered);
          answer?.(answered, asked);
          response.writeHead(answered.status, answered.headers as never);
          response.end(answered.text);
          resolve();
        };
        upstream.setEncoding('utf8');
        upstream.on('data', (part: string) => {
          text += part;
          if (isStream && text.includes('\n\n')) {
            void give();
            upstream.destroy();
          }
        });
        upstream.on('end', () => void give());
        upstream.on('error', () => {});
      });
      call.on('error', () => response.destroy());
      call.end(asked.body);
    });
  /** The direct listener is asked through a server of this kind too. */
  const throughThisServer = async (answered: Answered) => {
    const found = /"directListener":\{"origin":"(http:\/\/127[^"]+)"/.exec(answered.text)?.[1];
    if (found === undefined) return;
    if (!listeners.has(found)) listeners.set(found, await open(found));
    answered.text = answered.text.replace(found, listeners.get(found)!);
  };
  const origin = await open(target);
  return {
    origin,
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
