/** The same app on every framework that has a middleware: each translates a reply in its own native way, and stops. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import connect from 'connect';
import express from 'express';
// @ts-expect-error An older Express under another name has no types of its own.
import express4 from 'express4';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { expressSessions } from '../src/middleware/express.ts';
import { fastifySessions } from '../src/middleware/fastify.ts';
import { honoSessions, type SessionEnv } from '../src/middleware/hono.ts';
import { koaSessions } from '../src/middleware/koa.ts';
import { nodeSessions } from '../src/middleware/node-http.ts';
import { webSessions } from '../src/middleware/web.ts';
import type { Session } from '../src/session.ts';
import type { Sessions } from '../src/core.ts';

/** What a route answers. */
export interface Reply {
  status?: number;
  headers?: [name: string, value: string][];
  /** Chunks are sent as they come. */
  body?: string | AsyncIterable<string>;
}

/** A route of the app under test. What it throws is left to the framework. */
export type Route = (session: Session, url: URL) => Promise<Reply>;

/** Thrown by routes: an error that names its status, as every framework understands it. */
export class StatusError extends Error {
  readonly status: number;
  readonly statusCode: number;
  readonly expose = true;
  constructor(status: number) {
    super(`as planned: ${status}`);
    this.status = status;
    this.statusCode = status;
  }
}

export interface RunningApp {
  port: number;
  close(): Promise<void>;
}

type Mount = (sessions: Sessions, route: Route) => Promise<RequestListener>;

const urlOf = (path: string | undefined): URL => new URL(path ?? '/', 'http://app.test');

/** Node's own way, which Express and Connect share. */
async function sendNode(response: ServerResponse, { status = 200, headers = [], body = '' }: Reply): Promise<void> {
  response.statusCode = status;
  for (const [name, value] of headers) response.appendHeader(name, value);
  if (typeof body === 'string') response.end(body);
  else pipeline(Readable.from(body), response, () => {});
}

const asBody = (body: Reply['body']): string | ReadableStream<Uint8Array> | null =>
  body === undefined || body === ''
    ? null
    : typeof body === 'string'
      ? body
      : (Readable.toWeb(Readable.from(encode(body))) as ReadableStream<Uint8Array>);

async function* encode(chunks: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const chunk of chunks) yield encoder.encode(chunk);
}

const asResponse = ({ status = 200, headers = [], body }: Reply): Response =>
  new Response(asBody(body), { status, headers });

/** What Express, in a test, would print. */
const quiet = (error: unknown, _request: unknown, response: ServerResponse, _next: unknown): void => {
  response.statusCode = (error as { status?: number }).status ?? 500;
  response.end('failed');
};

const expressOn =
  (create: () => ReturnType<typeof express>): Mount =>
  async (sessions, route) => {
    const app = create();
    app.disable('etag');
    app.use(expressSessions(sessions));
    app.use((request, response, next) => {
      route(sessions.of(request), urlOf(request.url)).then((reply) => sendNode(response, reply), next);
    });
    app.use(quiet);
    return app;
  };

/** Every middleware, under the name of what it is for. */
export const FRAMEWORKS: Record<string, Mount> = {
  'Express 5': expressOn(express),
  'Express 4': expressOn(express4 as unknown as typeof express),
  async Connect(sessions, route) {
    const app = connect();
    app.use(expressSessions(sessions));
    app.use((request, response, next) => {
      route(sessions.of(request), urlOf(request.url)).then((reply) => sendNode(response, reply), next);
    });
    app.use(quiet as never);
    return app;
  },
  async Koa(sessions, route) {
    const app = new Koa();
    app.silent = true;
    app.use(koaSessions(sessions));
    app.use(async (context) => {
      const { status = 200, headers = [], body = '' } = await route(sessions.of(context), urlOf(context.originalUrl));
      context.status = status;
      for (const [name, value] of headers) context.append(name, value);
      context.body = typeof body === 'string' ? body : Readable.from(body);
      // Koa makes 204 of an empty body.
      context.status = status;
    });
    return app.callback();
  },
  async Fastify(sessions, route) {
    const app = fastify();
    await app.register(fastifySessions(sessions));
    app.route({
      method: ['GET', 'HEAD', 'POST'],
      url: '/*',
      async handler(request, reply) {
        const { status = 200, headers = [], body = '' } = await route(sessions.of(request), urlOf(request.url));
        reply.code(status);
        for (const [name, value] of headers) reply.header(name, value);
        return reply.send(typeof body === 'string' ? body : Readable.from(body));
      },
    });
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  async Hono(sessions, route) {
    const app = new Hono<SessionEnv>();
    app.use(honoSessions(sessions));
    app.all('*', async (c) => asResponse(await route(c.get('session'), new URL(c.req.url))));
    app.onError((error, c) => c.text('failed', ((error as { status?: number }).status ?? 500) as 500));
    return getRequestListener(app.fetch);
  },
  async 'node:http'(sessions, route) {
    return nodeSessions(sessions, async (request, response, session) => {
      await sendNode(response, await route(session, urlOf(request.url)));
    });
  },
  async 'Request and Response'(sessions, route) {
    const handler = webSessions(sessions, async (request, session) =>
      asResponse(await route(session, new URL(request.url))),
    );
    return getRequestListener(handler, {
      errorHandler: (error) =>
        new Response('failed', { status: (error as { status?: number } | undefined)?.status ?? 500 }),
    });
  },
};

/** Serves the app over HTTP on a free port. */
export async function serve(mount: Mount, sessions: Sessions, route: Route): Promise<RunningApp> {
  const server: Server = createServer(await mount(sessions, route));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
