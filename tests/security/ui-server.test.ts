/** The server of `npx sessionscope ui`, attacked: its port, its link, its key, and what it passes on. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRelay, UI_ORIGIN } from '../../server-companion/node/src/cli/ui/companion-relay.ts';
import { createPageKeys } from '../../server-companion/node/src/cli/ui/page-keys.ts';
import { type PageServer, servePage } from '../../server-companion/node/src/cli/ui/page-server.ts';
import { bytesOf, exchange } from '../attack/raw-http.ts';
import { until } from '../browsers/until.ts';
import { type DemoProcess, startDemo } from '../panel/demo-process.ts';

const FILES = new Map([['/', { body: Buffer.from('<p>panel</p>'), type: 'text/html; charset=utf-8' }]]);
const HELLO = JSON.stringify({ versions: [1] });
const EVENTS = JSON.stringify({ v: 1, proofs: {}, after: null, wait: false });

let demo: DemoProcess;
let state: string;
let page: PageServer;
let relay: ReturnType<typeof createRelay>;
let keys: ReturnType<typeof createPageKeys>;
let key: string;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'sessionscope-ui-'));
  demo = await startDemo({ env: { XDG_STATE_HOME: state } });
});
afterAll(async () => {
  await demo?.[Symbol.asyncDispose]();
  rmSync(state, { recursive: true, force: true });
});
beforeEach(() => open(demo.origin));
afterEach(async () => {
  await page.close();
  await relay.close();
});

async function open(url: string, stateDirectory = join(state, 'sessionscope')): Promise<void> {
  keys = createPageKeys();
  relay = createRelay(url, { stateDirectory });
  page = await servePage(0, { url, files: FILES, keys, relay });
  key = keys.enter(keys.newLink())!;
}

type Headers = Record<string, string | undefined>;
interface Ask {
  method?: string;
  target?: string;
  headers?: Headers;
  more?: [string, string][];
  body?: string;
}

/** A valid call, with what is given changed; every answer is looked at for what none may bear. */
async function ask({ method = 'POST', target = '/app/hello', headers = {}, more = [], body = HELLO }: Ask = {}) {
  const lines: Headers = {
    Host: new URL(page.origin).host,
    Origin: page.origin,
    'Content-Type': 'application/json',
    'Sessionscope-Page': key,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  };
  const given = Object.entries(lines).filter((line): line is [string, string] => line[1] !== undefined);
  const { port } = new URL(page.origin);
  const raw = await exchange(Number(port), bytesOf({ method, target, headers: [...given, ...more], body }), true);
  expect(raw.toLowerCase()).not.toMatch(/access-control-|set-cookie/);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(raw)?.[1] ?? 0);
  if (status !== 400 && status !== 0) {
    expect(raw).toMatch(/cross-origin-resource-policy: same-origin/i);
    expect(raw).toMatch(/frame-ancestors 'none'/);
    expect(raw).toMatch(/x-content-type-options: nosniff/i);
    expect(raw).toMatch(/cache-control: no-store/i);
  }
  return { status, raw };
}

test('the valid call is answered: what follows changes one thing in it', async () => {
  expect(await ask()).toMatchObject({ status: 200, raw: expect.stringContaining('"app"') });
  expect(await ask({ target: '/app/check' })).toMatchObject({ status: 200, raw: expect.stringContaining('"paired"') });
  expect(await ask({ target: '/app/events', body: EVENTS })).toMatchObject({ status: 200 });
});

const foreignHosts = ['evil.test', 'localhost', '127.0.0.1', '127.0.0.1:1', '[::1]', '127.0.0.1.evil.test', ''];
test.each(['GET', 'POST'])('DNS rebinding: %s with a foreign Host gets nothing, not even the page', async (method) => {
  const { host, port } = new URL(page.origin);
  const target = method === 'GET' ? '/' : '/app/hello';
  for (const Host of [...foreignHosts, `localhost:${port}`, `${host}.`, `x@${host}`])
    expect([Host, (await ask({ method, target, headers: { Host } })).status]).toEqual([Host, 403]);
  expect([400, 403]).toContain((await ask({ method, target, more: [['Host', host]] })).status);
  expect((await ask({ method, target: `http://evil.test${target}` })).status).toBeGreaterThanOrEqual(400);
});

