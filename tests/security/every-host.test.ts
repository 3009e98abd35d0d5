/** The gate on every host that the companion serves inside of, web-standard ones included. docs/security.md. */
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { honoSessions, type SessionEnv } from '../../django-sessions/src/middleware/hono.ts';
import { createSessions } from '../../django-sessions/src/sessions.ts';
import { CALLS } from '../../protocol/index.ts';
import { observeWith } from '../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import { HOSTS } from '../django-sessions/hosts.ts';
import { newCompanion, observedApp } from '../django-sessions/observed.ts';
import { exchangeBytes } from '../invisibility/raw-http.ts';
import { call, directBaseOf, inApp, openStream, pairWith } from '../reliability/panel-client.ts';
import { nextProof } from '../reliability/proof-client.ts';
import {
  type Answer,
  expectOurHeaders,
  EXTENSION_ORIGIN,
  type HeaderLine,
  holdTerminal,
  readAnswer,
} from './guarded-app.ts';

const NOTE = 'note-that-only-the-session-holds';

interface Sent {
  method?: string;
  call?: string;
  target?: string;
  host?: string;
  origin?: string | undefined;
  type?: string;
  more?: HeaderLine[];
  body?: object;
  /** Of a paired panel, and the endpoint where it may ask for a nonce. */
  paired?: { token: string; baseUrl: string };
}

async function send(port: number, sent: Sent): Promise<Answer> {
  const { method = 'POST', call: name = 'session', host = 'localhost', type = 'application/json', more = [] } = sent;
  const text = JSON.stringify(sent.body ?? { v: 1, proofs: {} });
  const origin = 'origin' in sent ? sent.origin : EXTENSION_ORIGIN;
  const proof =
    sent.paired === undefined
      ? {}
      : await nextProof({ token: sent.paired.token, call: name, origin: origin ?? '', body: text }, (asked) =>
          call(sent.paired!.baseUrl, 'hello', asked),
        );
  const lines: HeaderLine[] = [
    ['Host', host],
    ...(origin === undefined ? [] : ([['Origin', origin]] as const)),
    ['Content-Type', type],
    ['Connection', 'close'],
    ['Content-Length', String(Buffer.byteLength(text))],
    ...Object.entries(proof),
    ...more,
  ];
  const head = `${method} ${sent.target ?? `/__sessionscope__/v1/${name}`} HTTP/1.1\r\n`;
  const request = `${head}${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`;
  return readAnswer(await exchangeBytes(port, request, connect(port, '127.0.0.1')));
}

const EVENTS = { v: 1, proofs: {}, after: null, wait: false };
/** A call that gives all there is to who is paired, at another target. */
const eventsAt = (target: string): Sent => ({ call: 'events', target, body: EVENTS });

/** As the refusals of the Express app, one of each kind; the statuses that may answer it. */
const REFUSED: Record<string, [Sent, number[]]> = {
  'another host': [{ host: 'evil.test' }, [403]],
  'a host that is none': [{ host: '[::' }, [400, 403, 500]],
  'localhost and more': [{ host: 'localhost.evil.test' }, [403]],
  'a web origin': [{ origin: 'http://localhost:4000' }, [403]],
  'the origin null': [{ origin: 'null' }, [403]],
  'no origin and no token': [{ origin: undefined }, [403]],
  'no token': [{}, [403]],
  'a text': [{ type: 'text/plain' }, [415]],
  'a form': [{ type: 'application/x-www-form-urlencoded' }, [415]],
  GET: [{ method: 'GET', body: {} }, [405]],
  OPTIONS: [{ method: 'OPTIONS' }, [405]],
  PUT: [{ method: 'PUT' }, [405]],
  'a query': [eventsAt('/__sessionscope__/v1/events?x'), [404]],
  'an encoded path': [eventsAt('/__sessionscope__/v1/%65vents'), [404]],
  'a path that goes on': [eventsAt('/__sessionscope__/v1/events/'), [404]],
  'a path before it': [eventsAt('/x/__sessionscope__/v1/events'), [200, 404]],
  'an absolute target of another host': [eventsAt('http://evil.test/__sessionscope__/v1/events'), [200, 403, 404]],
  'an upgrade': [{ more: [['Upgrade', 'websocket']] }, [403]],
};

