/** The lineage of what real libraries do: login, logout, a fork of sealed cookies, two ports with one cookie. */
import { expect, test } from 'vitest';
import { type ExchangeRecord, type LineageView, sentenceText } from '../../model/index.ts';
import { requestsIn } from '../../model/history/session-requests.ts';
import { isOfThisTab } from '../../model/recording/records.ts';
import { Timeline } from '../../model/recording/timeline.ts';
import { lineageView } from '../../model/views/lineage-view.ts';
import type { ExchangeStarted, SessionscopeEvent } from '../../protocol/index.ts';
import { serve as serveCookieSession, type Session } from '../cookie-session/observed-app.ts';
import { ask } from '../adapters/conformance/running.ts';
import { serve as serveExpress, type TestApp } from '../express-session/observed-app.ts';
import { serve as serveH3 } from '../h3/observed-app.ts';
import { serve as serveIronSession } from '../iron-session/observed-app.ts';
import { until } from '../browsers/until.ts';

/** Of the last request for a path. */
function viewOf(timeline: Timeline, path: string): LineageView {
  const { items } = timeline;
  const exchange = items.findLast(
    (item): item is ExchangeRecord => item.kind === 'exchange' && item.started?.path === path,
  )!;
  return lineageView(items, requestsIn(items), exchange, {
    tabOf: (request) => (isOfThisTab(request) ? 'this tab' : undefined),
  })!;
}

