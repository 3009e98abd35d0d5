/** What happens when the client has gone, the record has gone, or there never was a response. */
import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import type { Duplex } from 'node:stream';
import session from 'express-session';
import { expect, test } from 'vitest';
import type { ExchangeFinished, OperationRecorded } from '../../protocol/index.ts';
import { inShort, serve, type TestApp } from './observed-app.ts';

const ends = (app: TestApp, path: string): ExchangeFinished[] => {
  const started = app.events().findLast((event) => event.type === 'exchange-started' && event.path === path) as
    | { exchange: string }
    | undefined;
  return app
    .events()
    .filter(
      (event) => event.type === 'exchange-finished' && event.exchange === started?.exchange,
    ) as ExchangeFinished[];
};

async function until<T>(ask: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 6_000; tries++) {
    const given = ask();
    if (given) return given;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not come to that');
}

/** Asks and goes away at once, as a reload or a double click does. */
async function abandon(app: TestApp, path: string): Promise<void> {
  const cookie = [...app.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const call = send({ port: app.port, path, headers: { cookie } });
  call.on('error', () => {});
  call.end();
  await until(() => app.events().some((event) => event.type === 'exchange-started' && event.path === path));
  call.destroy();
}

class SlowStore extends session.MemoryStore {
  waiting: (() => void)[] = [];
  override set(...[key, data, callback]: Parameters<session.MemoryStore['set']>): void {
    if (data['isSlow'] === true) this.waiting.push(() => super.set(key, data, callback));
    else super.set(key, data, callback);
  }
}

function slowApp(store = new SlowStore()) {
  const go: (() => void)[] = [];
  const app = serve((app, factory, options) => {
    app.use(factory({ ...options, store }));
    app.get('/start', (request, response) => {
      request.session['n'] = 0;
      response.end();
    });
    app.get('/write', (request, response) => {
      go.push(() => {
        request.session['n'] = 1;
        response.end();
      });
    });
    app.get('/destroy', (request, response) => {
      go.push(() => request.session.destroy(() => response.end()));
    });
    app.get('/slow-save', (request, response) => {
      request.session['isSlow'] = true;
      response.end('x');
    });
  });
  return { app, go, store };
}

test.each([
  ['/write', { outcome: 'saved', reason: 'modified' }, ['load found', 'set n', 'save done']],
  ['/destroy', { outcome: 'deleted', reason: 'destroyed' }, ['load found', 'flush done']],
])('%s goes on after the client has gone: not decided first, then what happened', async (path, record, operations) => {
  const { app: making, go } = slowApp();
  await using app = await making;
  await app.get('/start');
  await abandon(app, path);
  await until(() => ends(app, path).length === 1);
  expect(ends(app, path)[0]!.verdict.record).toMatchObject({ outcome: 'pending', reason: 'response-pending' });
  expect(ends(app, path)[0]).toMatchObject({ ending: 'aborted' });
  go[0]!();
  await until(() => ends(app, path).length === 2);
  const [first, last] = ends(app, path);
  expect(last!.verdict.record).toMatchObject(record);
  expect(last!.ending).toBe('aborted');
  expect(last!.seq).toBeGreaterThan(first!.seq);
  expect(app.operations(path).map(inShort)).toEqual(operations);
  expect(app.operations(path).every(({ seq }) => seq < last!.seq)).toBe(true);
});

test('a store that answers after the client has gone decides then', async () => {
  const { app: making, store } = slowApp();
  await using app = await making;
  await app.get('/start');
  await abandon(app, '/slow-save');
  await until(() => ends(app, '/slow-save').length === 1);
  expect(ends(app, '/slow-save')[0]!.verdict.record).toMatchObject({ outcome: 'pending', reason: 'store-pending' });
  store.waiting[0]!();
  await until(() => ends(app, '/slow-save').length === 2);
  expect(ends(app, '/slow-save')[1]!.verdict.record).toMatchObject({ outcome: 'saved' });
});

test('a store that gives the session after the client has gone: the app still runs, and is seen', async () => {
  const answers: (() => void)[] = [];
  class LateStore extends session.MemoryStore {
    isLate = false;
    override get(...[key, callback]: Parameters<session.MemoryStore['get']>): void {
      if (this.isLate) answers.push(() => super.get(key, callback));
      else super.get(key, callback);
    }
  }
  const store = new LateStore();
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store }));
    app.get('/', (request, response) => {
      request.session['n'] = ((request.session['n'] as number | undefined) ?? 0) + 1;
      response.end();
    });
  });
  await app.get('/');
  await app.finished();
  store.isLate = true;
  const count = app.events().length;
  const cookie = [...app.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const call = send({ port: app.port, path: '/', headers: { cookie } });
  call.on('error', () => {});
  call.end();
  await until(() => answers.length === 1);
  call.destroy();
  const pending = await until(() =>
    app
      .events()
      .slice(count)
      .find(({ type }) => type === 'exchange-finished'),
  );
  expect((pending as ExchangeFinished).verdict.record).toMatchObject({ outcome: 'pending', reason: 'load-pending' });
  answers[0]!();
  await until(() => ends(app, '/').length === 2);
  expect(ends(app, '/')[1]!.verdict.record).toMatchObject({ outcome: 'saved' });
  expect(app.operations('/').map(inShort)).toEqual(['load found', 'get n', 'set n', 'save done']);
});

