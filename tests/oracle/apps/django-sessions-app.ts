/** `@sessionscope/django-sessions` as apps use it, under test, on any of its engines. Driven by `node-channel.ts`. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import { createClient, RESP_TYPES } from 'redis';
import { expressSessions } from '../../../django-sessions/src/middleware/express.ts';
import { createSessions, type EngineName, type Sessions } from '../../../django-sessions/src/sessions.ts';
import type { Session } from '../../../django-sessions/src/session.ts';
import { observeWith } from '../../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import type { Companion } from '../../../server-companion/node/src/core/companion.ts';
import { loadIdentity } from '../../../server-companion/node/src/core/identity.ts';
import type { AppSettings, Report, StoredRecord } from '../app-process.ts';
import type { Act } from '../programs.ts';
import { contentOf, type Dump } from '../values.ts';
import { type AppUnderTest, arrive, type OpenRequest, serve } from './node-channel.ts';
import { NodeServers } from './node-servers.ts';
import { dump, here, make } from './node-values.ts';
import { decodePickle, decodeSigned } from './record-decoding.ts';

const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379/9';
const [engine, directory] = process.argv.slice(2) as [EngineName, string];
mkdirSync(directory, { recursive: true });
const servers = new NodeServers(loadIdentity(process.cwd(), directory));
const usesRedis = engine === 'cache' || engine === 'cached_db';
const redis = createClient({ url: REDIS_URL }).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
if (usesRedis) await redis.connect();

async function changeInPlace(session: Session, key: string, seed: number): Promise<void> {
  const value = (await session.get(here(key))) as { note?: unknown } | unknown[] | null | undefined;
  if (Array.isArray(value)) value.push(seed);
  else if (typeof value === 'object' && value !== null) value.note = seed;
}

async function act(session: Session, todo: Act): Promise<void> {
  switch (todo.act) {
    case 'set':
      return session.set(here(todo.key), make(todo.value) as object);
    case 'get':
      return void (await session.get(here(todo.key)));
    case 'delete':
      return session.delete(here(todo.key));
    case 'fill':
      for (let at = 0; at < todo.count; at++) await session.set(here(`m${at}`), (todo.seed + at) as never);
      return;
    case 'change in place':
      return changeInPlace(session, todo.key, todo.seed);
    case 'keys':
      return void (await here(session).keys());
    case 'save':
      return here(session).save();
    case 'new key':
      return here(session).cycleKey();
    case 'end session':
      return here(session).flush();
    case 'clear':
      return here(session).clear();
    case 'touch':
      session.modified = here(true);
      return;
    case 'expire in':
      return session.setExpiry(here(todo.seconds));
    case 'reload':
      return void (await here(session).load());
  }
}

const dumpMap = (data: ReadonlyMap<string, unknown>): Dump => [
  'object',
  [...data].map(([key, value]): [string, Dump] => [key, dump(value)]),
];

/** By server. */
let running: Sessions[] = [];
let current: AppSettings | undefined;
let opened = 0;
let place = '';
/** Keys that requests had: a sealed session is its own record. */
const keys = new Set<string>();

function look(session: Session): ReturnType<OpenRequest['look']> {
  const { memory: data, sessionKey: key } = session;
  if (key !== null) keys.add(key);
  if (data === undefined) return { memory: undefined, asStored: undefined, key };
  return {
    memory: dumpMap(data),
    asStored: dump(JSON.parse(JSON.stringify(Object.fromEntries(data)))),
    key,
    sessionEnd: endOf(data.get('_session_expiry')),
  };
}

/** Django's own key: seconds from when it is written, 0 with the browser. */
const endOf = (seconds: unknown): number | null =>
  typeof seconds === 'number' && seconds !== 0 ? Date.now() + seconds * 1_000 : null;

function createApp(at: number): (companion: Companion) => Promise<RequestListener> {
  return async (companion) => {
    const sessions = observeWith(
      companion,
      createSessions,
    )({
      secretKey: 'oracle',
      engine,
      database: join(place, 'db.sqlite3'),
      filePath: place,
      cache: { url: REDIS_URL, keyPrefix: place },
      logger: { warn: () => undefined },
      ...(current!.options as object),
    });
    await sessions.createTable();
    await running[at]?.close();
    running[at] = sessions;
    const app = express();
    app.use(expressSessions(sessions));
    app.get('/r/:number', (request, response) => {
      const session = sessions.of(request);
      arrive(Number(request.params['number']), {
        act: (todo) => act(session, todo),
        look: () => look(session),
        end: (status) => void response.status(status).send('ok'),
      });
    });
    app.use(((error: { status?: number }, _request, response, _next) => {
      response.status(error.status ?? 500).send('error');
    }) as express.ErrorRequestHandler);
    return app;
  };
}

