/** What the store holds of what the app wrote: the form that the next load gives, and its true size. */
import { randomBytes } from 'node:crypto';
import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { createClient } from 'redis';
import { afterAll, describe, expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { serve, type TestApp } from './observed-app.ts';

class Price {
  readonly #cents: number;
  calls = 0;
  constructor(cents: number) {
    this.#cents = cents;
  }
  toJSON() {
    this.calls += 1;
    return { cents: this.#cents };
  }
}

const prefix = `sessionscope-stored-${randomBytes(4).toString('hex')}:`;
const client = createClient({ url: 'redis://127.0.0.1:6379', socket: { reconnectStrategy: false } });
client.on('error', () => {});
await client.connect().catch(() => {});
afterAll(async () => {
  if (!client.isOpen) return;
  for await (const keys of client.scanIterator({ MATCH: `${prefix}*` })) if (keys.length > 0) await client.del(keys);
  await client.close();
});

interface Kind {
  store(): session.Store;
  text(key: string): Promise<string | null>;
}

const memory = new session.MemoryStore();
const KINDS: Record<string, Kind> = {
  MemoryStore: {
    store: () => memory,
    text: (key) => Promise.resolve((memory as unknown as { sessions: Record<string, string> }).sessions[key] ?? null),
  },
  ...(client.isOpen
    ? { 'connect-redis': { store: () => new RedisStore({ client, prefix }), text: (key) => client.get(prefix + key) } }
    : {}),
};

const saveOf = (app: TestApp, path: string) =>
  app.operations(path).find(({ operation }) => operation === 'save') as OperationRecorded;

describe.each(Object.entries(KINDS))('%s', (_name, kind) => {
  const write = (fill: (data: Record<string, unknown>) => void) =>
    serve((app, factory, options) => {
      app.use(factory({ ...options, store: kind.store() }));
      app.get('/write', (request, response) => {
        fill(request.session as never);
        response.end(request.sessionID);
      });
      app.get('/read', (request, response) => response.json(request.session));
    });

  test('a value that JSON changes is reported as the next load gives it, and as it is in memory', async () => {
    await using app = await write((data) => {
      data['cart'] = new Map([['A-1', 2]]);
      data['at'] = new Date(0);
      data['rate'] = Number.NaN;
      data['gone'] = undefined;
      data['list'] = [undefined, new Set([1])];
      data['kept'] = { items: ['ä'] };
    });
    const key = await (await app.get('/write')).text();
    await app.finished();
    const save = saveOf(app, '/write');
    expect(save.state).toMatchObject({ cart: { $: 'map' }, at: { $: 'date' }, rate: { $: 'number' } });
    await app.get('/read');
    await app.finished();
    const [load] = app.operations('/read');
    expect(save.stored).toEqual(load!.state);
    expect(load!.state).toEqual({
      cart: {},
      at: '1970-01-01T00:00:00.000Z',
      rate: null,
      list: [null, {}],
      kept: { items: ['ä'] },
    });
    const size = Buffer.byteLength((await kind.text(key))!);
    // The cookie's end differs in no byte: it is read at one moment.
    expect([save.bytes, load!.bytes]).toEqual([size, size]);
  });

  test('of what a toJSON of the app gives nothing is claimed, and it is not called by us', async () => {
    const price = new Price(5);
    const bare = new Price(5);
    for (const [given, isObserved] of [
      [bare, false],
      [price, true],
    ] as const) {
      await using app = await serve(
        (app, factory, options) => {
          app.use(factory({ ...options, store: kind.store() }));
          app.get('/', (request, response) => {
            request.session['price'] = given;
            request.session['n'] = 1;
            response.end();
          });
        },
        { isObserved },
      );
      await app.get('/');
      if (!isObserved) continue;
      await app.finished();
      const save = saveOf(app, '/');
      expect(save.stored).toEqual({ price: { $: 'opaque', class: 'Price' }, n: 1 });
      expect(save).not.toHaveProperty('bytes');
    }
    expect(price.calls).toBe(bare.calls);
  });

  test('a record of 1.4 MB has its true size, and a change in a part that was not sent changes its digest', async () => {
    const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, text: 'x'.repeat(100) }));
    await using app = await serve((app, factory, options) => {
      app.use(factory({ ...options, store: kind.store() }));
      app.get('/write', (request, response) => {
        request.session['rows'] = rows;
        response.end(request.sessionID);
      });
      app.get('/change', (request, response) => {
        (request.session['rows'] as typeof rows)[4321]!.id = -1;
        response.end();
      });
    });
    const key = await (await app.get('/write')).text();
    await app.finished();
    const { bytes, stored, state } = saveOf(app, '/write');
    expect(bytes).toBe(Buffer.byteLength((await kind.text(key))!));
    const digestIn = (value: unknown) => (value as { rows: { digest?: string } }).rows.digest;
    expect(digestIn(stored)).toMatch(/^[0-9a-f]{12}$/);
    expect(digestIn(stored)).toBe(digestIn(state));
    await app.get('/change');
    await app.finished();
    expect(app.operations('/change').map(({ operation, inferred }) => [operation, inferred])).toContainEqual([
      'set',
      true,
    ]);
    expect(digestIn(saveOf(app, '/change').stored)).not.toBe(digestIn(stored));
  });
});

