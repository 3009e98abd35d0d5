/** express-session as apps use it, under test: on MemoryStore, or on Redis. Driven by `node-channel.ts`. */
import { mkdirSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';
import { observeWith } from '../../../server-companion/node/src/adapters/express-session/observe-with.ts';
import type { Companion } from '../../../server-companion/node/src/core/companion.ts';
import { loadIdentity } from '../../../server-companion/node/src/core/identity.ts';
import type { AppSettings, Report } from '../app-process.ts';
import type { Act } from '../programs.ts';
import { type AppUnderTest, arrive, type OpenRequest, serve } from './node-channel.ts';
import { NodeServers } from './node-servers.ts';
import { bareOf, entriesOf, here, make } from './node-values.ts';

type Session = session.Session & Record<string, unknown>;

const [engine, directory] = process.argv.slice(2) as ['memory' | 'redis', string];
mkdirSync(directory, { recursive: true });
const servers = new NodeServers(loadIdentity(process.cwd(), directory));
const redis = createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379/9' });
if (engine === 'redis') await redis.connect();

/** `req.session.cookie` is about the session, not in it. */
const isData = (key: string) => key !== 'cookie';

const done = (call: (callback: (error?: unknown) => void) => void) =>
  new Promise<void>((resolve, reject) => {
    call((error) => (error === undefined || error === null ? resolve() : reject(error as Error)));
  });

function changeInPlace(session: Session, key: string, seed: number): void {
  const value = session[here(key)] as { items?: unknown; note?: unknown } | unknown[] | null | undefined;
  if (Array.isArray(value)) value.push(seed);
  else if (value instanceof Map) value.set('a', seed);
  else if (typeof value === 'object' && value !== null && !(value instanceof Date)) value.note = seed;
}

async function act(request: express.Request, todo: Act): Promise<void> {
  const session = request.session as Session | undefined;
  if (session === undefined || session === null) return;
  switch (todo.act) {
    case 'set':
      session[here(todo.key)] = make(todo.value);
      return;
    case 'get':
      void session[here(todo.key)];
      return;
    case 'delete':
      delete session[here(todo.key)];
      return;
    case 'fill':
      for (let at = 0; at < todo.count; at++) session[here(`m${at}`)] = todo.seed + at;
      return;
    case 'change in place':
      return changeInPlace(session, todo.key, todo.seed);
    case 'keys':
      void Object.keys(here(session));
      return;
    case 'save':
      return done((callback) => here(session).save(callback));
    case 'new key':
      return done((callback) => here(session).regenerate(callback));
    case 'end session':
      return done((callback) => here(session).destroy(callback));
    case 'reload':
      return done((callback) => here(session).reload(callback));
    case 'touch':
      here(session).touch();
      return;
    case 'expire in':
      here(session).cookie.maxAge = todo.seconds * 1_000;
      return;
    case 'clear':
  }
}

/** The session in memory, past every proxy; what a store would make of it; its key. */
function look(request: express.Request): ReturnType<OpenRequest['look']> {
  const bare = bareOf(request.session) as unknown as Session | undefined;
  if (bare === undefined || bare === null) return { memory: undefined, asStored: undefined, key: null };
  return {
    memory: ['object', entriesOf(bare, isData)],
    asStored: ['object', entriesOf(JSON.parse(JSON.stringify(bare)) as object, isData)],
    key: request.sessionID ?? null,
    sessionEnd: endOf(bareOf(bare.cookie)),
  };
}

/** The cookie's own field, past its accessors. */
function endOf(cookie: object): number | null {
  const { _expires: end } = cookie as { _expires?: Date | null | false };
  return end instanceof Date ? end.getTime() : null;
}

/** By server. */
let stores: session.Store[] = [];
let current: AppSettings | undefined;
let prefix = '';
let opened = 0;

function createApp(at: number): (companion: Companion) => Promise<RequestListener> {
  const { disableTouch = false, deep = false, maxAge, ...options } = current!.options;
  const store =
    engine === 'memory'
      ? new session.MemoryStore()
      : new RedisStore({ client: redis, prefix, disableTouch: disableTouch as boolean });
  stores[at] = store;
  return async (companion) => {
    const app = express();
    app.use(
      observeWith(companion, session, { deep: deep as boolean })({
        ...options,
        secret: 'oracle',
        store,
        cookie: maxAge ? { maxAge: maxAge as number } : {},
      } as session.SessionOptions),
    );
    app.get('/r/:number', (request, response) => {
      arrive(Number(request.params['number']), {
        act: (todo) => act(request, todo),
        look: () => look(request),
        end: (status) => void response.status(status).send('ok'),
      });
    });
    return app;
  };
}

function decode(raw: string, expiresAt: number | null | undefined): Report['records'][number][string] {
  const record = JSON.parse(raw) as { cookie?: { expires?: string } };
  const own = record.cookie?.expires;
  return {
    raw,
    bytes: Buffer.byteLength(raw),
    content: ['object', entriesOf(record, isData)],
    expiresAt: expiresAt === undefined ? (own ? Date.parse(own) : null) : expiresAt,
  };
}

const app: AppUnderTest = {
  async open(settings) {
    current = settings;
    opened += 1;
    prefix = `oracle:${process.pid}:${opened}:`;
    stores = [];
    return Promise.all(Array.from({ length: settings.servers }, (_, at) => servers.open(at, createApp(at))));
  },
  restart: (at) => servers.restart(at, createApp(at)),
  async records() {
    if (engine === 'memory')
      return stores.map((store) =>
        Object.fromEntries(
          Object.entries((store as unknown as { sessions: Record<string, string> }).sessions).map(([key, raw]) => [
            key,
            decode(raw, undefined),
          ]),
        ),
      );
    const records: Report['records'][number] = {};
    for await (const keys of redis.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 }))
      for (const key of keys) {
        const [raw, left] = await Promise.all([redis.get(key), redis.pTTL(key)]);
        if (raw !== null) records[key.slice(prefix.length)] = decode(raw, left < 0 ? null : Date.now() + left);
      }
    return stores.map(() => records);
  },
  seqs: () => stores.map((_store, at) => servers.lastSeq(at)),
  async close() {
    if (engine !== 'redis' || prefix === '') return;
    for await (const keys of redis.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 }))
      if (keys.length > 0) await redis.del(keys);
  },
};

serve(app);
