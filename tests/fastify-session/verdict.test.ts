/** Verdicts against what @fastify/session really did: each row makes it take one decision. */
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import fastifySession from '@fastify/session';
import { expect, test } from 'vitest';
import { until } from '../browsers/until.ts';
import { type AppOptions, type Handler, serve, signed } from './observed-app.ts';

interface Row {
  handler: Handler;
  options?: Record<string, unknown>;
  prepare?: AppOptions['prepare'];
  path?: string;
  /** Whether the cookie of a session with data is sent. */
  isSent?: true;
  record: string;
  cookie: string;
  /** What the response really did to the cookie. */
  did: 'set' | 'dropped' | 'nothing';
  /** Whether the store was really asked to write the session in this request. */
  saved: boolean;
  status?: number;
}

/** What JSON makes of it is known to its own code alone. */
class Point {
  x = 1;

  toJSON() {
    return { at: this.x };
  }
}

const LEAN = { saveUninitialized: false, rolling: false };
const write: Handler = async (request) => String((request.session['a'] = 2));
const read: Handler = async (request) => String(request.session['a']);

const ROWS: Record<string, Row> = {
  'a new session with data': {
    handler: write,
    record: 'saved new-session',
    cookie: 'set new-key',
    did: 'set',
    saved: true,
  },
  'a new session with nothing in it, by default': {
    handler: read,
    record: 'saved save-uninitialized',
    cookie: 'set new-key',
    did: 'set',
    saved: true,
  },
  'a new session with nothing in it, saveUninitialized off': {
    handler: read,
    options: LEAN,
    record: 'none uninitialized',
    cookie: 'none uninitialized',
    did: 'nothing',
    saved: false,
  },
  'only read, by default': {
    handler: read,
    isSent: true,
    record: 'saved rolling',
    cookie: 'set saved',
    did: 'set',
    saved: true,
  },
  'only read, rolling off': {
    handler: read,
    options: LEAN,
    isSent: true,
    record: 'unchanged unmodified',
    cookie: 'none kept',
    did: 'nothing',
    saved: false,
  },
  changed: {
    handler: write,
    options: LEAN,
    isSent: true,
    record: 'saved modified',
    cookie: 'set saved',
    did: 'set',
    saved: true,
  },
  'saved by the app': {
    handler: async (request) => {
      await request.session.save();
      return 'ok';
    },
    options: LEAN,
    isSent: true,
    record: 'saved app-saved',
    cookie: 'set saved',
    did: 'set',
    saved: true,
  },
  'a bigint alone, which the library leaves out': {
    handler: async (request) => String((request.session['big'] = 10n)),
    options: LEAN,
    isSent: true,
    record: 'not-saved change-unnoticed',
    cookie: 'none kept',
    did: 'nothing',
    saved: false,
  },
  'a bigint alone in a new session': {
    handler: async (request) => String((request.session['big'] = 10n)),
    options: LEAN,
    record: 'not-saved change-unnoticed',
    cookie: 'not-set change-unnoticed',
    did: 'nothing',
    saved: false,
  },
  'a change that only a toJSON of the app`s shows': {
    handler: async (request) => {
      (request.session['point'] as { x: number }).x += 1;
      return 'ok';
    },
    options: LEAN,
    isSent: true,
    record: 'saved modified',
    cookie: 'set saved',
    did: 'set',
    saved: true,
  },
  regenerated: {
    handler: async (request) => {
      await request.session.regenerate();
      return 'ok';
    },
    options: LEAN,
    isSent: true,
    record: 'saved regenerated',
    cookie: 'expired dropped-after-regenerate',
    did: 'dropped',
    saved: true,
  },
  'regenerated and written to': {
    handler: async (request) => {
      await request.session.regenerate();
      request.session['a'] = 3;
      return 'ok';
    },
    options: LEAN,
    isSent: true,
    record: 'saved regenerated',
    cookie: 'set new-key',
    did: 'set',
    saved: true,
  },
  destroyed: {
    handler: async (request) => {
      await request.session.destroy();
      return 'ok';
    },
    isSent: true,
    record: 'deleted destroyed',
    cookie: 'none no-session',
    did: 'nothing',
    saved: false,
  },
  'null is put in its place': {
    handler: async (request) => {
      request.session = null as never;
      return 'ok';
    },
    isSent: true,
    record: 'not-saved no-session',
    cookie: 'none no-session',
    did: 'nothing',
    saved: false,
  },
  'Secure by default, over plain http: a new session': {
    handler: write,
    options: { cookie: {} },
    record: 'not-saved secure-over-http',
    cookie: 'not-set secure-over-http',
    did: 'nothing',
    saved: false,
  },
  'Secure by default, over plain http: a change of a known session': {
    handler: write,
    options: { cookie: {} },
    isSent: true,
    record: 'not-saved secure-over-http',
    cookie: 'not-set secure-over-http',
    did: 'nothing',
    saved: false,
  },
  "Secure 'auto' over plain http": {
    handler: write,
    options: { cookie: { secure: 'auto' } },
    record: 'saved new-session',
    cookie: 'set new-key',
    did: 'set',
    saved: true,
  },
  "a path that is not below the cookie's": {
    handler: write,
    options: { cookie: { secure: false, path: '/admin' } },
    record: 'none path-mismatch',
    cookie: 'none path-mismatch',
    did: 'nothing',
    saved: false,
  },
  'a response that is written past Fastify': {
    handler: (request, reply) => {
      request.session['a'] = 2;
      reply.hijack();
      reply.raw.end('ok');
    },
    record: 'not-saved hook-skipped',
    cookie: 'not-set hook-skipped',
    did: 'nothing',
    saved: false,
  },
  'a stream changes it while it is sent': {
    handler: (request, reply) => {
      const body = new PassThrough();
      void reply.send(body);
      body.write('first');
      setTimeout(() => {
        request.session['a'] = 2;
        body.end('last');
      }, 20);
    },
    options: LEAN,
    record: 'not-saved too-late',
    cookie: 'not-set too-late',
    did: 'nothing',
    saved: false,
  },
  'other code takes the header off': {
    handler: async (request, reply) => {
      const { writeHead } = reply.raw;
      reply.raw.writeHead = function drop(this: typeof reply.raw, status: number, headers: Record<string, unknown>) {
        delete headers['set-cookie'];
        return writeHead.call(this, status, headers as never);
      } as never;
      return String((request.session['a'] = 2));
    },
    record: 'saved new-session',
    cookie: 'not-set cookie-removed',
    did: 'nothing',
    saved: true,
  },
  'the app throws after its change: it is saved anyway': {
    handler: async (request) => {
      request.session['a'] = 2;
      throw new Error('no');
    },
    record: 'saved new-session',
    cookie: 'set new-key',
    did: 'set',
    saved: true,
    status: 500,
  },
};

