/** Where the middleware is mounted, and how a request ends: streams, closed connections, sessions still open. */
import { createServer, type RequestListener, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import express, { type Express } from 'express';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, test } from 'vitest';
import { expressSessions } from '../../django-sessions/src/middleware/express.ts';
import { honoSessions, type SessionEnv } from '../../django-sessions/src/middleware/hono.ts';
import { koaSessions } from '../../django-sessions/src/middleware/koa.ts';
import { webSessions } from '../../django-sessions/src/middleware/web.ts';
import { createSessions } from '../../django-sessions/src/sessions.ts';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import { DISCOVERY_HEADER, parseDiscovery } from '../../protocol/index.ts';
import { observeWith } from '../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { until } from '../browsers/until.ts';
import { HOSTS, startHost } from './hosts.ts';
import { EVERYTHING, newCompanion, readAll } from './observed.ts';

const OPTIONS = { secretKey: 'a secret of the tests', database: ':memory:' };

const made = async (companion: Companion, options = {}) => {
  const sessions = observeWith(companion, createSessions)({ ...OPTIONS, ...options });
  await sessions.createTable();
  return sessions;
};

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ended = (companion: Companion) =>
  until(() => readAll(companion).findLast((event) => event.type === 'exchange-finished'), 'the end');

const itemsOf = (response: Response) => {
  const parsed = parseDiscovery(response.headers.get(DISCOVERY_HEADER) ?? '');
  return parsed.ok ? parsed.items : [];
};

const hello = (url: string) =>
  fetch(`${url}/v1/hello`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: `chrome-extension://${CHROMIUM_EXTENSION_ID}` },
    body: '{"versions":[1]}',
  });

test('on a router of Express: the header leads below its path, and the endpoint is there', async () => {
  const companion = newCompanion();
  const app: Express = express();
  const shop = express.Router();
  shop.use(expressSessions(await made(companion)));
  shop.get('/page', (_request, response) => void response.send('page'));
  app.use('/shop', shop);
  await using server = await serve(app as RequestListener);
  const [item] = itemsOf(await fetch(`${server.origin}/shop/page`));
  expect(item!.path).toBe('/shop/__sessionscope__');
  expect((await hello(server.origin + item!.path)).status).toBe(200);
  companion.endpoint.close();
});

test.each(['with Node', 'without Node'])('on a path of Hono, %s', async (name) => {
  const companion = newCompanion();
  const app = new Hono<SessionEnv>();
  app.use('/shop/*', honoSessions(await made(companion)));
  app.get('/shop/page', (context) => context.text('page'));
  const listener = getRequestListener(name === 'with Node' ? app.fetch : (request) => app.fetch(request), {
    overrideGlobalObjects: false,
  });
  await using server = await serve((request, response) => void listener(request, response));
  const [item] = itemsOf(await fetch(`${server.origin}/shop/page`));
  expect(item!.path).toBe('/shop/__sessionscope__');
  expect((await hello(server.origin + item!.path)).status).toBe(200);
  companion.endpoint.close();
});

test('on Koa behind a body parser: what it has read is given to the endpoint', async () => {
  const companion = newCompanion();
  const app = new Koa();
  // As koa-bodyparser does: read to its end, kept on Koa's own request.
  app.use(async (context, next) => {
    let text = '';
    for await (const chunk of context.req) text += String(chunk);
    if (text !== '') Object.assign(context.request, { body: JSON.parse(text) as unknown });
    await next();
  });
  app.use(koaSessions(await made(companion)));
  const listener = app.callback();
  await using server = await serve((request, response) => void listener(request, response));
  expect((await hello(`${server.origin}/__sessionscope__`)).status).toBe(200);
  companion.endpoint.close();
});

describe.each(Object.keys(HOSTS))('on %s', (host) => {
  test("an app's cache answers with the headers of an earlier response: the header names this exchange alone", async () => {
    const companion = newCompanion();
    const kept: { headers?: Record<string, string> } = {};
    const running = await startHost(host, await made(companion), () =>
      Promise.resolve({ body: 'page', ...(kept.headers === undefined ? {} : { headers: kept.headers }) }),
    );
    try {
      const url = `http://127.0.0.1:${running.port}/page`;
      const first = await fetch(url);
      const [earlier] = itemsOf(first);
      kept.headers = { [DISCOVERY_HEADER]: first.headers.get(DISCOVERY_HEADER)! };
      const later = itemsOf(await fetch(url));
      expect(later).toHaveLength(1);
      expect(later[0]!.exchange).not.toBe(earlier!.exchange);
    } finally {
      await running.close();
      companion.endpoint.close();
    }
  });
});

test('two session handlers around one web-standard request: the header has an item of each', async () => {
  const companion = newCompanion();
  const inner = webSessions(await made(companion), () => new Response('page'));
  const outer = webSessions(await made(companion, { cookieName: 'other' }), inner);
  const items = itemsOf(await outer(new Request('http://127.0.0.1:3000/', { headers: { host: '127.0.0.1:3000' } })));
  expect(new Set(items.map(({ exchange }) => exchange)).size).toBe(2);
  companion.endpoint.close();
});