test('a record that another request deleted meanwhile: the touch found nothing, a save brings it back', async () => {
  const going: (() => void)[] = [];
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, cookie: { maxAge: 60_000 } }));
    app.get('/start', (request, response) => {
      request.session['n'] = 0;
      response.end();
    });
    app.get('/read', (_request, response) => void going.push(() => response.end()));
    app.get('/write', (request, response) => {
      going.push(() => {
        request.session['n'] = 1;
        response.end();
      });
    });
    app.get('/logout', (request, response) => request.session.destroy(() => response.end()));
  });
  for (const path of ['/read', '/write']) {
    await app.get('/start');
    going.length = 0;
    const slow = app.get(path);
    await until(() => going.length === 1);
    await app.get('/logout');
    going[0]!();
    await slow;
    await until(() => ends(app, path).length === 1);
  }
  expect(app.operations('/read').map(inShort)).toEqual(['load found', 'touch gone']);
  expect(app.operations('/read').at(-1)).not.toHaveProperty('expiry');
  const [read] = ends(app, '/read');
  expect(read!.verdict.record).toMatchObject({ outcome: 'missing', reason: 'gone' });
  expect(read!.sessionAfter).toBeNull();
  expect(read!.expiry).not.toHaveProperty('storeAt');
  const [write] = ends(app, '/write');
  expect(write!.verdict.record).toMatchObject({ outcome: 'saved', reason: 'modified' });
  expect(write!.verdict.record.text).toContain('brought it back');
});

test('a store of which nothing is known: whether a touch of a deleted record found one is not claimed', async () => {
  const going: (() => void)[] = [];
  class QuietStore extends session.Store {
    readonly #records = new session.MemoryStore();
    override get = this.#records.get.bind(this.#records);
    override set = this.#records.set.bind(this.#records);
    override destroy = this.#records.destroy.bind(this.#records);
    override touch = this.#records.touch.bind(this.#records);
  }
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store: new QuietStore(), cookie: { maxAge: 60_000 } }));
    app.get('/start', (request, response) => {
      request.session['n'] = 0;
      response.end();
    });
    app.get('/read', (_request, response) => void going.push(() => response.end()));
    app.get('/logout', (request, response) => request.session.destroy(() => response.end()));
  });
  await app.get('/start');
  const slow = app.get('/read');
  await until(() => going.length === 1);
  await app.get('/logout');
  going[0]!();
  await slow;
  await until(() => ends(app, '/read').length === 1);
  const [read] = ends(app, '/read');
  expect(app.operations('/read').map(inShort)).toEqual(['load found', 'touch done']);
  expect(read!.verdict.record).toMatchObject({ outcome: 'touched', reason: 'deleted-meanwhile' });
  for (const { expiry } of [app.operations('/read').at(-1)!, read!]) expect(expiry).not.toHaveProperty('storeAt');
});

test('a store call inside a store call is the store’s own: a save with an end in the past', async () => {
  class DroppingStore extends session.MemoryStore {
    override set(...[key, data, callback]: Parameters<session.MemoryStore['set']>): void {
      // As connect-redis does.
      if (data.cookie.expires && data.cookie.expires.valueOf() <= Date.now()) this.destroy(key, callback);
      else super.set(key, data, callback);
    }
  }
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, store: new DroppingStore() }));
    app.get('/', (request, response) => {
      request.session['n'] = 1;
      request.session.cookie.maxAge = -1000;
      response.end();
    });
  });
  await app.get('/');
  const { verdict } = await app.finished();
  expect(verdict.record).toMatchObject({ outcome: 'deleted', reason: 'saved-expired' });
  expect(verdict.record.text).not.toContain('unset');
  expect(app.operations('/').map(inShort)).toEqual(['create', 'set n', 'set-expiry', 'save done', 'expire']);
  expect(app.operations('/').find(({ operation }) => operation === 'save')).not.toHaveProperty('stored');
});

test('req.session replaced by another object is named as that', async () => {
  await using app = await serve((app, factory, options) => {
    app.use(factory(options));
    app.get('/', (request, response) => {
      (request as { session: unknown }).session = { user: 'ann' };
      try {
        response.end();
      } catch {
        response.destroy();
      }
    });
  });
  await app.get('/').catch(() => {});
  const { verdict } = await app.finished();
  expect(verdict.record).toMatchObject({ outcome: 'failed', reason: 'session-replaced' });
  expect(verdict.record.fix).toContain('Object.assign');
});

