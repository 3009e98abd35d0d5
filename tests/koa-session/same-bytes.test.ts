/** With and without the companion an app answers the same bytes, but for one header, and its store gets the same calls. */
import { createClient } from 'redis';
import { afterAll, describe, expect, test } from 'vitest';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { ask, Jar } from '../adapters/conformance/running.ts';
import { newCompanion } from '../express-session/observed-app.ts';
import { describeWhere } from '../reliability/where-possible.ts';
import { type Handler, listenOn, opened, sealed, type Session, soon, VERSIONS, type Version } from './observed-app.ts';
import { MemoryStore, RedisStore } from './stores.ts';

const ROUTES: Record<string, Handler> = {
  '/set': (_context, session) => (session['n'] = Number(session['n'] ?? 0) + 1),
  '/nested': (_context, session) => {
    const cart = (session['cart'] ??= { items: [] }) as { items: number[] };
    cart.items.push(cart.items.length);
    return session;
  },
  '/read': (context, session) => [
    [session.isNew, session.populated, session.length, session.maxAge],
    Object.keys(session),
    Object.getOwnPropertyNames(session).toSorted(),
    ['n' in session, { ...session }['n'], context.session === session, JSON.parse(JSON.stringify(session))],
  ],
  '/delete': (_context, session) => [delete session['n'], delete session['never']],
  '/assign': (context) => {
    context.session = { other: [1, 2] } as never;
    (context.session as unknown as Record<string, unknown>)['more'] = true;
    return context.session;
  },
  '/assign-same': (context, session) => {
    context.session = session;
    return [context.session === session, Object.keys(context.session)];
  },
  '/assign-text': (context) => {
    try {
      context.session = 'text' as never;
      return 'nothing is thrown';
    } catch (error) {
      return String(error);
    }
  },
  '/null-and-more': (context) => {
    context.session = null;
    const between = context.session;
    context.session = { again: true } as never;
    return [between, context.session];
  },
  '/null': (context) => {
    context.session = null;
    return String(context.session);
  },
  '/max-age': (_context, session) => void (session.maxAge = 60_000),
  '/until-the-browser-closes': (_context, session) => void (session.maxAge = 'session'),
  '/save': async (_context, session) => {
    session['saved'] = 1;
    return typeof (await session.save());
  },
  '/regenerate': async (_context, session) => typeof (await session.regenerate()),
  '/private': (_context, session) => void (session['_hidden'] = 1),
  '/bigint': (_context, session) => void (session['n'] = 10n),
  '/throw': (_context, session) => {
    session['n'] = 'thrown';
    throw Object.assign(new Error('gone'), { status: 410, expose: true });
  },
  '/raw': (context, session) => {
    context.respond = false;
    session['raw'] = 1;
    context.res.writeHead(201, { 'x-own': '1' });
    context.res.end('raw');
  },
  '/unused': () => 'nothing',
};

const TRAFFIC =
  '/read /set /set /nested /nested /read /delete /assign /assign-same /assign-text /null-and-more /max-age /until-the-browser-closes /save /regenerate /read /private /bigint /read /throw /raw /unused /null /read /nowhere';

/** Random keys and times are the only bytes that may differ between two runs. */
const steady = (text: string) =>
  text
    .replace(/expires=[^;]*GMT/g, 'expires=<time>')
    .replace(/koa\.sess=([^;]+)/, (_all, value: string) => `koa.sess=${contentOf(value)}`)
    .replace(/koa\.sess\.sig=[^;]+/, 'koa.sess.sig=<signature>')
    .replace(/"_expire":\d+/g, '"_expire":<time>');

function contentOf(value: string): string {
  try {
    return JSON.stringify(opened(value));
  } catch {
    return '<key>';
  }
}