/** Each row, with keys by the order in which they come: A, B, …, and requests by their paths. */
function rowsOf({ rows }: LineageView): string[] {
  const names = new Map<string, string>();
  for (const { session } of rows)
    if (session !== undefined && !names.has(session)) names.set(session, String.fromCodePoint(65 + names.size));
  const named = (text: string) =>
    [...names].reduce(
      (so, [session, name]) => so.replaceAll(new RegExp(`\\b${session.slice(0, 4)}\\b`, 'g'), name),
      text,
    );
  const paths = (requests: readonly ExchangeRecord[]) => requests.map(({ started }) => started?.path).join(' ');
  return rows.map(({ session, text, note, brought, set }) =>
    [
      names.get(session ?? ''),
      named(sentenceText(text)).replaceAll(/#\d+ GET /g, ''),
      paths(brought),
      set.length > 0 && brought.length > 0 ? `set ${paths(set)}` : paths(set),
      note === undefined ? '' : `(${named(sentenceText(note)).replaceAll(/#\d+ GET /g, '')})`,
    ]
      .filter((part) => part !== '' && part !== undefined)
      .join(' '),
  );
}

function recorded(...all: readonly (readonly SessionscopeEvent[])[]): Timeline {
  const timeline = new Timeline();
  for (const events of all) for (const event of events) timeline.receive(event);
  return timeline;
}

/** Until each request that began has ended. */
const ended = (events: () => readonly SessionscopeEvent[]) =>
  until(() => {
    const of = (type: string) => events().filter((event) => event.type === type).length;
    return of('exchange-started') > 0 && of('exchange-started') === of('exchange-finished');
  }, 'the last request');

const login = (app: TestApp) => app.get('/login').then(() => app.finished());

function servePages(options: Parameters<typeof serveExpress>[1] = {}): Promise<TestApp> {
  return serveExpress((app, factory, session) => {
    app.use(factory(session));
    app.get('/', (request, response) => {
      request.session['visits'] = 1;
      response.end();
    });
    app.get('/login', (request, response, next) =>
      request.session.regenerate((error: unknown) => {
        if (error) return next(error);
        request.session['user'] = 'ann';
        response.end();
      }),
    );
    app.get('/logout', (request, response, next) =>
      request.session.destroy((error: unknown) => (error ? next(error) : response.clearCookie('connect.sid').end())),
    );
    app.get('/page', (request, response) => response.end(String(request.session['user'])));
  }, options);
}

test('express-session: regenerate at login, destroy at logout, and the old key brought after each', async () => {
  await using app = await servePages();
  await app.get('/');
  const before = new Map(app.cookies);
  await login(app);
  const after = [...app.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  await app.get('/page');
  await app.get('/page', { headers: { cookie: [...before].map(([name, value]) => `${name}=${value}`).join('; ') } });
  await app.get('/logout');
  await app.get('/page', { headers: { cookie: after } });
  await ended(app.events);
  const timeline = recorded(app.events());
  expect(rowsOf(viewOf(timeline, '/login'))).toEqual([
    'A made by /',
    'A brought by /login',
    'B replaced the key A in /login (regenerate)',
    'B user "ann" since /login',
    'B brought by /page',
    'A brought by /page',
    'A /page brought it after that, and there was no record',
    'B brought by /logout',
    'B ended by /logout (destroy)',
    'B brought by /page',
    'B /page brought it after that, and there was no record',
  ]);
});

test('cookie-session: two responses sealed from one cookie are a fork; the one after the other is none', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const session = (request: { session: unknown }) => request.session as Session;
  await using app = await serveCookieSession({
    '/start': (request, response) => {
      session(request)['n'] = 1;
      response.end();
    },
    '/slow': async (request, response) => {
      session(request)['slow'] = true;
      await held;
      response.end();
    },
    '/quick': (request, response) => {
      session(request)['quick'] = true;
      response.end();
    },
    '/page': (request, response) => response.end(JSON.stringify(session(request)['n'])),
  });
  await app.get('/start');
  const slow = app.get('/slow');
  await until(
    () => app.events().some((event) => event.type === 'operation-recorded' && event.path?.[0] === 'slow'),
    'the slow one',
  );
  await app.get('/quick');
  release();
  await slow;
  await app.get('/page');
  await ended(app.events);
  expect(rowsOf(viewOf(recorded(app.events()), '/page'))).toEqual([
    'A made by /start',
    'A brought by /slow /quick',
    'B sealed from A by /quick (No recorded request brought this one.)',
    'C sealed from A by /slow (A fork: B had come from A too, by /quick. Each continues without the other.)',
    'C brought by /page',
  ]);
});

test('iron-session: each save seals another cookie; a destroyed one is taken from the browser, and a copy still works', async () => {
  await using app = await serveIronSession({
    '/login': async ({ open }) => {
      const session = await open();
      session['user'] = 'ann';
      await session.save();
      return 'in';
    },
    '/page': async ({ open }) => String((await open())['user']),
    '/logout': async ({ open }) => {
      (await open()).destroy();
      return 'out';
    },
  });
  await app.get('/login');
  const copy = app.jar.headers;
  await app.get('/logout');
  await ask(app.origin, '/page', { headers: copy });
  await ended(app.events);
  const rows = rowsOf(viewOf(recorded(app.events()), '/logout'));
  expect(rows).toEqual([
    'A made by /login',
    'A user "ann" since /login, which saved it',
    'A brought by /logout',
    expect.stringMatching(/^A \/logout took it from the browser \(destroy\) \(A copy of the cookie still works/),
    'A brought by /page',
    'A /page brought it again after that, and the cookie still worked',
  ]);
});

test('h3: each update seals another cookie, and what was cleared comes back with an update', async () => {
  await using app = await serveH3({
    '/login': async ({ use }) => String(await (await use()).update({ user: 'ann' })),
    '/logout': async ({ use }) => {
      const session = await use();
      await session.clear();
      return String(await session.update({ notice: 'bye' }));
    },
    '/page': async ({ use }) => String((await use()).data['user']),
  });
  await app.get('/login');
  await app.get('/logout');
  expect((await app.get('/page')).body).toBe('ann');
  await ended(app.events);
  expect(rowsOf(viewOf(recorded(app.events()), '/page'))).toEqual([
    'A made by /login',
    'B sealed from A by /login',
    'B user "ann" since /login, which saved it',
    'B brought by /logout',
    expect.stringMatching(/^B \/logout took it from the browser \(clear\) \(A copy of the cookie still works/),
    'C sealed from B by /logout',
    'C brought by /page',
  ]);
});

test('two ports of one host, one cookie name: each overwrites what the other had set, as this tab saw', async () => {
  await using shop = await servePages();
  await using blog = await servePages({ session: { secret: 'another' } });
  const jar = new Map<string, string>();
  const get = async (app: TestApp, path: string) => {
    app.cookies.clear();
    for (const [name, value] of jar) app.cookies.set(name, value);
    await app.get(path);
    for (const [name, value] of app.cookies) jar.set(name, value);
    await app.finished();
  };
  await get(shop, '/');
  await get(blog, '/');
  await get(shop, '/page');
  const timeline = recorded(shop.events(), blog.events());
  for (const app of [shop, blog])
    for (const event of app.events()) if (event.type === 'exchange-started') timeline.see(seenBy(app, event));
  // The request that lost its session has none, and still says who overwrote its cookie.
  const { shared, session } = viewOf(timeline, '/page');
  expect(session).toBeUndefined();
  expect(shared).toMatchObject({ name: 'connect.sid', hostname: '127.0.0.1' });
  expect(shared!.ports.map(({ host }) => host).toSorted()).toEqual(
    [shop, blog].map(({ port }) => `127.0.0.1:${port}`).toSorted(),
  );
  expect(
    shared!.overwrites.map(({ writer, reader }) => [writer.started!.host, reader.started!.host, reader.started!.path]),
  ).toEqual([
    [`127.0.0.1:${shop.port}`, `127.0.0.1:${blog.port}`, '/'],
    [`127.0.0.1:${blog.port}`, `127.0.0.1:${shop.port}`, '/page'],
  ]);
});

/** As DevTools reports it. */
const seenBy = ({ port }: TestApp, { exchange, at, method, path }: ExchangeStarted) => ({
  exchanges: [exchange],
  url: `http://127.0.0.1:${port}${path}`,
  method,
  status: 200,
  startedAt: at,
  durationMs: 1,
  setCookies: [],
  fromCache: false,
});
