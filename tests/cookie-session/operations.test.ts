/** What is recorded of a sealed cookie: each use of it, each cookie that it becomes, and what the endpoint sees in it. */
import { expect, test } from 'vitest';
import { EVERYTHING, inShort } from '../express-session/observed-app.ts';
import { KEYS, sealed, serve, type Request, type Session } from './observed-app.ts';

const session = (request: Request) => request.session as Session;

test('records each use of the session, with its line', async () => {
  await using app = await serve({
    '/': (request, response) => {
      session(request)['cart'] = { items: [1] };
      void session(request)['cart'];
      void session(request)['never'];
      void ('cart' in session(request));
      void Object.keys(session(request));
      session(request)['gone'] = 1;
      delete session(request)['gone'];
      response.end();
    },
  });
  await app.get('/');
  const operations = await app.operations('/');
  expect(operations.map(inShort)).toEqual([
    'create',
    'set cart',
    'get cart',
    'get never miss',
    'get cart',
    'get',
    'set gone',
    'delete gone',
    'save done',
  ]);
  const [, set] = operations;
  expect(set!.source!.frames[0]).toMatchObject({ file: 'tests/cookie-session/operations.test.ts', kind: 'app' });
  expect(set!.after).toEqual({ items: [1] });
});

test('a session that nobody asks for is not loaded', async () => {
  await using app = await serve({ '/': (_request, response) => response.end() });
  app.cookie = sealed({ n: 1 });
  await app.get('/');
  expect(await app.operations('/')).toEqual([]);
  expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'none', reason: 'not-accessed' });
});

test('every save is a link of the lineage: which cookie became which', async () => {
  await using app = await serve({
    '/': (request, response) => {
      session(request)['n'] = Number(session(request)['n'] ?? 0) + 1;
      response.end();
    },
  });
  const links: (string | null | undefined)[] = [];
  for (let at = 0; at < 3; at++) {
    await app.get('/');
    const save = (await app.operations('/')).at(-1)!;
    expect(save.operation).toBe('save');
    links.push(save.from, save.to);
    expect((await app.finished('/')).sessionAfter).toBe(save.to);
    expect((await app.finished('/')).sessionBefore).toBe(save.from);
  }
  expect(links[0]).toBeNull();
  expect(links.slice(1, 5)).toEqual([links[1], links[1], links[3], links[3]]);
  expect(new Set(links).size).toBe(4);
});

test('nested changes are saved by the library and found by comparison', async () => {
  await using app = await serve({
    '/': (request, response) => {
      (session(request)['cart'] as { items: number[] }).items.push(2);
      response.end();
    },
  });
  app.cookie = sealed({ cart: { items: [1] } });
  await app.get('/');
  const operations = await app.operations('/');
  expect(operations.map(inShort)).toEqual(['load found', 'get cart', 'set cart.items.1 inferred', 'save done']);
  expect(operations[2]!.via).toBe(operations[1]!.seq);
  expect(operations[0]).toMatchObject({ layer: 'cookie', state: { cart: { items: [1] } } });
  expect(operations[3]).toMatchObject({ stored: { cart: { items: [1, 2] } }, cookieProduced: true });
});

test('the record is the cookie: its size, and what JSON makes of a value', async () => {
  await using app = await serve({
    '/': (request, response) => {
      session(request)['at'] = new Date(0);
      response.end();
    },
  });
  await app.get('/');
  const save = (await app.operations('/')).at(-1)!;
  expect(save.stored).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  expect(save.bytes).toBe(/session=([^;]*)/.exec(app.cookie)![1]!.length);
  const { attributes } = (await app.finished('/')).verdict.cookie;
  expect(attributes!.bytes).toBe(save.bytes! + 'session'.length);
});

test('req.session = null is a flush; an object is another session', async () => {
  await using app = await serve({
    '/null': (request, response) => {
      void session(request)['n'];
      request.session = null;
      response.end(String(request.session));
    },
    '/object': (request, response) => {
      request.session = { user: 'john' };
      session(request)['more'] = 1;
      response.end(String(session(request)['user']));
    },
    '/same': (request, response) => {
      const before = request.session as object;
      request.session = before;
      response.end(String(request.session === before));
    },
  });
  app.cookie = sealed({ n: 1 });
  expect(await (await app.get('/null')).text()).toBe('null');
  const flush = (await app.operations('/null')).find(({ operation }) => operation === 'flush')!;
  expect(flush).toMatchObject({ call: 'req.session = null', before: { n: 1 }, to: null });
  expect(flush.from).toBe((await app.finished('/null')).sessionBefore);
  expect((await app.finished('/null')).sessionAfter).toBeNull();
  expect(app.cookie).toBe('');
  expect(await (await app.get('/object')).text()).toBe('john');
  expect((await app.operations('/object')).map(inShort)).toEqual(['create', 'set more', 'get user', 'save done']);
  await app.get('/same');
  expect((await app.finished('/same')).faults).toBeUndefined();
});

