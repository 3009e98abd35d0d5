/** The endpoint inside the app, behind what a dev server puts before it. docs/security.md. */
import { createServer as createHttpServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { gzipSync } from 'node:zlib';
import compression from 'compression';
import cors from 'cors';
import express, { type RequestHandler } from 'express';
import express4 from 'express4';
import helmet from 'helmet';
import morgan from 'morgan';
import { createServer as createVite } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DISCOVERY_HEADER, parseDiscovery } from '../../protocol/index.ts';
import { readEvents } from '../../transport/event-stream.ts';
import { until } from '../browsers/until.ts';
import { expectOurHeaders, EXTENSION_ORIGIN, type GuardedApp, serveGuarded } from '../security/guarded-app.ts';
import { describeWhere } from './where-possible.ts';
import { call, hello, inApp, openStream, pairingOf, panelFetch } from './panel-client.ts';

/** Reads the whole body and keeps it to itself. */
const greedy: RequestHandler = (incoming, _response, next) => void incoming.resume().on('end', () => next());
/** Lets the body arrive before it passes the request on, and does not touch it. */
const late: RequestHandler = (_request, _response, next) => void setTimeout(next, 15);

const lines: string[] = [];
const access = morgan('combined', { stream: { write: (line) => void lines.push(line) } });

const STACKS: Record<string, (lib: typeof express) => unknown[]> = {
  nothing: () => [],
  'express.json()': (lib) => [lib.json()],
  'express.json({ strict: false }) that keeps the raw body as a text': (lib) => [
    lib.json({
      strict: false,
      verify: (incoming, _response, buffer) => void ((incoming as { rawBody?: unknown }).rawBody = String(buffer)),
    }),
  ],
  'express.urlencoded()': (lib) => [lib.urlencoded({ extended: true })],
  'express.urlencoded() and a middleware that takes its time': (lib) => [lib.urlencoded({ extended: true }), late],
  'express.text() of any type': (lib) => [lib.text({ type: () => true })],
  'express.raw() of any type': (lib) => [lib.raw({ type: () => true })],
  'every parser': (lib) => [lib.urlencoded({ extended: true }), lib.json(), lib.text(), lib.raw()],
  'compression()': () => [compression({ threshold: 0 })],
  'helmet()': () => [helmet()],
  'cors({ origin: true })': () => [cors({ origin: true, credentials: true })],
  'morgan()': () => [access],
  'all of them': (lib) => [access, helmet(), cors({ origin: true }), compression({ threshold: 0 }), lib.json()],
};

for (const [version, lib] of [
  ['Express 4', express4 as typeof express],
  ['Express 5', express],
] as const)
  for (const [name, stack] of Object.entries(STACKS))
    test(`${version}, behind ${name}: every call is answered, and a stream streams`, async () => {
      await using guarded = await serveGuarded({
        version,
        before: (app) => {
          for (const middleware of stack(lib)) app.use(middleware as RequestHandler);
        },
      });
      for (const name of ['hello', 'session', 'events', 'value']) {
        const answer = await guarded.ask('app', { call: name, more: [['Accept-Encoding', 'gzip, br']] });
        expect([name, answer.status]).toEqual([name, 200]);
        if (name !== 'hello') expect(answer.text).toContain(guarded.note);
        expectOurHeaders(answer);
        expect(answer.headers.has('content-encoding')).toBe(false);
      }
      const place = inApp(guarded.app.origin);
      const stream = await openStream(place, { token: guarded.token });
      expect(stream.response.headers['content-encoding']).toBeUndefined();
      const seen = stream.answers.length;
      // What happens next comes while the stream is open: nothing buffers it.
      await (await guarded.app.get('/write?note=while-it-streams')).text();
      await until(() => JSON.stringify(stream.answers.slice(seen)).includes('while-it-streams'), 'the write');
      stream.destroy();
    });

test('an access log contains no tokens, cookies or keys', () => {
  expect(lines.some((line) => line.includes('POST /__sessionscope__/v1/session'))).toBe(true);
  for (const line of lines) expect(line).not.toMatch(/connect\.sid|s%3A|key-|[A-Za-z0-9_-]{43}/);
});

test('a middleware that read the body and kept it: said so, nothing hangs', async () => {
  await using guarded = await serveGuarded();
  const app = createHttpServer(
    express().use(greedy, (incoming, response) => void guarded.app.server.emit('request', incoming, response)),
  );
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const place = inApp(`http://127.0.0.1:${(app.address() as AddressInfo).port}`);
  await expect(hello(place)).rejects.toThrow(
    '400 {"error":{"code":"bad-request","message":"The body is empty, or middleware',
  );
  app.close();
});

test('a compressed body that a parser inflates beyond bounds is 413', async () => {
  await using guarded = await serveGuarded({ before: (app) => void app.use(express.json({ limit: '50mb' })) });
  const body = JSON.stringify({ v: 1, proofs: {}, padding: 'x'.repeat(20_000_000) });
  const proof = await guarded.proof('session', body);
  const answer = await new Promise<number>((resolve, reject) => {
    request(
      `${inApp(guarded.app.origin)}/v1/session`,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-encoding': 'gzip',
          origin: EXTENSION_ORIGIN,
          ...proof,
        },
      },
      (response) => resolve(response.resume().statusCode!),
    )
      .on('error', reject)
      .end(gzipSync(body));
  });
  expect(answer).toBe(413);
});

