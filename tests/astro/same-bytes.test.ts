/** With and without the companion an app answers the same bytes, but for one header, and its driver gets the same calls. */
import { describe, expect, test, vi } from 'vitest';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { ask, Jar } from '../adapters/conformance/running.ts';
import { newCompanion } from '../express-session/observed-app.ts';
import { type Handler, hasRegistry, listenOn, type Records } from './built-app.ts';

const caught = async (run: () => unknown): Promise<string> => {
  try {
    return JSON.stringify(await run());
  } catch (error) {
    return String(error);
  }
};

const ROUTES: Record<string, Handler> = {
  '/set': async (session) => {
    session.set('n', (((await session.get('n')) as number | undefined) ?? 0) + 1);
    return [await session.get('n'), typeof session.sessionID];
  },
  '/bare': (session) => session.set('bare', { deep: [1] }),
  '/bare-delete': (session) => session.delete('bare'),
  '/nested': async (session) => {
    const bare = (await session.get('bare')) as { deep: number[] } | undefined;
    bare?.deep.push(2);
    return [bare, await session.get('bare'), bare === (await session.get('bare'))];
  },
  '/read': async (session, context) => [
    [...(await session.keys())],
    await session.values(),
    await session.entries(),
    [await session.has('n'), await session.has('never'), await session.get('never')],
    [session === context.session, Object.keys(session), Object.getOwnPropertyNames(session)],
    [session.get.name, session.get.length, session.set.length, session.constructor.name, 'get' in session],
    [Object.getOwnPropertyNames(Object.getPrototypeOf(session))],
  ],
  '/refused': async (session) => [
    await caught(() => session.set('', 1)),
    await caught(() => session.set('f', () => 1)),
    await caught(() => session.get.call({} as never, 'n')),
  ],
  '/ttl': (session) => session.set('short', 1, { ttl: 600 }),
  '/twice': async (session) => Promise.all([session.get('n'), session.get('never'), session.has('n')]),
  '/regenerate': async (session) => {
    await session.regenerate();
    return [await session.get('n')];
  },
  '/regenerate-bare': (session) => session.regenerate(),
  '/load': async (session) => {
    await session.load('00000000-0000-4000-8000-000000000000');
    return session.get('n');
  },
  '/destroy': (session) => session.destroy(),
  '/destroy-set': (session) => {
    session.destroy();
    session.set('after', 1);
  },
  '/set-destroy-set': (session) => {
    session.set('before', 1);
    session.destroy();
    session.set('after', 1);
  },
  '/destroy-read': async (session) => {
    await session.get('n');
    session.destroy();
    return [(await session.get('n')) ?? null, session.sessionID ?? null];
  },
  '/throw': (session) => {
    session.set('n', 'thrown');
    throw new Error('the app failed');
  },
  '/redirect': (session, context) => {
    session.set('to', '/read');
    return context.redirect('/read', 303);
  },
  '/cookie': (session, context) => {
    session.set('n', 5);
    context.cookies.set('own', '1');
    return new Response('raw', { status: 201, headers: { 'x-own': '1' } });
  },
};
const WALK =
  '/read /set /set /bare /bare-delete /bare /nested /nested /read /refused /ttl /twice /regenerate /regenerate-bare /read /throw /redirect /cookie /page /set-destroy-set /set /destroy-read /read /set /destroy-set /load /destroy /read /set-destroy-set /bare-delete /none'.split(
    ' ',
  );

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;

/** Notes what it is asked; an ID by the order in which it came. */
function noting() {
  const calls: string[] = [];
  const ids: string[] = [];
  const records = new Map<string, unknown>();
  const named = (id: string): string => {
    if (!ids.includes(id)) ids.push(id);
    return `id ${ids.indexOf(id)}`;
  };
  const steady = (text: string): string => text.replaceAll(UUID, named).replace(/(?<="expires":|,)\d{13}/g, 'time');
  const noted: Records = {
    get: (id) => (calls.push(`get ${named(id)}`), records.get(id)),
    set: (id, value) => (calls.push(`set ${named(id)} ${steady(String(value))}`), records.set(id, value)),
    delete: (id) => (calls.push(`delete ${named(id)}`), records.delete(id)),
  };
  return { calls, steady, noted };
}

async function run(companion: Companion | undefined) {
  const printed = [
    vi.spyOn(console, 'error').mockImplementation(() => undefined),
    vi.spyOn(console, 'log').mockImplementation(() => undefined),
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true),
  ];
  const { calls, steady, noted } = noting();
  const { origin, close } = await listenOn(ROUTES, companion, { records: noted });
  const jar = new Jar();
  const answers: unknown[] = [];
  let announced = 0;
  const note = async (path: string, headers: Record<string, string>) => {
    const answer = await ask(origin, path, { headers });
    const isOurs = ([name]: [string, string]) => name.toLowerCase() === 'sessionscope';
    announced += answer.headers.filter(isOurs).length;
    const kept = answer.headers.filter((one) => !isOurs(one) && one[0].toLowerCase() !== 'date');
    answers.push([path, answer.status, steady(answer.body), kept.map(([name, text]) => `${name}: ${steady(text)}`)]);
    return answer;
  };
  for (const path of WALK) jar.keep(await note(path, jar.headers));
  const gone = '0b1f3b0e-7a53-4c8e-9d3b-000000000002';
  for (const path of ['/read', '/set', '/bare', '/bare-delete', '/regenerate', '/destroy', '/twice'])
    for (const value of ['', 'hello', gone]) await note(path, { cookie: `astro-session=${value}` });
  await close();
  companion?.endpoint.close();
  for (const one of printed) one.mockRestore();
  return { answers, announced, calls };
}

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

describe.skipIf(!hasRegistry)('Astro', () => {
  test('the same bytes, the same calls', async () => {
    const bare = await run(undefined);
    const observed = await run(newCompanion());
    expect(bare.announced).toBe(0);
    expect(observed.announced).toBe(observed.answers.length);
    expect(observed.answers).toEqual(bare.answers);
    expect(observed.calls).toEqual(bare.calls);
  });

  test.each(Object.entries(FAULTS))('a fault in %s changes nothing', async (_name, plant) => {
    const bare = await run(undefined);
    const companion = newCompanion();
    plant(companion);
    const observed = await run(companion);
    expect(observed.answers).toEqual(bare.answers);
    expect(observed.calls).toEqual(bare.calls);
  });
});
