/** With and without the companion: the same bytes but one header, the same store calls, the same session flags. */
import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { createClient } from 'redis';
import { afterAll, expect, test } from 'vitest';
import { createSessions, type Sessions } from '../../django-sessions/src/sessions.ts';
import type { SessionsOptions } from '../../django-sessions/src/sessions.ts';
import { makeStore, STORE_NAMES } from '../../django-sessions/tests/stores.ts';
import { Exchange } from '../../server-companion/node/src/adapters/django-sessions/exchange.ts';
import { KnownValues } from '../../server-companion/node/src/kit/known-values.ts';
import { ObservedExchange } from '../../server-companion/node/src/kit/observed-exchange.ts';
import { ObservedLibrary } from '../../server-companion/node/src/kit/observed-library.ts';
import { ObservedSession } from '../../server-companion/node/src/kit/observed-session.ts';
import { observeWith } from '../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import { ObservedSessions } from '../../server-companion/node/src/adapters/django-sessions/observed-sessions.ts';
import { SessionRecorder } from '../../server-companion/node/src/adapters/django-sessions/session-recorder.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { exchangeBytes, parseAnswer, type RawAnswer, writeRequest } from '../invisibility/raw-http.ts';
import { HOSTS, type HostName, type Routes, startHost } from './hosts.ts';
import { newCompanion } from './observed.ts';

const FLAGS: string[] = [];
const routes: Routes = async (path, session) => {
  const answer = await work[path]!(session);
  FLAGS.push(`${path} ${session.accessed} ${session.modified} ${session.isEmpty()} ${session.memory?.size}`);
  return answer ?? { body: path, headers: { Vary: 'Accept-Language', 'X-Own': 'one' } };
};

const work: Record<string, (session: Parameters<Routes>[1]) => Promise<Awaited<ReturnType<Routes>> | void>> = {
  async '/untouched'() {},
  async '/read'(session) {
    await session.get('username', 'Guest');
  },
  async '/set'(session) {
    await session.set('username', 'ann');
    await session.set('cart', { items: [1, 2] });
  },
  async '/nested'(session) {
    ((await session.get('cart')) as { items: number[] }).items.push(3);
  },
  async '/nested-reported'(session) {
    ((await session.get('cart')) as { items: number[] }).items.push(3);
    session.modified = true;
  },
  async '/expiry'(session) {
    await session.setExpiry(600);
  },
  async '/login'(session) {
    await session.cycleKey();
  },
  async '/clear'(session) {
    session.clear();
  },
  async '/logout'(session) {
    await session.flush();
  },
  async '/error'(session) {
    await session.set('draft', 'x');
    return { status: 503, body: 'sorry' };
  },
  async '/throw'(session) {
    await session.set('draft', 'x');
    throw Object.assign(new Error('planted'), { name: 'Planted' });
  },
  async '/interrupted'(session) {
    await session.set('x', 1);
    await session.deleteRecord();
  },
  async '/unfit'(session) {
    await session.set('since', new Date(0));
  },
};

const TRAFFIC = [
  '/untouched',
  '/read',
  '/set',
  '/read',
  '/nested',
  '/nested-reported',
  '/expiry',
  '/login',
  '/error',
  '/throw',
  '/unfit',
  '/clear',
  '/set',
  '/interrupted',
  '/read',
  '/set',
  '/logout',
  '/read',
];

interface Run {
  answers: RawAnswer[];
  flags: string[];
  announced: number;
}

/** Keys are random and times pass: nothing else may differ between two runs. */
function steady(text: string, names: Map<string, string>): string {
  return text
    .replace(/(sessionid=)([^;]+)/g, (_whole, start: string, whole: string) => {
      // Of a sealed one its content: its time, and so its signature, are others a second later.
      const [value = whole] = whole.split(/:|%3A/i);
      if (!names.has(value)) names.set(value, `key ${names.size}`);
      return start + names.get(value)!;
    })
    .replace(/(Date|date|Expires=|expires=)[^;]*GMT/g, '$1 <time>');
}

