/**
 * One app on each host, started as that framework's own README starts it: `serve()`, `listen()`, `createServer()`.
 * What a framework does to the process by itself (Hono's `serve()` replaces the global `Request` and `Response`) is
 * part of it, so a test that uses this has a process of its own.
 */
import { createServer, type Server } from 'node:http';
import type { Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono, type MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { logger } from 'hono/logger';
import { poweredBy } from 'hono/powered-by';
import { secureHeaders } from 'hono/secure-headers';
import { timing } from 'hono/timing';
import Koa from 'koa';
import { expressSessions } from '../../django-sessions/src/middleware/express.ts';
import { fastifySessions } from '../../django-sessions/src/middleware/fastify.ts';
import { honoSessions, type SessionEnv } from '../../django-sessions/src/middleware/hono.ts';
import { koaSessions } from '../../django-sessions/src/middleware/koa.ts';
import { nodeSessions } from '../../django-sessions/src/middleware/node-http.ts';
import { webSessions } from '../../django-sessions/src/middleware/web.ts';
import type { Session } from '../../django-sessions/src/session.ts';
import type { Sessions } from '../../django-sessions/src/sessions.ts';

export interface DocumentedHost {
  /** Starts the app on a free port of loopback. Its only route writes `note` into the session. */
  start(sessions: Sessions, note: string): Promise<Server | Http2Server>;
}

const listening = (server: Server): Promise<Server> =>
  server.listening
    ? Promise.resolve(server)
    : new Promise((resolve) => server.once('listening', () => resolve(server)));

const write = async (session: Session, note: string): Promise<string> => {
  await session.set('note', note);
  return 'written';
};

/** Mounted before the sessions: each of these touches the response after the handler, ours included. */
const HONO_MIDDLEWARE: Record<string, MiddlewareHandler[]> = {
  '': [],
  ', logger()': [logger(() => {})],
  ', timing()': [timing()],
  ', poweredBy()': [poweredBy()],
  ', secureHeaders()': [secureHeaders()],
  ', cors()': [cors({ origin: (origin) => origin, credentials: true })],
  ', a header added after the handler': [
    async (context, next) => {
      await next();
      context.header('X-Response-Time', '1');
    },
  ],
  ', a response made of the response': [
    async (context, next) => {
      await next();
      context.res = new Response(context.res.body, { status: context.res.status, headers: { 'X-Made': 'yes' } });
    },
  ],
};

const onHono = (middleware: readonly MiddlewareHandler[]): DocumentedHost => ({
  start(sessions, note) {
    const app = new Hono<SessionEnv>();
    for (const before of middleware) app.use(before);
    app.use(honoSessions(sessions));
    app.get('/', async (context) => context.text(await write(context.get('session'), note)));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },
});

export const DOCUMENTED_HOSTS: Record<string, DocumentedHost> = {
  'node:http': {
    start: (sessions, note) =>
      listening(
        createServer(
          nodeSessions(sessions, async (_request, response, session) => response.end(await write(session, note))),
        ).listen(0, '127.0.0.1'),
      ),
  },
  Express: {
    start(sessions, note) {
      const app = express();
      app.use(expressSessions(sessions));
      app.get('/', async (request, response) => {
        response.send(await write(sessions.of(request), note));
      });
      return listening(app.listen(0, '127.0.0.1'));
    },
  },
  Koa: {
    start(sessions, note) {
      const app = new Koa();
      app.use(koaSessions(sessions));
      app.use(async (context) => {
        context.body = await write(sessions.of(context), note);
      });
      return listening(app.listen(0, '127.0.0.1'));
    },
  },
  Fastify: {
    async start(sessions, note) {
      const app = fastify();
      await app.register(fastifySessions(sessions));
      app.get('/', async (request) => write(sessions.of(request), note));
      await app.listen({ port: 0 });
      return app.server;
    },
  },
  // After this one the globals are replaced for good: what comes behind it runs as it would in such a process.
  ...Object.fromEntries(
    Object.entries(HONO_MIDDLEWARE).map(([behind, middleware]) => [`Hono serve()${behind}`, onHono(middleware)]),
  ),
  'Request and Response, by serve()': {
    start(sessions, note) {
      const handle = webSessions(sessions, async (_request, session) => new Response(await write(session, note)));
      return listening(serve({ fetch: handle, port: 0, hostname: '127.0.0.1' }) as Server);
    },
  },
};

export const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;
