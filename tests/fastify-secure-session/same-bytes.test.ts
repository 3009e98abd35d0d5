/** With and without the companion an app answers the same bytes, but for one header and for what each seal draws. */
import fastifyCookie from '@fastify/cookie';
import secureSession from '@fastify/secure-session';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { observeWith } from '../../server-companion/node/src/adapters/fastify-secure-session/observe-with.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { ask, Jar } from '../adapters/conformance/running.ts';
import { newCompanion } from '../express-session/observed-app.ts';
import { type AppOptions, type Handler, KEY, listenOn, OLDER_KEY, sealed } from './observed-app.ts';

const ROUTES: Record<string, Handler> = {
  '/set': async ({ session }) => String((session['n'] = Number(session['n'] ?? 0) + 1)),
  '/nested': async ({ session }) => {
    const cart = (session['cart'] ??= { items: [] }) as { items: number[] };
    cart.items.push(cart.items.length);
    return { cart: session['cart'] };
  },
  '/read': async (request) => {
    const { session } = request;
    const { get } = session;
    return [
      Object.keys(session),
      Object.getOwnPropertyNames(session),
      Object.getOwnPropertySymbols(session).map(String),
      ['n' in session, 'get' in session, { ...session }, JSON.stringify(session), session === request.session],
      [get('n'), session['n'], session['constructor']!.name, typeof session['toString'], session['then']],
      [session.changed, session.deleted, session.data(), typeof session['__ts']],
      [session.get.name, session.get.length, session.set.length, session.regenerate.length, session.delete.name],
    ];
  },
  '/delete-key': async ({ session }) => [delete session['n'], delete session['never'], session['n']],
  '/methods-as-data': async ({ session }) => {
    session['touch'] = 5 as never;
    return [typeof session.touch, session.get('touch'), session.set('x', 1), session.touch()];
  },
  '/destructured': async ({ session: { set, get, touch } }) => {
    set('m', 1);
    touch();
    return [get('m')];
  },
  '/changed': async ({ session }) => {
    session.changed = true;
    return [session.changed];
  },
  '/regenerate': async ({ session }) => [session.regenerate(['n']), session.data()],
  '/options': async ({ session }) => {
    session.options({ maxAge: 60, path: '/' });
    session.touch();
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
  '/assign': async (request) => {
    request.session = request.server.createSecureSession({ made: 1 } as never) as never;
    request.session.touch();
    return request.session.data();
  },
  '/encode': async (request) => {
    const value = request.server.encodeSecureSession(request.session as never);
    return request.server.decodeSecureSession(value)!.data();
  },
  '/unknown-name': async (request) => request.server.encodeSecureSession(request.session as never, 'nobody'),
  '/throw': async ({ session }) => {
    session['n'] = 'thrown';
    throw Object.assign(new Error('gone'), { statusCode: 410 });
  },
  '/bigint': async ({ session }) => String((session['big'] = 10n)),
  '/raw': (request, reply) => {
    request.session['raw'] = 1;
    reply.hijack();
    reply.raw.writeHead(201, { 'x-own': '1' });
    reply.raw.end('raw');
  },
  '/own-cookie': async ({ session }, reply) => {
    session['n'] = 1;
    return reply.setCookie('own', '1', { path: '/' }).send('two cookies');
  },
  '/redirect': async ({ session }, reply) => {
    session['to'] = '/read';
    return reply.redirect('/read', 303);
  },
  '/delete': async ({ session }) => [session.delete(), session.deleted, session.changed],
  '/delete-and-set': async ({ session }) => [session.delete(), session.set('n', 1), session.get('n')],
  '/nothing': async () => 'nothing',
};

const WALK =
  `/read /set /set /nested /nested /read /delete-key /methods-as-data /destructured /changed /regenerate /read
  /options /put-back /assign /encode /unknown-name /throw /bigint /raw /own-cookie /redirect /null /own-object /nothing
  /delete-and-set /set /delete /read /nowhere`.split(/\s+/);

/** Times and what a seal draws are the only bytes that may differ between two runs: its length may not. */
const steady = (text: string) =>
  text
    .replace(/Expires=(?!Thu, 01 Jan 1970)[^;]*GMT/g, 'Expires=<time>')
    .replace(/(session|second)=([^;]+)/, (_all, name: string, value: string) => {
      return `${name}=<${decodeURIComponent(value).length}>`;
    });

async function run(companion: Companion | undefined, options: AppOptions, cookies: readonly string[] = []) {
  const { origin, close } = await listenOn(ROUTES, companion, options);
  const jar = new Jar();
  const answers: unknown[] = [];
  let announced = 0;
  const note = async (path: string, headers: Record<string, string>) => {
    const answer = await ask(origin, path, { headers });
    const isOurs = ([name]: [string, string]) => name.toLowerCase() === 'sessionscope';
    announced += answer.headers.filter(isOurs).length;
    const kept = answer.headers.filter((one) => !isOurs(one) && one[0] !== 'Date');
    answers.push([path, answer.status, answer.body, kept.map(([name, text]) => `${name}: ${steady(text)}`)]);
    return answer;
  };
  for (const path of WALK) jar.keep(await note(path, jar.headers));
  for (const cookie of cookies) await note('/read', { cookie });
  await close();
  companion?.endpoint.close();
  return { answers, announced };
}

const now = () => Math.round(Date.now() / 1000);
const SENT = async () => [
  `session=${await sealed({ n: 1 })}`,
  `session=${await sealed({ n: 1 }, { key: OLDER_KEY })}`,
  `session=${await sealed({ n: 1 }, { issuedAt: now() - 100_000 })}`,
  `session=${await sealed({ n: 1 })}; session=${await sealed({ n: 2 })}`,
  'session=hello',
  'session=',
  'session=%E0%A4%A; other=1',
  'session=aGVsbG8;aGVsbG8',
  `session="${await sealed({ n: 1 })}"`,
];

const SETTINGS: Record<string, AppOptions> = {
  'the usual settings': {},
  'no path, an end, Secure where it is https': {
    options: { cookie: { maxAge: 60, secure: 'auto', sameSite: 'strict', httpOnly: false } },
  },
  'keys that were rotated': { options: { key: [KEY, OLDER_KEY] } },
  'a short expiry, a signed cookie': { options: { expiry: 3_600, cookie: { path: '/', signed: true } } },
  'another name': { options: { cookieName: 'second' } },
  '@fastify/cookie is registered by the app': {
    prepare: (app) => app.register(fastifyCookie, { secret: 'of the app' }),
  },
  'several sessions': { options: [{ sessionName: 'session' }, { sessionName: 'other', cookieName: 'second' }] },
};

test.each(Object.entries(SETTINGS))('%s: the same bytes', async (_name, options) => {
  const cookies = await SENT();
  const bare = await run(undefined, options, cookies);
  const observed = await run(newCompanion(), options, cookies);
  expect(bare.announced).toBe(0);
  expect(observed.announced).toBe(WALK.length + cookies.length);
  expect(observed.answers).toEqual(bare.answers);
});

test('options that the plugin refuses are refused in the same words', async () => {
  for (const options of [{}, { key: 'short' }, { secret: 'short' }, { key: 5 }, { key: [5] }, [{}, { key: KEY }]]) {
    const words: unknown[] = [];
    for (const companion of [undefined, newCompanion()]) {
      const app = fastify();
      const plugin = companion === undefined ? secureSession : observeWith(companion, secureSession);
      words.push(await app.register(plugin, options as never).then(String, String));
      companion?.endpoint.close();
      await app.close().catch(() => undefined);
    }
    expect(words[1]).toBe(words[0]);
  }
});

test('the plugin is the same to Fastify, and to who asks for its statics', () => {
  const companion = newCompanion();
  const plugin = observeWith(companion, secureSession);
  expect([plugin.name, plugin.length]).toEqual([secureSession.name, secureSession.length]);
  expect(Object.keys(plugin)).toEqual(Object.keys(secureSession));
  // It is its own `default`, so that whoever imports that is observed, too.
  expect((plugin as unknown as { default: unknown }).default).toBe(plugin);
  companion.endpoint.close();
});

test('what the server and the request have is as without us', async () => {
  const seen: unknown[] = [];
  for (const companion of [undefined, newCompanion()]) {
    const { app, origin, close } = await listenOn(
      {
        '/': async (request) => {
          const { enumerable, configurable } = Object.getOwnPropertyDescriptor(request, 'session')!;
          return { enumerable, configurable };
        },
      },
      companion,
    );
    const { body } = await ask(origin, '/');
    seen.push([
      body,
      app.hasPlugin('@fastify/secure-session'),
      ['decodeSecureSession', 'createSecureSession', 'encodeSecureSession'].map((name) => app.hasDecorator(name)),
      app
        .printPlugins()
        .replace(/\d+ ms/g, '')
        .replace(/-auto-\d+/g, ''),
    ]);
    await close();
    companion?.endpoint.close();
  }
  expect(seen[1]).toEqual(seen[0]);
});

const boom = () => {
  throw new Error('planted');
};
const FAULTS: Record<string, (companion: Companion) => void> = {
  'log.append': ({ log }) => void Object.assign(log, { append: boom }),
  'log.appendKeyed': ({ log }) => void Object.assign(log, { appendKeyed: boom }),
  'sources.take': ({ sources }) => void Object.assign(sources, { take: boom }),
  'identity.fingerprint': ({ identity }) => void Object.assign(identity, { fingerprint: boom }),
  'identity.digest': ({ identity }) => void Object.assign(identity, { digest: boom }),
  'endpoint.handle': ({ endpoint }) => void Object.assign(endpoint, { handle: boom }),
};

test.each(Object.entries(FAULTS))('a fault in %s changes nothing', async (_name, plant) => {
  const bare = await run(undefined, {});
  const companion = newCompanion();
  plant(companion);
  const observed = await run(companion, {});
  expect(observed.answers).toEqual(bare.answers);
});