for (const host of Object.keys(HOSTS))
  test(`${host}: the gate holds, and who is paired is served`, async () => {
    using terminal = holdTerminal();
    await using app = await observedApp(
      async (path, session) => {
        if (path === '/write') await session.set('note', NOTE);
        return { body: 'the app' };
      },
      { host, options: { secretKey: 'a secret of the tests', database: ':memory:' } },
    );
    await app.get('/write');
    const { port } = app;
    for (const [name, [sent, statuses]] of Object.entries(REFUSED))
      for (const proofs of [{}, { cookies: [{ name: 'sessionid', value: app.cookie.slice('sessionid='.length) }] }]) {
        const answer = await send(port, { body: { v: 1, proofs }, ...sent });
        expect({ name, statuses, isOne: statuses.includes(answer.status), status: answer.status }).toMatchObject({
          isOne: true,
        });
        expect(answer.raw).not.toContain(NOTE);
        if (answer.status === 403 || answer.status === 405) expectOurHeaders(answer);
      }
    const token = await pairWith(inApp(app.origin), terminal.text);
    const paired = { token, baseUrl: inApp(app.origin) };
    const reported = await send(port, { call: 'events', body: EVENTS, paired });
    expect(reported.status).toBe(200);
    expect(reported.text).toContain(NOTE);
    expectOurHeaders(reported);
    // A proof does not open what the gate refuses.
    for (const [name, [sent]] of Object.entries(REFUSED)) {
      if (name.startsWith('no ')) continue;
      const answer = await send(port, { ...sent, paired });
      expect(answer.raw).not.toContain(NOTE);
    }
    for (const baseUrl of [inApp(app.origin), await directBaseOf(app.origin)]) {
      const stream = await openStream(baseUrl, { token });
      expect(JSON.stringify(stream.answers)).toContain(NOTE);
      stream.destroy();
    }
  });

test('claimed keys of a library that does not sign: none is looked up as a path, none drives out those that are known', async () => {
  using terminal = holdTerminal();
  const filePath = mkdtempSync(join(tmpdir(), 'sessionscope-files-'));
  await using app = await observedApp(
    async (_path, session) => {
      await session.set('note', NOTE);
      return {};
    },
    { options: { secretKey: 'a secret of the tests', engine: 'file', filePath } },
  );
  await app.get('/write');
  const token = await pairWith(inApp(app.origin), terminal.text);
  const direct = new URL(await directBaseOf(app.origin));
  const claim = (values: readonly string[]) =>
    send(Number(direct.port), {
      body: { v: 1, proofs: { cookies: values.map((value) => ({ name: 'sessionid', value })) } },
    });
  writeFileSync(join(filePath, 'secret'), NOTE);
  for (const value of [
    '../secret/secret',
    '/../../../../../../etc/passwd',
    '..%2f..%2fsecret%00',
    'abcdefgh%0d%0aX-Evil: 1',
    'abcdefgh\r\nX-Evil: 1',
    '*'.repeat(32),
    `${'a'.repeat(4_000)}`,
    '__proto__',
    'constructor',
  ]) {
    const answer = await claim([value]);
    expect(JSON.parse(answer.text)).toMatchObject({
      store: { outcome: expect.stringMatching('missing|error') as string },
    });
    expect(answer.raw).not.toContain(NOTE);
    expect(answer.headers.has('x-evil')).toBe(false);
  }
  for (let flood = 0; flood < 50; flood++)
    await claim(Array.from({ length: 64 }, (_, index) => `claimed${flood}x${index}`));
  const key = app.cookie.slice('sessionid='.length);
  const { identity } = app.companion;
  expect(identity.keyOf(identity.nameOf(key))).toBe(key);
  const reported = await send(Number(direct.port), {
    body: { v: 1, proofs: {}, session: identity.nameOf(key) },
    paired: { token, baseUrl: inApp(app.origin) },
  });
  expect(reported.text).toContain(NOTE);
  rmSync(filePath, { recursive: true });
});

for (const isOnNode of [true, false])
  test(`cors() of Hono before us, ${isOnNode ? 'on Node' : 'without Node'}: none of its headers on our answers`, async () => {
    const companion = newCompanion();
    const sessions = observeWith(companion, createSessions)({ secretKey: 'x', database: ':memory:' });
    await sessions.createTable();
    const app = new Hono<SessionEnv>();
    app.use(cors({ origin: (origin) => origin, credentials: true }));
    app.use(honoSessions(sessions));
    app.all('*', (context) => context.text('the app'));
    const server = createServer(
      getRequestListener(isOnNode ? app.fetch : (request) => app.fetch(request), { overrideGlobalObjects: false }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    for (const call of CALLS) {
      const answer = await send(port, { call, origin: 'http://localhost:4000' });
      expect(answer.status).toBe(403);
      expectOurHeaders(answer);
    }
    const answer = await send(port, { call: 'hello', body: { versions: [1] } });
    expect(answer.status).toBe(200);
    expectOurHeaders(answer);
    companion.endpoint.close();
    await sessions.close();
    server.close();
  });
