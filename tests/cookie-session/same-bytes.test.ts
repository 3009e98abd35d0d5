/** With and without the companion an app answers the same bytes, but for one header. */
import { expect, test } from 'vitest';
import { exchangeBytes, parseAnswer, writeRequest } from '../invisibility/raw-http.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { type Handler, KEYS, type Request, sealed, serve, type Session } from './observed-app.ts';

const session = (request: Request) => request.session as Session;

const ROUTES: Record<string, Handler> = {
  '/set': (request, response) => {
    session(request)['n'] = Number(session(request)['n'] ?? 0) + 1;
    response.json(session(request)['n']);
  },
  '/nested': (request, response) => {
    const cart = (session(request)['cart'] ??= { items: [] }) as { items: number[] };
    cart.items.push(cart.items.length);
    response.json(request.session);
  },
  '/read': (request, response) => {
    const { isNew, isPopulated, isChanged } = session(request);
    response.json({
      members: [isNew, isPopulated, isChanged],
      keys: Object.keys(session(request)),
      own: Object.getOwnPropertyNames(session(request)).sort(),
      has: 'n' in session(request),
      all: { ...session(request) },
      isSame: request.session === request.session,
    });
  },
  '/delete': (request, response) => {
    response.json([delete session(request)['n'], delete session(request)['never']]);
  },
  '/assign': (request, response) => {
    request.session = { other: [1, 2] };
    session(request)['more'] = true;
    response.json(request.session);
  },
  '/assign-same': (request, response) => {
    const before = request.session as object;
    request.session = before;
    response.json([request.session === before, Object.keys(session(request))]);
  },
  '/assign-text': (request, response) => {
    try {
      request.session = 'text' as unknown as object;
      response.json(null);
    } catch (error) {
      response.json(`${(error as Error).name}: ${(error as Error).message}`);
    }
  },
  '/empty': (request, response) => {
    request.session = {};
    response.end('emptied');
  },
  '/null': (request, response) => {
    request.session = null;
    response.end(String(request.session));
  },
  '/max-age': (request, response) => {
    request.sessionOptions.maxAge = 60_000;
    session(request)['n'] = 'kept';
    response.end();
  },
  '/secure': (request, response) => {
    request.sessionOptions.secure = true;
    session(request)['n'] = 'lost';
    response.end();
  },
  '/bigint': (request, response) => {
    session(request)['n'] = 10n;
    response.end('nothing is thrown');
  },
  '/stream': async (request, response) => {
    session(request)['streamed'] = true;
    for (const part of ['a', 'b']) {
      response.write(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    session(request)['late'] = 1;
    response.end('c');
  },
  '/raw-head': (request, response) => {
    session(request)['n'] = 1;
    response.writeHead(201, 'Made', ['X-One', '1', 'Set-Cookie', 'own=1']);
    response.end();
  },
  '/redirect': (request, response) => {
    session(request)['to'] = '/read';
    response.redirect('/read');
  },
  '/throw': (request) => {
    session(request)['n'] = 1;
    throw new Error('the app failed');
  },
  '/unused': (_request, response) => response.end('nothing'),
};

const LONG = sealed({ n: 1, long: 'x'.repeat(3_000) });

/** What is sent, in order; the cookies that were set are kept between the steps. */
const TRAFFIC: readonly (readonly [path: string, cookie?: string])[] = [
  ['/read'],
  ['/set'],
  ['/set'],
  ['/nested'],
  ['/nested'],
  ['/read'],
  ['/delete'],
  ['/max-age'],
  ['/assign'],
  ['/assign-same'],
  ['/assign-text'],
  ['/empty'],
  ['/stream'],
  ['/raw-head'],
  ['/redirect'],
  ['/secure'],
  ['/bigint'],
  ['/throw'],
  ['/unused'],
  ['/null'],
  ['/read'],
  ['/set', sealed({ n: 1 }, KEYS[1])],
  ['/read', sealed({ n: 1 }, KEYS[1])],
  ['/read', sealed({ n: 1 }, 'forged')],
  ['/set', sealed('{"n":')],
  ['/set', sealed('5')],
  ['/set', sealed({ n: 1 }).split(';')[0]!],
  ['/read', LONG],
  ['/nowhere'],
];

/** Times are the only bytes that may differ between two runs. */
const steady = (line: string) => line.replace(/(Date: |expires=)[^;]*GMT/g, '$1<time>');

async function run(
  isObserved: boolean,
  options: CookieSessionInterfaces.CookieSessionOptions,
  prepare: (companion: Companion) => void = () => undefined,
) {
  await using app = await serve(ROUTES, { isObserved, options });
  prepare(app.companion);
  const answers: unknown[] = [];
  const jar = new Map<string, string>();
  let announced = 0;
  for (const [path, cookie = [...jar].map((pair) => pair.join('=')).join('; ')] of TRAFFIC) {
    const answer = parseAnswer(
      await exchangeBytes(app.port, writeRequest({ path, headers: cookie === '' ? {} : { Cookie: cookie } })),
    );
    for (const line of answer.headers) {
      const [, name = '', value = ''] = /^set-cookie: ([^=]+)=([^;]*)/i.exec(line) ?? [];
      if (name !== '') jar.set(name, value);
    }
    announced += answer.headers.filter((line) => line.startsWith('Sessionscope: ')).length;
    answers.push({
      path,
      status: answer.status,
      headers: answer.headers.filter((line) => !line.startsWith('Sessionscope: ')).map(steady),
      body: answer.body,
    });
  }
  return { answers, announced };
}

const SETTINGS: Record<string, CookieSessionInterfaces.CookieSessionOptions> = {
  'the usual settings': {},
  'an end and attributes': { maxAge: 60_000, sameSite: 'lax', path: '/', httpOnly: false },
  unsigned: { signed: false },
  'another name, one secret': { name: 'other', secret: KEYS[0]!, keys: [KEYS[0]!] },
  Secure: { secure: true },
};

test.each(Object.entries(SETTINGS))('%s: the same bytes', async (_name, options) => {
  const bare = await run(false, options);
  const observed = await run(true, options);
  expect(bare.announced).toBe(0);
  expect(observed.announced).toBe(TRAFFIC.length);
  expect(observed.answers).toEqual(bare.answers);
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
  'log.append, with nobody left to report': ({ faults, log }) => {
    Object.assign(faults, { note: () => undefined });
    Object.assign(log, { append: boom });
  },
};

test.each(Object.entries(FAULTS))('a fault in %s changes nothing', async (_name, plant) => {
  const bare = await run(false, {});
  const observed = await run(true, {}, plant);
  expect(observed.answers).toEqual(bare.answers);
});
