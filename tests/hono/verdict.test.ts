/** Verdicts against what hono-sessions really did: each row makes it take one decision. */
import { connect } from 'node:net';
import { CookieStore, MemoryStore } from 'hono-sessions';
import { expect, test } from 'vitest';
import { until } from '../browsers/until.ts';
import { type AppOptions, cacheOf, type Handler, type Options, sealed, serve, type StoreName } from './observed-app.ts';

interface Row {
  handler: Handler;
  /** @default both */
  store?: StoreName;
  options?: Options;
  /** What is sent: a session of these data, or this cookie. */
  sent?: 'known' | 'expired' | 'gone' | (() => Promise<string>);
  record: string;
  /** By the store. */
  cookie: Partial<Record<StoreName, string>>;
  /** What the next request of the browser reads under `a`. */
  next: unknown;
  status?: number;
  prepare?: AppOptions['prepare'];
}

const write: Handler = (session) => void session.set('a', 2);
const read: Handler = (session) => session.get('a');
const LEAN = { autoExtendExpiration: false };
const LATER = () => new Date(Date.now() + 60_000).toISOString();
const BEFORE = '2020-01-02T00:00:00.000Z';
const SET = { MemoryStore: 'set each-response', CookieStore: 'set sealed' };

const ROWS: Record<string, Row> = {
  'a new session with data': { handler: write, record: 'saved new-session', cookie: SET, next: 2 },
  'trap: a new session with nothing in it is stored': {
    handler: read,
    options: LEAN,
    record: 'saved new-session',
    cookie: SET,
    next: null,
  },
  'a known session that is written': { handler: write, sent: 'known', record: 'saved modified', cookie: SET, next: 2 },
  'trap: only read, and stored anyway': {
    handler: read,
    sent: 'known',
    record: 'touched refreshed',
    cookie: SET,
    next: 1,
  },
  'only read, without autoExtendExpiration': {
    handler: read,
    sent: 'known',
    options: LEAN,
    record: 'unchanged unmodified',
    cookie: { MemoryStore: 'set each-response', CookieStore: 'none kept' },
    next: 1,
  },
  'a nested change is stored': {
    handler: (session) => (session.get('cart') as number[]).push(2),
    sent: 'known',
    options: LEAN,
    record: 'saved modified',
    cookie: SET,
    next: 1,
  },
  forgotten: {
    handler: (session) => session.forget('a'),
    sent: 'known',
    record: 'saved modified',
    cookie: SET,
    next: null,
  },
  'deleted, from a store': {
    handler: (session) => session.deleteSession(),
    store: 'MemoryStore',
    sent: 'known',
    record: 'deleted destroyed',
    cookie: { MemoryStore: 'set set-after-delete' },
    next: null,
  },
  'deleted, from the cookie, which stays': {
    handler: (session) => session.deleteSession(),
    store: 'CookieStore',
    sent: 'known',
    record: 'deleted destroyed',
    cookie: { CookieStore: 'set emptied' },
    next: null,
  },
  'trap: what is written with deleteSession() is lost': {
    handler: (session) => (session.deleteSession(), session.set('a', 3)),
    sent: 'known',
    record: 'deleted destroyed',
    cookie: { MemoryStore: 'set set-after-delete', CookieStore: 'set emptied' },
    next: null,
  },
  'a key that is rotated': {
    handler: (_session, context) => context.set('session_key_rotation', true),
    store: 'MemoryStore',
    sent: 'known',
    record: 'saved rotated',
    cookie: SET,
    next: 1,
  },
  'an end that has passed': {
    handler: read,
    sent: 'expired',
    record: 'saved expired-replaced',
    cookie: SET,
    next: null,
  },
  'a record that there is not': {
    handler: read,
    store: 'MemoryStore',
    sent: 'gone',
    record: 'saved missing-replaced',
    cookie: SET,
    next: null,
  },
  'a cookie of another key': {
    handler: read,
    sent: () => sealed(JSON.stringify(cacheOf()), 'another key of 32 characters, or of some more'),
    record: 'saved refused-replaced',
    cookie: SET,
    next: null,
  },
  'no seal at all': {
    handler: read,
    sent: async () => 'hello',
    record: 'saved refused-replaced',
    cookie: SET,
    next: null,
  },
  'the handler throws after its change: it is stored anyway': {
    handler: (session) => {
      session.set('a', 2);
      throw new Error('no');
    },
    sent: 'known',
    record: 'saved modified',
    cookie: SET,
    next: 2,
    status: 500,
  },
  'other code takes the header off': {
    handler: write,
    prepare: (app) =>
      app.use(async (context, next) => {
        await next();
        if (context.req.path === '/') context.res.headers.delete('set-cookie');
      }),
    store: 'MemoryStore',
    record: 'saved new-session',
    cookie: { MemoryStore: 'not-set cookie-removed' },
    next: null,
  },
};

async function start(store: StoreName, { handler, options, sent, prepare }: Row) {
  const memory = new MemoryStore();
  const app = await serve(
    { '/': handler, '/next': (session) => ({ a: session.get('a') }) },
    {
      options: { store: store === 'MemoryStore' ? memory : new CookieStore(), ...options },
      ...(prepare === undefined ? {} : { prepare }),
    },
  );
  const cache = cacheOf({
    data: { a: 1, cart: [1] },
    expire: sent === 'expired' ? BEFORE : sent === 'known' ? LATER() : null,
  });
  if (sent === 'known' || sent === 'expired') memory.createSession('known', cache);
  if (typeof sent === 'function') app.jar.set('session', await sent());
  else if (sent !== undefined)
    app.jar.set('session', await sealed(store === 'CookieStore' ? JSON.stringify(cache) : 'known'));
  return app;
}

