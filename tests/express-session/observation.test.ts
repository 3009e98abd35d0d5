/** What `observe` gives back, and the session observed without a proxy. */
import { serialize } from 'node:v8';
import { afterEach, expect, test, vi } from 'vitest';
import session from 'express-session';
import { observe } from '../../server-companion/node/src/adapters/express-session/observe.ts';
import { observeWith } from '../../server-companion/node/src/adapters/express-session/observe-with.ts';
import { inShort, newCompanion, serve } from './observed-app.ts';

afterEach(() => vi.unstubAllEnvs());

test('in production and in tests, and where it is switched off, the factory is the very same function', () => {
  for (const env of ['production', 'test']) {
    vi.stubEnv('NODE_ENV', env);
    expect(observe(session)).toBe(session);
  }
  vi.stubEnv('NODE_ENV', 'development');
  expect(observe(session, { enabled: false })).toBe(session);
});

test('an observed factory has the statics, name, length and descriptors of its own', () => {
  const observed = observeWith(newCompanion(), session);
  expect(observed).not.toBe(session);
  expect(Object.getOwnPropertyDescriptors(observed)).toEqual(Object.getOwnPropertyDescriptors(session));
  expect([observed.Store, observed.MemoryStore, observed.Cookie, observed.Session]).toEqual([
    session.Store,
    session.MemoryStore,
    session.Cookie,
    session.Session,
  ]);
  expect(() => observed({ secret: 'x', genid: 'no function' as never })).toThrow('genid option must be a function');
});

test('a malformed option is refused with its name and what to write', () => {
  for (const [options, name] of [
    [{ enabled: true, path: 'nowhere' }, 'options.path'],
    [{ enabled: true, proxy: 'no' as never }, 'options.proxy'],
    [{ enabled: true, proxy: false, deep: true }, 'options.deep'],
    [{ enabled: true, allowedHosts: ['http://shop.test'] }, 'options.allowedHosts'],
    [{ enabled: true, allowedExtensions: ['mine'] }, 'options.allowedExtensions'],
  ] as const)
    expect(() => observe(session, options), name).toThrow(name);
});

test('without a proxy, reads and writes are seen; new keys, deletions and nested changes are inferred', async () => {
  await using app = await serve(
    (app, factory, options) => {
      app.use(factory(options));
      app.get('/first', (request, response) => {
        request.session['n'] = 1;
        request.session['cart'] = { items: [] as string[] };
        request.session['flash'] = 'once';
        response.end();
      });
      app.get('/second', (request, response) => {
        const { session } = request;
        session['n'] = (session['n'] as number) + 1;
        (session['cart'] as { items: string[] }).items.push('A-1');
        delete session['flash'];
        session['fresh'] = true;
        response.end();
      });
      app.get('/clone', (request, response) => {
        const { n, cart } = structuredClone(request.session) as unknown as Record<string, unknown>;
        response.json({ n, cart, canBeSerialized: canBeSerialized(request.session) });
      });
      app.get('/expiry', (request, response) => {
        request.session.cookie.maxAge = 60_000;
        request.session.cookie.path = '/shop';
        request.session.touch();
        response.end();
      });
    },
    { observation: { proxy: false } },
  );
  await app.get('/first');
  await app.finished();
  expect(app.operations('/first').map(inShort)).toEqual([
    'create',
    'set n inferred',
    'set cart inferred',
    'set flash inferred',
    'save done',
  ]);
  await app.get('/second');
  expect((await app.finished()).verdict.record).toMatchObject({ outcome: 'saved', reason: 'modified' });
  expect(app.operations('/second').map(inShort)).toEqual([
    'load found',
    'get n',
    'set n',
    'get cart',
    'set cart.items.0 inferred',
    'set fresh inferred',
    'delete flash inferred',
    'save done',
  ]);
  const [, , set] = app.operations('/second');
  expect(set).toMatchObject({ before: 1, after: 2, actor: 'app' });
  expect(set!.source!.frames[0]).toMatchObject({ kind: 'app', file: 'tests/express-session/observation.test.ts' });
  expect(await (await app.get('/clone')).json()).toEqual({ n: 2, cart: { items: ['A-1'] }, canBeSerialized: true });
  await app.get('/expiry');
  await app.finished();
  const [, expiry, flag, touch] = app.operations('/expiry');
  expect(expiry).toMatchObject({ operation: 'set-expiry', call: 'cookie.maxAge=', after: 60_000 });
  expect(flag).toMatchObject({ operation: 'set', path: ['cookie', 'path'], before: '/', after: '/shop' });
  expect(touch).toMatchObject({ operation: 'touch', call: 'touch', actor: 'app' });
});

test('with deep, a nested write has its exact path and line, and nothing is inferred', async () => {
  class Point {
    #x = 1;
    move = () => (this.#x += 1);
  }
  await using app = await serve(
    (app, factory, options) => {
      app.use(factory(options));
      app.get('/', (request, response) => {
        const { session } = request;
        session['cart'] = { items: [{ sku: 'A-1', count: 1 }], at: new Date(0) };
        const cart = session['cart'] as { items: { sku: string; count?: number }[]; at: Date };
        cart.items[0]!.count = 2;
        cart.items.push({ sku: 'B-2' });
        delete cart.items[0]!.count;
        session['point'] = new Point();
        const point = session['point'] as Point;
        cart.at.setTime(1);
        session['again'] = cart.items;
        response.json([
          session['cart'] === cart,
          cart.items === cart.items,
          point.move(),
          Array.isArray(cart.items),
          JSON.stringify(session['again']),
        ]);
      });
    },
    { observation: { deep: true } },
  );
  expect(await (await app.get('/')).json()).toEqual([true, true, 2, true, '[{"sku":"A-1"},{"sku":"B-2"}]']);
  await app.finished();
  expect(app.operations('/').map(inShort)).toEqual([
    'create',
    'set cart',
    'get cart',
    'set cart.items.0.count',
    'set cart.items.1',
    'delete cart.items.0.count',
    'set point',
    'get point',
    'set again',
    // What no proxy may stand before is found when it is looked at next, as without `deep`.
    'set cart.at inferred',
    'get cart',
    'get again',
    'save done',
  ]);
  const [, , , count] = app.operations('/');
  expect(count).toMatchObject({ before: 1, after: 2, call: 'nested set' });
  expect(count!.source!.frames[0]).toMatchObject({ file: 'tests/express-session/observation.test.ts' });
});

test('a proxy is what a structured clone refuses: the documented limit of the default', async () => {
  await using app = await serve((app, factory, options) => {
    app.use(factory(options));
    app.get('/', (request, response) => response.json(canBeSerialized(request.session)));
  });
  expect(await (await app.get('/')).json()).toBe(false);
});

function canBeSerialized(value: unknown): boolean {
  try {
    serialize(value);
    return true;
  } catch {
    return false;
  }
}