async function run(host: HostName, sessions: Sessions, headRequests = false): Promise<Run> {
  await sessions.createTable();
  const running = await startHost(host, sessions, routes);
  FLAGS.length = 0;
  const names = new Map<string, string>();
  const answers: RawAnswer[] = [];
  let announced = 0;
  let cookie = '';
  for (const path of TRAFFIC) {
    const answer = parseAnswer(
      await exchangeBytes(
        running.port,
        writeRequest({
          method: headRequests ? 'HEAD' : 'GET',
          path,
          headers: cookie === '' ? {} : { Cookie: `other=1; ${cookie}` },
        }),
      ),
    );
    const set = answer.headers.find((line) => /^set-cookie: sessionid/i.test(line));
    if (set !== undefined) {
      const pair = set.slice('set-cookie: '.length).split(';')[0]!;
      cookie = pair === 'sessionid=' ? '' : pair;
    }
    announced += answer.headers.filter((line) => /^sessionscope: /i.test(line)).length;
    answers.push({
      status: answer.status,
      headers: answer.headers.filter((line) => !/^sessionscope: /i.test(line)).map((line) => steady(line, names)),
      body: answer.body,
    });
  }
  await running.close();
  return { answers, flags: [...FLAGS], announced };
}

const quiet = { warn: () => {} };
const MEMORY: SessionsOptions = { secretKey: 'a secret of the tests', database: ':memory:', logger: quiet };

async function both(
  host: HostName,
  options: SessionsOptions,
  plant: (companion: Companion) => void = () => {},
): Promise<[bare: Run, observed: Run, companion: Companion]> {
  const bareSessions = createSessions(options);
  const bare = await run(host, bareSessions);
  await bareSessions.close();
  const companion = newCompanion();
  const sessions = observeWith(companion, createSessions)(options);
  plant(companion);
  const observed = await run(host, sessions);
  await sessions.close();
  companion.endpoint.close();
  return [bare, observed, companion];
}

for (const host of Object.keys(HOSTS))
  test(`${host}: every byte but the header, and every flag of the session, is the same`, async () => {
    const [bare, observed, companion] = await both(host, MEMORY);
    expect(bare.announced).toBe(0);
    // A web-standard handler that throws is answered by whoever called it.
    const unanswered = host === 'web Request and Response' ? 2 : host === 'Hono without Node' ? 1 : 0;
    expect(observed.announced).toBeGreaterThanOrEqual(TRAFFIC.length - unanswered);
    expect({ ...observed, announced: 0 }).toEqual(bare);
    expect(companion.faults.total).toBe(0);
  });

test('the same with every request saved, at browser close, and with HEAD', async () => {
  for (const options of [{ saveEveryRequest: true }, { expireAtBrowserClose: true }, { cookieSecure: true }]) {
    const [bare, observed] = await both('Express 5', { ...MEMORY, ...options });
    expect({ ...observed, announced: 0 }).toEqual(bare);
  }
  const bare = await run('Express 5', createSessions(MEMORY), true);
  const observed = await run('Express 5', observeWith(newCompanion(), createSessions)(MEMORY), true);
  expect({ ...observed, announced: 0 }).toEqual(bare);
});

test('SQL: statement for statement the same', async () => {
  const statements = async (isObserved: boolean) => {
    const log: string[] = [];
    const kysely = new Kysely<never>({
      dialect: new SqliteDialect({ database: async () => sqliteOf(new DatabaseSync(':memory:')) }),
      log: (event) => void log.push(event.query.sql),
    });
    const options: SessionsOptions = { ...MEMORY, database: { kysely, dialect: 'sqlite' } };
    await run('Express 5', isObserved ? observeWith(newCompanion(), createSessions)(options) : createSessions(options));
    await kysely.destroy();
    return log;
  };
  const bare = await statements(false);
  expect(bare.length).toBeGreaterThan(20);
  expect(await statements(true)).toEqual(bare);
});

const redis = await makeStore('cached_db', { logger: quiet });
afterAll(() => redis?.dispose());
test.skipIf(redis === undefined)('Redis: command for command the same', async () => {
  const client = createClient({ url: 'redis://127.0.0.1:6379/0' });
  await client.connect();
  const commands = async (isObserved: boolean, engine: 'cache' | 'cached_db') => {
    const log: string[] = [];
    const counting = {
      sendCommand(args: (string | Buffer)[], options?: { typeMapping?: object }) {
        log.push(`${String(args[0])} of ${args.length}`);
        return client.sendCommand(args as string[], options as never);
      },
    };
    const options: SessionsOptions = {
      ...MEMORY,
      engine,
      cache: { client: counting, keyPrefix: redis!.options.cache!.keyPrefix! },
    };
    const sessions = isObserved ? observeWith(newCompanion(), createSessions)(options) : createSessions(options);
    await run('Express 5', sessions);
    await sessions.close();
    return log;
  };
  for (const engine of ['cache', 'cached_db'] as const) {
    const bare = await commands(false, engine);
    expect(bare.length).toBeGreaterThan(20);
    expect(await commands(true, engine)).toEqual(bare);
  }
  client.destroy();
});