async function run(companion: Companion | undefined, version: Version, options: Record<string, unknown>) {
  const { origin, close } = await listenOn(ROUTES, companion, { version, options });
  const jar = new Jar();
  const answers: unknown[] = [];
  let announced = 0;
  for (const path of TRAFFIC.split(' ')) {
    const answer = await ask(origin, path, { headers: jar.headers });
    jar.keep(answer);
    const isOurs = ([name]: [string, string]) => name.toLowerCase() === 'sessionscope';
    announced += answer.headers.filter(isOurs).length;
    const headers = answer.headers.filter((one) => !isOurs(one) && one[0] !== 'Date' && one[0] !== 'Content-Length');
    answers.push([path, answer.status, steady(answer.body), headers.map(([name, text]) => `${name}: ${steady(text)}`)]);
  }
  await close();
  companion?.endpoint.close();
  return { answers, announced };
}

const SETTINGS: Record<string, Record<string, unknown>> = {
  'the usual settings': {},
  'an end and attributes': { maxAge: 60_000, sameSite: 'lax', httpOnly: false, rolling: true },
  unsigned: { signed: false, overwrite: false },
  'hooks of the app`s': {
    beforeSave: (_context: unknown, session: Session) => void (session['hooked'] = 1),
    valid: (_context: unknown, data: object) => !('other' in data),
    renew: true,
  },
};

describe.each(Object.keys(VERSIONS) as Version[])('%s', (version) => {
  test.each(Object.entries(SETTINGS))('%s: the same bytes', async (_name, options) => {
    const bare = await run(undefined, version, options);
    const observed = await run(newCompanion(), version, options);
    expect(bare.announced).toBe(0);
    expect(observed.announced).toBe(TRAFFIC.split(' ').length);
    expect(observed.answers).toEqual(bare.answers);
  });

  test('a store: the same bytes and the same calls', async () => {
    const [one, other] = [new MemoryStore(), new MemoryStore()];
    const bare = await run(undefined, version, { store: one });
    const observed = await run(newCompanion(), version, { store: other });
    expect(observed.answers).toEqual(bare.answers);
    const names = ({ calls }: MemoryStore) => calls.map((call) => call.split(' ')[0]);
    expect(names(other)).toEqual(names(one));
  });
});

const client = createClient({ url: 'redis://127.0.0.1:6379', socket: { reconnectStrategy: false } });
client.on('error', () => undefined);
const isThere = await client.connect().then(
  () => true,
  () => false,
);
afterAll(async () => {
  if (!isThere) return;
  for await (const keys of client.scanIterator({ MATCH: 'koa-session-test:*' }))
    if (keys.length > 0) await client.del(keys);
  client.destroy();
});

describeWhere(isThere, 'Redis on 127.0.0.1:6379')('on Redis', () => {
  test('the same bytes', async () => {
    const bare = await run(undefined, 'koa-session 7', { store: new RedisStore(client, 'koa-session-test:bare:') });
    const observed = await run(newCompanion(), 'koa-session 7', {
      store: new RedisStore(client, 'koa-session-test:observed:'),
    });
    expect(observed.answers).toEqual(bare.answers);
  });

  test('a look at the record leaves it and its end alone', async () => {
    const companion = newCompanion();
    const store = new RedisStore(client, 'koa-session-test:look:');
    const { origin, close } = await listenOn(ROUTES, companion, { options: { store, maxAge: 60_000 } });
    const answer = await ask(origin, '/set');
    const key = /koa\.sess=([^;]+)/.exec(answer.headers.map(([, text]) => text).join('\n'))![1]!;
    const name = `koa-session-test:look:${key}`;
    await client.pExpire(name, 30_000);
    const reading = await companion
      .middlewares()[0]!
      .readStore(key, { all: true, sessions: new Set(), exchanges: new Set() });
    expect(reading).toMatchObject({ outcome: 'found', state: { n: 1 } });
    expect(await client.pTTL(name)).toBeLessThanOrEqual(30_000);
    expect(JSON.parse((await client.get(name))!)).toMatchObject({ n: 1 });
    await close();
    companion.endpoint.close();
  });
});

test('what is sealed in these tests is what the library opens', async () => {
  const { origin, close } = await listenOn(ROUTES, undefined);
  const jar = new Jar(Object.entries(sealed({ n: 41, _expire: soon(), _maxAge: 60_000 })));
  expect((await ask(origin, '/set', { headers: jar.headers })).body).toBe('42');
  await close();
});
