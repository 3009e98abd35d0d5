/** Every middleware through every behaviour, over HTTP, on real frameworks. A skip gives its reason. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSetCookie } from 'cookie';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { unless } from '../../tests/does-not-apply.ts';
import { ask, begin, Jar } from '../../tests/browser.ts';
import { FRAMEWORKS, type Route, type RunningApp, serve, StatusError } from '../../tests/frameworks.ts';
import type { Sessions } from '../core.ts';
import { createSessions } from '../sessions.ts';
import type { SessionsOptions } from '../sessions.ts';

/** Something that a test lets happen. */
class Gate {
  #open!: () => void;
  readonly passed: Promise<void> = new Promise((resolve) => (this.#open = resolve));
  open(): void {
    this.#open();
  }
}

async function* pieces(...parts: (string | Promise<void> | (() => Promise<void>))[]): AsyncGenerator<string> {
  for (const part of parts)
    if (typeof part === 'string') yield part;
    else await (typeof part === 'function' ? part() : part);
}

const BIG = 'x'.repeat(64 * 1024);

for (const [name, mount] of Object.entries(FRAMEWORKS)) {
  describe(name, () => {
    let folder: string;
    let app: RunningApp;
    let sessions: Sessions;
    let arrived: Gate;
    let gate: Gate;
    const apps: RunningApp[] = [];
    const warnings: string[] = [];

    const route: Route = async (session, url) => {
      const key = url.searchParams.get('k') ?? 'k';
      const value = url.searchParams.get('v') ?? 'v';
      switch (url.pathname) {
        case '/untouched':
          return { body: 'untouched' };
        case '/set':
          await session.set(key, value);
          return { body: 'set' };
        case '/get':
          return { body: JSON.stringify((await session.get(key)) ?? null) };
        case '/all':
          return { body: JSON.stringify(Object.fromEntries(await session.entries())) };
        case '/list':
          await session.set('list', ['one']);
          return {};
        case '/nested':
          ((await session.require('list')) as string[]).push('two');
          session.modified = url.searchParams.has('modified');
          return {};
        case '/status':
          await session.set(key, value);
          return { status: Number(value), headers: value === '302' ? [['Location', '/get']] : [] };
        case '/cookies':
          await session.set(key, value);
          return {
            headers: [
              ['Set-Cookie', 'a=1; Path=/'],
              ['Set-Cookie', 'b=2; Path=/'],
            ],
            body: 'cookies',
          };
        case '/vary':
          await session.get(key);
          return { headers: [['Vary', value]], body: 'vary' };
        case '/throw':
          await session.set(key, value);
          throw Number(value) > 0 ? new StatusError(Number(value)) : new Error('as planned');
        // Forgotten on purpose.
        case '/forgotten-set':
          void session.set(key, value);
          return { body: 'set' };
        case '/forgotten-flush':
          void session.flush();
          return { body: 'flushed' };
        case '/forgotten-failure':
          void session.delete('missing');
          return { body: 'deleted' };
        case '/flush':
          await session.flush();
          return { body: 'flushed' };
        case '/clear':
          session.clear();
          return { body: 'cleared' };
        case '/cycle':
          await session.cycleKey();
          return { body: 'cycled' };
        case '/wait':
          await session.get(key);
          arrived.open();
          await gate.passed;
          await session.set(key, value);
          return { body: 'waited' };
        case '/stream':
          await session.set(key, 'before');
          return { body: pieces('first ', gate.passed, () => session.set(key, 'while streaming'), 'second') };
        case '/broken-stream':
          await session.set(key, 'before');
          return {
            body: pieces(BIG, gate.passed, async () => {
              throw new Error('the stream breaks');
            }),
          };
        case '/big':
          await session.set(key, value);
          return { body: pieces(...Array.from({ length: 40 }, () => BIG)) };
        case '/unserializable':
          await session.set(key, new Date());
          return { body: 'set' };
        default:
          return { status: 404, body: 'no such page' };
      }
    };

    const start = async (options: Partial<SessionsOptions> = {}) => {
      const made = createSessions({
        secretKey: 'middleware-test',
        engine: 'file',
        filePath: folder,
        logger: { warn: (message) => void warnings.push(message) },
        ...options,
      });
      const running = await serve(mount, made, route);
      apps.push(running);
      return { port: running.port, sessions: made };
    };
    const records = () => readdirSync(folder).filter((file) => !file.includes('_out_'));
    const dataOf = async (jar: Jar): Promise<Record<string, unknown>> => {
      const reading = await sessions.peek(jar.value ?? '');
      return 'data' in reading ? Object.fromEntries(reading.data) : {};
    };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'django-sessions-'));
      ({ sessions } = await start());
      app = apps[0]!;
    });
    afterAll(async () => {
      await Promise.all(apps.map((each) => each.close()));
      rmSync(folder, { recursive: true, force: true });
    });
    beforeEach(() => {
      arrived = new Gate();
      gate = new Gate();
      warnings.length = 0;
    });
    afterEach(() => gate.open());

