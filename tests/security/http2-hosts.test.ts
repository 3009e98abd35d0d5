/** The endpoint inside apps that speak HTTP/2, each as its framework's README writes it: the same calls, the same gate. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import { serve } from '@hono/node-server';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { expect, test } from 'vitest';
import { fastifySessions } from '../../django-sessions/src/middleware/fastify.ts';
import { honoSessions, type SessionEnv } from '../../django-sessions/src/middleware/hono.ts';
import { koaSessions } from '../../django-sessions/src/middleware/koa.ts';
import { nodeSessions } from '../../django-sessions/src/middleware/node-http.ts';
import { createSessions, type Sessions } from '../../django-sessions/src/sessions.ts';
import { observeWith } from '../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import { until } from '../browsers/until.ts';
import { newCompanion } from '../django-sessions/observed.ts';
import { type HelloWithNonce, nextProof } from '../reliability/proof-client.ts';
import { portOf } from './documented-hosts.ts';
import { codeIn, EXTENSION_ORIGIN, holdTerminal } from './guarded-app.ts';

const NOTE = 'note-that-only-the-session-holds';

const listening = async (server: Http2Server): Promise<Http2Server> => {
  if (!server.listening) await once(server, 'listening');
  return server;
};

const HOSTS: Record<string, (sessions: Sessions) => Promise<Http2Server>> = {
  'node:http2': (sessions) => {
    const handle = nodeSessions(sessions, async (_request, response, session) => {
      await session.set('note', NOTE);
      response.end('written');
    });
    return listening(createServer(handle as never).listen(0, '127.0.0.1'));
  },
  'Fastify with http2': async (sessions) => {
    const app = fastify({ http2: true });
    await app.register(fastifySessions(sessions) as never);
    app.get('/', async (request) => {
      await sessions.of(request).set('note', NOTE);
      return 'written';
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
  'Koa on http2': (sessions) => {
    const app = new Koa();
    app.use(koaSessions(sessions));
    app.use(async (context) => {
      await sessions.of(context).set('note', NOTE);
      context.body = 'written';
    });
    return listening(createServer(app.callback() as never).listen(0, '127.0.0.1'));
  },
  'Hono serve() with createServer of http2': (sessions) => {
    const app = new Hono<SessionEnv>();
    app.use(honoSessions(sessions));
    app.get('/', async (context) => {
      await context.get('session').set('note', NOTE);
      return context.text('written');
    });
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', createServer }) as Http2Server);
  },
};

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

/** One request; `onData` sees an answer that goes on. */
async function ask(
  client: ClientHttp2Session,
  headers: Record<string, string>,
  body = '',
  onData: (text: string) => void = () => {},
): Promise<Answer> {
  const stream = client.request(headers, { endStream: body === '' });
  let text = '';
  stream.setEncoding('utf8').on('data', (data: string) => onData((text += data)));
  if (body !== '') stream.end(body);
  const [[given]] = await Promise.all([
    once(stream, 'response') as Promise<[Record<string, unknown>]>,
    once(stream, 'end'),
  ]);
  return { status: Number(given[':status']), headers: given, text };
}

for (const [name, start] of Object.entries(HOSTS))
  test(`${name}: every call is answered, what the gate refuses is refused, and a stream ends with its server`, async () => {
    using terminal = holdTerminal();
    const companion = newCompanion();
    const sessions = observeWith(companion, createSessions)({ secretKey: 'a secret', database: ':memory:' });
    await sessions.createTable();
    const server = await start(sessions);
    const authority = `localhost:${portOf(server)}`;
    const open = new Set<ServerHttp2Session>();
    server.on('session', (session) => open.add(session));
    const client = connect(`http://${authority}`);

    const page = await ask(client, { ':path': '/' });
    expect(page.text).toBe('written');
    expect(String(page.headers['sessionscope'])).toContain(`at="http://127.0.0.1:${portOf(server)}"`);

    const call = (call: string, body: object, more: Record<string, string> = {}, onData?: (text: string) => void) =>
      ask(
        client,
        {
          ':method': 'POST',
          ':path': `/__sessionscope__/v1/${call}`,
          'content-type': 'application/json',
          origin: EXTENSION_ORIGIN,
          ...more,
        },
        JSON.stringify(body),
        onData,
      );
    const hello = async (body: object) => JSON.parse((await call('hello', body)).text) as HelloWithNonce;
    for (let time = 0; time < 20; time++) expect(await hello({ versions: [1] })).toMatchObject({ paired: false });
    await call('pair', { v: 1 });
    const paired = await call('pair', { v: 1, code: codeIn(terminal.text()) });
    const { token } = JSON.parse(paired.text) as { token: string };
    const prove = (name: string, body: object) =>
      nextProof({ token, call: name, origin: EXTENSION_ORIGIN, body: JSON.stringify(body) }, hello);

    const events = { v: 1, proofs: {}, after: null, wait: false };
    expect((await call('events', events, await prove('events', events))).text).toContain(NOTE);
    for (const [more, status] of [
      [{}, 403],
      [{ origin: 'http://localhost:4000' }, 403],
      [{ ':authority': 'evil.test' }, 403],
      [{ 'content-type': 'text/plain' }, 415],
      [{ ':method': 'PUT' }, 405],
      [{ ':path': '/__sessionscope__/v1/events?x' }, 404],
      [{ 'sessionscope-proof': 'x' }, 403],
    ] as const) {
      const refused = await call('events', events, more);
      expect([more, refused.status]).toEqual([more, status]);
      expect(refused.text).not.toContain(NOTE);
      expect(refused.headers['x-content-type-options']).toBe('nosniff');
    }

    // A stream inside the app ends when its server stops listening.
    const body = { ...events, wait: true };
    let streamed = '';
    const stream = call('events', body, await prove('events', body), (text) => (streamed = text));
    await until(() => streamed.includes(NOTE), 'the stream');
    server.close();
    expect((await stream).text).toContain(NOTE);

    client.close();
    for (const session of open) session.destroy();
    companion.endpoint.close();
    await sessions.close();
    // Node's word on reading `statusMessage` there, which the session framework does.
    const written = terminal
      .text()
      .replaceAll(/^(?:Sessionscope: |.*Status message is not supported|\(Use `node).*\n/gm, '');
    expect(written).toBe('');
  });
