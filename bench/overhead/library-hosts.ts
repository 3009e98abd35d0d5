/** Each Node library that is observed, on its host, bare or observed: a server that need not listen. */
import http, { type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type SessionEnv, useSession as useHonoSession } from '@hono/session';
import fastifyCookie from '@fastify/cookie';
import secureSession from '@fastify/secure-session';
import fastifySession from '@fastify/session';
import cookieSession from 'cookie-session';
import express, { type RequestHandler } from 'express';
import expressSession from 'express-session';
import fastify, { type FastifyInstance } from 'fastify';
import { H3, toNodeHandler, useSession } from 'h3';
import * as h3v1 from 'h3v1';
import { Hono, type MiddlewareHandler } from 'hono';
import { MemoryStore, type Session as HonoSession, sessionMiddleware } from 'hono-sessions';
import { getIronSession } from 'iron-session';
import Koa from 'koa';
import koaSession from 'koa-session';
import { createCookieSessionStorage } from 'react-router';
// Built, as an app has it.
import { expressSessions } from '../../django-sessions/dist/express.js';
import { createSessions } from '../../django-sessions/dist/index.js';

/** What the route does to a session, whatever its library. */
export interface Held {
  get(key: string): unknown;
  set(key: string, value: unknown): unknown;
  delete(key: string): unknown;
  /** Where the library saves only when it is asked to. */
  save?(): Promise<unknown>;
}

/** What is answered to a path, once the session is there. */
export type Answer = (path: string, session: Held) => Promise<object>;
/** Gives back what it gets, or what observes it. */
export type Observe = <Library>(library: Library) => Library;

export interface Host {
  /** The companion's module, in its `dist`. */
  module: string;
  /** A request takes ten milliseconds by itself: fewer are made. */
  isSlow?: true;
  serve(answer: Answer, observe: Observe): Server | Promise<Server>;
}

const SECRET = 'a secret of at least 32 characters';
const DAY_S = 86_400;

type Keyed = Record<string, unknown>;
const keyed = (of: () => Keyed): Held => ({
  get: (key) => of()[key],
  set: (key, value) => (of()[key] = value),
  delete: (key) => delete of()[key],
});

const onExpress = (middleware: RequestHandler, held: (request: IncomingMessage) => Held, answer: Answer): Server => {
  const app = express();
  app.use(middleware);
  app.use(async (request, response) => void response.json(await answer(request.path, held(request))));
  return http.createServer(app as RequestListener);
};
const sessionOf = (request: IncomingMessage) => keyed(() => (request as unknown as { session: Keyed }).session);

async function onFastify(answer: Answer, register: (app: FastifyInstance) => Promise<unknown>, isData: boolean) {
  const app = fastify({ serverFactory: (handler) => http.createServer(handler) });
  await register(app);
  app.get('/*', async (request) => {
    const { session } = request as unknown as { session: Keyed };
    const data = session as unknown as { get(key: string): unknown; set(key: string, value: unknown): void };
    return answer(
      request.url,
      // This one has no way to delete one key: it is set to undefined, which its JSON leaves out.
      isData
        ? {
            get: (key) => data.get(key),
            set: (key, value) => data.set(key, value),
            delete: (key) => data.set(key, undefined),
          }
        : keyed(() => session),
    );
  });
  await app.ready();
  return app.server;
}

const sendJson = (response: ServerResponse, body: object): void => {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text);
};

