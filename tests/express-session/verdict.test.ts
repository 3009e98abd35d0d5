/** Verdicts against what express-session really did: each row makes the library take one decision. */
import { Agent, request as send } from 'node:http';
import type { RequestHandler } from 'express';
import session from 'express-session';
import { describe, expect, test } from 'vitest';
import { EVERYTHING, EXPRESS, type ExpressVersion, serve, signed, type TestApp } from './observed-app.ts';

interface Row {
  session?: Partial<session.SessionOptions>;
  /** Before the session middleware. */
  before?: (app: Parameters<Parameters<typeof serve>[0]>[0], store: session.MemoryStore) => void;
  /** Earlier requests, in order. */
  earlier?: RequestHandler[];
  handler: RequestHandler;
  headers?: Record<string, string>;
  record: [outcome: string, reason: string];
  cookie: [outcome: string, reason: string];
  /** What the library did: calls of the store after the load, and whether it set the cookie. */
  did: { calls: string[]; sets: boolean };
  /** Part of a fix that must be said. */
  fix?: string;
}

const write: RequestHandler = (request, response) => {
  request.session['n'] = ((request.session['n'] as number | undefined) ?? 0) + 1;
  response.end();
};
const read: RequestHandler = (request, response) => {
  void request.session['n'];
  response.end();
};

