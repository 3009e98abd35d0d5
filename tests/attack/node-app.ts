/**
 * The app under attack on one Node host, as a process: `node node-app.ts 'Express 5'`. Prints `listening on <port>`.
 * `/write/<note>` writes into the session, `/login/<note>` changes its key first, `/logout` ends it, anything else reads.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { SessionEnv, Storage } from '@hono/session';
import type { Session as HonoSession } from 'hono-sessions';
import { createSessions } from '../../django-sessions/src/sessions.ts';
import { observe as observeAstro } from '../../server-companion/node/src/astro.ts';
import { observe as observeBetterAuth } from '../../server-companion/node/src/better-auth.ts';
import { observe as observeCookie } from '../../server-companion/node/src/cookie-session.ts';
import { observe as observeSessions } from '../../server-companion/node/src/django-sessions.ts';
import { observe as observeExpress } from '../../server-companion/node/src/express-session.ts';
import { observe as observeSecure } from '../../server-companion/node/src/fastify-secure-session.ts';
import { observe as observeFastify } from '../../server-companion/node/src/fastify-session.ts';
import { observe as observeH3 } from '../../server-companion/node/src/h3.ts';
import { observe as observeHono } from '../../server-companion/node/src/hono.ts';
import { observe as observeIron } from '../../server-companion/node/src/iron-session.ts';
import { observe as observeKoa } from '../../server-companion/node/src/koa-session.ts';
import { observe as observeStorage } from '../../server-companion/node/src/react-router.ts';
import type { Context as AstroContext } from '../astro/built-app.ts';
import { HOSTS } from '../django-sessions/hosts.ts';
import { HTTP2 } from './target.ts';

const name = process.argv[2] ?? 'Express 5';

async function listener() {
  if (name === 'express-session') {
    const { default: express } = await import('express');
    const { default: session } = await import('express-session');
    const app = express();
    app.use(observeExpress(session)({ secret: 'attacked', resave: false, saveUninitialized: false }));
    app.get('/write/:note', (request, response) => {
      request.session['note'] = request.params.note;
      response.send('written');
    });
    app.get('/login/:note', (request, response, next) =>
      request.session.regenerate((error) => {
        if (error) return next(error);
        request.session['note'] = request.params.note;
        response.send('logged in');
      }),
    );
    app.get('/logout', (request, response, next) =>
      request.session.destroy((error) => (error ? next(error) : response.send('logged out'))),
    );
    app.get('/', (request, response) => response.send(String(request.session['note'])));
    return app;
  }
  if (name === 'cookie-session') {
    const { default: express } = await import('express');
    const { default: cookieSession } = await import('cookie-session');
    const app = express();
    app.use(observeCookie(cookieSession)({ keys: ['attacked'] }));
    app.get('/write/:note', (request, response) => {
      request.session!['note'] = request.params.note;
      response.send('written');
    });
    app.get('/login/:note', (request, response) => {
      Object.assign(request, { session: { note: request.params.note } });
      response.send('logged in');
    });
    app.get('/logout', (request, response) => {
      Object.assign(request, { session: null });
      response.send('logged out');
    });
    app.get('/', (request, response) => response.send(String(request.session!['note'])));
    return app;
  }
  if (name === 'iron-session') {
    const { getIronSession } = await import('iron-session');
    const getSession = observeIron(getIronSession);
    const answer: RequestListener = (request, response) => {
      const [, action, note = ''] = request.url!.split('/');
      const run = async () => {
        const session = await getSession<{ note?: string }>(request, response, {
          cookieName: 'iron',
          password: 'attacked, by a password of 32 characters',
          cookieOptions: { secure: false },
        });
        if (action === 'login' || action === 'logout') session.destroy();
        if (action === 'login' || action === 'write') {
          session.note = note;
          await session.save();
        }
        response.end(String(session.note));
      };
      run().catch(() => response.writeHead(500).end());
    };
    return answer;
  }
  if (name === 'h3') {
    const h3 = await import('h3');
    const { useSession } = observeH3(h3);
    const app = new h3.H3().all('/**', async (event) => {
      const [, action, note = ''] = event.url.pathname.split('/');
      const config = { password: 'attacked, by a password of 32 characters', cookie: { secure: false } };
      const session = await useSession<{ note?: string }>(event, config);
      if (action === 'write' || action === 'login') await session.update({ note });
      if (action === 'logout') await session.clear();
      return String(session.data.note);
    });
    return h3.toNodeHandler(app) as RequestListener;
  }
  if (name === '@fastify/session') {
    const { default: fastify } = await import('fastify');
    const { default: cookie } = await import('@fastify/cookie');
    const { default: session } = await import('@fastify/session');
    const app = fastify();
    await app.register(cookie);
    await app.register(observeFastify(session), { secret: 'attacked'.repeat(4), cookie: { secure: false } });
    app.get('/*', async (request) => {
      const [, action, note = ''] = request.url.split('/');
      if (action === 'login') await request.session.regenerate();
      if (action === 'write' || action === 'login') request.session.set('note' as never, note as never);
      // Both libraries of Fastify's declare the request's session: TypeScript knows one of them.
      if (action === 'logout') await (request.session as unknown as { destroy(): Promise<void> }).destroy();
      return String((request.session as { note?: string } | null)?.note);
    });
    await app.ready();
    return (request: IncomingMessage, response: ServerResponse) => app.routing(request, response);
  }
  if (name === '@fastify/secure-session') {
    const { default: fastify } = await import('fastify');
    const { default: secureSession } = await import('@fastify/secure-session');
    const app = fastify();
    await app.register(observeSecure(secureSession), { key: Buffer.alloc(32, 'attacked'), cookie: { path: '/' } });
    app.get('/*', async ({ url, session }) => {
      const [, action, note = ''] = url.split('/');
      if (action === 'login') session.regenerate();
      if (action === 'write' || action === 'login') session.set('note' as never, note as never);
      if (action === 'logout') session.delete();
      return String(session.get('note' as never));
    });
    await app.ready();
    return (request: IncomingMessage, response: ServerResponse) => app.routing(request, response);
  }
  if (name.startsWith('hono-sessions')) {
    const { Hono } = await import('hono');
    const { CookieStore, MemoryStore, sessionMiddleware } = await import('hono-sessions');
    const { getRequestListener } = await import('@hono/node-server');
    type Notes = HonoSession<{ note: string }>;
    const app = new Hono<{ Variables: { session: Notes; session_key_rotation: boolean } }>();
    const store = name === 'hono-sessions' ? new CookieStore() : new MemoryStore();
    const encryptionKey = 'attacked, by a key of 32 characters or more';
    app.use(observeHono(sessionMiddleware)({ store, encryptionKey, cookieOptions: { path: '/', httpOnly: true } }));
    app.get('*', (context) => {
      const session = context.get('session');
      const [, action, note = ''] = context.req.path.split('/');
      if (action === 'login') context.set('session_key_rotation', true);
      if (action === 'write' || action === 'login') session.set('note', note);
      if (action === 'logout') session.deleteSession();
      return context.text(String(session.get('note')));
    });
    return getRequestListener(app.fetch, { overrideGlobalObjects: false });
  }
  if (name.startsWith('@hono/session')) {
    const { Hono } = await import('hono');
    const { useSession, useSessionStorage } = await import('@hono/session');
    const { getRequestListener } = await import('@hono/node-server');
    const app = new Hono<SessionEnv<{ note: string }>>();
    const records = new Map<string, { note: string }>();
    if (name !== '@hono/session')
      app.use(
        useSessionStorage({
          get: (sid) => records.get(sid) ?? null,
          set: (sid, record: { note: string }) => void records.set(sid, record),
          delete: (sid) => void records.delete(sid),
          peek: (sid: string) => (records.has(sid) ? { data: records.get(sid) } : undefined),
        } as Storage<{ note: string }>),
      );
    app.use(observeHono(useSession)<{ note: string }>({ secret: 'attacked' }));
    app.get('*', async (context) => {
      const session = context.get('session');
      const [, action, note = ''] = context.req.path.split('/');
      if (action === 'write' || action === 'login') await session.update({ note });
      else await session.get();
      const { data } = session;
      if (action === 'logout') session.delete();
      return context.text(String(data?.note));
    });
    return getRequestListener(app.fetch, { overrideGlobalObjects: false });
  }
  if (name === 'better-auth') {
    const { betterAuth } = await import('better-auth');
    const { memoryAdapter } = await import('better-auth/adapters/memory');
    const { fromNodeHeaders } = await import('better-auth/node');
    const auth = betterAuth({
      secret: 'attacked, by a secret of 32 characters',
      database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
      emailAndPassword: {
        enabled: true,
        password: { hash: async (text) => text, verify: async ({ hash, password }) => hash === password },
      },
      session: { additionalFields: { note: { type: 'string', required: false } } },
      logger: { disabled: true },
      telemetry: { enabled: false },
      plugins: [observeBetterAuth()],
    });
    let users = 0;
    return async (request: IncomingMessage, response: ServerResponse) => {
      const headers = fromNodeHeaders(request.headers);
      const [, action, note = ''] = request.url!.split('/');
      const send = (given: { headers: Headers }, text: string) =>
        response.setHeader('set-cookie', given.headers.getSetCookie()).end(text);
      const known = await auth.api.getSession({ headers });
      if (action === 'logout' && known !== null)
        return send(await auth.api.signOut({ headers, returnHeaders: true }), String(known.session.note));
      if (action === 'login' || (action === 'write' && known === null)) {
        const body = { email: `${(users += 1)}@attacked.test`, password: 'attacked', name: 'victim' };
        if (known !== null) await auth.api.signOut({ headers });
        const given = await auth.api.signUpEmail({ body, returnHeaders: true });
        const cookie = given.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
        await auth.api.updateSession({ headers: new Headers({ cookie: cookie.join('; ') }), body: { note } });
        return send(given, note);
      }
      if (action !== 'write') return response.end(String(known?.session.note));
      await auth.api.updateSession({ headers, body: { note } });
      return response.end(note);
    };
  }
  if (name === 'Astro') {
    const { built, holdRecords } = await import('../astro/built-app.ts');
    const handler = await built();
    holdRecords(new Map());
    const onRequest = observeAstro();
    const answer = async ({ session, url }: AstroContext) => {
      const [, action, note = ''] = url.pathname.split('/');
      if (action === 'login') await session.regenerate();
      if (action === 'write' || action === 'login') session.set('note', note);
      const given = String(await session.get('note'));
      if (action === 'logout') session.destroy();
      return new Response(given);
    };
    return (request: IncomingMessage, response: ServerResponse) =>
      handler(request, response, undefined, { onRequest, answer });
  }
  if (name.startsWith('koa-session')) {
    const { default: Koa } = await import('koa');
    const { default: session } = await import('koa-session');
    const app = new Koa();
    app.keys = ['attacked'];
    const records = new Map<string, object>();
    const store = {
      get: async (key: string) => records.get(key),
      set: async (key: string, value: object) => void records.set(key, value),
      destroy: async (key: string) => void records.delete(key),
      peek: async (key: string) => (records.has(key) ? { data: records.get(key) } : undefined),
    };
    app.use(observeKoa(session)(name === 'koa-session' ? {} : { store }, app));
    app.use(async (context) => {
      const [, action, note = ''] = context.path.split('/');
      if (action === 'login') await context.session!.regenerate();
      if (action === 'write' || action === 'login') context.session!['note'] = note;
      if (action === 'logout') context.session = null;
      context.body = String(context.session?.['note']);
    });
    return app.callback();
  }
  if (name === 'React Router') {
    const { createCookieSessionStorage } = await import('react-router');
    const { getRequestListener } = await import('@hono/node-server');
    const cookie = { name: 'rr', secrets: ['attacked'], path: '/' };
    const storage = observeStorage(createCookieSessionStorage)({ cookie });
    const answer = async (request: Request): Promise<Response> => {
      const [, action, note = ''] = new URL(request.url).pathname.split('/');
      const before = await storage.getSession(request.headers.get('Cookie'));
      if (action === 'logout')
        return new Response('', { headers: { 'Set-Cookie': await storage.destroySession(before) } });
      if (action !== 'write' && action !== 'login') return new Response(String(before.get('note')));
      if (action === 'login') await storage.destroySession(before);
      const session = action === 'login' ? await storage.getSession() : before;
      session.set('note', note);
      return new Response('', { headers: { 'Set-Cookie': await storage.commitSession(session) } });
    };
    return getRequestListener(answer, { overrideGlobalObjects: false });
  }
  const sessions = observeSessions(createSessions)({ secretKey: 'attacked', database: ':memory:' });
  await sessions.createTable();
  const build = HOSTS[name.replace(HTTP2, '')];
  if (build === undefined) throw new Error(`There is no host ${name}. There are: ${Object.keys(HOSTS).join(', ')}`);
  return build(sessions, async (path, session) => {
    const [, action, note = ''] = path.split('/');
    if (action === 'login') await session.cycleKey();
    if (action === 'write' || action === 'login') await session.set('note', note);
    if (action === 'logout') await session.flush();
    return { body: String(await session.get('note')) };
  });
}

const answer = await listener();
const server = name.startsWith(HTTP2) ? createHttp2(answer as never) : createServer(answer);
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
process.on('SIGTERM', () => server.close());