    test('a session that nobody touches costs nothing', async () => {
      const before = records();
      const answer = await ask(app.port, '/untouched');
      expect(answer).toEqual({ status: 200, vary: undefined, setCookies: [], body: 'untouched' });
      expect(await ask(app.port, '/untouched', { cookie: 'sessionid=zzzzzzzzzzzzzzzz' })).toMatchObject({
        vary: undefined,
        setCookies: [],
      });
      expect(records()).toEqual(before);
    });

    test('what was set is there at the next request', async () => {
      const jar = new Jar(app.port);
      const answer = await jar.ask('/set?v=ann');
      expect(answer.vary).toBe('Cookie');
      const { value, expires, ...attributes } = parseSetCookie(answer.setCookies[0]!);
      expect(value).toMatch(/^[a-z0-9]{32}$/);
      expect(attributes).toEqual({
        name: 'sessionid',
        path: '/',
        httpOnly: true,
        maxAge: 1_209_600,
        sameSite: 'lax',
      });
      expect(Math.abs(expires!.getTime() - Date.now() - 1_209_600_000)).toBeLessThan(60_000);
      const next = await jar.ask('/get');
      expect(next).toEqual({ status: 200, vary: 'Cookie', setCookies: [], body: '"ann"' });
    });

    test('a read of nothing varies on the cookie and sets none', async () => {
      const answer = await ask(app.port, '/get');
      expect(answer).toEqual({ status: 200, vary: 'Cookie', setCookies: [], body: 'null' });
    });

    test('the cookie has the attributes of the options', async () => {
      const { port } = await start({
        cookieName: '__Secure-sid',
        cookieAge: 60,
        cookieDomain: 'app.test',
        cookiePath: '/app',
        cookieSecure: true,
        cookieHttpOnly: false,
        cookieSameSite: 'None',
      });
      const jar = new Jar(port, '__Secure-sid');
      const { value: _value, expires: _expires, ...set } = parseSetCookie((await jar.ask('/set')).setCookies[0]!);
      const common = { name: '__Secure-sid', domain: 'app.test', path: '/app', secure: true, sameSite: 'none' };
      expect(set).toEqual({ ...common, maxAge: 60 });
      const { expires, ...deleted } = parseSetCookie((await jar.ask('/flush')).setCookies[0]!);
      expect(deleted).toEqual({ ...common, value: '', maxAge: 0 });
      expect(expires!.getTime()).toBe(0);
    });

    test('a cookie that ends with the browser has no end of its own', async () => {
      const { port } = await start({ expireAtBrowserClose: true, cookieSameSite: false });
      const [line] = (await ask(port, '/set')).setCookies;
      expect(line).toMatch(/^sessionid=[a-z0-9]{32}; Path=\/; HttpOnly$/);
    });

    test('a change inside of a value is saved only where modified says so', async () => {
      const jar = new Jar(app.port);
      await jar.ask('/list');
      expect((await jar.ask('/nested')).setCookies).toEqual([]);
      expect(await dataOf(jar)).toEqual({ list: ['one'] });
      expect((await jar.ask('/nested?modified')).setCookies).toHaveLength(1);
      expect(await dataOf(jar)).toEqual({ list: ['one', 'two'] });
    });

    test('other cookies are kept beside its own', async () => {
      const { setCookies } = await ask(app.port, '/cookies');
      expect(setCookies.map((line) => line.split('=')[0])).toEqual(['a', 'b', 'sessionid']);
    });

    test.each([
      ['Accept-Language', 'Accept-Language, Cookie'],
      ['*', '*'],
      ['accept, COOKIE', 'accept, COOKIE'],
    ])('Vary: %s becomes %s', async (given, wanted) => {
      const { vary } = await ask(app.port, `/vary?v=${encodeURIComponent(given)}`);
      expect(vary).toBe(wanted);
    });

    test.each([500, 503])('a %i saves nothing', async (status) => {
      const before = records();
      const answer = await ask(app.port, `/status?v=${status}`);
      expect(answer).toMatchObject({ status, vary: 'Cookie', setCookies: [] });
      expect(records()).toEqual(before);
    });

    test.each([204, 302, 400, 404, 499])('a %i saves', async (status) => {
      const jar = new Jar(app.port);
      expect((await jar.ask(`/status?v=${status}`)).status).toBe(status);
      expect(await dataOf(jar)).toEqual({ k: String(status) });
    });