const boom = () => {
  throw new Error('planted');
};
const FAULTS: Record<string, (companion: Companion) => void> = {
  'log.append': ({ log }) => void Object.assign(log, { append: boom }),
  'sources.take': ({ sources }) => void Object.assign(sources, { take: boom }),
  'identity.fingerprint': ({ identity }) => void Object.assign(identity, { fingerprint: boom }),
  'identity.digest': ({ identity }) => void Object.assign(identity, { digest: boom }),
  'endpoint.handle': ({ endpoint }) => void Object.assign(endpoint, { handle: boom, handleFetch: boom }),
  'log.append, with nobody left to report': ({ faults, log }) => {
    Object.assign(faults, { note: boom });
    Object.assign(log, { append: boom });
  },
};
for (const host of ['Express 5', 'Fastify', 'web Request and Response'])
  test(`${host}: a fault in any part of the companion changes nothing`, async () => {
    for (const [name, plant] of Object.entries(FAULTS)) {
      const [bare, observed, companion] = await both(host, MEMORY, plant);
      expect({ ...observed, announced: 0 }, name).toEqual(bare);
      if (!name.includes('nobody') && name !== 'identity.digest')
        expect(companion.faults.total, name).toBeGreaterThan(0);
    }
  });

/** Every hook of the adapter, and what it calls: each throws wherever it is called. */
const HOOKS: [holder: object, names: string[]][] = [
  [SessionRecorder.prototype, ['mark', 'recorded', 'checkpoint', 'observe', 'describe']],
  [Exchange.prototype, ['observer', 'end']],
  [ObservedExchange.prototype, ['start', 'settle', 'finish']],
  [ObservedSession.prototype, ['read', 'asked', 'wrote', 'deleted', 'listed', 'checkpoint', 'record', 'restart']],
  [ObservedSessions.prototype, ['nameOf', 'storedForm']],
  [ObservedLibrary.prototype, ['announce']],
  [KnownValues.prototype, ['take', 'look', 'compare', 'state', 'delete']],
];
for (const host of ['Express 5', 'Koa', 'Hono without Node'])
  test(`${host}: a fault in any hook of the adapter changes nothing`, async () => {
    for (const [holder, names] of HOOKS)
      for (const name of names) {
        const original = Object.getOwnPropertyDescriptor(holder, name)!;
        // The second time there is nobody to report the fault to, either.
        for (const isDeaf of [false, true]) {
          const [bare, observed] = await both(host, MEMORY, ({ faults }) => {
            Object.defineProperty(holder, name, { ...original, value: boom });
            if (isDeaf) Object.assign(faults, { note: boom });
          }).finally(() => Object.defineProperty(holder, name, original));
          expect({ ...observed, announced: 0 }, name).toEqual(bare);
        }
      }
  });

for (const name of STORE_NAMES) {
  const store = await makeStore(name, { logger: quiet });
  test.skipIf(store === undefined)(`${name}: the same bytes and flags`, async () => {
    const [bare, observed, companion] = await both('Express 5', store!.options);
    expect({ ...observed, announced: 0 }).toEqual(bare);
    expect(companion.faults.total).toBe(0);
    await store!.dispose();
  });
}

/** `node:sqlite` in the shape that Kysely asks for. */
function sqliteOf(database: DatabaseSync) {
  return {
    close: () => database.close(),
    prepare(text: string) {
      const statement = database.prepare(text);
      type Values = Parameters<typeof statement.all>;
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => statement.all(...(values as Values)),
        run: (values: readonly unknown[]) => statement.run(...(values as Values)),
        iterate: (values: readonly unknown[]) => statement.iterate(...(values as Values)),
      };
    },
  };
}