test('a page of another origin, `null`, no Origin or two: refused, whatever key comes along', async () => {
  const { port } = new URL(page.origin);
  for (const Origin of ['http://evil.test', 'null', demo.origin, `http://localhost:${port}`, UI_ORIGIN, '', undefined])
    for (const target of ['/enter', '/app', '/app/hello', '/app/events'])
      expect([Origin, (await ask({ target, headers: { Origin } })).status]).toEqual([Origin, 403]);
  expect([400, 403]).toContain((await ask({ more: [['Origin', page.origin]] })).status);
  for (const site of ['cross-site', 'same-site', 'none'])
    expect((await ask({ headers: { 'Sec-Fetch-Site': site } })).status).toBe(403);
});

test('forms, other methods, preflights and upgrades are refused', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', undefined])
    expect((await ask({ headers: { 'Content-Type': type } })).status).toBe(415);
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH']) expect((await ask({ method })).status).toBe(405);
  expect((await ask({ headers: { Upgrade: 'websocket', Connection: 'Upgrade, close' } })).status).toBe(403);
  // Nothing is given to a GET but the page.
  for (const target of ['/app', '/app/hello', '/app/events', '/enter'])
    expect((await ask({ method: 'GET', target, body: '' })).status).toBe(404);
});

test('without the key of a link nothing is passed on: none, a wrong one, the key of a command that has ended', async () => {
  const old = key;
  await page.close();
  await open(demo.origin);
  for (const wrong of [undefined, '', 'x', old, `${key}x`, key.slice(1), keys.newLink()])
    for (const target of ['/app', '/app/hello', '/app/check', '/direct/events', '/app/pair'])
      expect((await ask({ target, headers: { 'Sessionscope-Page': wrong } })).status).toBe(403);
});

test('a link works once, for ten minutes, and not beside a newer one', async () => {
  const enter = (link: unknown) =>
    ask({ target: '/enter', headers: { 'Sessionscope-Page': undefined }, body: JSON.stringify({ link }) });
  const link = keys.newLink();
  expect((await enter('x')).status).toBe(403);
  expect((await enter(link)).status).toBe(200);
  for (const replayed of [link, undefined, null, [link], { length: 43 }, ''])
    expect((await enter(replayed)).status).toBe(403);
  const first = keys.newLink();
  keys.newLink();
  expect((await enter(first)).status).toBe(403);
  let now = 0;
  const timed = createPageKeys(() => now);
  const late = timed.newLink();
  now = 10 * 60_000;
  expect(timed.enter(late)).toBeUndefined();
});

test('only exact paths: no file of the machine, no other call, no other place', async () => {
  for (const target of [
    '/../package.json',
    '/..%2f..%2fetc/passwd',
    '//etc/passwd',
    '/index.html',
    '/?x',
    '/./',
    '/%00',
  ])
    expect([target, (await ask({ method: 'GET', target, body: '' })).status]).toEqual([target, 404]);
  for (const target of [
    '/app/hello?x=1',
    '/app/hello/',
    '/app/edit',
    '/http:%2f%2fevil.test/hello',
    '/constructor/hello',
    '/app/__proto__',
    '/',
  ])
    expect([target, (await ask({ target })).status]).toEqual([target, 404]);
  expect((await ask({ body: 'x'.repeat(65_537) })).status).toBe(413);
});

