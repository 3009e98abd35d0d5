/** What holds for every session library that is observed: each case once, run on every subject. */
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'vitest';
import type { ExchangeFinished, OperationRecorded, Position, SessionscopeEvent } from '../../../protocol/index.ts';
import { CHROMIUM_EXTENSION_ID } from '../../../extension-identity.ts';
import { until } from '../../browsers/until.ts';
import { EVERYTHING, newCompanion } from '../../express-session/observed-app.ts';
import type { Companion } from '../../../server-companion/node/src/core/companion.ts';
import { type Answered, ask, Jar, run } from './running.ts';
import type { Capabilities, Routes, Subject } from './subject.ts';

export interface Case {
  name: string;
  /** Without which it does not apply. */
  needs?: keyof Capabilities;
  run(subject: Subject): Promise<void>;
  /** Milliseconds, where it does much. @default that of every test */
  timeout?: number;
}

const EXTENSION = `chrome-extension://${CHROMIUM_EXTENSION_ID}`;
const THIS_FILE = 'tests/adapters/conformance/cases.ts';

/** `set cart`, `load found`: an operation in a word or two. */
const inShort = ({ operation, path, outcome, hit, inferred }: OperationRecorded): string =>
  [operation, ...(path ?? []), outcome ?? '', hit === false ? 'miss' : '', inferred ? 'inferred' : '']
    .filter((part) => part !== '')
    .join(' ');

/** What the app does with the session, but for the saves of a library that leaves them to it. */
const byApp = (operations: readonly OperationRecorded[]) =>
  operations.filter(({ actor, operation }) => actor === 'app' && operation !== 'save');
const find = (operations: readonly OperationRecorded[], name: OperationRecorded['operation']) =>
  operations.find(({ operation }) => operation === name);

const seed: Routes = {
  '/seed': async ({ session }) => {
    await session.set('a', 1);
    await session.set('cart', { items: [1] });
    return 'ok';
  },
};

/** All events of a log in which so many requests have ended. Each is read once: there are thousands. */
async function allOf({ log }: Companion, requests: number): Promise<SessionscopeEvent[]> {
  const all: SessionscopeEvent[] = [];
  let after: Position | null = null;
  let ended = 0;
  await until(
    () => {
      for (let more = true; more;) {
        const reading = log.read(after, EVERYTHING, 2_000);
        all.push(...reading.events);
        ended += reading.events.filter(({ type }) => type === 'exchange-finished').length;
        ({ next: after, more } = reading);
      }
      return ended >= requests;
    },
    'the end of every request',
    60_000,
  );
  return all;
}

/** How many requests are answered at once, and how many of their connections there are. */
const MANY = 2_000;
const CONNECTIONS = 200;