type Callback = (error?: unknown, session?: unknown) => void;
type Base = new () => {
  store: Map<string, unknown>;
  get(key: string, callback: Callback): void;
  set(key: string, session: unknown, callback: Callback): void;
  destroy(key: string, callback: Callback): void;
};

/** The library's own, which notes what it is asked to write. */
class NotingStore extends (fastifySession.MemoryStore as unknown as Base) {
  sets = 0;

  override set(key: string, session: unknown, callback: Callback): void {
    this.sets += 1;
    super.set(key, session, callback);
  }
}

test.each(Object.entries(ROWS))(
  '%s',
  async (_name, { handler, options, prepare, path = '/', isSent, record, cookie, did, saved, status = 200 }) => {
    const store = new NotingStore();
    await using app = await serve(
      { [path]: handler },
      { options: { ...options, store }, ...(prepare === undefined ? {} : { prepare }) },
    );
    if (isSent) {
      store.store.set('known', { a: 1, point: new Point(), cookie: { originalMaxAge: null, expires: null } });
      app.jar.set('sessionId', signed('known'));
    }
    const answer = await app.get(path);
    const { verdict, faults } = await app.finished(path);
    expect([
      `${verdict.record.outcome} ${verdict.record.reason}`,
      `${verdict.cookie.outcome} ${verdict.cookie.reason}`,
    ]).toEqual([record, cookie]);
    const line = answer.headers.find(
      ([name, text]) => name.toLowerCase() === 'set-cookie' && text.startsWith('sessionId='),
    );
    expect(line === undefined ? 'nothing' : line[1].startsWith('sessionId=;') ? 'dropped' : 'set').toBe(did);
    expect(store.sets > 0).toBe(saved);
    expect(answer.status).toBe(status);
    expect(faults).toBeUndefined();
  },
);

test('over plain http the default drops the cookie of a session that the store does not know, in silence', async () => {
  await using app = await serve({ '/': write }, { options: { cookie: {} } });
  app.jar.set('sessionId', signed('from-before'));
  const { headers } = await app.get('/');
  expect(headers.some(([, text]) => text.startsWith('sessionId=;'))).toBe(true);
  const { verdict, sessionAfter } = await app.finished('/');
  expect(verdict.record).toMatchObject({ outcome: 'not-saved', reason: 'secure-over-http' });
  expect(verdict.record.text).toContain('told the browser to drop');
  expect(verdict.cookie).toMatchObject({ reason: 'secure-over-http', due: true });
  expect(sessionAfter).toBeNull();
});

test.each(['get', 'set', 'destroy'] as const)('a store that fails on %s', async (name) => {
  const store = new NotingStore();
  store.store.set('known', { a: 1, cookie: { originalMaxAge: null, expires: null } });
  store[name] = ((...args: unknown[]) => (args.at(-1) as Callback)(new Error('the disk is full'))) as never;
  await using app = await serve(
    {
      '/': async (request) => {
        if (name === 'destroy') await request.session.destroy();
        else request.session['a'] = 2;
        return 'ok';
      },
    },
    { options: { store } },
  );
  app.jar.set('sessionId', signed('known'));
  expect((await app.get('/')).status).toBe(500);
  const { verdict, faults } = await app.finished('/');
  const reason = name === 'get' ? 'load-failed' : 'store-error';
  expect(verdict.record).toMatchObject({ outcome: 'failed', reason });
  expect((await app.operations('/')).some(({ error }) => error?.message === 'the disk is full')).toBe(true);
  expect(faults).toBeUndefined();
});

test('a client that goes away before the app has answered: pending, and then saved', async () => {
  let goOn: () => void = () => undefined;
  let isBegun = false;
  const isOver = new Promise<void>((resolve) => (goOn = resolve));
  await using app = await serve({
    '/': async (request) => {
      request.session['a'] = 1;
      isBegun = true;
      await isOver;
      return 'ok';
    },
  });
  const { hostname, port } = new URL(app.origin);
  const socket = connect(Number(port), hostname);
  socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  await until(() => isBegun || undefined, 'the handler');
  socket.destroy();
  expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'pending', reason: 'response-pending' });
  goOn();
  const last = await until(async () => {
    const { verdict } = await app.finished('/');
    return verdict.record.outcome === 'pending' ? undefined : verdict;
  }, 'the end');
  expect(last.record).toMatchObject({ outcome: 'saved', reason: 'new-session' });
  expect(last.cookie).toMatchObject({ outcome: 'not-set', reason: 'aborted' });
});