describe('towards the app', () => {
  test('a code pairs where no file does; the token stays with the command, and so does every proof', async () => {
    await page.close();
    const elsewhere = mkdtempSync(join(state, 'other-'));
    await open(demo.origin, elsewhere);
    await ask();
    expect((await ask({ target: '/app/check' })).raw).toContain('"not-paired"');
    expect((await ask({ target: '/app/events', body: EVENTS })).status).toBe(403);
    await ask({ target: '/app/pair', body: JSON.stringify({ v: 1 }) });
    const code = await until(() => /pairing code for [^:]+: ([A-Z0-9]{8})/.exec(demo.terminal())?.[1], 'the code');
    const paired = await ask({ target: '/app/pair', body: JSON.stringify({ v: 1, code }) });
    expect(paired.raw).toContain('kept-by-sessionscope-ui');
    expect((await ask({ target: '/app/check' })).raw).toContain('"paired"');
    const events = await ask({ target: '/app/events', body: EVENTS });
    expect(events).toMatchObject({ status: 200 });
    expect(events.raw).not.toMatch(/sessionscope-proof/i);
  });

  test('what was written into the user`s own file goes with the command; its place is the last of four', async () => {
    const stored = () => {
      const folder = join(state, 'sessionscope');
      const file = readdirSync(folder).find((name) => name.endsWith('.pairing.json'))!;
      const { tokens } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
        tokens: { origin: string; hash: string }[];
      };
      return tokens.filter(({ origin }) => origin === UI_ORIGIN).map(({ hash }) => hash);
    };
    await ask();
    const [before] = stored().slice(-1);
    const more = Array.from({ length: 5 }, () =>
      createRelay(demo.origin, { stateDirectory: join(state, 'sessionscope') }),
    );
    for (const one of more) await one.call('app', 'hello', HELLO, AbortSignal.timeout(5_000));
    expect(stored().length).toBeLessThanOrEqual(4);
    for (const one of more) await one.close();
    await relay.close();
    expect(stored()).not.toContain(before);
  });

  /** In the place of the app, or of its direct listener. */
  async function impostor(answer: (path: string, headers: IncomingHttpHeaders) => object | number): Promise<Server> {
    const server = createServer((request, response) => {
      const given = answer(request.url!, request.headers);
      if (typeof given === 'number') response.writeHead(given, { location: 'http://evil.test/' }).end();
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(given));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return server;
  }
  const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test('port reuse: a program on the freed port claims the pairing, and gets neither token nor proof', async () => {
    const { raw } = await ask();
    const answer = JSON.parse(/\{.*\}/s.exec(raw)![0]) as {
      app: string;
    };
    const seen: IncomingHttpHeaders[] = [];
    const server = await impostor((_path, headers) => {
      seen.push(headers);
      return { ...answer, paired: true, nonce: 'x'.repeat(32), proof: '0'.repeat(64) };
    });
    await page.close();
    await relay.close();
    await open(originOf(server));
    await ask();
    expect((await ask({ target: '/app/check' })).raw).toContain('"impostor"');
    await ask({
      target: '/app/events',
      body: EVENTS,
      more: [
        ['Sessionscope-Proof', 'x'],
        ['Cookie', 'sid=secret'],
        ['X-Other', 'y'],
      ],
    });
    expect(seen.length).toBeGreaterThan(2);
    for (const headers of seen) {
      expect(headers).not.toHaveProperty('sessionscope-proof');
      // Of what the page sends nothing comes along but the body.
      expect([headers.cookie, headers['x-other'], headers['sessionscope-page']]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(headers.origin).toBe(UI_ORIGIN);
    }
    server.close();
  });

  test('a companion leads to no other machine, and a redirect nowhere', async () => {
    const { raw } = await ask();
    const answer = JSON.parse(/\{.*\}/s.exec(raw)![0]) as object;
    const server = await impostor((path) =>
      path.endsWith('/hello')
        ? { ...answer, directListener: { origin: 'http://192.0.2.1:80', path: '/__sessionscope__' } }
        : 307,
    );
    await page.close();
    await open(originOf(server));
    await ask();
    expect((await ask({ target: '/direct/events', body: EVENTS })).status).toBe(502);
    expect((await ask({ target: '/app/events', body: EVENTS })).status).toBe(502);
    server.close();
  });
});