export const HOSTS: Record<string, Host> = {
  'express-session': {
    module: 'express-session',
    serve: (answer, observe) =>
      onExpress(
        observe(expressSession)({
          secret: SECRET,
          resave: false,
          saveUninitialized: false,
          cookie: { maxAge: DAY_S * 1000 },
        }),
        sessionOf,
        answer,
      ),
  },
  'cookie-session': {
    module: 'cookie-session',
    serve: (answer, observe) =>
      onExpress(observe(cookieSession)({ keys: [SECRET], maxAge: DAY_S * 1000 }), sessionOf, answer),
  },
  'iron-session': {
    module: 'iron-session',
    serve(answer, observe) {
      const open = observe(getIronSession);
      const options = { cookieName: 'iron', password: SECRET, cookieOptions: { secure: false } };
      return http.createServer(async (request, response) => {
        const session = await open<Keyed>(request, response, options);
        const body = await answer(
          request.url!,
          keyed(() => session),
        );
        await session.save();
        sendJson(response, body);
      });
    },
  },
  'react-router': {
    module: 'react-router',
    serve(answer, observe) {
      const storage = observe(createCookieSessionStorage)({ cookie: { name: '__session', secrets: [SECRET] } });
      return http.createServer(async (request, response) => {
        const session = await storage.getSession(request.headers.cookie);
        const held: Held = {
          get: (key) => session.get(key),
          set: (key, value) => session.set(key, value),
          delete: (key) => session.unset(key),
        };
        const body = await answer(request.url!, held);
        response.setHeader('Set-Cookie', await storage.commitSession(session));
        sendJson(response, body);
      });
    },
  },
  'h3 1': {
    module: 'h3',
    serve(answer, observe) {
      const { useSession: use } = observe({ useSession: h3v1.useSession });
      const app = h3v1.createApp();
      app.use(
        h3v1.eventHandler(async (event) => {
          const session = await use<Keyed>(event, { password: SECRET, cookie: { secure: false } });
          const body = await answer(
            event.path,
            keyed(() => session.data),
          );
          await session.update({});
          return body;
        }),
      );
      return http.createServer(h3v1.toNodeListener(app));
    },
  },
  // It derives a new key for each seal.
  'h3 2': {
    module: 'h3',
    isSlow: true,
    serve(answer, observe) {
      const { useSession: use } = observe({ useSession });
      const app = new H3();
      app.all('/**', async (event) => {
        const session = await use<Keyed>(event, { password: SECRET, cookie: { secure: false } });
        const body = await answer(
          event.url.pathname,
          keyed(() => session.data),
        );
        await session.update({});
        return body;
      });
      return http.createServer(toNodeHandler(app) as RequestListener);
    },
  },
  'koa-session': {
    module: 'koa-session',
    serve(answer, observe) {
      const app = new Koa();
      app.keys = [SECRET];
      app.use(observe(koaSession)({ maxAge: DAY_S * 1000 }, app));
      app.use(async (context) => {
        context.body = await answer(
          context.path,
          keyed(() => context['session'] as unknown as Keyed),
        );
      });
      return http.createServer(app.callback() as RequestListener);
    },
  },
  '@fastify/session': {
    module: 'fastify-session',
    serve: (answer, observe) =>
      onFastify(
        answer,
        async (app) => {
          await app.register(fastifyCookie);
          await app.register(observe(fastifySession), { secret: SECRET, cookie: { secure: false } });
        },
        false,
      ),
  },
  '@fastify/secure-session': {
    module: 'fastify-secure-session',
    serve: (answer, observe) =>
      onFastify(
        answer,
        async (app) => {
          await app.register(observe(secureSession), { key: Buffer.alloc(32, SECRET), cookie: { path: '/' } } as never);
        },
        true,
      ),
  },
  'hono-sessions': {
    module: 'hono',
    serve(answer, observe) {
      const app = new Hono<{ Variables: { session: HonoSession<Keyed> } }>();
      const store = new MemoryStore();
      app.use('*', observe(sessionMiddleware)({ store, encryptionKey: SECRET }) as unknown as MiddlewareHandler);
      app.get('*', async (context) => {
        const session = context.get('session');
        const held: Held = {
          get: (key) => session.get(key),
          set: (key, value) => session.set(key, value),
          delete: (key) => session.forget(key),
        };
        return context.json(await answer(context.req.path, held));
      });
      return http.createServer(getRequestListener(app.fetch) as RequestListener);
    },
  },
  '@hono/session': {
    module: 'hono',
    serve(answer, observe) {
      const app = new Hono<SessionEnv<Keyed>>();
      app.use('*', observe(useHonoSession)<Keyed>({ secret: SECRET }) as unknown as MiddlewareHandler);
      app.get('*', async (context) => {
        const session = context.get('session');
        const data: Keyed = (await session.get()) ?? {};
        // Only what `update` is given is stored.
        const changes: Keyed = {};
        const held: Held = {
          get: (key) => (key in changes ? changes[key] : data[key]),
          set: (key, value) => (changes[key] = value),
          delete: (key) => (changes[key] = undefined),
        };
        const body = await answer(context.req.path, held);
        await session.update({ ...data, ...changes });
        return context.json(body);
      });
      return http.createServer(getRequestListener(app.fetch) as RequestListener);
    },
  },
  'django-sessions': {
    module: 'django-sessions',
    serve(answer, observe) {
      const sessions = observe(createSessions)({
        secretKey: SECRET,
        engine: 'cache',
        cache: { url: 'locmem://bench' },
      });
      type WithDjango = { session: Omit<Held, 'delete'> & { pop(key: string, otherwise: unknown): unknown } };
      return onExpress(
        expressSessions(sessions) as unknown as RequestHandler,
        (request) => {
          const { session } = request as unknown as WithDjango;
          return {
            get: (key) => session.get(key),
            set: (key, value) => session.set(key, value),
            delete: (key) => session.pop(key, null),
          };
        },
        answer,
      );
    },
  },
};
