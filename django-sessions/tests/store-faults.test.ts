/** A store that never answers, and calls at once on one session: bounded, and in order. */
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreTimeoutError } from '../src/errors.ts';
import { webSessions } from '../src/middleware/web.ts';
import { createSessions, type SessionsOptions } from '../src/sessions.ts';
import { ImproperlyConfigured } from '../src/errors.ts';
import { makeStore, STORE_NAMES } from './stores.ts';

const KEY = 'silentsilentsilentsilentsilent00';
const LIMIT_MS = 200;

describe('a store that accepts and never answers', () => {
  let silent: Server;
  let port: number;
  beforeAll(async () => {
    silent = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    ({ port } = silent.address() as AddressInfo);
  });
  afterAll(() => void silent.close());

  test.each<[string, () => Partial<SessionsOptions>]>([
    ['PostgreSQL', () => ({ database: `postgres://user@127.0.0.1:${port}/db` })],
    ['MySQL', () => ({ database: `mysql://user@127.0.0.1:${port}/db` })],
    ['Redis', () => ({ engine: 'cache', cache: { url: `redis://127.0.0.1:${port}` } })],
    ['a store of your own', () => ({ engine: 'cache', cache: { store: { get: never, set: never, delete: never } } })],
  ])('%s: the request ends, with an error that says so', async (_name, options) => {
    const sessions = createSessions({
      secretKey: 'x',
      storeTimeout: LIMIT_MS,
      logger: { warn() {} },
      ...options(),
    });
    const handle = webSessions(sessions, async (request, session) => {
      if (request.url.endsWith('/exists')) await session.exists(KEY);
      else if (request.url.endsWith('/flush')) await session.flush();
      else if (request.url.endsWith('/new')) await session.set('a', 1);
      return new Response();
    });
    for (const path of ['/exists', '/flush', '/new']) {
      const cookie = path === '/new' ? '' : `sessionid=${KEY}`;
      await expect(handle(new Request(`http://app.test${path}`, { headers: { cookie } })), path).rejects.toThrow(
        StoreTimeoutError,
      );
    }
    const load = sessions.open(KEY).keys();
    await expect(load).rejects.toThrow(`The session's store did not answer a load within ${LIMIT_MS} ms.`);
  });

  test('a time that is none is refused; 0 waits for ever', () => {
    const make = (storeTimeout: unknown) => createSessions({ secretKey: 'x', storeTimeout: storeTimeout as number });
    for (const value of [-1, Number.NaN, '5', Number.POSITIVE_INFINITY])
      expect(() => make(value)).toThrow(ImproperlyConfigured);
    expect(make(0).settings.storeTimeout).toBe(0);
    expect(createSessions({ secretKey: 'x' }).settings.storeTimeout).toBe(30_000);
  });
});

const never = (): Promise<never> => new Promise(() => {});

describe.each(STORE_NAMES.filter((name) => name !== 'signed_cookies'))('calls at once, %s', (name) => {
  test('saves of a new session make one record', async () => {
    const store = await makeStore(name);
    if (store === undefined) return;
    const sessions = createSessions(store.options);
    await sessions.createTable();
    const made = new Set<string>();
    for (let round = 0; round < 10; round++) {
      const session = sessions.open();
      await session.set('a', round);
      await Promise.all([session.save(), session.save(), session.save()]);
      made.add(session.sessionKey!);
      expect(await sessions.open(session.sessionKey).get('a')).toBe(round);
    }
    if (name !== 'cache') {
      const listed = [];
      for await (const { sessionKey } of sessions.list()) listed.push(sessionKey);
      expect(listed.toSorted()).toEqual([...made].toSorted());
    }
    await sessions.close();
    await store.dispose();
  });

  test('a save, a new key and a logout are done in the order in which they were called', async () => {
    const store = await makeStore(name);
    if (store === undefined) return;
    const sessions = createSessions(store.options);
    await sessions.createTable();
    const session = sessions.open();
    await session.set('a', 1);
    await Promise.all([session.save(), session.cycleKey(), session.save()]);
    const key = session.sessionKey!;
    expect(await sessions.open(key).get('a')).toBe(1);
    await Promise.all([session.cycleKey(), session.flush()]);
    expect(session.sessionKey).toBeNull();
    if (name !== 'cache') for await (const { sessionKey } of sessions.list()) expect(sessionKey).toBeUndefined();
    expect(await sessions.open(key).keys()).toEqual([]);
    await sessions.close();
    await store.dispose();
  });
});
