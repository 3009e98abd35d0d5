/**
 * One app, asked from within its own process: `node in-process-app.ts <variant> <shape> [<folder of another checkout>]`.
 * Run by `in-process.ts`, which says over IPC how many requests to make and gets what they cost.
 */
import type Http from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type session from 'express-session';
import type express from 'express';
import type * as Companion from '../../server-companion/node/dist/express-session.js';
import { connect } from './fake-socket.ts';

export type Variant = 'bare' | 'ours' | 'against' | 'opentelemetry' | 'debug' | 'bare again';
export type Shape = 'small' | 'cart';

export interface Run {
  requests: number;
}
export interface Cost {
  /** CPU of the whole process, its collector's helpers included. */
  microsPerRequest: number;
}

const [variant, shape, checkout = join(import.meta.dirname, '../..')] = process.argv.slice(2) as [
  Variant,
  Shape,
  string?,
];

/**
 * The clock moves with the requests, so that what is budgeted by the second (the lines that did it) costs each of them
 * the same, on a busy machine too.
 */
const REQUESTS_PER_SECOND = 12_000;
const startedAt = Date.now();
let made = 0;
Date.now = () => startedAt + Math.floor((made * 1000) / REQUESTS_PER_SECOND);

if (variant === 'opentelemetry') await import('./opentelemetry.ts');

// As an app in CommonJS: what an instrumentation covers is loaded after it.
const require = createRequire(import.meta.url);
const http = require('node:http') as typeof Http;
const makeApp = require('express') as typeof express;
const makeSession = require('express-session') as typeof session;

async function factory(): Promise<typeof session> {
  if (variant !== 'ours' && variant !== 'against') return makeSession;
  const built = pathToFileURL(join(checkout, 'server-companion/node/dist/express-session.js')).href;
  const { observe } = (await import(built)) as typeof Companion;
  return observe(makeSession, { enabled: true });
}

/** Two sessions, and on each a route that makes 3 gets, 2 sets and 1 delete. */
const SHAPES: Record<Shape, { begin: () => object; operate: express.RequestHandler }> = {
  small: {
    begin: () => ({ user: { id: 7, name: 'Ada' }, visits: 0, cart: { items: [{ sku: 'A-1', count: 1 }] } }),
    operate(request, response) {
      const { session } = request as unknown as { session: Record<string, unknown> };
      const visits = session['visits'] as number;
      const user = session['user'] as object;
      const cart = session['cart'] as { items: unknown[] };
      session['visits'] = visits + 1;
      session['user'] = { ...user };
      delete session['flash'];
      response.json({ visits, user, items: cart.items.length });
    },
  },
  cart: {
    begin: () => ({
      userId: 'u1',
      csrfToken: 'c'.repeat(32),
      cart: Array.from({ length: 20 }, (_, id) => ({ id, name: `Item ${id}`, quantity: id % 5, price: 9.99 })),
      preferences: { theme: 'dark', locale: 'en' },
    }),
    operate(request, response) {
      const { session } = request as unknown as { session: Record<string, unknown> };
      const userId = session['userId'] as string;
      const token = session['csrfToken'] as string;
      const cart = session['cart'] as unknown[];
      const now = Date.now();
      session['lastSeen'] = now;
      session['returnTo'] = `/x?${now}`;
      delete session['returnTo'];
      response.json({ userId, length: token.length, items: cart.length });
    },
  },
};

const { begin, operate } = SHAPES[shape];
const app = makeApp();
app.use((await factory())({ secret: 'bench', resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } }));
app.get('/begin', (request, response) => {
  Object.assign((request as unknown as { session: object }).session, begin());
  response.json({});
});
app.get('/', operate);
const server = http.createServer({ keepAliveTimeout: 60_000 }, app);

/** Sessions under load, one for each connection. */
const CONNECTIONS = 10;
const HEADERS = 'Host: 127.0.0.1:3000\r\nUser-Agent: bench\r\nAccept: */*\r\n';

const clients = await Promise.all(
  Array.from({ length: CONNECTIONS }, async () => {
    const socket = connect(server);
    const begun = await socket.ask(Buffer.from(`GET /begin HTTP/1.1\r\n${HEADERS}\r\n`));
    const cookie = /connect\.sid=[^;]*/.exec(begun)![0];
    return { socket, request: Buffer.from(`GET / HTTP/1.1\r\n${HEADERS}Cookie: ${cookie}\r\n\r\n`) };
  }),
);
const isObserved = variant === 'ours' || variant === 'against';
const answer = await clients[0]!.socket.ask(clients[0]!.request);
if (!answer.startsWith('HTTP/1.1 200') || /^sessionscope:/im.test(answer) !== isObserved)
  throw new Error(`not the answer of ${variant}:\n${answer}`);

async function load(requests: number): Promise<Cost> {
  let left = requests;
  const before = process.cpuUsage();
  await Promise.all(
    clients.map(async ({ socket, request }) => {
      while (left-- > 0) {
        made += 1;
        await socket.ask(request);
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return { microsPerRequest: (user + system) / requests };
}

process.on('message', ({ requests }: Run) => {
  void load(requests).then((cost) => process.send!(cost));
});
process.on('disconnect', () => process.exit());
process.send!('ready');