export const CASES: readonly Case[] = [
  {
    name: 'a new session: begun, written with its line, saved, its cookie set',
    async run(subject) {
      await using app = await run(subject, seed);
      await app.get('/seed');
      // h3 saves a new session by itself before it gives it to the app.
      const isOwnSave = ({ operation, actor }: OperationRecorded) =>
        operation === 'save' && actor === 'framework' && subject.commit === 'explicit';
      const operations = (await app.operations('/seed')).filter((operation) => !isOwnSave(operation));
      expect(operations.map(inShort).filter((name) => name !== 'load none-sent')).toEqual([
        'create',
        'set a',
        'set cart',
        'save done',
      ]);
      const set = find(operations, 'set')!;
      expect(set).toMatchObject({ actor: 'app', path: ['a'], after: 1 });
      expect(set.source!.frames[0]).toMatchObject({ kind: 'app' });
      expect(set.source!.frames.map(({ file }) => file)).toContain(THIS_FILE);
      const save = find(operations, 'save')!;
      const actor = subject.commit === 'explicit' ? 'app' : 'framework';
      expect(save).toMatchObject({ actor, keys: 2, state: { a: 1, cart: { items: [1] } } });
      const { verdict, sessionBefore, sessionAfter, faults } = await app.finished('/seed');
      expect([verdict.record.outcome, verdict.cookie.outcome]).toEqual(['saved', 'set']);
      expect(sessionBefore).toBeNull();
      expect(sessionAfter).toMatch(/^[0-9a-f]{12}$/);
      expect(faults).toBeUndefined();
      expect(app.started('/seed')).toMatchObject({ method: 'GET', cookie: { name: subject.cookieNames[0], sent: 0 } });
    },
  },
  {
    name: 'a loaded session: what it holds, reads that hit and miss, a listing',
    async run(subject) {
      await using app = await run(subject, {
        ...seed,
        '/read': async ({ session }) => {
          const found = [await session.get('a'), await session.get('never'), await session.has('a')];
          return JSON.stringify([...found, await session.has('never'), await session.keys()]);
        },
      });
      await app.get('/seed');
      const { body } = await app.get('/read');
      expect(JSON.parse(body)).toEqual([1, null, true, false, ['a', 'cart']]);
      const operations = await app.operations('/read');
      expect(find(operations, 'load')).toMatchObject({
        outcome: 'found',
        state: { a: 1, cart: { items: [1] } },
        keys: 2,
      });
      const reads = byApp(operations).filter(({ operation }) => operation === 'get');
      expect(reads.map(({ path, hit }) => [path?.[0], hit]).slice(0, 4)).toEqual([
        ['a', true],
        ['never', false],
        ['a', true],
        ['never', false],
      ]);
      expect(reads.at(-1)).toMatchObject({ keys: 2 });
      expect(reads[0]!.after).toBe(1);
      const { sessionBefore, sessionAfter, verdict } = await app.finished('/read');
      expect(sessionAfter).toBe(sessionBefore);
      expect(['unchanged', 'touched']).toContain(verdict.record.outcome);
    },
  },
  {
    name: 'writes and deletions, with the value before',
    needs: 'valueBefore',
    async run(subject) {
      await using app = await run(subject, {
        ...seed,
        '/change': async ({ session }) => {
          await session.set('a', 2);
          await session.delete('a');
          return 'ok';
        },
      });
      await app.get('/seed');
      await app.get('/change');
      const operations = byApp(await app.operations('/change'));
      expect(operations.map(inShort)).toEqual(['set a', 'delete a']);
      expect(operations[0]).toMatchObject({ before: 1, after: 2 });
      expect(operations[1]).toMatchObject({ before: 2 });
    },
  },
  {
    name: 'a nested change is found by comparison and tied to the read that handed the value out',
    async run(subject) {
      await using app = await run(subject, {
        ...seed,
        '/push': async ({ session }) => {
          ((await session.get('cart')) as { items: number[] }).items.push(2);
          return 'ok';
        },
      });
      await app.get('/seed');
      await app.get('/push');
      const operations = await app.operations('/push');
      const [get, change] = byApp(operations);
      expect(inShort(get!)).toBe('get cart');
      expect(change).toMatchObject({
        operation: 'set',
        path: ['cart', 'items', 1],
        after: 2,
        inferred: true,
        via: get!.seq,
      });
      expect(change!.source).toEqual(get!.source);
    },
  },
  {
    name: 'keys and values of any length keep to the bounds of the wire',
    async run(subject) {
      const long = 'k'.repeat(1_000);
      await using app = await run(subject, {
        '/long': async ({ session }) => {
          await session.set(long, 'v'.repeat(1_900));
          await session.set('', 1);
          await session.set('__proto__x', 1);
          return String(String(await session.get(long)).length);
        },
      });
      expect((await app.get('/long')).body).toBe('1900');
      expect((await app.finished('/long')).faults).toBeUndefined();
      // Each event was parsed as the panel parses it.
      expect(byApp(await app.operations('/long')).length).toBeGreaterThanOrEqual(4);
    },
  },
  {
    name: 'getters of the app run as often as without us',
    async run(subject) {
      const count = async (companion: Companion | undefined) => {
        let calls = 0;
        const { origin, close } = await subject.serve(
          {
            '/getter': async ({ session }) => {
              const value = {
                get counted() {
                  calls += 1;
                  return 1;
                },
              };
              await session.set('g', value);
              await session.get('g');
              return 'ok';
            },
          },
          { companion },
        );
        await ask(origin, '/getter');
        await close();
        companion?.endpoint.close();
        return calls;
      };
      expect(await count(newCompanion())).toBe(await count(undefined));
    },
  },
  {
    name: 'a rotation of the key: which became which',
    needs: 'rotation',
    async run(subject) {
      await using app = await run(subject, {
        ...seed,
        '/rotate': async ({ session }) => {
          await session.get('a');
          await session.rotate();
          return 'ok';
        },
      });
      await app.get('/seed');
      await app.get('/rotate');
      const rotation = find(await app.operations('/rotate'), 'cycle-key')!;
      const { sessionBefore, sessionAfter } = await app.finished('/rotate');
      expect(rotation).toMatchObject({ from: sessionBefore, to: sessionAfter });
      expect(sessionAfter).not.toBe(sessionBefore);
      expect(rotation.source!.frames.map(({ file }) => file)).toContain(THIS_FILE);
    },
  },
  {
    name: 'the end of a session: what was in it, and no session after it',
    async run(subject) {
      await using app = await run(subject, {
        ...seed,
        '/logout': async ({ session }) => {
          await session.get('a');
          await session.end();
          return 'ok';
        },
      });
      await app.get('/seed');
      await app.get('/logout');
      const flush = find(await app.operations('/logout'), 'flush')!;
      const { sessionBefore, sessionAfter, verdict } = await app.finished('/logout');
      expect(flush).toMatchObject({
        actor: 'app',
        from: sessionBefore,
        to: null,
        before: { a: 1, cart: { items: [1] } },
      });
      expect(sessionAfter).toBeNull();
      expect(verdict.record.outcome).toBe('deleted');
    },
  },
  {
    name: 'an end of its own',
    needs: 'expiry',
    async run(subject) {
      await using app = await run(subject, {
        '/expire': async ({ session }) => {
          await session.set('a', 1);
          await session.endsIn(60_000);
          return 'ok';
        },
      });
      const before = Date.now();
      await app.get('/expire');
      const operation = find(await app.operations('/expire'), 'set-expiry')!;
      expect(operation.expiry!.sessionAt).toBeGreaterThan(before + 58_000);
      expect(operation.expiry!.sessionAt).toBeLessThan(Date.now() + 62_000);
      expect((await app.finished('/expire')).expiry!.cookieAt).toBeGreaterThan(before + 57_000);
    },
  },
  {
    name: 'the session in memory while the request runs, and the record after it',
    needs: 'record',
    async run(subject) {
      let look: () => void = () => undefined;
      let goOn: () => void = () => undefined;
      const isLooked = new Promise<void>((resolve) => (look = resolve));
      const isOver = new Promise<void>((resolve) => (goOn = resolve));
      await using app = await run(subject, {
        ...seed,
        '/slow': async ({ session }) => {
          await session.get('a');
          await session.set('b', 2);
          look();
          await isOver;
          return 'ok';
        },
      });
      await app.get('/seed');
      const [middleware] = app.companion.middlewares();
      const { sessionAfter } = await app.finished('/seed');
      const answered = app.get('/slow');
      await isLooked;
      const memory = middleware!.readMemory(sessionAfter!, EVERYTHING);
      goOn();
      await answered;
      expect(memory).toMatchObject([{ state: { a: 1, cart: { items: [1] }, b: 2 } }]);
      const saved = (await app.finished('/slow')).sessionAfter!;
      const reading = await middleware!.readStore(middleware!.keyOf(saved)!, EVERYTHING);
      expect(reading).toMatchObject({ outcome: 'found', state: { a: 1, cart: { items: [1] }, b: 2 } });
    },
  },
  {
    name: 'a store that fails: the app is answered as ever, the verdict says why',
    needs: 'storeErrors',
    async run(subject) {
      await using app = await run(subject, seed, { failing: true });
      await app.get('/seed');
      const { verdict, faults } = await app.finished('/seed');
      expect(verdict.record).toMatchObject({ outcome: 'failed', text: expect.stringContaining('the disk is full') });
      expect(find(await app.operations('/seed'), 'save')).toMatchObject({ outcome: 'error' });
      expect(faults).toBeUndefined();
    },
  },
  {
    name: 'an app that throws: a 500 of its own, and what it did before is recorded',
    async run(subject) {
      await using app = await run(subject, {
        ...seed,
        '/throw': async ({ session }) => {
          await session.set('a', 2);
          throw Object.assign(new Error('the app failed'), { status: 500 });
        },
      });
      await app.get('/seed');
      expect((await app.get('/throw')).status).toBe(500);
      const { status, faults } = await app.finished('/throw');
      expect(status).toBe(500);
      expect(faults).toBeUndefined();
      expect(byApp(await app.operations('/throw')).map(inShort)).toEqual(['set a']);
    },
  },
  {
    name: 'a change after the head has left sets no cookie, and the verdict says so',
    needs: 'streaming',
    async run(subject) {
      await using app = await run(subject, {
        '/stream': async ({ session, begin }) => {
          begin('first');
          await session.set('a', 1);
          return undefined;
        },
      });
      const answer = await app.get('/stream');
      expect(answer.headers.some(([name]) => name.toLowerCase() === 'set-cookie')).toBe(false);
      const { cookie } = (await app.finished('/stream')).verdict;
      expect(['not-set', 'none']).toContain(cookie.outcome);
      expect(cookie.due).toBe(true);
    },
  },
  {
    name: 'a client that goes away: pending, and then what happened',
    async run(subject) {
      let goOn: () => void = () => undefined;
      let begun: () => void = () => undefined;
      const isBegun = new Promise<void>((resolve) => (begun = resolve));
      const isOver = new Promise<void>((resolve) => (goOn = resolve));
      await using app = await run(subject, {
        '/slow': async ({ session }) => {
          await session.set('a', 1);
          begun();
          await isOver;
          return 'ok';
        },
      });
      const { hostname, port } = new URL(app.origin);
      const socket = connect(Number(port), hostname);
      socket.write(`GET /slow HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
      await isBegun;
      socket.destroy();
      const pending = await app.finished('/slow');
      expect(pending).toMatchObject({ ending: 'aborted', verdict: { record: { outcome: 'pending' } } });
      goOn();
      const last = await until(async () => {
        const finished = await app.finished('/slow');
        return finished.verdict.record.outcome === 'pending' ? undefined : finished;
      }, 'the second end');
      expect((last as ExchangeFinished).exchange).toBe(pending.exchange);
      expect(last.seq).toBeGreaterThan(pending.seq);
    },
  },
  {
    name: `each operation belongs to its own request, of ${MANY.toLocaleString('en')} that run together`,
    timeout: 120_000,
    async run(subject) {
      const companion = newCompanion({ limits: { events: 100_000, bytes: 256 * 1024 * 1024 } });
      await using app = await run(
        subject,
        Object.fromEntries(
          Array.from({ length: MANY }, (_, at) => [
            `/n/${at}`,
            async ({ session }: Parameters<Routes[string]>[0]) => {
              await session.set('mine', at);
              await new Promise((resolve) => setTimeout(resolve, at % 7));
              return String(await session.get('mine'));
            },
          ]),
        ),
        { companion },
      );
      const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, at) => ask(app.origin, `/n/${at}`, { agent })),
      );
      agent.destroy();
      expect(answers.every(({ body }, at) => body === String(at))).toBe(true);
      const events = await allOf(companion, MANY);
      const numberOf = new Map<string, number>();
      for (const event of events)
        if (event.type === 'exchange-started') numberOf.set(event.exchange, Number(event.path.slice('/n/'.length)));
      const wrong = events.filter(
        (event) =>
          event.type === 'operation-recorded' &&
          event.path?.[0] === 'mine' &&
          event.after !== numberOf.get(event.exchange ?? ''),
      );
      const written = events.filter((event) => event.type === 'operation-recorded' && event.operation === 'set');
      expect(wrong).toEqual([]);
      expect(written).toHaveLength(MANY);
    },
  },
  {
    name: 'the same bytes with and without, but for one header',
    run: async (subject) => {
      const bare = await traffic(subject, undefined);
      const observed = await traffic(subject, newCompanion());
      expect(bare.announced).toBe(0);
      expect(observed.announced).toBe(observed.answers.length);
      expect(observed.answers).toEqual(bare.answers);
    },
  },
  {
    name: 'a fault in any part of the companion changes nothing',
    async run(subject) {
      const bare = await traffic(subject, undefined);
      for (const [name, plant] of Object.entries(FAULTS)) {
        const companion = newCompanion();
        plant(companion);
        expect((await traffic(subject, companion)).answers, name).toEqual(bare.answers);
      }
    },
  },
  {
    name: 'the endpoint: who may ask, and that the cookies of a session prove it',
    async run(subject) {
      await using app = await run(subject, seed);
      await app.get('/seed');
      await app.finished('/seed');
      const call = (origin: string, name: string, body: object, headers: Record<string, string> = {}) =>
        ask(origin, `/__sessionscope__/v1/${name}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: EXTENSION, ...headers },
          body: JSON.stringify(body),
        });
      const hello = { versions: [1] };
      expect((await call(app.origin, 'hello', hello, { host: 'evil.test' })).status).toBe(403);
      expect((await call(app.origin, 'hello', hello, { origin: 'https://evil.test' })).status).toBe(403);
      const greeting = await call(app.origin, 'hello', hello);
      expect(greeting.status).toBe(200);
      const { directListener, libraries } = JSON.parse(greeting.body) as {
        directListener: { origin: string };
        libraries: { cookieNames: string[] }[];
      };
      expect(libraries.map(({ cookieNames }) => cookieNames)).toEqual([subject.cookieNames]);
      const cookies = [...app.jar].map(([name, value]) => ({ name, value }));
      const events = (proofs: object) => ({ v: 1, proofs, after: null, wait: false });
      expect((await call(app.origin, 'events', events({ cookies }))).status).toBe(403);
      expect((await call(directListener.origin, 'events', events({ cookies: [] }))).status).toBe(403);
      const forged = cookies.map(({ name, value }) => ({ name, value: `${value.slice(0, -3)}xyz` }));
      const seen = async (sent: object) => {
        const { status, body } = await call(directListener.origin, 'events', events({ cookies: sent }));
        return status === 200 && /"operation":"set"/.test(body);
      };
      expect(await seen(cookies)).toBe(true);
      expect(await seen(forged)).toBe(false);
      if (cookies.length > 1) expect(await seen([cookies[0]])).toBe(false);
    },
  },
];

