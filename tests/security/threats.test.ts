/** The rows of the threat table that concern the endpoint: the very request, at both listeners. docs/security.md. */
import cors from 'cors';
import type { RequestHandler } from 'express';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CALLS } from '../../protocol/index.ts';
import { FOREIGN_HOSTS, FOREIGN_ORIGINS, MALFORMED_HOSTS, OTHER_CONTENT_TYPES, OTHER_PATHS } from './threats.cases.ts';
import {
  type Change,
  LISTENERS,
  ENDPOINT,
  expectOurHeaders,
  expectRefused,
  EXTENSION_ORIGIN,
  FIREFOX_ORIGIN,
  type GuardedApp,
  serveGuarded,
} from './guarded-app.ts';

describe.each(LISTENERS)('at the listener %s', (listener) => {
  let guarded: GuardedApp;
  beforeAll(async () => {
    guarded = await serveGuarded();
  });
  afterAll(() => guarded[Symbol.asyncDispose]());

  test('the valid baseline is answered, for every call, with the headers that each answer bears', async () => {
    for (const call of CALLS.filter((name) => name !== 'pair' && name !== 'open')) {
      const answer = await guarded.ask(listener, { call });
      expect([call, answer.status]).toEqual([call, 200]);
      if (call !== 'hello') expect(answer.text).toContain(guarded.note);
      expect(answer.raw).not.toContain(guarded.key);
      expectOurHeaders(answer);
    }
  });

  test.skipIf(process.platform === 'win32')(
    'an editor is started for who is paired, and for a file below the project only',
    async () => {
      vi.stubEnv('LAUNCH_EDITOR', 'true');
      const open = (body: object, withToken = true) =>
        guarded.ask(listener, { call: 'open', withToken, body: { v: 1, line: 1, ...body } });
      expect((await open({ file: 'package.json' })).status).toBe(200);
      for (const file of [
        '../package.json',
        '/etc/passwd',
        '\\\\evil.test\\x',
        'src/../../x',
        'package.json:$DATA',
        'none.ts',
      ])
        expect([file, (await open({ file })).status]).toEqual([file, 404]);
      // Who holds a session, and a page that has its cookie.
      expect((await open({ file: 'package.json' }, false)).status).toBe(403);
      await expectRefused(guarded, listener, { call: 'open', headers: { Origin: 'http://localhost:4000' } });
      await expectRefused(guarded, listener, { call: 'open', headers: { Origin: undefined }, withToken: false });
      vi.unstubAllEnvs();
    },
  );

  test.each([
    ['localhost', 'localhost:PORT'],
    ['in capitals', 'LocalHost:PORT'],
    ['without a port', '127.0.0.1'],
    ['below localhost', 'shop.localhost:PORT'],
    ['IPv6', '[::1]:PORT'],
  ])('Host %s is ours', async (_name, host) => {
    const answer = await guarded.ask(listener, {
      headers: { Host: host.replace('PORT', String(guarded.ports[listener])) },
    });
    expect(answer.status).toBe(200);
  });

  test.each(FOREIGN_HOSTS)('DNS rebinding: Host %s', async (host) => {
    await expectRefused(guarded, listener, { headers: { Host: host } });
  });

  test.each(MALFORMED_HOSTS)('malformed Host: "%s"', async (host) => {
    await expectRefused(guarded, listener, { headers: { Host: host } });
  });

  test('two Hosts, two Origins, two content types: neither is taken', async () => {
    for (const first of ['localhost', 'evil.test'])
      await expectRefused(guarded, listener, {
        headers: { Host: first },
        more: [['Host', first === 'localhost' ? 'evil.test' : 'localhost']],
      });
    await expectRefused(guarded, listener, { more: [['Origin', 'http://evil.test']] });
    await expectRefused(guarded, listener, {
      headers: { Origin: 'http://evil.test' },
      more: [['Origin', EXTENSION_ORIGIN]],
    });
    await expectRefused(guarded, listener, { more: [['Content-Type', 'text/plain']] }, 415);
    await expectRefused(
      guarded,
      listener,
      { headers: { 'Content-Type': 'text/plain' }, more: [['Content-Type', 'application/json']] },
      415,
    );
  });

  test('both published extensions may ask', async () => {
    for (const Origin of [EXTENSION_ORIGIN, FIREFOX_ORIGIN])
      expect((await guarded.ask(listener, { call: 'hello', withToken: false, headers: { Origin } })).status).toBe(200);
  });

  test.each(FOREIGN_ORIGINS)(
    'cross-origin read: Origin "%s", with a cookie and with a proof of pairing',
    async (origin) => {
      await expectRefused(guarded, listener, { headers: { Origin: origin } });
      await expectRefused(guarded, listener, { headers: { Origin: origin }, withToken: true });
      await expectRefused(guarded, listener, { call: 'hello', headers: { Origin: origin } });
      await expectRefused(guarded, listener, { call: 'pair', headers: { Origin: origin } });
    },
  );

  test('no Origin: refused without a proof of pairing, served with one', async () => {
    await expectRefused(guarded, listener, { headers: { Origin: undefined }, withToken: false });
    expect((await guarded.ask(listener, { headers: { Origin: undefined }, withToken: true })).status).toBe(200);
  });

  test('the site of `app`, a port on it, its own page: a web origin is a web origin', async () => {
    for (const port of [guarded.ports.app, guarded.ports.direct])
      await expectRefused(guarded, listener, { headers: { Origin: `http://127.0.0.1:${port}` } });
  });

  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY', 'PROPFIND'])(
    'script inclusion and other methods: %s is 405 on every call, whatever comes with it',
    async (method) => {
      for (const call of CALLS) {
        const answer = await expectRefused(guarded, listener, { method, call }, 405);
        expect(answer.headers.get('allow')).toBe('POST');
      }
      // As <script src> sends it.
      await expectRefused(
        guarded,
        listener,
        {
          method,
          headers: { Origin: undefined, 'Content-Type': undefined, Cookie: `connect.sid=${guarded.cookie.value}` },
          text: '',
        },
        405,
      );
    },
  );

  test('a method that another header asks for is not taken', async () => {
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])
      await expectRefused(guarded, listener, { method: 'GET', more: [[name, 'POST']] }, 405);
  });

  test('preflight: 405 without any CORS header', async () => {
    for (const origin of ['http://localhost:4000', 'null', EXTENSION_ORIGIN])
      await expectRefused(
        guarded,
        listener,
        {
          method: 'OPTIONS',
          headers: { Origin: origin, 'Content-Type': undefined },
          more: [
            ['Access-Control-Request-Method', 'POST'],
            ['Access-Control-Request-Headers', 'content-type,sessionscope-proof'],
            ['Access-Control-Request-Private-Network', 'true'],
          ],
          text: '',
        },
        405,
      );
  });

  test('stream hijack: a waiting `events` from a web origin', async () => {
    const body = { ...(guarded.bodyOf('events') as object), wait: true };
    await expectRefused(guarded, listener, { call: 'events', body, headers: { Origin: 'http://localhost:4000' } });
    await expectRefused(guarded, listener, { call: 'events', body, headers: { Origin: undefined }, withToken: false });
  });

  test.each(['websocket', 'h2c', 'TLS/1.2'])('any Upgrade: %s', async (protocol) => {
    const upgrade: Change = { headers: { Upgrade: protocol }, more: [['Connection', 'Upgrade']] };
    await expectRefused(guarded, listener, upgrade);
    await expectRefused(guarded, listener, { ...upgrade, call: 'events' });
    await expectRefused(guarded, listener, { ...upgrade, method: 'GET', text: '' }, 405);
  });

  test.each(OTHER_CONTENT_TYPES)('CSRF: content type "%s" is 415', async (type) => {
    await expectRefused(guarded, listener, { headers: { 'Content-Type': type } }, 415);
  });

  test('CSRF: no content type is 415, and a charset beside JSON is JSON', async () => {
    await expectRefused(guarded, listener, { headers: { 'Content-Type': undefined } }, 415);
    for (const type of ['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'Application/JSON'])
      expect((await guarded.ask(listener, { headers: { 'Content-Type': type } })).status).toBe(200);
  });

  test.each(OTHER_PATHS)('path confusion and header injection: %s is 404', async (rest) => {
    const answer = await expectRefused(guarded, listener, { target: ENDPOINT + rest }, 404);
    expect(answer.headers.has('x-evil')).toBe(false);
  });

  test('a body that is not JSON, no message, of another version, too deep or too large', async () => {
    for (const text of ['', '{', 'null', '[]', '5', '"x"', '{}', '{"v":1}', '{"v":"1","proofs":{}}', '\u0000'])
      await expectRefused(guarded, listener, { text }, 400);
    const unknown = await expectRefused(guarded, listener, { body: { v: 2, proofs: {} } }, 400);
    expect(JSON.parse(unknown.text)).toMatchObject({ error: { code: 'unsupported-version', versions: [1] } });
    const hello = await expectRefused(guarded, listener, { call: 'hello', body: { versions: [7] } }, 400);
    expect(JSON.parse(hello.text)).toMatchObject({ error: { code: 'unsupported-version', versions: [1] } });
    await expectRefused(
      guarded,
      listener,
      { text: `{"v":1,"proofs":{"cookies":${'['.repeat(30_000)}${']'.repeat(30_000)}}}` },
      400,
    );
    const large = JSON.stringify({ v: 1, proofs: {}, padding: 'x'.repeat(70_000) });
    await expectRefused(guarded, listener, { text: large }, 413);
    const chunk = `${Buffer.byteLength(large).toString(16)}\r\n${large}\r\n0\r\n\r\n`;
    await expectRefused(guarded, listener, { text: chunk, framing: [['Transfer-Encoding', 'chunked']] }, 413);
  });

  test('a chunked body within bounds is taken', async () => {
    const text = JSON.stringify(guarded.bodyOf('session'));
    const chunk = `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;
    const answer = await guarded.ask(listener, {
      text: chunk,
      signed: text,
      framing: [['Transfer-Encoding', 'chunked']],
    });
    expect(answer.status).toBe(200);
  });

  test('two framings of one body are refused by the parser: no request is smuggled', async () => {
    for (const framing of [
      [
        ['Content-Length', '5'],
        ['Transfer-Encoding', 'chunked'],
      ],
      [['Transfer-Encoding', 'chunked, identity']],
      [['Transfer-Encoding', 'xchunked']],
      [
        ['Content-Length', '5'],
        ['Content-Length', '6'],
      ],
      [['Content-Length', '+5']],
      [['Content-Length', '-1']],
    ] as const) {
      const answer = await guarded.ask(listener, { text: '0\r\n\r\n', framing });
      expect([framing, answer.status]).toEqual([framing, 400]);
      expect(answer.raw).not.toContain(guarded.note);
    }
    expect((await guarded.ask(listener)).status).toBe(200);
  });

  test('prototype pollution: names of prototypes in a path or a message find nothing and change nothing', async () => {
    const value = guarded.bodyOf('value') as object;
    for (const name of ['__proto__', 'prototype', 'constructor', 'toString', 'hasOwnProperty'])
      for (const path of [[name], [name, 'x'], ['cookie', name]])
        await expectRefused(guarded, listener, { call: 'value', body: { ...value, path } }, 404);
    const text = JSON.stringify(guarded.bodyOf('session')).replace(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
    );
    expect((await guarded.ask(listener, { text })).status).toBe(200);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('a cookie that comes along proves nothing', async () => {
    const cookie = `connect.sid=${guarded.cookie.value}`;
    const body = { v: 1, proofs: {} };
    await expectRefused(guarded, listener, { headers: { Cookie: cookie }, body, withToken: false });
  });

  test('forged, foreign and malformed proofs', async () => {
    const { name, value } = guarded.cookie;
    const proofs: unknown[] = [
      { cookies: [] },
      { exchanges: [] },
      { cookies: [{ name, value: value.slice(0, -1) }] },
      { cookies: [{ name, value: `${value}A` }] },
      { cookies: [{ name, value: encodeURIComponent(`s:${guarded.key}`) }] },
      { cookies: [{ name, value: guarded.key }] },
      { cookies: [{ name, value: encodeURIComponent(`s:${guarded.key}.`) }] },
      { cookies: [{ name: 'other.sid', value }] },
      { cookies: [{ name: '__proto__', value }] },
      { exchanges: [guarded.key] },
    ];
    for (const proof of proofs) {
      const answer = await guarded.ask(listener, { withToken: false, body: { v: 1, proofs: proof } });
      expect([proof, answer.status >= 400]).toEqual([proof, true]);
      expect(answer.raw).not.toContain(guarded.note);
    }
    const sixtyFive = { cookies: Array.from({ length: 65 }, () => guarded.cookie) };
    await expectRefused(guarded, listener, { body: { v: 1, proofs: sixtyFive } }, 400);
  });
});

describe('inside the app, where the peer proves nothing', () => {
  let guarded: GuardedApp;
  beforeAll(async () => {
    guarded = await serveGuarded();
  });
  afterAll(() => guarded[Symbol.asyncDispose]());

  test.each(['session', 'events', 'value'])(
    'proxy confusion: %s with a valid cookie or exchange and no proof of pairing',
    async (call) => {
      const body = guarded.bodyOf(call) as object;
      for (const proofs of [{ cookies: [guarded.cookie] }, { exchanges: [guarded.exchange] }])
        for (const more of [
          [],
          [['X-Forwarded-For', '127.0.0.1']],
          [['X-Forwarded-For', '203.0.113.9']],
          [
            ['Forwarded', 'for=127.0.0.1'],
            ['X-Real-IP', '127.0.0.1'],
            ['X-Forwarded-Host', 'localhost'],
          ],
        ] as const)
          await expectRefused(guarded, 'app', { call, body: { ...body, proofs }, more, withToken: false });
    },
  );

  test('a token is not taken from anywhere: it is proven and never sent', async () => {
    const body = { v: 1, proofs: {}, token: guarded.token };
    await expectRefused(guarded, 'app', { body, withToken: false });
    await expectRefused(guarded, 'app', {
      body,
      withToken: false,
      headers: { Cookie: `sessionscope-token=${guarded.token}`, 'sessionscope-token': guarded.token },
    });
    await expectRefused(guarded, 'app', {
      body,
      withToken: false,
      headers: { Authorization: `Bearer ${guarded.token}` },
    });
    await expectRefused(
      guarded,
      'app',
      { withToken: false, target: `${ENDPOINT}/v1/session?token=${guarded.token}` },
      404,
    );
  });

  test('an absolute request target is not ours, whatever host it names', async () => {
    for (const host of ['evil.test', 'localhost', `127.0.0.1:${guarded.ports.app}`]) {
      const answer = await guarded.ask('app', { target: `http://${host}${ENDPOINT}/v1/session` });
      expect(answer.status).toBe(404);
      expect(answer.raw).not.toContain(guarded.note);
    }
  });
});

