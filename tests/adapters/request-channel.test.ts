/** The request under way is known in the app's code of every framework, with nothing in it changed. */
import { Agent, createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { describe, expect, test } from 'vitest';
import { observeRequests, type RequestHost } from '../../server-companion/node/src/kit/hosts/request-channel.ts';
import { ask } from './conformance/running.ts';

type Named = { url: string };
type Act = (url: string) => Promise<string>;

const APPS: Record<string, (act: Act) => RequestListener | Promise<RequestListener>> = {
  'Express 5': (act) => express().use(async (request, response) => void response.send(await act(request.url))),
  Koa: (act) => {
    const app = new Koa();
    app.use(async (context) => {
      context.body = await act(context.url);
    });
    return app.callback();
  },
  Fastify: async (act) => {
    const app = fastify();
    app.get('/*', (request) => act(request.url));
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  Hono: (act) => {
    const app = new Hono();
    app.get('*', async (context) => context.text(await act(new URL(context.req.url).pathname)));
    return getRequestListener(app.fetch, { overrideGlobalObjects: false });
  },
};

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function close(server: Server, host: RequestHost<Named>, agent?: Agent): Promise<void> {
  agent?.destroy();
  host.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const nameOf = ({ url = '' }: IncomingMessage): Named => ({ url });
const rethrow = (_where: string, error: unknown) => {
  throw error;
};

describe.each(Object.entries(APPS))('%s', (_name, build) => {
  test('100 requests at once, over connections that are kept: each finds its own after waiting', async () => {
    const host = observeRequests(nameOf, rethrow);
    const server = await listen(
      await build(async (url) => {
        await new Promise((resolve) => setTimeout(resolve, Number(url.slice(1)) % 5));
        await Promise.resolve();
        return `${url} ${host.current()?.url}`;
      }),
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 20 });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => ask(originOf(server), `/${at}`, { agent })),
    );
    await close(server, host, agent);
    expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 100 }, (_, at) => `/${at} /${at}`));
  });
});

test('a request that is not observed has nothing of the one before it on its connection', async () => {
  const host = observeRequests((request) => (request.url === '/seen' ? nameOf(request) : undefined), rethrow);
  const server = await listen((_request, response) => response.end(String(host.current()?.url)));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answers: string[] = [];
  for (const path of ['/seen', '/other', '/seen']) answers.push((await ask(originOf(server), path, { agent })).body);
  await close(server, host, agent);
  expect(answers).toEqual(['/seen', 'undefined', '/seen']);
  expect(host.current()).toBeUndefined();
});

test('a fault at the start of a request is noted, and the request goes on', async () => {
  const noted: string[] = [];
  const host = observeRequests<Named>(
    () => {
      throw new Error('planted');
    },
    (where, error) => noted.push(`${where}: ${(error as Error).message}`),
  );
  const server = await listen((_request, response) => response.end('answered'));
  const { body } = await ask(originOf(server), '/');
  await close(server, host);
  expect(body).toBe('answered');
  expect(noted).toEqual(['request start: planted']);
});