    test('the record is there before a redirect arrives', async () => {
      for (let round = 0; round < 10; round++) {
        const jar = new Jar(app.port);
        await jar.ask('/status?v=302');
        expect((await jar.ask('/get')).body).toBe('"302"');
      }
    });

    test('a handler that throws saves nothing', async () => {
      const before = records();
      const answer = await ask(app.port, '/throw?v=0');
      expect(answer).toMatchObject({ status: 500, setCookies: [] });
      expect(records()).toEqual(before);
      expect((await ask(app.port, '/untouched')).status).toBe(200);
    });

    const whyNotThrown =
      name === 'Request and Response' && 'who turns an error into a response stands outside of the session';
    unless(whyNotThrown)('an error that names a 4xx saves, as a response of 4xx', async () => {
      const jar = new Jar(app.port);
      expect((await jar.ask('/throw?v=404')).status).toBe(404);
      expect(await dataOf(jar)).toEqual({ k: '404' });
    });

    test('flush deletes record and cookie', async () => {
      const jar = new Jar(app.port);
      await jar.ask('/set');
      const key = jar.value!;
      const answer = await jar.ask('/flush');
      expect(answer.vary).toBe('Cookie');
      expect(answer.setCookies).toEqual([
        'sessionid=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax',
      ]);
      expect(await sessions.peek(key)).toEqual({ outcome: 'missing' });
    });

    test('a forgotten await loses nothing, and its failure is an error of its request', async () => {
      const jar = new Jar(app.port);
      await jar.ask('/forgotten-set?v=ann');
      expect((await jar.ask('/get')).body).toBe('"ann"');
      await jar.ask('/forgotten-set?v=bob');
      expect(await dataOf(jar)).toEqual({ k: 'bob' });
      expect((await jar.ask('/forgotten-failure')).status).toBe(500);
      expect(warnings).toContainEqual(expect.stringContaining('session.delete() failed, and nothing awaited it'));
      expect(await dataOf(jar)).toEqual({ k: 'bob' });
      const key = jar.value!;
      expect((await jar.ask('/forgotten-flush')).status).toBe(200);
      expect([jar.value, (await sessions.peek(key)).outcome]).toEqual([undefined, 'missing']);
    });

    test('a cookie that names no record is deleted once the session is read', async () => {
      const answer = await ask(app.port, '/get', { cookie: 'sessionid=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz' });
      expect(answer.body).toBe('null');
      expect(answer.setCookies[0]).toMatch(/^sessionid=; Max-Age=0/);
    });

    test('clear keeps the key', async () => {
      const jar = new Jar(app.port);
      await jar.ask('/set');
      const key = jar.value;
      await jar.ask('/clear');
      expect(jar.value).toBe(key);
      expect(await dataOf(jar)).toEqual({});
    });

    test('a new key at login, the old record gone', async () => {
      const jar = new Jar(app.port);
      await jar.ask('/set?v=ann');
      const key = jar.value!;
      await jar.ask('/cycle');
      expect(jar.value).not.toBe(key);
      expect(await dataOf(jar)).toEqual({ k: 'ann' });
      expect(await sessions.peek(key)).toEqual({ outcome: 'missing' });
    });

    test('a HEAD is answered with the same headers and no body', async () => {
      const jar = new Jar(app.port);
      const answer = await jar.ask('/set?v=head', { method: 'HEAD' });
      expect(answer).toMatchObject({ status: 200, vary: 'Cookie', body: '' });
      expect(await dataOf(jar)).toEqual({ k: 'head' });
    });

    test('saveEveryRequest saves a session that was only read, and none that is empty', async () => {
      const { port } = await start({ saveEveryRequest: true });
      expect((await ask(port, '/untouched')).setCookies).toEqual([]);
      const jar = new Jar(port);
      await jar.ask('/set');
      // As Django 5.2: what sets the cookie varies on it.
      expect(await jar.ask('/untouched')).toMatchObject({ vary: 'Cookie', setCookies: [expect.any(String)] });
    });