test.each([false, new Date(Number.NaN), undefined, null])('cookie.expires: %s names no end', async (expires) => {
  await using app = await serve((app, factory, options) => {
    app.use(factory({ ...options, saveUninitialized: true }));
    app.get('/', (request, response) => {
      request.session.cookie.expires = expires as never;
      request.session['n'] = 1;
      response.end();
    });
  });
  await app.get('/').catch(() => {});
  await app.finished();
  const save = app.operations('/').find(({ operation }) => operation === 'save') as OperationRecorded;
  expect(save.expiry).toMatchObject({ sessionAt: null, storeAt: null });
});

test('a middleware made for each request is one registration', async () => {
  const store = new session.MemoryStore();
  store.setMaxListeners(0);
  await using app = await serve((app, factory, options) => {
    app.use((request, response, next) => {
      const cookie = { maxAge: request.path === '/long' ? 9e6 : 6e4, domain: undefined };
      factory({ ...options, store, cookie })(request, response, next);
    });
    app.get('/{*path}', (request, response) => {
      request.session['n'] = 1;
      response.end();
    });
  });
  for (let index = 0; index < 50; index++) await app.get(index % 2 ? '/long' : '/short');
  await app.finished();
  expect(app.companion!.middlewares()).toHaveLength(2);
  expect(app.events().filter(({ type }) => type === 'epoch-started').length).toBeLessThan(6);
  expect(app.companion!.faults.total).toBe(0);
});

test('stores without end are observed up to a bound, and said so once', async () => {
  await using app = await serve((app, factory, options) => {
    app.use((request, response, next) => factory(options)(request, response, next));
    app.get('/', (request, response) => {
      request.session['n'] = 1;
      response.end();
    });
  });
  for (let index = 0; index < 80; index++) expect((await app.get('/')).status).toBe(200);
  expect(app.companion!.middlewares()).toHaveLength(64);
  expect(app.companion!.faults.total).toBe(1);
});

test('a WebSocket: the middleware run by hand with a response {} is no fault, and ends with its socket', async () => {
  let save: (() => void) | undefined;
  await using app = await serve((app, factory, options) => {
    const parser = factory(options);
    app.use(parser);
    app.get('/login', (request, response) => {
      request.session['user'] = 'u1';
      response.end();
    });
    app.set('parser', parser);
  });
  app.server.on('upgrade', (request: IncomingMessage & { session: session.Session }, socket: Duplex) => {
    const parser = (app.server.listeners('request')[0] as unknown as { get(name: string): session.Store }).get(
      'parser',
    ) as unknown as (request: unknown, response: unknown, next: () => void) => void;
    parser(request, {}, () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      save = () => {
        (request.session as unknown as Record<string, unknown>)['seen'] = 'hello';
        request.session.save(() => socket.end());
      };
    });
  });
  await app.get('/login');
  await app.finished();
  const cookie = [...app.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = { connection: 'Upgrade', upgrade: 'websocket', cookie };
  const call = send({ port: app.port, path: '/socket', headers });
  call.end();
  const [, socket] = (await once(call, 'upgrade')) as [unknown, Duplex];
  socket.resume();
  expect(ends(app, '/socket')).toEqual([]);
  save!();
  await once(socket, 'close');
  await until(() => ends(app, '/socket').length === 1);
  expect(app.events().find((event) => event.type === 'exchange-started' && event.path === '/socket')).toMatchObject({
    kind: 'websocket',
  });
  expect(ends(app, '/socket')[0]).toMatchObject({
    ending: 'completed',
    verdict: { record: { outcome: 'saved', reason: 'app-saved' }, cookie: { outcome: 'none', reason: 'no-response' } },
  });
  expect(app.operations('/socket').map(inShort)).toEqual(['load found', 'set seen', 'save done']);
  expect(app.companion!.faults.total).toBe(0);
});

test.each([
  ['set on the response', false],
  ['given with the head', true],
])('a discovery header copied from an upstream or a cache and %s is replaced', async (_name, isInHead) => {
  const foreign = `"/__sessionscope__";v=1;app="somebody";exchange="${'0'.repeat(32)}";epoch="00000000"`;
  await using app = await serve((app, factory, options) => {
    app.use(factory(options));
    app.get('/', (request, response) => {
      request.session['n'] = 1;
      if (isInHead) response.writeHead(200, { sessionscope: foreign });
      else response.setHeader('sessionscope', foreign);
      response.end();
    });
  });
  const header = (await app.get('/')).headers.get('sessionscope')!;
  expect(header).not.toContain('somebody');
  expect(header.match(/exchange=/g)).toHaveLength(1);
});