test('two session middlewares for one request: both are reported, and the header has an item of each', async () => {
  const companion = newCompanion();
  const app: Express = express();
  const first = await made(companion);
  const second = await made(companion, { cookieName: 'other' });
  app.use(expressSessions(first), async (request, _response, next) => {
    await first.of(request).set('a', 1);
    next();
  });
  app.use(expressSessions(second));
  app.get('/', async (request, response) => {
    await second.of(request).set('b', 2);
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.end('both');
  });
  await using server = await serve(app as RequestListener);
  const response = await fetch(`${server.origin}/`);
  expect(
    response.headers
      .getSetCookie()
      .map((line) => line.split('=')[0])
      .toSorted(),
  ).toEqual(['other', 'sessionid']);
  const items = itemsOf(response);
  expect(items).toHaveLength(2);
  await ended(companion);
  const started = readAll(companion).filter((event) => event.type === 'exchange-started');
  expect(started.map(({ exchange }) => exchange).toSorted()).toEqual(items.map(({ exchange }) => exchange).toSorted());
  companion.endpoint.close();
});

test('a stream: what is set after the first byte is reported, and the verdict says that it was too late', async () => {
  const companion = newCompanion();
  const app: Express = express();
  const sessions = await made(companion);
  app.use(expressSessions(sessions));
  app.get('/', async (request, response) => {
    response.write('first\n');
    await wait(20);
    await sessions.of(request).set('late', true);
    response.end('last\n');
  });
  await using server = await serve(app as RequestListener);
  expect(await (await fetch(`${server.origin}/`)).text()).toBe('first\nlast\n');
  expect(await ended(companion)).toMatchObject({
    ending: 'completed',
    verdict: { record: { outcome: 'not-saved', reason: 'too-late' } },
  });
  companion.endpoint.close();
});

test('a closed connection: not decided while the app goes on, and holds nothing', async () => {
  const companion = newCompanion();
  const app: Express = express();
  const sessions = await made(companion);
  let isSet = false;
  app.use(expressSessions(sessions));
  app.get('/', async (request) => {
    await sessions.of(request).set('draft', 'x');
    isSet = true;
  });
  await using server = await serve(app as RequestListener);
  const asked = send({ port: server.port, path: '/' });
  asked.on('error', () => {});
  asked.end();
  await until(() => isSet, 'the handler');
  expect(companion.middlewares()[0]!.readMemory('0'.repeat(12), EVERYTHING)).toEqual([]);
  asked.destroy();
  const event = await ended(companion);
  expect(event).toMatchObject({ ending: 'aborted', verdict: { record: { outcome: 'pending' } } });
  expect(event).not.toHaveProperty('status');
  companion.endpoint.close();
});

test('the session of a request that is still running is looked at without changing anything', async () => {
  const companion = newCompanion();
  const app: Express = express();
  const sessions = await made(companion);
  let go = () => {};
  let session: ReturnType<typeof sessions.of> | undefined;
  app.use(expressSessions(sessions));
  app.get('/begin', async (request, response) => {
    await sessions.of(request).set('password', 'secret');
    response.end();
  });
  app.get('/held', async (request, response) => {
    session = sessions.of(request);
    await new Promise<void>((resolve) => (go = resolve));
    await session.get('password');
    await new Promise<void>((resolve) => (go = resolve));
    response.end();
  });
  await using server = await serve(app as RequestListener);
  const cookie = (await fetch(`${server.origin}/begin`)).headers.getSetCookie()[0]!.split(';')[0]!;
  const fingerprint = companion.identity.fingerprint(cookie.split('=')[1]!);
  const answer = fetch(`${server.origin}/held`, { headers: { cookie } });
  await until(() => session, 'the request');
  const look = () => companion.middlewares()[0]!.readMemory(fingerprint, EVERYTHING);
  // Nothing has loaded it: there is nothing in memory to look at, and looking loads nothing.
  expect(look()).toEqual([]);
  expect([session!.accessed, session!.modified, session!.memory]).toEqual([false, false, undefined]);
  go();
  await until(() => session!.memory, 'the load');
  expect(look()).toMatchObject([{ state: { password: { $: 'redacted' } } }]);
  expect(session!.modified).toBe(false);
  await wait(10);
  go();
  expect((await answer).status).toBe(200);
  await until(() => look().length === 0, 'the end');
  companion.endpoint.close();
});

test('sessions that are made again and again are observed within a bound, and work beyond it', async () => {
  const companion = newCompanion();
  const create = observeWith(companion, createSessions);
  for (let made = 0; made < 66; made++) {
    const sessions = create({ secretKey: 'of this test', engine: 'signed_cookies' });
    await sessions.close();
  }
  expect(companion.middlewares()).toHaveLength(64);
  expect(readAll(companion).filter(({ type }) => type === 'fault-noted')).toHaveLength(1);
});