/** Times, random keys and what follows from them are the only bytes that may differ between two runs. */
const steady = (line: string) =>
  line
    .replace(/(Date|date|Expires|expires)([=:] ?)[^;]*GMT/g, '$1$2<time>')
    .replace(
      /^(set-cookie: (?:connect\.sid|sessionid|iron|h3|sealed|hono_id|hono_sealed|sid|astro-session|koa\.sess(?:\.sig)?|sessionId)=)[^;]+/i,
      '$1<key>',
    );

const TRAFFIC: Routes = {
  ...seed,
  '/read': async ({ session }) =>
    JSON.stringify([await session.get('a'), await session.has('b'), await session.keys()]),
  '/change': async ({ session }) => {
    await session.set('b', { deep: [1, 2] });
    await session.delete('a');
    return 'changed';
  },
  '/push': async ({ session }) => {
    ((await session.get('cart')) as { items: number[] }).items.push(2);
    return JSON.stringify(await session.get('cart'));
  },
  '/redirect': async ({ session }) => {
    await session.set('to', '/read');
    return { to: '/read' };
  },
  '/rotate': async ({ session }) => {
    await session.rotate();
    return JSON.stringify(await session.keys());
  },
  '/throw': async ({ session }) => {
    await session.set('a', 3);
    throw Object.assign(new Error('the app failed'), { status: 500, name: 'Unhandled' });
  },
  '/logout': async ({ session }) => {
    await session.end();
    return 'bye';
  },
  '/nothing': async () => 'nothing',
};
const ORDER = '/read /seed /read /change /push /push /redirect /rotate /seed /throw /read /nothing /logout /read /none';

