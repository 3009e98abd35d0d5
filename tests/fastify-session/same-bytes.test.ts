/** With and without the companion an app answers the same bytes, but for one header, and its store gets the same calls. */
import { RedisStore } from 'connect-redis';
import fastifySession from '@fastify/session';
import { createClient } from 'redis';
import { afterAll, expect, test } from 'vitest';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { ask, Jar } from '../adapters/conformance/running.ts';
import { EVERYTHING, newCompanion } from '../express-session/observed-app.ts';
import { describeWhere } from '../reliability/where-possible.ts';
import { type Handler, listenOn } from './observed-app.ts';

const ROUTES: Record<string, Handler> = {
  '/set': async (request) => String((request.session['n'] = Number(request.session['n'] ?? 0) + 1)),
  '/nested': async (request) => {
    const cart = (request.session['cart'] ??= { items: [] }) as { items: number[] };
    cart.items.push(cart.items.length);
    return { cart: request.session['cart'] };
  },
  '/read': async (request) => [
    Object.keys(request.session),
    Object.getOwnPropertyNames(request.session),
    Object.getOwnPropertySymbols(request.session).map(String),
    ['n' in request.session, { ...request.session }['n'], request.session === request.session],
    JSON.parse(JSON.stringify({ ...request.session, cookie: undefined })),
    [request.session.get('n'), typeof request.session.sessionId, request.session.cookie.maxAge === null],
  ],
  '/delete': async (request) => [delete request.session['n'], delete request.session['never']],
  '/save': async (request) => {
    request.session.set('saved', 1);
    return typeof (await request.session.save());
  },
  '/reload': async (request) => {
    request.session['unsaved'] = 1;
    await request.session.reload();
    return Object.keys(request.session);
  },
  '/regenerate': async (request) => {
    await request.session.regenerate(['n']);
    return Object.keys(request.session);
  },
  '/called-back': (request, reply) => {
    (request.session as unknown as { regenerate(callback: () => void): void }).regenerate(() => {
      request.session['after'] = true;
      void reply.send(Object.keys(request.session));
    });
  },
  '/max-age': async (request) => {
    request.session.cookie.maxAge = 60_000;
    request.session.touch();
    return typeof request.session.cookie.maxAge;
  },
  '/options': async (request) => {
    request.session.options({ maxAge: 60_000, path: '/' });
    return 'other options';
  },
  '/null': async (request) => {
    request.session = null as never;
    return String(request.session);
  },
  '/own-object': async (request) => {
    request.session = { mine: true } as never;
    return request.session;
  },
  '/put-back': async (request) => {
    const { session } = request;
    request.session = session;
    session['back'] = 1;
    return [request.session === session];
  },
  '/throw': async (request) => {
    request.session['n'] = 'thrown';
    throw Object.assign(new Error('gone'), { statusCode: 410 });
  },
  '/raw': (request, reply) => {
    request.session['raw'] = 1;
    reply.hijack();
    reply.raw.writeHead(201, { 'x-own': '1' });
    reply.raw.end('raw');
  },
  '/destroy': async (request) => {
    await request.session.destroy();
    return String(request.session);
  },
  '/nothing': async () => 'nothing',
};

const TRAFFIC =
  '/read /set /set /nested /nested /read /delete /save /reload /regenerate /called-back /read /max-age /options /put-back /throw /raw /null /own-object /nothing /destroy /read /nowhere';

/** Random keys and times are the only bytes that may differ between two runs. */
const steady = (text: string) =>
  text.replace(/Expires=[^;]*GMT/g, 'Expires=<time>').replace(/sessionId=[^;]+/, 'sessionId=<key>');

async function run(companion: Companion | undefined, options: Record<string, unknown>) {
  const { origin, close } = await listenOn(ROUTES, companion, { options });
  const jar = new Jar();
  const answers: unknown[] = [];
  let announced = 0;
  for (const path of TRAFFIC.split(' ')) {
    const answer = await ask(origin, path, { headers: jar.headers });
    jar.keep(answer);
    const isOurs = ([name]: [string, string]) => name.toLowerCase() === 'sessionscope';
    announced += answer.headers.filter(isOurs).length;
    const headers = answer.headers.filter((one) => !isOurs(one) && one[0] !== 'Date');
    answers.push([path, answer.status, answer.body, headers.map(([name, text]) => `${name}: ${steady(text)}`)]);
  }
  await close();
  companion?.endpoint.close();
  return { answers, announced };
}

const SETTINGS: Record<string, Record<string, unknown>> = {
  'the defaults over plain http': { cookie: {} },
  'not Secure': {},
  'nothing that is not asked for': { rolling: false, saveUninitialized: false },
  'an end, a prefix, two secrets': {
    cookie: { secure: 'auto', maxAge: 60_000, sameSite: 'lax' },
    cookiePrefix: 's:',
    secret: ['the newest secret of this test with 32 characters', 'an older secret of this test with 32 characters'],
  },
};

