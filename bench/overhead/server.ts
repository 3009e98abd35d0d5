/**
 * The app under load: Express 5, express-session, MemoryStore; a route with 3 gets, 2 sets and 1 delete. Run by
 * `overhead.ts` in a process of its own: `node server.ts bare|observed`. Answers over IPC what it cost.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import session from 'express-session';
// Built, as an app has it: from source its own frames would be stripped of types at start only, and are the same.
import { observe } from '../../server-companion/node/dist/express-session.js';

declare module 'express-session' {
  interface SessionData {
    visits: number;
    user: { id: number; name: string };
    cart: { items: { sku: string; count: number }[] };
    flash: string;
  }
}

export interface Cost {
  /** CPU of the process since it started, user and system. */
  cpuMicros: number;
  /** After a collection, where the process may collect. */
  heapBytes: number;
}

export type ServerMessage = { type: 'listening'; port: number } | ({ type: 'cost' } & Cost);

const factory =
  process.argv[2] === 'observed' ? observe(session, { enabled: true, allowedExtensions: ['a'.repeat(32)] }) : session;

const app = express();
app.use(factory({ secret: 'bench', resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } }));
app.get('/', (request, response) => {
  const { session } = request;
  const visits = session.visits ?? 0;
  const user = session.user ?? { id: 7, name: 'Ada' };
  const cart = session.cart ?? { items: [{ sku: 'A-1', count: 1 }] };
  session.visits = visits + 1;
  session.user = { ...user };
  delete session.flash;
  response.json({ visits, user, items: cart.items.length });
});

const server = createServer({ keepAliveTimeout: 60_000 }, app);
server.listen(0, '127.0.0.1', () => {
  process.send!({ type: 'listening', port: (server.address() as AddressInfo).port } satisfies ServerMessage);
});

process.on('message', () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  process.send!({
    type: 'cost',
    cpuMicros: user + system,
    heapBytes: process.memoryUsage().heapUsed,
  } satisfies ServerMessage);
});
process.on('disconnect', () => process.exit());