test('the library’s own members are no data', async () => {
  await using app = await serve({
    '/': (request, response) => {
      const { isNew, isPopulated, isChanged } = session(request);
      response.json([
        isNew,
        isPopulated,
        isChanged,
        Object.keys(session(request)),
        request.session === request.session,
      ]);
    },
  });
  expect(await (await app.get('/')).json()).toEqual([true, false, true, [], true]);
  expect((await app.operations('/')).map(inShort)).toEqual(['create', 'get']);
});

test('both cookies together prove a session, one alone proves nothing', async () => {
  await using app = await serve({ '/': (_request, response) => response.end() });
  const [middleware] = app.companion.middlewares();
  const [value, signature] = sealed({ n: 1 })
    .split('; ')
    .map((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1) }));
  const prove = (...cookies: { name: string; value: string }[]) =>
    cookies.map((one) => middleware!.prove(one, cookies));
  expect(prove(value!)).toEqual([{ signature: 'invalid' }]);
  expect(prove(signature!)).toEqual([undefined]);
  expect(prove(value!, signature!)).toMatchObject([{ signature: 'valid', key: value!.value }, undefined]);
  const forged = Buffer.from('{"n":2}').toString('base64');
  expect(prove({ name: 'session', value: forged }, signature!)).toEqual([{ signature: 'invalid' }, undefined]);
  expect(middleware!.describe()).toMatchObject({ cookieNames: ['session', 'session.sig'], store: 'cookie' });
});

test('a signature of other characters is not valid, in a request and as a proof, and is no fault', async () => {
  await using app = await serve({ '/': (_request, response) => response.end() });
  const value = sealed({ n: 1 }).split('; ')[0]!;
  // As many characters as a signature has, and more bytes.
  app.cookie = `${value}; session.sig=${'\u00e9'.repeat(27)}`;
  expect((await app.get('/')).status).toBe(200);
  expect((await app.finished('/')).ending).toBe('completed');
  const cookies = ['session', 'session.sig'].map((name, index) => ({
    name,
    value: index === 0 ? value.slice('session='.length) : '\u00e9'.repeat(27),
  }));
  expect(app.companion.middlewares()[0]!.prove(cookies[0]!, cookies)).toEqual({ signature: 'invalid' });
  expect(app.companion.faults.total).toBe(0);
});

test('a look at the record opens the cookie', async () => {
  await using app = await serve({ '/': (_request, response) => response.end() });
  const [middleware] = app.companion.middlewares();
  const value = Buffer.from('{"n":1,"password":"hunter2"}').toString('base64');
  const reading = await middleware!.readStore(value, EVERYTHING);
  expect(reading).toMatchObject({
    outcome: 'found',
    bytes: value.length,
    state: { n: 1, password: { $: 'redacted' } },
  });
});

test('a cookie signed with an older key is taken, and its signature alone is sent again', async () => {
  await using app = await serve({
    '/': (request, response) => {
      response.end(String(session(request)['n']));
    },
  });
  app.cookie = sealed({ n: 1 }, KEYS[1]);
  expect(await (await app.get('/')).text()).toBe('1');
  const { verdict, sessionBefore, sessionAfter } = await app.finished('/');
  expect(verdict.cookie).toMatchObject({ outcome: 'none', reason: 'signed-again' });
  expect(sessionAfter).toBe(sessionBefore);
});

test.each(['first', 'last'])('of two cookies of one name the first is taken: the good one is the %s', async (place) => {
  await using app = await serve({ '/': (request, response) => response.end(String(session(request)['n'])) });
  const good = sealed({ n: 1 });
  const cookie = place === 'first' ? `${good}; session=junk` : `session=junk; ${good}`;
  expect(await (await app.get('/', { headers: { cookie } })).text()).toBe(place === 'first' ? '1' : 'undefined');
  await app.finished('/');
  expect(app.events().findLast(({ type }) => type === 'exchange-started')).toMatchObject({
    cookie: { sent: 2, taken: 'first', signature: place === 'first' ? 'valid' : 'invalid' },
  });
});

test('no session key, which is the whole cookie, leaves in an event', async () => {
  await using app = await serve({
    '/': (request, response) => {
      session(request)['note'] = 'x'.repeat(30);
      response.end();
    },
  });
  await app.get('/');
  await app.get('/');
  await app.finished('/');
  const value = /session=([^;]*)/.exec(app.cookie)![1]!;
  expect(JSON.stringify(app.events())).not.toContain(value);
});
