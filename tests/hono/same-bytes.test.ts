/** With and without the companion an app answers the same bytes, but for one header, and its store gets the same calls. */
import { CookieStore, MemoryStore, Session as HonoSession } from 'hono-sessions';
import { expect, test } from 'vitest';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { ask, Jar } from '../adapters/conformance/running.ts';
import { newCompanion } from '../express-session/observed-app.ts';
import { type AppOptions, type Handler, listenOn, type Options, sealed } from './observed-app.ts';

const ROUTES: Record<string, Handler> = {
  '/set': (session) => {
    session.set('n', (session.get('n') ?? 0) + 1);
    return String(session.get('n'));
  },
  '/nested': (session) => {
    const cart = session.get('cart') ?? { items: [] };
    cart.items.push(cart.items.length);
    session.set('cart', cart);
    session.get('cart').items.push('nested');
    return session.get('cart');
  },
  '/read': (session, context) => [
    [session.get('n'), session.get('never'), session.get('constructor') === undefined],
    [session instanceof HonoSession, session.constructor.name, Object.keys(session), 'cache' in session],
    [session === context.get('session'), session === context.var.session, session.get === session.get],
    [session.get.name, session.get.length, session.set.length, session.flash.name, Object.keys(session.getCache())],
    [session.sessionValid(), typeof session.isStale(), Object.keys(session.getCache()['_data'])],
  ],
  '/unbound': (session) => {
    const { set } = session;
    return set('n', 1);
  },
  '/flash': (session) => session.flash('notice', 'once'),
  '/notice': (session) => [session.get('notice'), session.get('notice')],
  '/forget': (session) => [session.forget('n'), session.forget('never'), session.get('n')],
  '/cache': (session) => {
    session.setCache({ ...session.getCache(), _data: { put: { value: 1, flash: false } } } as never);
    return session.get('put');
  },
  '/rotate': (session, context) => {
    context.set('session_key_rotation', true);
    return [context.get('session_key_rotation'), session.get('n')];
  },
  '/other-variable': (_session, context) => {
    context.set('mine' as never, 1 as never);
    return [context.get('mine' as never)];
  },
  '/throw': (session) => {
    session.set('n', 'thrown');
    throw new Error('the app failed');
  },
  '/raw': (session) => {
    session.set('raw', 1);
    return new Response('raw', { status: 201, headers: { 'x-own': '1', 'set-cookie': 'own=1' } });
  },
  '/redirect': (session, context) => {
    session.set('to', '/read');
    return context.redirect('/read', 303);
  },
  '/stream': (session) => {
    session.set('streamed', 1);
    return new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('a'));
          session.set('late', 1);
          controller.enqueue(new TextEncoder().encode('b'));
          controller.close();
        },
      }),
    );
  },
  '/bigint': (session) => session.set('big', 10n),
  '/delete': (session) => [session.deleteSession(), session.get('n')],
  '/nothing': () => 'nothing',
};

const WALK =
  `/read /set /set /nested /nested /read /unbound /flash /notice /notice /forget /cache /rotate /read /other-variable
  /throw /raw /redirect /stream /bigint /set /nothing /delete /read /nowhere`.split(/\s+/);

/** Random keys, what a seal draws and times are the only bytes that may differ between two runs. */
const steady = (text: string) => text.replace(/(session)=[^;]+/, '$1=<key>');

async function run(companion: Companion | undefined, options: AppOptions) {
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
  for (const cookie of ['session=', 'session=hello', `session=${await sealed('nobody')}`, 'session=a; session=b'])
    await note('/read', { cookie });
  await close();
  companion?.endpoint.close();
  return { answers, announced };
}

/** Notes what it is asked. */
class CountingStore extends MemoryStore {
  readonly calls: string[] = [];
  override getSessionById(id: string) {
    this.calls.push(`get ${typeof id} ${arguments.length}`);
    return super.getSessionById(id);
  }
  override createSession(id: string, cache: never) {
    this.calls.push(`create ${typeof id} ${arguments.length}`);
    super.createSession(id, cache);
  }
  override persistSessionData(id: string, cache: never) {
    this.calls.push(`persist ${typeof id} ${arguments.length}`);
    super.persistSessionData(id, cache);
  }
  override deleteSession(id: string) {
    this.calls.push(`delete ${typeof id} ${arguments.length}`);
    super.deleteSession(id);
  }
}

// By default what is only read is stored where the millisecond is another: that no two runs have alike.
const LEAN = { autoExtendExpiration: false };
const SETTINGS: Record<string, () => AppOptions & { options: Options }> = {
  MemoryStore: () => ({ options: { store: new CountingStore(), ...LEAN } }),
  'MemoryStore, no key, an end': () => ({
    options: { store: new CountingStore(), encryptionKey: undefined, expireAfterSeconds: 60, ...LEAN },
  }),
  CookieStore: () => ({ options: { store: new CookieStore(), ...LEAN } }),
  'CookieStore, no cookieOptions': () => ({ options: { store: new CookieStore(), cookieOptions: undefined, ...LEAN } }),
  'a request alone, below other middleware': () => ({
    options: { store: new CountingStore(), ...LEAN },
    way: 'request',
    prepare: (app) =>
      app.use(async (context, next) => {
        context.header('x-before', '1');
        await next();
        context.header('x-after', '1');
      }),
  }),
};

test.each(Object.entries(SETTINGS))('%s: the same bytes, the same calls', async (_name, make) => {
  const [one, other] = [make(), make()];
  const bare = await run(undefined, one);
  const observed = await run(newCompanion(), other);
  expect(bare.announced).toBe(0);
  expect(observed.announced).toBe(WALK.length + 4);
  expect(observed.answers).toEqual(bare.answers);
  expect((other.options.store as CountingStore).calls).toEqual((one.options.store as CountingStore).calls);
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
  const bare = await run(undefined, { options: LEAN });
  const companion = newCompanion();
  plant(companion);
  expect((await run(companion, { options: LEAN })).answers).toEqual(bare.answers);
});
