/** One app on every host that the framework has a middleware for: what a route does is the same on each. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express5, {
  type ErrorRequestHandler,
  type NextFunction,
  type Request as ExpressRequest,
  type Response as ExpressResponse,
} from 'express';
import express4 from 'express4';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { expressSessions } from '../../django-sessions/src/middleware/express.ts';
import { fastifySessions } from '../../django-sessions/src/middleware/fastify.ts';
import { honoSessions, type SessionEnv } from '../../django-sessions/src/middleware/hono.ts';
import { koaSessions } from '../../django-sessions/src/middleware/koa.ts';
import { nodeSessions } from '../../django-sessions/src/middleware/node-http.ts';
import { webSessions } from '../../django-sessions/src/middleware/web.ts';
import type { Session } from '../../django-sessions/src/session.ts';
import type { Sessions } from '../../django-sessions/src/sessions.ts';

export interface Answer {
  status?: number;
  body?: string;
  headers?: Record<string, string>;
}

/** What the app does for a path; what it throws is the host's to answer. */
export type Routes = (path: string, session: Session) => Promise<Answer>;

export interface RunningHost {
  port: number;
  server: Server;
  close(): Promise<void>;
}

type Build = (sessions: Sessions, routes: Routes) => Promise<RequestListener> | RequestListener;

const toResponse = ({ status = 200, body = '', headers = {} }: Answer): Response =>
  new Response(body, { status, headers: { 'content-type': 'text/plain', ...headers } });

function onExpress(express: typeof express5): Build {
  return (sessions, routes) => {
    const app = express();
    app.use(expressSessions(sessions));
    // Express 4 takes no promise.
    const answer = async (request: ExpressRequest, response: ExpressResponse, next: NextFunction) => {
      try {
        const { status = 200, body = '', headers = {} } = await routes(request.path, sessions.of(request));
        response.status(status).type('text/plain').set(headers).send(body);
      } catch (error) {
        next(error);
      }
    };
    app.use((...args) => void answer(...args));
    const onError: ErrorRequestHandler = (error: { status?: number; name?: string }, _request, response, next) => {
      // The host's own error page, a stack and all, is only left to it where a test asks for it.
      if (error.name === 'Unhandled') return next(error);
      response.status(error.status ?? 500).send(error.name ?? 'error');
    };
    app.use(onError);
    return app;
  };
}

export const HOSTS: Record<string, Build> = {
  'Express 5': onExpress(express5),
  'Express 4': onExpress(express4 as unknown as typeof express5),
  Koa: (sessions, routes) => {
    const app = new Koa();
    app.silent = true;
    app.use(koaSessions(sessions));
    app.use(async (context) => {
      const { status = 200, body = '', headers = {} } = await routes(context.path, sessions.of(context));
      context.status = status;
      context.set({ 'Content-Type': 'text/plain', ...headers });
      context.body = body;
    });
    return app.callback();
  },
  Fastify: async (sessions, routes) => {
    const app = fastify();
    await app.register(fastifySessions(sessions));
    app.all('/*', async (request, reply) => {
      const path = request.url.split('?', 1)[0]!;
      const { status = 200, body = '', headers = {} } = await routes(path, sessions.of(request));
      return reply
        .code(status)
        .headers({ 'content-type': 'text/plain', ...headers })
        .send(body);
    });
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  Hono: (sessions, routes) => {
    const app = new Hono<SessionEnv>();
    app.use(honoSessions(sessions));
    app.all('*', async (context) => toResponse(await routes(context.req.path, context.get('session'))));
    app.onError((error) => new Response(error.name, { status: 500 }));
    return getRequestListener(app.fetch, { overrideGlobalObjects: false });
  },
  'Hono without Node': (sessions, routes) => {
    const app = new Hono<SessionEnv>();
    app.use(honoSessions(sessions));
    app.all('*', async (context) => toResponse(await routes(context.req.path, context.get('session'))));
    app.onError((error) => new Response(error.name, { status: 500 }));
    return getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false });
  },
  'node:http': (sessions, routes) =>
    nodeSessions(sessions, async (request, response, session) => {
      const path = request.url!.split('?', 1)[0]!;
      const { status = 200, body = '', headers = {} } = await routes(path, session);
      response.writeHead(status, { 'Content-Type': 'text/plain', ...headers });
      response.end(body);
    }),
  'web Request and Response': (sessions, routes) => {
    const handle = webSessions(sessions, async (request, session) =>
      toResponse(await routes(new URL(request.url).pathname, session)),
    );
    return getRequestListener((request) => handle(request), {
      overrideGlobalObjects: false,
      // What the adapter makes no Request of, it answers so by itself.
      errorHandler: (error) =>
        new Response((error as Error).name, { status: (error as Error).name === 'RequestError' ? 400 : 500 }),
    });
  },
};

export type HostName = keyof typeof HOSTS & string;

/** Serves the app on a free port of loopback. */
export async function startHost(host: HostName, sessions: Sessions, routes: Routes): Promise<RunningHost> {
  const server = createServer(await HOSTS[host]!(sessions, routes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