    test('a stream carries the cookie with its first byte, and what comes later is too late', async () => {
      const { response } = begin(app.port, '/stream');
      const incoming = await response;
      const [line] = incoming.headers['set-cookie']!;
      expect(incoming.headers.vary).toBe('Cookie');
      const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      expect(String((await chunks.next()).value)).toBe('first ');
      gate.open();
      let rest = '';
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) rest += String(next.value);
      expect(rest).toBe('second');
      const reading = await sessions.peek(parseSetCookie(line!).value!);
      expect('data' in reading && reading.data.get('k')).toBe('before');
    });

    test('a stream of megabytes arrives whole', async () => {
      const jar = new Jar(app.port);
      const { body } = await jar.ask('/big');
      expect(body.length).toBe(40 * BIG.length);
      expect(await dataOf(jar)).toEqual({ k: 'v' });
    });

    test('a client that leaves harms nobody, and what its handler set is saved as Django does', async () => {
      const jar = new Jar(app.port);
      await jar.ask('/set?v=before');
      const { request, response } = begin(app.port, '/wait?v=after', { cookie: jar.header });
      response.catch(() => {});
      await arrived.passed;
      request.destroy();
      await new Promise((resolve) => request.once('close', resolve));
      gate.open();
      await expect.poll(() => dataOf(jar)).toEqual({ k: 'after' });
      expect((await ask(app.port, '/untouched')).body).toBe('untouched');
    });

    test('a client that leaves a stream harms nobody', async () => {
      const { request, response } = begin(app.port, '/stream');
      const incoming = await response;
      incoming.on('error', () => {});
      request.destroy();
      gate.open();
      expect((await ask(app.port, '/untouched')).body).toBe('untouched');
    });

    test('a session deleted meanwhile is not written back: 400', async () => {
      const jar = new Jar(app.port);
      await jar.ask('/set?v=before');
      const waiting = ask(app.port, '/wait', { cookie: jar.header });
      await arrived.passed;
      const key = jar.value!;
      await jar.ask('/flush');
      gate.open();
      const answer = await waiting;
      expect(answer.status).toBe(400);
      expect(answer.setCookies.filter((line) => line.startsWith('sessionid='))).toEqual([]);
      expect(answer.body).not.toContain(key);
      expect(await sessions.peek(key)).toEqual({ outcome: 'missing' });
    });

    test('a value that cannot be stored is an error of the app, and nothing is saved', async () => {
      const before = records();
      const answer = await ask(app.port, '/unserializable');
      expect(answer).toMatchObject({ status: 500, setCookies: [] });
      expect(records()).toEqual(before);
      expect((await ask(app.port, '/untouched')).status).toBe(200);
    });

    test('a key that could name another file is refused: 400', async () => {
      const cookie = 'sessionid=../../../etc/passwd';
      expect((await ask(app.port, '/get', { cookie })).status).toBe(200);
      expect((await ask(app.port, '/clear', { cookie })).status).toBe(400);
    });

    test('a store that fails is an error of the app', async () => {
      const { port } = await start({ engine: 'cache', cache: { url: 'redis://127.0.0.1:1' } });
      expect((await ask(port, '/untouched')).status).toBe(200);
      expect((await ask(port, '/set')).status).toBe(500);
      expect((await ask(port, '/untouched')).status).toBe(200);
    });

    test('a cookie that browsers drop is reported', async () => {
      const { port } = await start({ engine: 'signed_cookies' });
      await ask(port, `/set?v=${randomBytes(1_000).toString('hex')}`);
      expect(warnings).toEqual([]);
      await ask(port, `/set?v=${randomBytes(4_000).toString('hex')}`);
      expect(warnings).toEqual([expect.stringContaining('browsers drop cookies over 4096')]);
    });

    test('requests at once with one key are each whole: the last save stands', async () => {
      const jar = new Jar(app.port);
      await jar.ask('/set?k=start');
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => ask(app.port, `/set?k=key${index}`, { cookie: jar.header })),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      const data = await dataOf(jar);
      expect(data['start']).toBe('v');
      expect(Object.keys(data).length).toBeGreaterThan(1);
    });

    test('requests at once of several clients keep to themselves', async () => {
      const jars = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const jar = new Jar(app.port);
          await jar.ask(`/set?v=${index}`);
          return jar;
        }),
      );
      expect(new Set(jars.map((jar) => jar.value)).size).toBe(20);
      const read = await Promise.all(jars.map(async (jar) => (await jar.ask('/get')).body));
      expect(read).toEqual(jars.map((_, index) => `"${index}"`));
    });

    test('the last of two cookies of one name counts, as with Django', async () => {
      const jar = new Jar(app.port);
      await jar.ask('/set?v=mine');
      const cookie = `sessionid=zzzzzzzzzzzzzzzz; a=b; ${jar.header}`;
      expect((await ask(app.port, '/get', { cookie })).body).toBe('"mine"');
    });

    test('a stream that breaks ends the response, and the app goes on', async () => {
      const { request, response } = begin(app.port, '/broken-stream');
      const incoming = await response;
      incoming.on('error', () => {});
      incoming.resume();
      const closed = new Promise<void>((resolve) => {
        incoming.once('close', () => resolve());
        request.once('error', () => resolve());
      });
      gate.open();
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
      request.destroy();
      expect((await ask(app.port, '/untouched')).body).toBe('untouched');
    });
  });
}