async function traffic(subject: Subject, companion: Companion | undefined) {
  const { origin, close } = await subject.serve(TRAFFIC, { companion });
  const jar = new Jar();
  const answers: (Omit<Answered, 'headers'> & { headers: string[] })[] = [];
  let announced = 0;
  try {
    for (const path of ORDER.split(' ')) {
      const answer = await ask(origin, path, { headers: jar.headers });
      jar.keep(answer);
      const isOurs = ([name]: [string, string]) => name.toLowerCase() === 'sessionscope';
      announced += answer.headers.filter(isOurs).length;
      const headers = answer.headers
        .filter((pair) => !isOurs(pair))
        .map(([name, value]) => steady(`${name}: ${value}`));
      // A stack may name our functions between the app's and the library's.
      const isPage = answer.status === 500;
      answers.push({
        status: answer.status,
        headers: isPage ? headers.filter((line) => !/^content-length/i.test(line)) : headers,
        body: isPage ? '' : answer.body,
      });
    }
  } finally {
    await close();
    companion?.endpoint.close();
  }
  return { answers, announced };
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
  'endpoint.handle': ({ endpoint }) => void Object.assign(endpoint, { handle: boom, handleFetch: boom }),
  'log.append, with nobody left to note it': ({ faults, log }) => {
    Object.assign(faults, { note: () => undefined });
    Object.assign(log, { append: boom });
  },
};