test('mounted below a path: the header names it, the endpoint is there and not at the root', async () => {
  await using guarded = await serveGuarded();
  const outer = express();
  outer.use('/shop', (incoming, response) => void guarded.app.server.emit('request', incoming, response));
  const server = createHttpServer(outer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await hello(`${origin}/shop/__sessionscope__`)).toMatchObject({ v: 1 });
  await expect(hello(inApp(origin))).rejects.toThrow();
  server.close();
});

/** A way that gives what came only every `LUMP_MS`: a buffering proxy. */
const LUMP_MS = 3_000;

test('behind a proxy that buffers, `sentAt` shows the lumps: the panel polls instead, and misses nothing', async () => {
  await using guarded = await serveGuarded();
  const proxy = createHttpServer((incoming, response) => {
    const upstream = request(
      {
        port: guarded.app.port,
        host: '127.0.0.1',
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        const isStream = answer.headers['content-type'] === 'text/event-stream';
        const held: Buffer[] = [];
        const flush = () => void (held.length > 0 && response.write(Buffer.concat(held.splice(0))));
        const timer = setInterval(flush, isStream ? LUMP_MS : 1);
        answer.on('data', (data: Buffer) => held.push(data));
        answer.on('end', () => {
          clearInterval(timer);
          flush();
          response.end();
        });
        response.on('close', () => {
          clearInterval(timer);
          upstream.destroy();
        });
      },
    );
    incoming.pipe(upstream.on('error', () => response.destroy()));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const place = { origin: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, path: '/__sessionscope__' };
  const stop = new AbortController();
  const modes: string[] = [];
  const seqs: number[] = [];
  const reading = readEvents(
    { address: place, proofs: {}, after: null },
    {
      onAnswer: ({ events }) => void seqs.push(...events.map(({ seq }) => seq)),
      onMode: (mode) => void modes.push(mode),
    },
    { pairing: await pairingOf(place.origin + place.path, guarded.token), fetch: panelFetch, signal: stop.signal },
  );
  const write = () => guarded.app.get('/write?note=x').then((response) => response.text());
  const writes: Promise<unknown>[] = [];
  const writing = setInterval(() => writes.push(write()), 300);
  await until(() => modes.includes('polling'), 'the panel to notice');
  clearInterval(writing);
  await Promise.all(writes);
  const { log } = guarded.app.companion!;
  await until(() => seqs.at(-1) === log.lastSeq, 'the rest');
  stop.abort();
  await reading;
  expect(modes).toEqual(['live', 'polling']);
  expect(seqs).toEqual(Array.from({ length: log.lastSeq }, (_, index) => index + 1));
  proxy.close();
  proxy.closeAllConnections();
});

describe('behind a real Vite dev server that forwards /api alone', () => {
  let guarded: GuardedApp;
  let vite: Awaited<ReturnType<typeof createVite>>;
  let origin: string;
  const lan = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

  beforeAll(async () => {
    guarded = await serveGuarded({
      after: (app) => app.get('/api/me', (_request, response) => void response.end('me')),
    });
    vite = await createVite({
      root: import.meta.dirname,
      configFile: false,
      logLevel: 'silent',
      appType: 'custom',
      optimizeDeps: { noDiscovery: true },
      server: {
        host: '0.0.0.0',
        port: 0,
        ws: false,
        watch: null,
        proxy: { '/api': guarded.app.origin, '/all': { target: guarded.app.origin, rewrite: (path) => path.slice(4) } },
      },
    });
    await vite.listen();
    origin = `http://127.0.0.1:${(vite.httpServer!.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await vite.close();
    await guarded[Symbol.asyncDispose]();
  });

  test('hello at the page’s origin finds no companion, at `at` it does', async () => {
    const response = await fetch(`${origin}/api/me`);
    const discovery = parseDiscovery(response.headers.get(DISCOVERY_HEADER)!);
    if (!discovery.ok) throw new Error(discovery.fault);
    const { at, path, app } = discovery.items[0]!;
    expect(at).toBe(guarded.app.origin);
    await expect(hello(origin + path)).rejects.toThrow();
    const answer = await hello(at + path);
    expect(answer.app).toBe(app);
    const reported = await call<object>(answer.directListener!.origin + answer.directListener!.path, 'session', {
      v: 1,
      proofs: { cookies: [guarded.cookie] },
    });
    expect(JSON.stringify(reported)).toContain(guarded.note);
  });

  describeWhere(lan !== undefined, 'an IPv4 address that is not loopback')('from the LAN', () => {
    test('a LAN client through it comes from loopback with a forged Origin kept: it gets no data', async () => {
      const place = `${origin.replace('127.0.0.1', lan!)}/all/__sessionscope__`;
      const send = (name: string, headers: Record<string, string>) =>
        new Promise<{ status: number; text: string }>((resolve, reject) => {
          request(
            `${place}/v1/${name}`,
            {
              method: 'POST',
              headers: { host: '127.0.0.1', origin: EXTENSION_ORIGIN, 'content-type': 'application/json', ...headers },
            },
            (response) => {
              let text = '';
              response.on('data', (data: Buffer) => (text += data.toString()));
              response.on('end', () => resolve({ status: response.statusCode!, text }));
            },
          )
            .on('error', reject)
            .end(JSON.stringify(guarded.bodyOf(name)));
        });
      expect((await send('hello', {})).status).toBe(200);
      for (const name of ['session', 'events', 'value'])
        for (const headers of [{}, { 'x-forwarded-for': '127.0.0.1' }]) {
          const answer = await send(name, headers);
          expect([name, answer.status]).toEqual([name, 403]);
          expect(answer.text).not.toContain(guarded.note);
        }
      const proof = await guarded.proof('session', JSON.stringify(guarded.bodyOf('session')));
      expect((await send('session', proof)).text).toContain(guarded.note);
    });
  });
});
