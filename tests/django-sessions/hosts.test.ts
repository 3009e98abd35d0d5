/** What holds on every host: the same operations, the header on every response, the endpoint at both listeners. */
import { expect, test } from 'vitest';
import type { Session } from '../../django-sessions/src/session.ts';
import { CHROMIUM_EXTENSION_ID } from '../../extension-identity.ts';
import {
  DISCOVERY_HEADER,
  type EventsAnswer,
  type HelloAnswer,
  parseDiscovery,
  type SessionAnswer,
} from '../../protocol/index.ts';
import { HOSTS, type Routes } from './hosts.ts';
import { inShort, type ObservedApp, observedApp } from './observed.ts';

const OPTIONS = { secretKey: 'a secret of the tests', database: ':memory:', logger: { warn: () => {} } };

const routes: Routes = async (path, session: Session) => {
  switch (path) {
    case '/set':
      await session.set('username', 'john_doe');
      return { body: 'set' };
    case '/get':
      return { body: String(await session.get('username', 'Guest')) };
    case '/fail':
      await session.set('draft', 'x');
      throw Object.assign(new Error('planted'), { name: 'Planted' });
    case '/interrupted':
      await session.set('a', 1);
      await session.deleteRecord();
      return {};
    case '/date':
      await session.set('since', new Date());
      return {};
    default:
      return { status: 404, body: 'no such page' };
  }
};

const ORIGIN = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;

async function call<T>(base: string, name: string, body: object): Promise<{ status: number; answer: T }> {
  const response = await fetch(`${base}/v1/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as T };
}

for (const host of Object.keys(HOSTS)) {
  const start = (): Promise<ObservedApp> => observedApp(routes, { host, options: OPTIONS });

  test(`${host}: set and get, seen with verdict and lineage`, async () => {
    await using app = await start();
    expect(await (await app.get('/set')).text()).toBe('set');
    expect((await app.operations('/set')).map(inShort)).toEqual([
      'create (session) framework',
      'set username',
      'save done framework',
    ]);
    const name = app.companion.identity.fingerprint(app.cookie.split('=')[1]!);
    expect(await app.finished('/set')).toMatchObject({
      status: 200,
      ending: 'completed',
      sessionBefore: null,
      sessionAfter: name,
      verdict: {
        record: { outcome: 'saved', reason: 'modified' },
        cookie: { outcome: 'set', attributes: { name: 'sessionid', httpOnly: true, secure: false, sameSite: 'lax' } },
      },
    });
    expect(await (await app.get('/get')).text()).toBe('john_doe');
    expect((await app.operations('/get')).map(inShort)).toEqual(['load found framework', 'get username']);
    expect(await app.finished('/get')).toMatchObject({
      sessionBefore: name,
      sessionAfter: name,
      verdict: { record: { outcome: 'unchanged', reason: 'not-modified' }, cookie: { outcome: 'none' } },
    });
    expect(app.events().filter(({ type }) => type === 'fault-noted')).toEqual([]);
  });

  test(`${host}: errors, interruptions and what cannot be stored, with the reason`, async () => {
    await using app = await start();
    await app.get('/set');
    expect((await app.get('/fail')).status).toBe(500);
    const failed = await app.finished('/fail');
    expect(failed.verdict.record.outcome).toBe('not-saved');
    // Where the handler's error goes past the middleware, no response of the framework's is left to decide on.
    expect(['server-error', 'handler-threw']).toContain(failed.verdict.record.reason);
    expect(failed.verdict.cookie.outcome).toBe('none');

    expect((await app.get('/interrupted')).status).toBe(400);
    expect(await app.finished('/interrupted')).toMatchObject({
      status: 400,
      sessionAfter: null,
      verdict: { record: { outcome: 'failed', reason: 'interrupted' } },
    });

    app.cookie = '';
    expect((await app.get('/date')).status).toBe(500);
    const { verdict } = await app.finished('/date');
    expect(verdict.record).toMatchObject({ outcome: 'failed', reason: 'not-serializable' });
    expect(verdict.record.text).toContain('since (Date)');
  });

  test(`${host}: every response names its exchange`, async () => {
    await using app = await start();
    for (const path of ['/set', '/get', '/nowhere', '/fail', '/interrupted']) {
      const response = await app.get(path);
      // What the web-standard middleware throws on is answered by whoever called it.
      if (host === 'web Request and Response' && path === '/fail') continue;
      const parsed = parseDiscovery(response.headers.get(DISCOVERY_HEADER) ?? '');
      expect(parsed, `${path}`).toMatchObject({ ok: true });
      const [item] = parsed.ok ? parsed.items : [];
      expect(item).toMatchObject({ path: '/__sessionscope__' });
      // Named by the socket alone: where there is none, the Host is what a client chose.
      expect(item!.at).toBe(['web Request and Response', 'Hono without Node'].includes(host) ? undefined : app.origin);
      expect((await app.finished(path)).exchange).toBe(item!.exchange);
    }
  });

  test(`${host}: the endpoint inside the app leads to the direct listener, which serves the holder`, async () => {
    await using app = await start();
    await app.get('/set');
    const started = app.events().filter(({ type }) => type === 'exchange-started').length;
    const hello = await call<HelloAnswer>(`${app.origin}/__sessionscope__`, 'hello', { versions: [1] });
    expect(hello.status).toBe(200);
    expect(hello.answer.libraries).toMatchObject([
      { name: '@sessionscope/django-sessions', cookieNames: ['sessionid'] },
    ]);
    // The companion does not record its own traffic.
    expect(app.events().filter(({ type }) => type === 'exchange-started')).toHaveLength(started);
    const direct = hello.answer.directListener!.origin + hello.answer.directListener!.path;
    const proofs = { cookies: [{ name: 'sessionid', value: app.cookie.split('=')[1]! }] };

    const events = await call<EventsAnswer>(direct, 'events', { v: 1, proofs, after: null, wait: false });
    expect(events.answer.events.map(({ type }) => type)).toContain('operation-recorded');
    expect(JSON.stringify(events.answer)).not.toContain(app.cookie.split('=')[1]!);

    const session = await call<SessionAnswer>(direct, 'session', { v: 1, proofs });
    expect(session.answer).toMatchObject({ store: { outcome: 'found', state: { username: 'john_doe' } } });

    const others = await call<EventsAnswer>(direct, 'events', {
      v: 1,
      proofs: { cookies: [{ name: 'sessionid', value: 'a'.repeat(32) }] },
      after: null,
      wait: false,
    });
    expect(others.answer.events.filter(({ type }) => type !== 'epoch-started')).toEqual([]);
    const inside = await call(`${app.origin}/__sessionscope__`, 'events', { v: 1, proofs, after: null, wait: false });
    expect(inside.status).toBe(403);
    expect((await fetch(`${app.origin}/__sessionscope__/v1/hello`)).status).toBe(405);
  });
}