test('the direct listener answers to no absolute target and no other path', async () => {
  await using guarded = await serveGuarded();
  for (const target of [
    `http://evil.test${ENDPOINT}/v1/session`,
    `http://localhost${ENDPOINT}/v1/session`,
    '*',
    '/',
    '/v1/session',
    `/x${ENDPOINT}/v1/session`,
    `/${ENDPOINT}/v1/session`,
    `${ENDPOINT}x/v1/session`,
  ])
    await expectRefused(guarded, 'direct', { target }, 404);
});

describe('the app’s own CORS middleware before us', () => {
  const late: RequestHandler = (_request, response, next) => {
    // As `on-headers` does it: at the last moment, after we have taken off what was there.
    const { writeHead } = response;
    response.writeHead = function (this: typeof response, ...args: never[]) {
      this.setHeader('Access-Control-Allow-Origin', '*');
      this.appendHeader('access-control-expose-headers', '*');
      return (writeHead as (...args: never[]) => typeof response).apply(this, args);
    } as typeof writeHead;
    next();
  };
  test.each([
    ['cors()', cors()],
    ['cors({ origin: true, credentials: true })', cors({ origin: true, credentials: true })],
    ['one that adds its headers last', late],
  ])('%s: web origins are refused, and no answer of ours bears its headers', async (_name, middleware) => {
    await using guarded = await serveGuarded({ before: (app) => void app.use(middleware) });
    for (const origin of ['http://localhost:4000', 'null', 'http://evil.test'])
      for (const call of CALLS) await expectRefused(guarded, 'app', { call, headers: { Origin: origin } });
    for (const call of ['hello', 'session', 'events', 'value']) {
      const answer = await guarded.ask('app', { call });
      expect(answer.status).toBe(200);
      expectOurHeaders(answer);
    }
    await expectRefused(guarded, 'app', { method: 'GET', text: '' }, 405);
  });
});