const CASES = Object.entries(ROWS).flatMap(([name, row]) =>
  (row.store === undefined ? (['MemoryStore', 'CookieStore'] as const) : [row.store]).map(
    (store) => [store, name, row] as const,
  ),
);

test.each(CASES)('%s: %s', async (store, _name, row) => {
  await using app = await start(store, row);
  const answer = await app.get('/');
  const { verdict, faults } = await app.finished('/');
  expect([
    `${verdict.record.outcome} ${verdict.record.reason}`,
    `${verdict.cookie.outcome} ${verdict.cookie.reason}`,
  ]).toEqual([row.record, row.cookie[store]]);
  const isSet = answer.headers.some(([name, text]) => name === 'set-cookie' && text.startsWith('session='));
  expect(isSet).toBe(verdict.cookie.outcome === 'set');
  expect(answer.status).toBe(row.status ?? 200);
  expect(faults).toBeUndefined();
  expect((JSON.parse((await app.get('/next')).body) as { a: unknown }).a).toEqual(row.next);
});

type Method = 'getSessionById' | 'createSession' | 'persistSessionData' | 'deleteSession';

test.each<[Method, string, number]>([
  ['getSessionById', 'saved load-failed', 200],
  ['createSession', 'failed store-error', 500],
  ['persistSessionData', 'failed store-error', 500],
  ['deleteSession', 'failed store-error', 500],
])('a store that fails on %s', async (name, record, status) => {
  const store = new MemoryStore();
  store.createSession('known', cacheOf({ data: { a: 1 } }));
  Object.assign(store, { [name]: async () => Promise.reject(new Error('the disk is full')) });
  await using app = await serve(
    { '/': (session) => (name === 'deleteSession' ? session.deleteSession() : session.set('a', 2)) },
    { options: { store } },
  );
  if (name !== 'createSession') app.jar.set('session', await sealed('known'));
  expect((await app.get('/')).status).toBe(status);
  const { verdict, faults } = await app.finished('/');
  expect(`${verdict.record.outcome} ${verdict.record.reason}`).toBe(record);
  expect(verdict.record.text).toContain('the disk is full');
  expect(faults).toBeUndefined();
});

test('a key that is too short: the library threw before there was a session', async () => {
  await using app = await serve({ '/': write }, { options: { encryptionKey: 'short' } });
  expect((await app.get('/')).status).toBe(500);
  expect((await app.finished('/')).verdict).toMatchObject({
    record: { outcome: 'failed', reason: 'begin-failed' },
    cookie: { outcome: 'not-set', reason: 'begin-failed' },
  });
});

test('a stream changes it while it is sent: lost, and said so', async () => {
  for (const [options, record] of [
    [{}, 'saved changed-after-save'],
    [LEAN, 'not-saved too-late'],
  ] as const) {
    let goOn: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => (goOn = resolve));
    const store = new MemoryStore();
    store.createSession('known', cacheOf({ data: { a: 1 } }));
    await using app = await serve(
      {
        '/': (session) => {
          const body = new ReadableStream<Uint8Array>({
            async start(controller) {
              controller.enqueue(new TextEncoder().encode('first'));
              await isOver;
              session.set('late', 2);
              controller.close();
            },
          });
          return new Response(body);
        },
      },
      { options: { store, ...options } },
    );
    app.jar.set('session', await sealed('known'));
    const answered = fetch(app.origin, { headers: app.jar.headers });
    // The head is there: the handler and the library are done.
    const response = await answered;
    goOn();
    await response.text();
    const { verdict } = await app.finished('/');
    expect(`${verdict.record.outcome} ${verdict.record.reason}`).toBe(record);
  }
});

test('a handler that throws what is no Error goes past the library', async () => {
  const store = new MemoryStore();
  store.createSession('known', cacheOf({ data: { a: 1 } }));
  await using app = await serve(
    {
      '/': (session) => {
        session.set('a', 2);
        throw 'no Error';
      },
    },
    { options: { store, ...LEAN } },
  );
  app.jar.set('session', await sealed('known'));
  expect((await app.get('/')).status).toBe(500);
  expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'not-saved', reason: 'not-reached' });
});

test.each(['MemoryStore', 'CookieStore'] as const)(
  '%s: a client that goes away: pending, and then what happened',
  async (name) => {
    let goOn: () => void = () => undefined;
    let isBegun = false;
    const isOver = new Promise<void>((resolve) => (goOn = resolve));
    await using app = await serve(
      {
        '/': async (session) => {
          session.set('a', 1);
          isBegun = true;
          await isOver;
          return 'ok';
        },
      },
      { options: { store: name === 'MemoryStore' ? new MemoryStore() : new CookieStore() } },
    );
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
    expect(`${last.record.outcome} ${last.record.reason}`).toBe(
      name === 'MemoryStore' ? 'saved new-session' : 'not-saved aborted',
    );
    expect(last.cookie.outcome).toBe('not-set');
  },
);