const ROWS: Record<string, Row> = {
  'a new session with data': {
    handler: write,
    record: ['saved', 'new-session'],
    cookie: ['set', 'new-key'],
    did: { calls: ['set'], sets: true },
  },
  'a new session that nothing was written to': {
    handler: read,
    record: ['none', 'uninitialized'],
    cookie: ['none', 'uninitialized'],
    did: { calls: [], sets: false },
  },
  'saveUninitialized: true': {
    session: { saveUninitialized: true },
    handler: read,
    record: ['saved', 'save-uninitialized'],
    cookie: ['set', 'new-key'],
    did: { calls: ['set'], sets: true },
    fix: 'saveUninitialized: false',
  },
  'an unchanged session is touched': {
    earlier: [write],
    handler: read,
    record: ['touched', 'unmodified'],
    cookie: ['none', 'kept'],
    did: { calls: ['touch'], sets: false },
  },
  'resave: true': {
    session: { resave: true },
    earlier: [write],
    handler: read,
    record: ['saved', 'resave'],
    cookie: ['none', 'kept'],
    did: { calls: ['set'], sets: false },
    fix: 'resave: false',
  },
  'rolling: true': {
    session: { rolling: true },
    earlier: [write],
    handler: read,
    record: ['touched', 'unmodified'],
    cookie: ['set', 'rolling'],
    did: { calls: ['touch'], sets: true },
  },
  'a changed session with an expiry sets its cookie again': {
    session: { cookie: { maxAge: 60_000 } },
    earlier: [write],
    handler: write,
    record: ['saved', 'modified'],
    cookie: ['set', 'modified'],
    did: { calls: ['set'], sets: true },
  },
  'a changed session without one does not': {
    earlier: [write],
    handler: write,
    record: ['saved', 'modified'],
    cookie: ['none', 'kept'],
    did: { calls: ['set'], sets: false },
  },
  'secure over plain http': {
    session: { cookie: { secure: true } },
    handler: write,
    record: ['saved', 'new-session'],
    cookie: ['not-set', 'secure-over-http'],
    did: { calls: ['set'], sets: false },
    fix: "secure: 'auto'",
  },
  'secure behind a proxy that is not trusted': {
    session: { cookie: { secure: true } },
    headers: { 'x-forwarded-proto': 'https' },
    handler: write,
    record: ['saved', 'new-session'],
    cookie: ['not-set', 'secure-over-http'],
    did: { calls: ['set'], sets: false },
    fix: "app.set('trust proxy', 1)",
  },
  'secure behind a proxy that is trusted': {
    session: { cookie: { secure: true } },
    before: (app) => app.set('trust proxy', 1),
    headers: { 'x-forwarded-proto': 'https' },
    handler: write,
    record: ['saved', 'new-session'],
    cookie: ['set', 'new-key'],
    did: { calls: ['set'], sets: true },
  },
  "a path that the cookie's path does not cover": {
    session: { cookie: { path: '/elsewhere' } },
    handler: (request, response) => void response.end(String(request.session)),
    record: ['none', 'path-mismatch'],
    cookie: ['none', 'path-mismatch'],
    did: { calls: [], sets: false },
    fix: 'widen cookie.path',
  },
  'a store that has said it is disconnected': {
    before: (_app, store) => void setImmediate(() => store.emit('disconnect')),
    handler: (request, response) => void response.end(String(request.session)),
    record: ['none', 'store-disconnected'],
    cookie: ['none', 'store-disconnected'],
    did: { calls: [], sets: false },
    fix: 'Bring the store back',
  },
  'a first write after the headers were sent': {
    handler: (request, response) => {
      response.write('first byte');
      request.session['n'] = 1;
      response.end();
    },
    record: ['saved', 'new-session'],
    cookie: ['not-set', 'headers-already-sent'],
    did: { calls: ['set'], sets: false },
    fix: 'before the first byte',
  },
  'the app saved by itself': {
    handler: (request, response) => {
      request.session['n'] = 1;
      request.session.save(() => response.end());
    },
    record: ['saved', 'app-saved'],
    cookie: ['set', 'new-key'],
    did: { calls: ['set'], sets: true },
  },
  'the app saved by itself, and the library touches what it takes for saved': {
    earlier: [write],
    handler: (request, response) => {
      request.session['n'] = 2;
      request.session.save(() => response.end());
    },
    record: ['saved', 'app-saved'],
    cookie: ['none', 'kept'],
    did: { calls: ['set', 'touch'], sets: false },
  },
  'unset: destroy': {
    session: { unset: 'destroy' },
    earlier: [write],
    handler: (request, response) => {
      (request as { session?: unknown }).session = null;
      response.end();
    },
    record: ['deleted', 'unset'],
    cookie: ['none', 'no-session'],
    did: { calls: ['destroy'], sets: false },
  },
  'destroyed by the app': {
    earlier: [write],
    handler: (request, response) => request.session.destroy(() => response.end()),
    record: ['deleted', 'destroyed'],
    cookie: ['none', 'no-session'],
    did: { calls: ['destroy'], sets: false },
  },
  'regenerated and left empty': {
    earlier: [write],
    handler: (request, response) => request.session.regenerate(() => response.end()),
    record: ['saved', 'regenerated'],
    cookie: ['set', 'new-key'],
    did: { calls: ['destroy', 'set'], sets: true },
  },
  'a key that is not a string': {
    session: { genid: () => 7 as never },
    handler: write,
    record: ['none', 'bogus-key'],
    cookie: ['none', 'bogus-key'],
    did: { calls: [], sets: false },
    fix: 'genid',
  },
  'a session that JSON can not hold': {
    handler: (request, response) => {
      request.session['big'] = 1n;
      try {
        response.end();
      } catch {
        response.destroy();
      }
    },
    record: ['failed', 'end-failed'],
    cookie: ['not-set', 'aborted'],
    did: { calls: [], sets: false },
    fix: 'bigint',
  },
};

class WatchedStore extends session.MemoryStore {
  calls: string[] = [];
  override set(...args: Parameters<session.MemoryStore['set']>): void {
    this.calls.push('set');
    super.set(...args);
  }
  override touch(...args: Parameters<session.MemoryStore['touch']>): void {
    this.calls.push('touch');
    super.touch(...args);
  }
  override destroy(...args: Parameters<session.MemoryStore['destroy']>): void {
    this.calls.push('destroy');
    super.destroy(...args);
  }
}

async function decide(
  version: ExpressVersion,
  { session: options = {}, before, earlier = [], handler, headers = {} }: Row,
) {
  const store = new WatchedStore();
  await using app = await serve(
    (app, factory, defaults) => {
      before?.(app, store);
      app.use(factory({ ...defaults, ...options, store }));
      for (const [index, step] of earlier.entries()) app.get(`/earlier/${index}`, step);
      app.get('/decide', handler);
    },
    { version, session: options },
  );
  for (const index of earlier.keys()) await app.get(`/earlier/${index}`);
  // The store's word that it is disconnected comes a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  store.calls = [];
  const response = await app.get('/decide', { headers }).catch(() => undefined);
  const { verdict } = await finishedAt(app, '/decide');
  return { verdict, did: { calls: store.calls, sets: (response?.headers.getSetCookie().length ?? 0) > 0 } };
}