test('key leak to the page: a fetch of the app’s own page, with its cookies, gets nothing by any method', async () => {
  await using guarded = await serveGuarded();
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'])
    for (const listener of LISTENERS)
      for (const call of CALLS) {
        // What a script of the page can send: its own origin, its cookies, JSON where it is same-origin.
        const answer = await expectRefused(
          guarded,
          listener,
          {
            method,
            call,
            withToken: false,
            headers: { Origin: guarded.app.origin, Cookie: `connect.sid=${guarded.cookie.value}` },
            more: [['Sec-Fetch-Site', 'same-origin']],
          },
          method === 'POST' ? 403 : 405,
        );
        expect(answer.raw).not.toContain(guarded.cookie.value);
      }
});

test('hosts and extensions that the options name are let in, to the letter', async () => {
  const id = 'abcdefghijklmnopabcdefghijklmnop';
  await using guarded = await serveGuarded({
    companion: { allowedHosts: ['dev.test', '[fd00::2]'], allowedExtensions: [id] },
  });
  for (const listener of LISTENERS) {
    for (const host of ['dev.test', 'DEV.test:3000', '[fd00::2]:3000'])
      expect((await guarded.ask(listener, { headers: { Host: host } })).status).toBe(200);
    for (const host of ['x.dev.test', 'dev.test.', 'dev.test.evil.test', '[fd00::3]', '[fd00::2'])
      await expectRefused(guarded, listener, { headers: { Host: host } });
    const Origin = `chrome-extension://${id}`;
    expect((await guarded.ask(listener, { call: 'hello', headers: { Origin }, withToken: false })).status).toBe(200);
    await expectRefused(guarded, listener, { headers: { Origin: `chrome-extension://${id.replace('a', 'b')}` } });
  }
});
