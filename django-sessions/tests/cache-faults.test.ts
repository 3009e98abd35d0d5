/** A cache that does not answer, or that holds what nobody can read: what its users see, and what the logger says. */
import { deflateSync } from 'node:zlib';
import { createClient } from 'redis';
import { afterAll, describe, expect, test } from 'vitest';
import { ImproperlyConfigured } from '../src/errors.ts';
import { webSessions } from '../src/middleware/web.ts';
import { createSessions, type SessionsOptions } from '../src/sessions.ts';
import { makeStore, SECRET } from './stores.ts';

const KEY = 'cachedcachedcachedcachedcached00';

function served(options: Partial<SessionsOptions>) {
  const warnings: string[] = [];
  const sessions = createSessions({
    secretKey: SECRET,
    database: ':memory:',
    logger: { warn: (message) => void warnings.push(message) },
    ...options,
  });
  const handle = webSessions(sessions, async (request, session) => {
    if (request.url.endsWith('/set')) await session.set('a', 1);
    return new Response(String(await session.get('a', 'Guest')));
  });
  const get = (path: string, key = KEY) =>
    handle(new Request(`http://app.test${path}`, { headers: { cookie: `sessionid=${key}` } }));
  return { sessions, warnings, get };
}

const UNREACHABLE = 'redis://:secret-password@127.0.0.1:1';

describe('a Redis that is gone', () => {
  test('cache: as with Django, a reader is a guest; what Django says nothing of is logged', async () => {
    const { warnings, get, sessions } = served({ engine: 'cache', cache: { url: UNREACHABLE } });
    const response = await get('/');
    expect([response.status, await response.text()]).toEqual([200, 'Guest']);
    expect(response.headers.get('set-cookie')).toContain('Max-Age=0');
    expect(warnings).toEqual([
      expect.stringContaining('A session in the cache could not be read: Error (ECONNREFUSED).'),
    ]);
    await expect(get('/set')).rejects.toThrow();
    await sessions.close();
  });

  test('cached_db: the database answers, and the logger says why', async () => {
    const { warnings, get, sessions } = served({ engine: 'cached_db', cache: { url: UNREACHABLE } });
    await sessions.createTable();
    // Filling the cache after the database has answered is an error, as in Django.
    await expect(get('/', KEY)).resolves.toMatchObject({ status: 200 });
    expect(warnings[0]).toContain("A session's copy in the cache could not be read: Error (ECONNREFUSED).");
    await sessions.close();
  });

  test('no message has the password or the key', async () => {
    const { warnings, get, sessions } = served({ engine: 'cache', cache: { url: UNREACHABLE } });
    await get('/');
    expect(warnings.join()).not.toContain('secret-password');
    expect(warnings.join()).not.toContain(KEY);
    await sessions.close();
  });
});

test.each([
  ['not a URL', 'is not a URL'],
  ['memcached://127.0.0.1:11211', 'names memcached'],
  ['http://user:secret-password@host', 'names http'],
])('the URL %j is refused before anything runs, and not repeated', (url, message) => {
  const make = () => createSessions({ secretKey: SECRET, engine: 'cache', cache: { url } });
  expect(make).toThrow(ImproperlyConfigured);
  expect(make).toThrow(message);
  expect(make).not.toThrow('secret-password');
});

const store = await makeStore('cache');
describe.skipIf(store === undefined)('a value that cannot be read', () => {
  const client = createClient({ url: store?.options.cache?.url ?? '' });
  const name = `${store?.options.cache?.keyPrefix}:1:django.contrib.sessions.cache${KEY}`;
  afterAll(async () => {
    await client.del(name);
    await client.close();
    await store!.dispose();
  });

  test.each<[string, Buffer]>([
    ['compressed, as django-redis can', deflateSync(Buffer.from([0x80, 4, 0x7d, 0x94, 0x2e]))],
    ['JSON, as django-redis can', Buffer.from('{"a": 1}')],
    ['cut off', Buffer.from([0x80, 4, 0x7d])],
  ])('%s: reads as a new session, is named by the logger, and stays as it was', async (_title, bytes) => {
    if (!client.isOpen) await client.connect();
    await client.set(name, bytes);
    const { warnings, get, sessions } = served({ engine: 'cache', cache: store!.options.cache! });
    expect(await (await get('/')).text()).toBe('Guest');
    expect(warnings).toEqual([expect.stringMatching(/^A session in the cache could not be read: .*django-redis/)]);
    await get('/set');
    expect(Buffer.from((await client.sendCommand(['GET', name], { typeMapping: { 36: Buffer } })) as Buffer)).toEqual(
      bytes,
    );
    await sessions.close();
  });
});