async function finishedAt(app: TestApp, path: string) {
  await app.finished();
  const started = app.events().findLast((event) => event.type === 'exchange-started' && event.path === path);
  return app
    .events()
    .findLast(
      (event) => event.type === 'exchange-finished' && event.exchange === (started as { exchange: string }).exchange,
    ) as Awaited<ReturnType<TestApp['finished']>>;
}

describe.each(Object.keys(EXPRESS) as ExpressVersion[])('%s', (version) => {
  test.each(Object.entries(ROWS))('%s', async (_name, row) => {
    const { verdict, did } = await decide(version, row);
    expect(did).toEqual(row.did);
    expect([verdict.record.outcome, verdict.record.reason]).toEqual(row.record);
    expect([verdict.cookie.outcome, verdict.cookie.reason]).toEqual(row.cookie);
    if (row.fix !== undefined) expect(`${verdict.record.fix} ${verdict.cookie.fix}`).toContain(row.fix);
  });
});

test('a response that the client gave up and the app never ended is not decided', async () => {
  await using app = await serve((app, factory, options) => {
    app.use(factory(options));
    app.get('/', (request, response) => {
      request.session['n'] = 1;
      response.write('first');
      // Never ended.
    });
  });
  const agent = new Agent();
  await new Promise<void>((resolve) => {
    const call = send({ port: app.port, path: '/', agent }, (response) =>
      response.once('data', () => {
        call.destroy();
        resolve();
      }),
    );
    call.on('error', () => {});
    call.end();
  });
  const { ending, verdict, status } = await app.finished();
  agent.destroy();
  expect({ ending, status }).toEqual({ ending: 'aborted', status: 200 });
  expect(verdict.record).toMatchObject({ outcome: 'pending', reason: 'response-pending' });
});

test('a store that fails to save is reported with its own words', async () => {
  class FullStore extends session.MemoryStore {
    override set(...[, , callback]: Parameters<session.MemoryStore['set']>): void {
      callback?.(new Error('the disk is full'));
    }
  }
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store: new FullStore() }));
    app.get('/', write);
  });
  await app.get('/');
  const { verdict } = await app.finished();
  expect(verdict.record).toMatchObject({ outcome: 'failed', reason: 'store-error' });
  expect(verdict.record.text).toContain('the disk is full');
});

test('a save of the app that failed is reported as lost, though the library touched the record afterwards', async () => {
  let isFull = false;
  class FullStore extends session.MemoryStore {
    override set(...[key, data, callback]: Parameters<session.MemoryStore['set']>): void {
      if (isFull) callback?.(new Error('the disk is full'));
      else super.set(key, data, callback);
    }
  }
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store: new FullStore() }));
    app.get('/first', write);
    app.get('/second', (request, response) => {
      request.session['n'] = 2;
      request.session.save(() => response.end());
    });
  });
  await app.get('/first');
  await app.finished();
  isFull = true;
  await app.get('/second');
  const { verdict } = await app.finished();
  expect(verdict.record).toMatchObject({ outcome: 'failed', reason: 'store-error' });
  expect(verdict.record.text).toContain('took it for saved');
});

test('a store that never gives the session is reported when the client has given up', async () => {
  class SilentStore extends session.MemoryStore {
    override get(): void {}
  }
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store: new SilentStore() }));
    app.get('/', write);
  });
  app.cookies.set('connect.sid', signed('silent'));
  await expect(app.get('/', { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  const { ending, verdict } = await app.finished();
  expect(ending).toBe('aborted');
  expect(verdict.record).toMatchObject({ outcome: 'pending', reason: 'load-pending' });
  expect(app.companion!.middlewares()[0]!.readMemory('0'.repeat(12), EVERYTHING)).toEqual([]);
});