test('of a store whose format is not known nothing is claimed', async () => {
  class MapStore extends session.Store {
    readonly records = new Map<string, string>();
    get(key: string, callback: (error: unknown, data?: session.SessionData | null) => void): void {
      const text = this.records.get(key);
      callback(null, text === undefined ? null : (JSON.parse(text) as session.SessionData));
    }
    set(key: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
      this.records.set(key, JSON.stringify(data));
      callback?.();
    }
    destroy(key: string, callback?: (error?: unknown) => void): void {
      this.records.delete(key);
      callback?.();
    }
  }
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store: new MapStore(), cookie: { maxAge: 60_000 } }));
    app.get('/', (request, response) => {
      request.session['n'] = 1;
      response.end();
    });
  });
  await app.get('/');
  await app.finished();
  const save = saveOf(app, '/');
  expect(save).toMatchObject({ outcome: 'done', state: { n: 1 }, expiry: { storeAssumed: true } });
  expect(save).not.toHaveProperty('stored');
  expect(save).not.toHaveProperty('bytes');
});

test('a record with a serializer of the app is not taken for JSON, is read by it, and no error quotes it', async () => {
  if (!client.isOpen) return;
  const serializer = {
    stringify: (value: unknown) => `enc:${Buffer.from(JSON.stringify(value)).toString('base64')}`,
    parse: (text: string): session.SessionData => {
      if (!text.startsWith('enc:')) throw new Error(`cannot read ${text}`);
      return JSON.parse(Buffer.from(text.slice(4), 'base64').toString()) as session.SessionData;
    },
  };
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store: new RedisStore({ client, prefix, serializer }) }));
    app.get('/write', (request, response) => {
      request.session['n'] = 1;
      response.end(request.sessionID);
    });
    app.get('/read', (request, response) => response.json(request.session['n']));
    app.use(((
      _error: unknown,
      _request: unknown,
      response: { status(code: number): { end(): void } },
      _next: unknown,
    ) => response.status(500).end()) as never);
  });
  const key = await (await app.get('/write')).text();
  await app.finished();
  expect(saveOf(app, '/write')).not.toHaveProperty('stored');
  const [middleware] = app.companion!.middlewares();
  const viewer = { all: true, sessions: new Set<string>(), exchanges: new Set<string>() };
  expect(await middleware!.readStore(key, viewer)).toMatchObject({ outcome: 'found', state: { n: 1 } });
  await client.set(prefix + key, '{"secret":"canary-in-the-record"}');
  const look = await middleware!.readStore(key, viewer);
  expect(look).toMatchObject({ outcome: 'unreadable' });
  expect((await app.get('/read')).status).toBe(500);
  const { verdict } = await app.finished();
  expect(verdict.record).toMatchObject({ outcome: 'unreadable', reason: 'unreadable' });
  expect(app.operations('/read')[0]).toMatchObject({ operation: 'load', outcome: 'unreadable', reason: 'malformed' });
  expect(JSON.stringify([look, app.events()])).not.toContain('canary-in-the-record');
});

test('a record of MemoryStore that is not JSON is unreadable, and not quoted', async () => {
  const store = new session.MemoryStore();
  const { sessions } = store as unknown as { sessions: Record<string, string> };
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store }));
    app.get('/', (request, response) => {
      request.session['n'] = 1;
      response.end(request.sessionID);
    });
  });
  const key = await (await app.get('/')).text();
  sessions[key] = 'canary-in-the-record';
  expect((await app.get('/')).status).toBe(500);
  expect((await app.finished()).verdict.record).toMatchObject({ outcome: 'unreadable' });
  expect(JSON.stringify(app.events())).not.toContain('canary-in');
});

test('a client of the old API, which calls back, is looked at', async () => {
  const records = new Map<string, string>();
  const client3 = {
    get(key: string, callback?: (error: unknown, value: string | null) => void) {
      setImmediate(() => callback?.(null, records.get(key) ?? null));
      return true;
    },
    pttl(_key: string, callback?: (error: unknown, value: number) => void) {
      setImmediate(() => callback?.(null, 5_000));
      return true;
    },
  };
  records.set('sess:live', JSON.stringify({ cookie: {}, n: 1 }));
  const store = { get() {}, set() {}, destroy() {}, on() {}, client: client3, prefix: 'sess:' };
  const { ObservedSessions } =
    await import('../../server-companion/node/src/adapters/express-session/observed-sessions.ts');
  const { newCompanion, EVERYTHING } = await import('./observed-app.ts');
  const watched = new ObservedSessions(newCompanion(), { secret: 'x' }, store as never).observed;
  expect(await watched.readStore('live', EVERYTHING)).toMatchObject({ outcome: 'found', state: { n: 1 } });
  expect(await watched.readStore('none', EVERYTHING)).toEqual({ outcome: 'missing' });
});
