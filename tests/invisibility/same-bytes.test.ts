import { expect, test } from 'vitest';
import type { SessionOptions } from 'express-session';
import { EXPRESS, type ExpressVersion, serve } from '../express-session/observed-app.ts';
import { exchangeBytes, parseAnswer, type RawAnswer, writeRequest } from './raw-http.ts';
import { buildScripted, CountingStore, TRAFFIC } from './scripted-app.ts';
import type { ObservationOptions } from '../../server-companion/node/src/adapters/express-session/observation.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';

export interface Run {
  answers: RawAnswer[];
  calls: string[];
  log: string[];
  announced: number;
}

/** Times and what is made of them are the only bytes that may differ between two runs. */
const steady = (line: string) =>
  line.replace(/(Date|date|Expires=)[^;]*GMT/g, '$1 <time>').replace(/ETag: .*/, 'ETag: <hash>');
/** The library computes the age of the cookie from its end again: the clock may have moved on by some milliseconds. */
const steadyBody = (body: string) =>
  body.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>').replace(/"originalMaxAge":5\d{4}\b/g, '"originalMaxAge":60000');

async function run(
  isObserved: boolean,
  version: ExpressVersion,
  session: Partial<SessionOptions>,
  isDressed: boolean,
  observation: ObservationOptions = {},
  prepare: (companion: Companion) => void = () => {},
): Promise<Run> {
  const store = new CountingStore();
  const log: string[] = [];
  let announced = 0;
  await using app = await serve(
    (app, factory, options) => buildScripted(app, factory, options, { store, isDressed, log }),
    { version, isObserved, session, observation },
  );
  if (app.companion) prepare(app.companion);
  const answers: RawAnswer[] = [];
  let kept = '';
  for (const step of TRAFFIC) {
    const cookie = step.cookie === 'none' ? '' : (step.cookie ?? kept);
    const headers = { ...step.headers, Origin: 'http://page.test', ...(cookie ? { Cookie: cookie } : {}) };
    const answer = parseAnswer(await exchangeBytes(app.port, writeRequest({ ...step, headers })));
    const set = answer.headers.findLast((line) => /^set-cookie: connect\.sid/i.test(line));
    if (set) kept = set.slice('Set-Cookie: '.length).split(';')[0]!;
    announced += answer.headers.filter((line) => line.startsWith('Sessionscope: ')).length;
    answers.push({
      status: answer.status,
      headers: answer.headers.filter((line) => !line.startsWith('Sessionscope: ')).map(steady),
      body: steadyBody(answer.body),
    });
  }
  return { answers, calls: store.calls, log, announced };
}

const SETTINGS: Record<string, Partial<SessionOptions>> = {
  'the usual settings': {},
  'resave and saveUninitialized': { resave: true, saveUninitialized: true },
  'rolling, with an expiry': { rolling: true, cookie: { maxAge: 60_000 } },
  'unset: destroy': { unset: 'destroy' },
  'a Secure cookie over http': { cookie: { secure: true } },
  'a cookie path': { cookie: { path: '/s' } },
};

for (const version of Object.keys(EXPRESS) as ExpressVersion[])
  for (const [name, settings] of Object.entries(SETTINGS))
    test(`${version}, ${name}: every byte, store call and error is the same with the companion`, async () => {
      const bare = await run(false, version, settings, false);
      const observed = await run(true, version, settings, false);
      expect(observed.announced).toBe(TRAFFIC.length);
      expect(bare.announced).toBe(0);
      expect({ ...observed, announced: 0 }).toEqual(bare);
    });

for (const observation of [{ proxy: false }, { deep: true }])
  test(`the same with ${JSON.stringify(observation)}`, async () => {
    const bare = await run(false, 'Express 5', {}, false);
    const observed = await run(true, 'Express 5', {}, false, observation);
    expect({ ...observed, announced: 0 }).toEqual(bare);
  });

test('the same behind helmet, cors, body parser, compression and access log', async () => {
  const bare = await run(false, 'Express 5', {}, true);
  const observed = await run(true, 'Express 5', {}, true);
  expect(observed.announced).toBe(TRAFFIC.length);
  expect({ ...observed, announced: 0 }).toEqual(bare);
});

test('a fault in every part of the recorder changes nothing and is counted', async () => {
  const bare = await run(false, 'Express 5', {}, false);
  const boom = () => {
    throw new Error('planted');
  };
  /** Each breaks one part of the recorder, wherever it is called from. */
  const faults: Record<string, (companion: Companion) => void> = {
    'log.append': ({ log }) => void Object.assign(log, { append: boom }),
    'sources.take': ({ sources }) => void Object.assign(sources, { take: boom }),
    'identity.fingerprint': ({ identity }) => void Object.assign(identity, { fingerprint: boom }),
    'identity.digest': ({ identity }) => void Object.assign(identity, { digest: boom }),
    'endpoint.handle': ({ endpoint }) => void Object.assign(endpoint, { handle: boom }),
    'log.append, with nobody left to report': ({ faults, log }) => {
      Object.assign(faults, { note: () => {} });
      Object.assign(log, { append: boom });
    },
  };
  for (const [name, plant] of Object.entries(faults)) {
    const observed = await run(true, 'Express 5', {}, false, {}, plant);
    expect({ ...observed, announced: 0 }, name).toEqual(bare);
  }
});