test.each(Object.entries(SETTINGS))('%s: the same bytes', async (_name, options) => {
  const bare = await run(undefined, options);
  const observed = await run(newCompanion(), options);
  expect(bare.announced).toBe(0);
  expect(observed.announced).toBe(TRAFFIC.split(' ').length);
  expect(observed.answers).toEqual(bare.answers);
});

type Base = new () => Record<'get' | 'set' | 'destroy', (...args: unknown[]) => void>;

/** The library's own, which notes its calls. */
class CountingStore extends (fastifySession.MemoryStore as unknown as Base) {
  readonly calls: string[] = [];

  override get = (...args: unknown[]) => this.#noted('get', args);
  override set = (...args: unknown[]) => this.#noted('set', args);
  override destroy = (...args: unknown[]) => this.#noted('destroy', args);

  #noted(name: 'get' | 'set' | 'destroy', args: unknown[]): void {
    this.calls.push(`${name}/${args.length}`);
    (fastifySession.MemoryStore as unknown as Base).prototype[name].apply(this, args);
  }
}

test('a store gets the same calls', async () => {
  const [one, other] = [new CountingStore(), new CountingStore()];
  const bare = await run(undefined, { store: one });
  const observed = await run(newCompanion(), { store: other });
  expect(observed.answers).toEqual(bare.answers);
  expect(other.calls).toEqual(one.calls);
});

test('the plugin is the same to Fastify, and to who asks for its statics', async () => {
  const { observeWith } = await import('../../server-companion/node/src/adapters/fastify-session/observe-with.ts');
  const companion = newCompanion();
  const plugin = observeWith(companion, fastifySession as unknown as Base & ((...args: never[]) => unknown));
  expect([plugin.name, plugin.length]).toEqual([fastifySession.name, fastifySession.length]);
  expect(Object.keys(plugin)).toEqual(Object.keys(fastifySession));
  // It is its own `default`, so that whoever imports that is observed, too.
  expect((plugin as unknown as { default: unknown }).default).toBe(plugin);
  companion.endpoint.close();
});

const client = createClient({ url: 'redis://127.0.0.1:6379', socket: { reconnectStrategy: false } });
client.on('error', () => undefined);
const isThere = await client.connect().then(
  () => true,
  () => false,
);
afterAll(async () => {
  if (!isThere) return;
  for await (const keys of client.scanIterator({ MATCH: 'fastify-session-test:*' }))
    if (keys.length > 0) await client.del(keys);
  client.destroy();
});

describeWhere(isThere, 'Redis on 127.0.0.1:6379')('connect-redis', () => {
  const storeOf = (name: string) => new RedisStore({ client, prefix: `fastify-session-test:${name}:` });

  test('the same bytes', async () => {
    const bare = await run(undefined, { store: storeOf('bare') });
    const observed = await run(newCompanion(), { store: storeOf('observed') });
    expect(observed.answers).toEqual(bare.answers);
  });

  test('what it stores, when it drops it, and a look that changes neither', async () => {
    const companion = newCompanion();
    const store = storeOf('look');
    const { origin, close } = await listenOn(
      { '/': async (request) => String((request.session['at'] = new Date(0))) },
      companion,
      { options: { store, cookie: { secure: false, maxAge: 60_000 } } },
    );
    await ask(origin, '/');
    const { events } = companion.log.read(null, EVERYTHING, 1_000);
    const save = events.find((event) => event.type === 'operation-recorded' && event.operation === 'save');
    expect(save).toMatchObject({
      stored: { at: '1970-01-01T00:00:00.000Z' },
      expiry: { storeFrom: 'cookie.expires', storeAt: expect.any(Number) },
    });
    const [middleware] = companion.middlewares();
    const key = middleware!.keyOf((save as { session: string }).session)!;
    const name = `fastify-session-test:look:${key}`;
    const before = await client.pTTL(name);
    expect(await middleware!.readStore(key, EVERYTHING)).toMatchObject({
      outcome: 'found',
      state: { at: '1970-01-01T00:00:00.000Z' },
    });
    expect(await client.pTTL(name)).toBeLessThanOrEqual(before);
    await close();
    companion.endpoint.close();
  });
});

test('request.session is as enumerable and configurable as without us', async () => {
  const descriptors: unknown[] = [];
  const routes: Record<string, Handler> = {
    '/': async (request) => {
      const { enumerable, configurable } = Object.getOwnPropertyDescriptor(request, 'session')!;
      descriptors.push({ enumerable, configurable });
      return 'ok';
    },
  };
  for (const companion of [undefined, newCompanion()]) {
    const { origin, close } = await listenOn(routes, companion);
    await ask(origin, '/');
    await close();
    companion?.endpoint.close();
  }
  expect(descriptors[1]).toEqual(descriptors[0]);
});