let database: DatabaseSync | undefined;

function readRows(): Record<string, StoredRecord> {
  database ??= new DatabaseSync(join(place, 'db.sqlite3'), { readOnly: true });
  const rows = database.prepare('select session_key, session_data, expire_date from django_session').all() as {
    session_key: string;
    session_data: string;
    expire_date: string;
  }[];
  return Object.fromEntries(
    rows.map(({ session_key: key, session_data: raw, expire_date: end }) => [
      key,
      {
        raw: `${raw} ${end}`,
        bytes: Buffer.byteLength(raw),
        content: decodeSigned(raw),
        expiresAt: Date.parse(`${end.replace(' ', 'T')}Z`),
      },
    ]),
  );
}

async function readCache(): Promise<Record<string, StoredRecord>> {
  const records: Record<string, StoredRecord> = {};
  const prefix = `${place}:1:django.contrib.sessions.${engine}`;
  for await (const names of redis.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 }))
    for (const bytes of names as unknown as Buffer[]) {
      const name = bytes.toString();
      const [raw, left] = await Promise.all([redis.get(name) as unknown as Promise<Buffer | null>, redis.pTTL(name)]);
      if (raw !== null)
        records[name.slice(prefix.length)] = {
          raw: raw.toString('latin1'),
          bytes: raw.length,
          content: decodePickle(raw),
          expiresAt: Number(left) < 0 ? null : Date.now() + Number(left),
        };
    }
  return records;
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Its time stands in it, in base 62; it is taken for the age that the settings say. Epoch ms. */
function sealedUntil(key: string, { options }: AppSettings): number | null {
  const time = key.split(':')[1];
  if (time === undefined) return null;
  let made = 0;
  for (const digit of time) made = made * 62 + DIGITS.indexOf(digit);
  return (made + (options['cookieAge'] as number)) * 1_000;
}

/** A file says nothing of its end: its age does, unless the session names seconds, which each load begins again. */
function fileEnd(content: Dump | null, writtenMs: number): number | null {
  const seconds = contentOf(content ?? undefined)?.get('_session_expiry');
  return typeof seconds === 'number' && seconds !== 0
    ? null
    : writtenMs + (current!.options['cookieAge'] as number) * 1_000;
}

function readFiles(): Record<string, StoredRecord> {
  const files = readdirSync(place).filter((name) => name.startsWith('sessionid'));
  return Object.fromEntries(
    files.map((name) => {
      const raw = readFileSync(join(place, name), 'latin1');
      const content = decodeSigned(raw);
      const expiresAt = fileEnd(content, statSync(join(place, name)).mtimeMs);
      return [name.slice('sessionid'.length), { raw, bytes: raw.length, content, expiresAt }];
    }),
  );
}

async function readRecords(): Promise<Record<string, StoredRecord>> {
  switch (engine) {
    case 'db':
      return readRows();
    case 'cache':
      return readCache();
    // The cache is asked first: what it holds is what the next load gives.
    case 'cached_db': {
      const [rows, cached] = [readRows(), await readCache()];
      // Its size is the row's: the cache holds a copy.
      for (const [key, record] of Object.entries(cached)) record.bytes = rows[key]?.bytes ?? record.bytes;
      return { ...rows, ...cached };
    }
    case 'file':
      return readFiles();
    case 'signed_cookies':
      return Object.fromEntries(
        [...keys].map((key) => [
          key,
          { raw: key, bytes: key.length, content: decodeSigned(key), expiresAt: sealedUntil(key, current!) },
        ]),
      );
  }
}

const app: AppUnderTest = {
  async open(settings) {
    current = settings;
    opened += 1;
    place = join(directory, `p${opened}`);
    mkdirSync(place);
    keys.clear();
    return Promise.all(Array.from({ length: settings.servers }, (_, at) => servers.open(at, createApp(at))));
  },
  restart: (at) => servers.restart(at, createApp(at)),
  async records(): Promise<Report['records']> {
    const records = await readRecords();
    return running.map(() => records);
  },
  seqs: () => running.map((_sessions, at) => servers.lastSeq(at)),
  async close() {
    await Promise.all(running.map((sessions) => sessions.close()));
    running = [];
    database?.close();
    database = undefined;
    if (place === '') return;
    if (usesRedis)
      for await (const names of redis.scanIterator({ MATCH: `${place}*`, COUNT: 1_000 }))
        if (names.length > 0) await redis.del(names);
    rmSync(place, { recursive: true, force: true });
  },
};

serve(app);
