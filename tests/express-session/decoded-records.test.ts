/**
 * Of a record that MemoryStore has just decoded, a value that nobody was handed is not compared, and one whose text is
 * the text of last time is not looked at: what the panel is told must be the same.
 */
import session from 'express-session';
import { expect, test } from 'vitest';
import { inShort, serve, type TestApp } from './observed-app.ts';

const CART = { items: [1] };

/** An app whose first request stores a cart. */
const serveCart = (
  routes: Parameters<typeof serve>[0],
  options: Parameters<typeof serve>[1] = {},
): ReturnType<typeof serve> =>
  serve((app, makeSession, given) => {
    routes(app, makeSession, given);
    app.get('/first', (request, response) => {
      request.session['cart'] = structuredClone(CART);
      request.session['user'] = { name: 'Ada' };
      response.end();
    });
  }, options);

async function after(app: TestApp, path: string) {
  await app.get('/first');
  await app.get(path);
  await app.finished();
  return app.operations(path);
}

test('a change through the descriptor of a property is found', async () => {
  await using app = await serveCart((app, makeSession, options) => {
    app.use(makeSession(options));
    app.get('/second', (request, response) => {
      const { value } = Object.getOwnPropertyDescriptor(request.session, 'cart') as { value: typeof CART };
      value.items.push(2);
      response.end();
    });
  });
  const operations = await after(app, '/second');
  expect(operations.map(inShort)).toEqual(['load found', 'set cart.items.1 inferred', 'save done']);
  expect(operations.at(-1)).toMatchObject({ state: { cart: { items: [1, 2] }, user: { name: 'Ada' } } });
});

test('a change by a hook of the response, which gets the plain session, is found', async () => {
  await using app = await serveCart((app, makeSession, options) => {
    app.use((request, response, next) => {
      const { writeHead } = response;
      const hooked = (...args: unknown[]) => {
        if (request.url === '/second') (request.session['cart'] as typeof CART).items.push(2);
        return Reflect.apply(writeHead, response, args) as typeof response;
      };
      response.writeHead = hooked as typeof writeHead;
      next();
    });
    app.use(makeSession(options));
    app.get('/second', (_request, response) => {
      response.end();
    });
    app.get('/third', (request, response) => {
      response.json(request.session['cart']);
    });
  });
  const operations = await after(app, '/second');
  expect(operations.map(inShort)).toContain('set cart.items.1 inferred');
  expect(await (await app.get('/third')).json()).toEqual(await loadedCart(app, '/third'));
});

const loadedCart = async (app: TestApp, path: string): Promise<unknown> => {
  await app.finished();
  const { state } = app.operations(path)[0]!;
  return (state as { cart: unknown }).cart;
};

test('requests that only read report the whole record each time, and what another wrote to the store', async () => {
  const store = new session.MemoryStore() as session.MemoryStore & { sessions: Record<string, string> };
  await using app = await serveCart(
    (app, makeSession, options) => {
      app.use(makeSession(options));
      app.get('/read', (request, response) => {
        response.json(request.session['cart']);
      });
    },
    { session: { store } },
  );
  await app.get('/first');
  for (const items of [[1], [1], [1, 2], [1, 2]]) {
    const [key] = Object.keys(store.sessions);
    const record = JSON.parse(store.sessions[key!]!) as { cart: typeof CART };
    store.sessions[key!] = JSON.stringify({ ...record, cart: { items } });
    const answer = await (await app.get('/read')).json();
    expect(answer).toEqual({ items });
    expect(await loadedCart(app, '/read')).toEqual({ items });
    expect(app.operations('/read').map(inShort)).toEqual(['load found', 'get cart', 'touch done']);
  }
});

test('a store of the app that makes another record of the same text is believed', async () => {
  let loads = 0;
  class CountingStore extends session.MemoryStore {
    override get(key: string, callback: (error: unknown, data?: session.SessionData | null) => void): void {
      super.get(key, (error, data) => callback(error, data && { ...data, loads: ++loads }));
    }
  }
  await using app = await serveCart(
    (app, makeSession, options) => {
      app.use(makeSession(options));
      app.get('/read', (request, response) => {
        response.json(request.session['loads']);
      });
    },
    { session: { store: new CountingStore() } },
  );
  await app.get('/first');
  for (const expected of [1, 2, 3]) {
    expect(await (await app.get('/read')).json()).toBe(expected);
    await app.finished();
    expect(app.operations('/read')[0]).toMatchObject({ state: { loads: expected } });
  }
});

test.each([
  ['a date', () => new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a map', () => new Map([['sku', 1]]), {}],
  ['what has a toJSON', () => ({ toJSON: () => [7] }), [7]],
])('%s, of which JSON says something else, is taken from the record', async (_name, make, expected) => {
  await using app = await serveCart((app, makeSession, options) => {
    app.use(makeSession(options));
    app.get('/write', (request, response) => {
      request.session['value'] = make();
      response.end();
    });
    app.get('/read', (request, response) => {
      response.json(request.session['value']);
    });
  });
  await after(app, '/write');
  expect(await (await app.get('/read')).json()).toEqual(expected);
  await app.finished();
  expect(app.operations('/read')[0]).toMatchObject({ state: { value: expected } });
});
