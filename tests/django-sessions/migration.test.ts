/** `docs/django-sessions-from-express-session.md`: what its tables say, on express-session and on ours side by side. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createSessions, type Sessions } from '@sessionscope/django-sessions';
import { expressSessions } from '@sessionscope/django-sessions/express';
import express, { type Express, type Request } from 'express';
import expressSession, { MemoryStore } from 'express-session';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { carryOver } from './carry-over.ts';

const SECRET = 'an old secret';

/** A browser's cookies for one host, whatever the server behind it. */
class Browser {
  readonly cookies = new Map<string, string>();
  async get(port: number, path: string): Promise<{ body: string; maxAge: number | undefined }> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: cookie === '' ? {} : { cookie } });
    let maxAge: number | undefined;
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', value = ''] = pair.split('=');
      const expires = /Expires=([^;]+)/i.exec(line)?.[1];
      if (expires !== undefined && Date.parse(expires) <= Date.now()) this.cookies.delete(name);
      else this.cookies.set(name, value);
      const seconds = /Max-Age=(\d+)/i.exec(line)?.[1];
      if (seconds !== undefined) maxAge = Number(seconds);
    }
    return { body: await response.text(), maxAge };
  }
}

async function serve(app: Express): Promise<{ port: number } & AsyncDisposable> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What an app declares by merging; here other tests declare otherwise. */
const dataOf = (request: Request) => request.session as typeof request.session & Partial<Data>;

/** The app as it was. */
function oldApp(store: MemoryStore): Express {
  const app = express();
  app.use(expressSession({ secret: SECRET, resave: false, saveUninitialized: false, store }));
  app.get('/cart', (request, response) => {
    dataOf(request).cart = ['tea'];
    response.send('put');
  });
  app.get('/login', (request, response, next) => {
    const { cart } = dataOf(request);
    request.session.regenerate((error) => {
      if (error) return next(error);
      dataOf(request).user = 'ann';
      if (cart) dataOf(request).cart = cart;
      response.send('in');
    });
  });
  app.get('/remember', (request, response) => {
    request.session.cookie.maxAge = 3_600_000;
    response.send('hour');
  });
  app.get('/logout', (request, response, next) =>
    request.session.destroy((error) => (error ? next(error) : response.send('out'))),
  );
  app.get(
    '/show',
    (request, response) => void response.json([dataOf(request).user ?? 'Guest', dataOf(request).cart ?? []]),
  );
  return app;
}

interface Data {
  user: string;
  cart: string[];
}

/** The same app as the page says to write it. */
function newApp(sessions: Sessions<Data>, before?: (app: Express) => void): Express {
  const app = express();
  app.use(expressSessions(sessions));
  before?.(app);
  app.get('/cart', async (request, response) => {
    await sessions.of(request).set('cart', ['tea']);
    response.send('put');
  });
  app.get('/login', async (request, response) => {
    const session = sessions.of(request);
    await session.cycleKey();
    await session.set('user', 'ann');
    response.send('in');
  });
  app.get('/remember', async (request, response) => {
    await sessions.of(request).setExpiry(3_600);
    response.send('hour');
  });
  app.get('/logout', async (request, response) => {
    await sessions.of(request).flush();
    response.send('out');
  });
  app.get('/show', async (request, response) => {
    const session = sessions.of(request);
    response.json([await session.get('user', 'Guest'), await session.get('cart', [])]);
  });
  return app;
}

const STORY = ['/show', '/cart', '/show', '/login', '/show', '/remember', '/show', '/logout', '/show'];

test('the same story on both: cart, login with a new key, an hour, logout', async () => {
  const store = new MemoryStore();
  const sessions = createSessions<Data>({ secretKey: 'new', database: ':memory:' });
  await sessions.createTable();
  await using before = await serve(oldApp(store));
  await using after = await serve(newApp(sessions));
  const run = async (port: number, cookie: string) => {
    const browser = new Browser();
    const seen: unknown[] = [];
    const keys: (string | undefined)[] = [];
    let remembered: number | undefined;
    for (const path of STORY) {
      const { body, maxAge } = await browser.get(port, path);
      seen.push([path, body]);
      if (path === '/remember') remembered = maxAge;
      keys.push(browser.cookies.get(cookie));
    }
    return { seen, keys, remembered };
  };
  const [old, ours] = [await run(before.port, 'connect.sid'), await run(after.port, 'sessionid')];
  expect(ours.seen).toEqual(old.seen);
  // A login is a new key, on both; a logout takes the cookie away here, and leaves it there.
  expect([old.keys[2] === old.keys[4], ours.keys[2] === ours.keys[4]]).toEqual([false, false]);
  expect([typeof old.keys.at(-1), ours.keys.at(-1)]).toEqual(['string', undefined]);
  // express-session sends a new end only with another change of the session.
  expect([old.remembered, ours.remembered]).toEqual([undefined, 3_600]);
  await sessions.close();
});

test('users stay logged in: what express-session holds is carried over, once', async () => {
  const store = new MemoryStore();
  const sessions = createSessions<Data>({ secretKey: 'new', database: ':memory:' });
  await sessions.createTable();
  await using before = await serve(oldApp(store));
  await using after = await serve(
    newApp(sessions, (app) => app.use(carryOver(sessions as unknown as Sessions, store, SECRET))),
  );
  const browser = new Browser();
  await browser.get(before.port, '/cart');
  await browser.get(before.port, '/login');
  const stolen = new Map(browser.cookies);
  expect((await browser.get(after.port, '/show')).body).toBe('["ann",["tea"]]');
  expect([...browser.cookies.keys()]).toEqual(['sessionid']);
  await browser.get(after.port, '/logout');
  expect((await browser.get(after.port, '/show')).body).toBe('["Guest",[]]');
  // The old cookie brings nobody back, nor does one that was not signed, or names nothing.
  for (const value of [stolen.get('connect.sid')!, 's%3Ainvented.signature', 'invented']) {
    const other = new Browser();
    other.cookies.set('connect.sid', value);
    expect((await other.get(after.port, '/show')).body).toBe('["Guest",[]]');
  }
  await sessions.close();
});

test('the page shows the code that is tested', () => {
  const page = readFileSync(join(ROOT, 'docs', 'django-sessions-from-express-session.md'), 'utf8');
  expect(page).toContain(readFileSync(new URL('carry-over.ts', import.meta.url), 'utf8').trim());
});
