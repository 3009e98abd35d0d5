/** What is recorded of a request beside its operations: its record as stored, its head, and what happens after the client. */
import type { RequestListener } from 'node:http';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import { expect, test } from 'vitest';
import { createCache } from '../../django-sessions/src/engines/cache-options.ts';
import { createSessions, type Sessions, type SessionsOptions } from '../../django-sessions/src/sessions.ts';
import { expressSessions } from '../../django-sessions/src/middleware/express.ts';
import type { ExchangeFinished, SessionscopeEvent } from '../../protocol/index.ts';
import { observeWith } from '../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import { until } from '../browsers/until.ts';
import { inShort, newCompanion, observedApp, readAll } from './observed.ts';

const OPTIONS: SessionsOptions = {
  secretKey: 'a secret of the tests',
  database: ':memory:',
  logger: { warn: () => {} },
};

async function serve(options: Partial<SessionsOptions>, build: (app: Express, sessions: Sessions) => void) {
  const companion = newCompanion();
  const sessions = observeWith(companion, createSessions)({ ...OPTIONS, ...options });
  await sessions.createTable();
  const app: Express = express();
  app.use(expressSessions(sessions));
  build(app, sessions);
  const server = createServer(app as RequestListener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ends = () =>
    readAll(companion).filter((event): event is ExchangeFinished => event.type === 'exchange-finished');
  return {
    port,
    ends,
    events: (): SessionscopeEvent[] => readAll(companion),
    async [Symbol.asyncDispose]() {
      companion.endpoint.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await sessions.close();
    },
  };
}

test('the record as stored, what a request says of itself, and its head', async () => {
  await using app = await observedApp(
    async (path, session) => {
      if (path === '/set') await session.set('cart', { 'A-1': 2 });
      else await session.get('cart');
      return {};
    },
    { options: OPTIONS },
  );
  await app.get('/set', {
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe', purpose: 'prefetch' },
  });
  const operations = await app.operations('/set');
  const save = operations.find(({ operation }) => operation === 'save')!;
  expect(save).toMatchObject({ stored: { cart: { 'A-1': 2 } }, outcome: 'done' });
  expect(save.bytes).toBeGreaterThan(20);
  const started = app.events().find(({ type }) => type === 'exchange-started');
  expect(started).toMatchObject({ site: 'cross-site', dest: 'iframe', purpose: 'prefetch', host: /^127/ });
  const finished = await app.finished('/set');
  expect(finished.headAtMs).toBeGreaterThan(0);
  expect(finished.vary).toMatch(/Cookie/);
  expect(finished.expiry).toHaveProperty('storeAt');
  await app.get('/read');
  expect((await app.operations('/read'))[0]).toMatchObject({ layer: 'store', bytes: save.bytes });
  // Nothing was written: the record's end is what it was.
  expect((await app.finished('/read')).expiry).not.toHaveProperty('storeAt');
  const epoch = app.events().findLast(({ type }) => type === 'epoch-started');
  expect(epoch).toMatchObject({ middlewares: [{ commit: 'automatic', secret: /^[0-9a-f]{12}$/ }] });
});

test('cached_db: which layer answered a load; a copy in the cache is not the size of the record', async () => {
  const options = { ...OPTIONS, engine: 'cached_db', cache: { url: 'locmem://two-layers' } } as const;
  await using app = await observedApp(
    async (path, session) => {
      if (path === '/set') await session.set('cart', { 'A-1': 2 });
      else await session.get('cart');
      return {};
    },
    { options },
  );
  await app.get('/set');
  const save = (await app.operations('/set')).find(({ operation }) => operation === 'save')!;
  await app.get('/cached');
  const [cached] = await app.operations('/cached');
  expect(cached).toMatchObject({ operation: 'load', layer: 'cache', outcome: 'found' });
  expect(cached).not.toHaveProperty('bytes');
  await createCache(options.cache).delete(`django.contrib.sessions.cached_db${app.cookie.split('=')[1]!}`);
  await app.get('/from-table');
  expect((await app.operations('/from-table'))[0]).toMatchObject({ layer: 'store', bytes: save.bytes });
});

test('a record of a serializer of the app is not taken for the state', async () => {
  const serializer = {
    dumps: (data: ReadonlyMap<string, unknown>) => Buffer.from(JSON.stringify(Object.fromEntries(data))),
    loads: (bytes: Buffer) => JSON.parse(bytes.toString()) as Record<string, unknown>,
  };
  await using app = await observedApp(
    async (_path, session) => {
      await session.set('n', 1);
      return {};
    },
    { options: { ...OPTIONS, serializer: serializer as never } },
  );
  await app.get('/set');
  const save = (await app.operations('/set')).find(({ operation }) => operation === 'save')!;
  expect(save).toMatchObject({ state: { n: 1 } });
  expect(save).not.toHaveProperty('stored');
});

test('the client goes away and the app goes on: not decided first, then what happened', async () => {
  let go: (() => void) | undefined;
  await using app = await serve({}, (app, sessions) => {
    app.get('/', async (request, response) => {
      await sessions.of(request).set('n', 1);
      await new Promise<void>((resolve) => (go = resolve));
      response.end();
    });
  });
  const call = send({ port: app.port, path: '/' });
  call.on('error', () => {});
  call.end();
  await until(() => go, 'the handler');
  call.destroy();
  await until(() => app.ends().length === 1, 'the first end');
  expect(app.ends()[0]!.verdict).toMatchObject({
    record: { outcome: 'pending', reason: 'response-pending' },
    cookie: { outcome: 'pending' },
  });
  go!();
  await until(() => app.ends().length === 2, 'the last end');
  expect(app.ends()[1]).toMatchObject({ ending: 'aborted', verdict: { record: { outcome: 'saved' } } });
  const operations = app.events().filter((event) => event.type === 'operation-recorded');
  expect(operations.map((event) => inShort(event)).at(-1)).toBe('save done framework');
});

test('a nested change in a session that every request saves is named, and not "nothing changed"', async () => {
  await using app = await observedApp(
    async (path, session) => {
      if (path === '/set') await session.set('cart', { items: [] });
      else ((await session.get('cart')) as { items: number[] }).items.push(1);
      return {};
    },
    { options: { ...OPTIONS, saveEveryRequest: true } },
  );
  await app.get('/set');
  await app.get('/push');
  const { verdict } = await app.finished('/push');
  expect(verdict.record).toMatchObject({ outcome: 'saved', reason: 'save-every-request' });
  expect(verdict.record.text).toContain('inside cart changed');
});

test('a record that was deleted while the request ran: nothing was written', async () => {
  let go: (() => void) | undefined;
  await using app = await observedApp(
    async (path, session) => {
      if (path === '/set') await session.set('n', 1);
      if (path === '/logout') await session.flush();
      if (path === '/slow') {
        await session.set('n', 2);
        await new Promise<void>((resolve) => (go = resolve));
      }
      return {};
    },
    { options: OPTIONS },
  );
  await app.get('/set');
  const { cookie } = app;
  const slow = fetch(`${app.origin}/slow`, { headers: { cookie } });
  await until(() => go, 'the slow request');
  await app.get('/logout');
  go!();
  expect((await slow).status).toBe(400);
  const save = (await app.operations('/slow')).find(({ operation }) => operation === 'save')!;
  expect(save).toMatchObject({ outcome: 'gone' });
  expect(save).not.toHaveProperty('stored');
  expect((await app.finished('/slow')).verdict.record).toMatchObject({ outcome: 'failed', reason: 'interrupted' });
});

test.each([
  ['an object', (value: string) => ({ sessionscope: value, 'x-other': '1' })],
  ['a list', (value: string) => ['sessionscope', value, 'x-other', '1']],
  [
    'pairs',
    (value: string) => [
      ['sessionscope', value],
      ['x-other', '1'],
    ],
  ],
])('a discovery header copied from elsewhere is replaced, in headers given as %s', async (_name, headers) => {
  const foreign = `"/__sessionscope__";v=1;app="somebody";exchange="${'0'.repeat(32)}";epoch="00000000"`;
  await using app = await serve({}, (app) => {
    app.get('/', (_request, response) => {
      response.writeHead(200, headers(foreign) as never);
      response.end();
    });
  });
  const answer = await fetch(`http://127.0.0.1:${app.port}/`);
  const header = answer.headers.get('sessionscope')!;
  expect(header).not.toContain('somebody');
  expect(header.match(/exchange=/g)).toHaveLength(1);
  expect(answer.headers.get('x-other')).toBe('1');
});
