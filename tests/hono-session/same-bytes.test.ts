/** With and without the companion an app answers the same bytes, but for one header, and its storage gets the same calls. */
import type { Storage } from '@hono/session';
import { expect, test, vi } from 'vitest';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { ask, Jar } from '../adapters/conformance/running.ts';
import { newCompanion } from '../express-session/observed-app.ts';
import { type AppOptions, type Data, type Handler, listenOn, MapStorage, token } from './observed-app.ts';

const caught = async (run: () => unknown): Promise<string> => {
  try {
    return JSON.stringify(await run());
  } catch (error) {
    return String(error);
  }
};

const ROUTES: Record<string, Handler> = {
  '/before': async (session) => [
    await caught(() => session.data),
    await caught(() => session.id),
    Object.keys(session),
    JSON.stringify(Object.getOwnPropertyNames(session.get)),
  ],
  '/set': async (session) => {
    const n = ((await session.get())?.['n'] ?? 0) + 1;
    await session.update((previous) => ({ ...previous, n }));
    return [session.data, typeof session.id, session.data === session.data];
  },
  '/nested': async (session) => {
    const data = (await session.get())!;
    data['cart'] ??= { items: [] };
    data['cart'].items.push('nested');
    delete data['never'];
    await session.update(data);
    data['cart'].items.push('late');
    return [data, session.data === data, 'cart' in data, structuredClone(data['cart']), { ...data }];
  },
  '/read': async (session, context) => [
    await session.get(),
    [session === context.get('session'), session === context.var.session, session.get === session.get],
    [
      session.get.name,
      session.get.length,
      session.update.length,
      session.delete.name,
      typeof (await session.get.call(undefined)),
    ],
    [await session.update.call(undefined, { ...session.data }), Object.entries(session.data!)],
  ],
  '/twice': async (session) => {
    await session.update({ one: 1 });
    await session.update((previous) => ({ ...previous, two: 2 }));
    return [session.data, await session.get(), session.data];
  },
  '/refresh': async (session) => [await session.get(async (expired) => ({ ...expired, again: 1 })), session.data],
  '/no-more': async (session) => [await session.get(async () => null), session.data],
  '/throws': async (session) =>
    caught(() =>
      session.update(() => {
        throw new Error('in update');
      }),
    ),
  '/refuses': async (session) =>
    caught(() =>
      session.get(async () => {
        throw new Error('in refresh');
      }),
    ),
  '/nothing': (session) => session.update(null as never),
  '/claims': (session) => session.update({ iat: 5, exp: 'never', mine: 1 }),
  '/throw': async (session) => {
    await session.update({ n: 'thrown' });
    throw new Error('the app failed');
  },
  '/no-error': async (session) => {
    await session.update({ n: 'thrown' });
    // oxlint-disable-next-line no-throw-literal
    throw 'no Error';
  },
  '/raw': async (session) => {
    await session.update({ raw: 1 });
    return new Response('raw', { status: 201, headers: { 'x-own': '1', 'set-cookie': 'own=1' } });
  },
  '/redirect': async (session, context) => {
    await session.update({ to: '/read' });
    return context.redirect('/read', 303);
  },
  '/delete': async (session) => [await session.get(), session.delete(), await caught(() => session.data)],
  '/delete-only': (session) => session.delete(),
  '/delete-get': async (session) => [session.delete(), await session.get()],
};
const WALK =
  '/before /set /set /nested /read /twice /refresh /no-more /throws /refuses /nothing /set /throw /no-error /raw /redirect /set /delete-get /delete /read /set /delete-only /read /none'.split(
    ' ',
  );

/** What a token holds is drawn: only that there is one. */
const steady = (text: string): string =>
  text.replace(/\beyJ[\w.-]+/g, (jwe) => `<${jwe.split('.').length} parts of a token>`);

async function run(companion: Companion | undefined, options: AppOptions) {
  // A refused cookie is printed, with an error's stack.
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  let ids = 0;
  const { origin, close } = await listenOn(ROUTES, companion, {
    ...options,
    options: { ...options.options, generateId: () => `id-${(ids += 1)}` },
  });
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
  const ended = await token({ sid: 'id-1', n: 1 }, Date.now() - 60_000);
  for (const path of ['/read', '/refresh', '/no-more', '/refuses', '/set', '/delete'])
    for (const cookie of ['sid=', 'sid=hello', `sid=${await token({ nobody: 1 })}`, 'sid=a; sid=b', `sid=${ended}`])
      await note(path, { cookie });
  await close();
  companion?.endpoint.close();
  const refusals = printed.mock.calls.map(([error]) => String(error));
  printed.mockRestore();
  return { answers, announced, refusals };
}

/** Notes what it is asked, in the order in which it is. */
class CountingStorage extends MapStorage {
  readonly calls: string[] = [];
  override get(...args: [string]) {
    this.calls.push(`get ${JSON.stringify(args)}`);
    return super.get(...args);
  }
  override set(...args: [string, Data]) {
    this.calls.push(`set ${JSON.stringify(args)}`);
    super.set(...args);
  }
  override delete(...args: [string]) {
    this.calls.push(`delete ${JSON.stringify(args)}`);
    super.delete(...args);
  }
}

class SlowStorage extends CountingStorage {
  override async get(sid: string): Promise<Data | null> {
    await new Promise(setImmediate);
    return structuredClone(super.get(sid)) as Data | null;
  }
}

const SETTINGS: Record<string, () => AppOptions & { storage?: Storage<Data> }> = {
  'the cookie': () => ({}),
  'the cookie, with an end': () => ({ options: { duration: { absolute: 900, inactivity: 60 } } }),
  'a storage': () => ({ storage: new CountingStorage() }),
  'a storage that waits and copies, with an end': () => ({
    storage: new SlowStorage(),
    options: { duration: { absolute: 900 } },
  }),
  'a request alone, below other middleware': () => ({
    storage: new CountingStorage(),
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
  expect(observed.announced).toBe(observed.answers.length);
  expect(observed.answers).toEqual(bare.answers);
  expect(observed.refusals).toEqual(bare.refusals);
  const callsOf = ({ storage }: { storage?: unknown }) => (storage as CountingStorage | undefined)?.calls;
  expect(callsOf(other)).toEqual(callsOf(one));
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
  for (const make of [SETTINGS['the cookie']!, SETTINGS['a storage']!]) {
    const bare = await run(undefined, make());
    const companion = newCompanion();
    plant(companion);
    expect((await run(companion, make())).answers).toEqual(bare.answers);
  }
});
