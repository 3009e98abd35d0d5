/**
 * An Express 5 app under load, on our sessions or on express-session. Run by `sessions.ts` in a process of its own:
 * `node server.ts ours|express-session memory|postgres|redis <mark>`; `mark` names what it keeps in a shared server.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import connectPg from 'connect-pg-simple';
import { RedisStore } from 'connect-redis';
import express, { type RequestHandler } from 'express';
import session, { type Store } from 'express-session';
import pg from 'pg';
import { createClient } from 'redis';
// Built, as an app has it.
import { createSessions, type SessionsOptions } from '../../django-sessions/dist/index.js';
import { expressSessions } from '../../django-sessions/dist/express.js';
import { sessionOfBytes } from '../codec/session-of-bytes.ts';

export type StoreKind = 'memory' | 'postgres' | 'redis';
export type ServerMessage = { type: 'listening'; port: number } | { type: 'cost'; cpuMicros: number };

const [who, kind, mark] = process.argv.slice(2) as ['ours' | 'express-session', StoreKind, string];
const REDIS = 'redis://127.0.0.1:6379';
const postgres = `postgres://postgres@127.0.0.1:5432/${mark}`;
const first = sessionOfBytes(1_000, 1);

/** The store that each library's users take for it. */
const OURS: Record<StoreKind, Partial<SessionsOptions>> = {
  memory: { engine: 'cache', cache: { url: 'locmem://bench' } },
  postgres: { engine: 'db', database: postgres },
  redis: { engine: 'cache', cache: { url: REDIS, keyPrefix: mark } },
};

async function expressStore(): Promise<Store> {
  if (kind === 'memory') return new session.MemoryStore();
  if (kind === 'redis') {
    const client = createClient({ url: REDIS });
    await client.connect();
    return new RedisStore({ client, prefix: `${mark}:` });
  }
  const pool = new pg.Pool({ connectionString: postgres });
  return new (connectPg(session))({ pool, createTableIfMissing: true, pruneSessionInterval: false });
}

const app = express();
app.disable('etag');
interface Data {
  visits?: number;
  username: string;
  cart: unknown[];
}

if (who === 'ours') {
  const sessions = createSessions<Data>({ secretKey: 'bench', ...OURS[kind] });
  await sessions.createTable();
  app.use(expressSessions(sessions));
  const handle =
    (work: (request: Parameters<RequestHandler>[0]) => Promise<unknown>): RequestHandler =>
    (request, response, next) => {
      work(request).then((result) => response.json(result), next);
    };
  app.get(
    '/start',
    handle(async (request) => {
      await sessions.of(request).update({ ...first, visits: 0 });
      return {};
    }),
  );
  app.get(
    '/read',
    handle(async (request) => {
      const held = sessions.of(request);
      return { user: await held.get('username'), visits: await held.get('visits') };
    }),
  );
  app.get(
    '/write',
    handle(async (request) => {
      const held = sessions.of(request);
      const visits = (await held.get('visits', 0)) + 1;
      await held.set('visits', visits);
      return { user: await held.get('username'), visits };
    }),
  );
} else {
  app.use(session({ secret: 'bench', resave: false, saveUninitialized: false, store: await expressStore() }));
  app.get('/start', (request, response) => {
    Object.assign(request.session, first, { visits: 0 });
    response.json({});
  });
  // Typed here alone: other benchmarks say otherwise what express-session holds.
  const heldBy = (request: { session: unknown }) => request.session as Data;
  app.get('/read', (request, response) => {
    const held = heldBy(request);
    response.json({ user: held.username, visits: held.visits });
  });
  app.get('/write', (request, response) => {
    const held = heldBy(request);
    held.visits = (held.visits ?? 0) + 1;
    response.json({ user: held.username, visits: held.visits });
  });
}

const server = createServer({ keepAliveTimeout: 60_000 }, app);
server.listen(0, '127.0.0.1', () => {
  process.send!({ type: 'listening', port: (server.address() as AddressInfo).port } satisfies ServerMessage);
});
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ type: 'cost', cpuMicros: user + system } satisfies ServerMessage);
});
process.on('disconnect', () => process.exit());
