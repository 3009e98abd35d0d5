/** `Secure`: as the options say, or as the request came; and what browsers would drop is named before they do. */
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { request as tlsRequest } from 'node:https';
import { describe, expect, test } from 'vitest';
import express from 'express';
import fastify from 'fastify';
import Koa from 'koa';
import { expressSessions } from '../src/middleware/express.ts';
import { fastifySessions } from '../src/middleware/fastify.ts';
import { koaSessions } from '../src/middleware/koa.ts';
import { nodeSessions } from '../src/middleware/node-http.ts';
import { webSessions } from '../src/middleware/web.ts';
import { createSessions, type Sessions, type SessionsOptions } from '../src/sessions.ts';
import { ask } from './browser.ts';
import { makeCertificate } from './certificate.ts';

function make(options: Partial<SessionsOptions> = {}): { sessions: Sessions; warnings: string[] } {
  const warnings: string[] = [];
  const sessions = createSessions({
    secretKey: 'x',
    engine: 'cache',
    cache: { url: 'locmem://secure' },
    cookieSecure: 'auto',
    logger: { warn: (message) => void warnings.push(message) },
    ...options,
  });
  return { sessions, warnings };
}

const isSecure = (line: string | undefined): boolean => /; Secure(?:;|$)/.test(line ?? '');
const PROXIED = { 'x-forwarded-proto': 'https' };

describe("cookieSecure: 'auto'", () => {
  test('a web request: by its URL', async () => {
    const handle = webSessions(make().sessions, async (_request, session) => {
      await session.set('a', 1);
      return new Response();
    });
    for (const [url, secure] of [
      ['https://app.test/', true],
      ['http://app.test/', false],
    ] as const)
      expect(isSecure((await handle(new Request(url))).headers.get('set-cookie') ?? '')).toBe(secure);
  });

  test('node:http and node:https: by the socket', async () => {
    const listener = nodeSessions(make().sessions, async (_request, response, session) => {
      await session.set('a', 1);
      response.end();
    });
    const plain = createServer(listener);
    const tls = createTlsServer(makeCertificate(), listener);
    for (const server of [plain, tls]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { setCookies } = await ask((plain.address() as AddressInfo).port, '/', { headers: PROXIED });
    expect(isSecure(setCookies[0])).toBe(false);
    const line = await new Promise<string | undefined>((resolve, reject) => {
      tlsRequest(
        { host: '127.0.0.1', port: (tls.address() as AddressInfo).port, rejectUnauthorized: false, agent: false },
        (response) => {
          response.resume();
          resolve(response.headers['set-cookie']?.[0]);
        },
      )
        .once('error', reject)
        .end();
    });
    expect(isSecure(line)).toBe(true);
    for (const server of [plain, tls]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  describe.each([true, false])('behind a proxy that the app trusts: %s', (trusts) => {
    test('Express', async () => {
      const app = express();
      app.set('trust proxy', trusts);
      const { sessions } = make();
      app.use(expressSessions(sessions));
      app.get('/', async (request, response) => {
        await sessions.of(request).set('a', 1);
        response.send('');
      });
      const server = app.listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { setCookies } = await ask((server.address() as AddressInfo).port, '/', { headers: PROXIED });
      expect(isSecure(setCookies[0])).toBe(trusts);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    test('Koa', async () => {
      const app = new Koa({ proxy: trusts });
      const { sessions } = make();
      app.use(koaSessions(sessions));
      app.use(async (context) => {
        await sessions.of(context).set('a', 1);
        context.body = '';
      });
      const server = app.listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { setCookies } = await ask((server.address() as AddressInfo).port, '/', { headers: PROXIED });
      expect(isSecure(setCookies[0])).toBe(trusts);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    test('Fastify', async () => {
      const app = fastify({ trustProxy: trusts });
      const { sessions } = make();
      await app.register(fastifySessions(sessions));
      app.get('/', async (request) => {
        await sessions.of(request).set('a', 1);
        return '';
      });
      const { headers } = await app.inject({ url: '/', headers: PROXIED });
      expect(isSecure(String(headers['set-cookie']))).toBe(trusts);
      await app.close();
    });
  });
});

describe('SameSite=None', () => {
  test('without Secure: named when the sessions are made, because browsers drop it', () => {
    const { warnings } = make({ cookieSameSite: 'None', cookieSecure: false });
    expect(warnings).toEqual([expect.stringContaining('cookieSecure: true')]);
  });

  test.each<Partial<SessionsOptions>>([
    { cookieSameSite: 'None', cookieSecure: true },
    { cookieSameSite: 'None', cookieSecure: 'auto' },
    { cookieSameSite: 'Lax', cookieSecure: false },
    { cookieSameSite: false, cookieSecure: false },
  ])('%j says nothing', (options) => {
    expect(make(options).warnings).toEqual([]);
  });

  test("a cookie that is deleted is deleted as it was set: 'auto' over http and over https", async () => {
    const handle = webSessions(make({ cookieSameSite: 'None' }).sessions, async (_request, session) => {
      await session.get('a');
      return new Response();
    });
    const headers = { cookie: 'sessionid=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz' };
    const { headers: answered } = await handle(new Request('https://app.test/', { headers }));
    expect(answered.get('set-cookie')).toContain('Secure');
  });
});

test.each([
  [{ cookieName: '__Secure-sid', cookieSecure: false }, '__Secure-'],
  [{ cookieName: '__Host-sid', cookieSecure: true, cookiePath: '/app' }, '__Host-'],
  [{ cookieName: '__Host-sid', cookieSecure: true, cookieDomain: 'app.test' }, '__Host-'],
] as const)('a cookie whose name promises what its attributes break is named: %j', (options, prefix) => {
  expect(make(options).warnings).toEqual([expect.stringContaining(prefix)]);
});

test.each(['yes', 1, null])('cookieSecure: %j is refused', (value) => {
  expect(() => make({ cookieSecure: value as never })).toThrow("true, false or 'auto'");
});
