/** What the framework decided about a session and its cookie, and why. */
import { expect, test } from 'vitest';
import type { SessionsOptions } from '../../django-sessions/src/sessions.ts';
import { observe } from '../../server-companion/node/src/adapters/django-sessions/observe.ts';
import { createSessions } from '../../django-sessions/src/sessions.ts';
import type { Routes } from './hosts.ts';
import { inShort, observedApp } from './observed.ts';

const OPTIONS: SessionsOptions = {
  secretKey: 'a secret of the tests',
  database: ':memory:',
  logger: { warn: () => {} },
};

const routes: Routes = async (path, session) => {
  if (path === '/set') await session.set('username', 'ann');
  if (path === '/big')
    await session.set(
      'letters',
      Array.from({ length: 1_200 }, (_, index) => index * 7_919),
    );
  if (path === '/read') await session.get('username');
  if (path === '/error') {
    await session.set('draft', 'x');
    return { status: 503 };
  }
  if (path === '/saved-error') {
    await session.set('draft', 'x');
    await session.save();
    return { status: 503 };
  }
  if (path === '/changed-after-save') {
    await session.set('draft', 'x');
    await session.save();
    await session.set('draft', 'y');
    return { status: 503 };
  }
  if (path === '/read-error') {
    await session.get('username');
    return { status: 503 };
  }
  if (path === '/saved-and-flushed') {
    await session.save();
    await session.flush();
    return { status: 503 };
  }
  if (path === '/only-saved') {
    await session.save();
    return { status: 503 };
  }
  if (path === '/same-after-save') {
    await session.set('draft', 'x');
    await session.save();
    await session.set('draft', 'x');
    await session.delete('nothing');
    return { status: 503 };
  }
  if (path === '/new-key-error') {
    await session.set('draft', 'x');
    await session.cycleKey();
    return { status: 503 };
  }
  if (path === '/begin-empty') await session.save();
  if (path === '/cleared') {
    session.clear();
    return { status: 503 };
  }
  if (path === '/only-marked') {
    session.modified = true;
    return { status: 503 };
  }
  if (path === '/failed-save') {
    await session.set('draft', 'x');
    await session.deleteRecord(session.sessionKey!);
    await session.save().catch(() => undefined);
    return { status: 503 };
  }
  if (path === '/blind-save') {
    await session.deleteRecord(session.sessionKey!);
    await session.save().catch(() => undefined);
    return { status: 503 };
  }
  if (path === '/another-deleted') {
    await session.get('username');
    session.modified = true;
    await session.deleteRecord('another'.padEnd(32, 'x'));
    return { status: 503 };
  }
  return {};
};

const SEALED: Partial<SessionsOptions> = { engine: 'signed_cookies' };

const CASES: [
  name: string,
  options: Partial<SessionsOptions>,
  paths: string[],
  record: [outcome: string, reason: string],
  cookie: [outcome: string, reason: string],
][] = [
  ['nothing touched', {}, ['/none'], ['none', 'untouched'], ['none', 'empty']],
  ['a read of nothing', {}, ['/read'], ['none', 'empty'], ['none', 'empty']],
  ['a new session', {}, ['/set'], ['saved', 'modified'], ['set', 'modified']],
  ['a read', {}, ['/set', '/read'], ['unchanged', 'not-modified'], ['none', 'not-modified']],
  [
    'every request saved',
    { saveEveryRequest: true },
    ['/set', '/read'],
    ['saved', 'save-every-request'],
    ['set', 'save-every-request'],
  ],
  ['a server error, with a cookie', {}, ['/set', '/error'], ['not-saved', 'server-error'], ['none', 'server-error']],
  ['a server error, without', {}, ['/error'], ['not-saved', 'server-error'], ['not-set', 'server-error']],
  ['saved by hand before the error', {}, ['/set', '/saved-error'], ['saved', 'app-saved'], ['none', 'server-error']],
  [
    'changed after it was saved by hand, before the error',
    {},
    ['/set', '/changed-after-save'],
    ['not-saved', 'server-error'],
    ['none', 'server-error'],
  ],
  [
    'a server error in a request that changed nothing, where every request is saved',
    { saveEveryRequest: true },
    ['/set', '/read-error'],
    ['unchanged', 'server-error'],
    ['none', 'server-error'],
  ],
  [
    'saved by hand and flushed, before the error',
    {},
    ['/saved-and-flushed'],
    ['deleted', 'flushed'],
    ['none', 'empty'],
  ],
  ['nothing but a save, before the error', {}, ['/only-saved'], ['saved', 'app-saved'], ['not-set', 'server-error']],
  [
    'the same again after it was saved by hand, before the error',
    {},
    ['/set', '/same-after-save'],
    ['saved', 'app-saved'],
    ['none', 'server-error'],
  ],
  [
    'a new key, which saves, before the error',
    {},
    ['/set', '/new-key-error'],
    ['saved', 'app-saved'],
    ['none', 'server-error'],
  ],
  [
    'cleared without a load, before the error: what the record holds is not known',
    {},
    ['/begin-empty', '/cleared'],
    ['not-compared', 'server-error'],
    ['none', 'server-error'],
  ],
  [
    'cleared without a load, before the error, of an empty cookie',
    SEALED,
    ['/begin-empty', '/cleared'],
    ['unchanged', 'server-error'],
    ['none', 'server-error'],
  ],
  [
    'cleared without a load, before the error, of a cookie with data',
    SEALED,
    ['/set', '/cleared'],
    ['not-saved', 'server-error'],
    ['none', 'server-error'],
  ],
  [
    'a save of a session that nothing had loaded, whose record was gone, before the error',
    { engine: 'cache' },
    ['/set', '/blind-save'],
    ['failed', 'app-save-failed'],
    ['none', 'not-modified'],
  ],
  [
    'only marked as changed, before the error',
    {},
    ['/set', '/only-marked'],
    ['unchanged', 'server-error'],
    ['none', 'server-error'],
  ],
  [
    'a save that failed, before the error',
    {},
    ['/set', '/failed-save'],
    ['not-saved', 'server-error'],
    ['none', 'server-error'],
  ],
  [
    "another session's record deleted, before the error",
    {},
    ['/set', '/another-deleted'],
    ['unchanged', 'server-error'],
    ['none', 'server-error'],
  ],
  // Whether a browser takes the cookie is no decision of the framework: the panel says so, for every library.
  ['Secure over http', { cookieSecure: true }, ['/set'], ['saved', 'modified'], ['set', 'modified']],
  ["another host's domain", { cookieDomain: 'shop.example' }, ['/set'], ['saved', 'modified'], ['set', 'modified']],
  ['SameSite=None', { cookieSameSite: 'None' }, ['/set'], ['saved', 'modified'], ['set', 'modified']],
  ['a cookie too long', { engine: 'signed_cookies' }, ['/big'], ['saved', 'modified'], ['set', 'modified']],
];

for (const [name, options, paths, record, cookie] of CASES)
  test(name, async () => {
    await using app = await observedApp(routes, { options: { ...OPTIONS, ...options } });
    for (const path of paths) await app.get(path);
    const { verdict } = await app.finished(paths.at(-1)!);
    expect([verdict.record.outcome, verdict.record.reason]).toEqual(record);
    expect([verdict.cookie.outcome, verdict.cookie.reason]).toEqual(cookie);
    for (const { text } of [verdict.record, verdict.cookie]) expect(text).toMatch(/^[A-Z].*\.$/);
  });

test('a session that was saved without data is not called changed', async () => {
  await using app = await observedApp(async (_path, session) => (await session.save(), {}), { options: OPTIONS });
  await app.get('/save');
  const { record } = (await app.finished('/save')).verdict;
  expect(record).toMatchObject({ outcome: 'saved', text: 'A new session without data was saved.' });
});

test('a cookie whose signature is not valid: a fresh one is saved in its place, and that is said', async () => {
  await using app = await observedApp(routes, { options: { ...OPTIONS, engine: 'signed_cookies' } });
  await app.get('/set');
  app.cookie = `${app.cookie.slice(0, -2)}xx`;
  await app.get('/read');
  const { verdict } = await app.finished('/read');
  expect(verdict.record).toMatchObject({ outcome: 'saved', reason: 'invalid-signature' });
  expect(verdict.record.text).toContain('a new and empty one was saved');
  expect(verdict.cookie).toMatchObject({ outcome: 'set' });
});

test('two cookies of one name: both are counted, and the last is taken, as in Django', async () => {
  await using app = await observedApp(routes, { options: OPTIONS });
  await app.get('/set');
  const { cookie } = app;
  await app.get('/read', { headers: { cookie: `sessionid=${'z'.repeat(32)}; ${cookie}` } });
  const started = app.events().findLast((event) => event.type === 'exchange-started')!;
  expect(started).toMatchObject({ cookie: { sent: 2, taken: 'last', signature: 'unsigned' } });
  expect((await app.operations('/read')).map(inShort)[0]).toBe('load found framework');
});

test('in production and in tests, observe gives back the very same function', () => {
  const { NODE_ENV } = process.env;
  try {
    for (const mode of ['production', 'test']) {
      process.env['NODE_ENV'] = mode;
      expect(observe(createSessions)).toBe(createSessions);
    }
    process.env['NODE_ENV'] = 'development';
    expect(observe(createSessions, { enabled: false })).toBe(createSessions);
    expect(observe(createSessions)).not.toBe(createSessions);
    expect(observe(createSessions).name).toBe('createSessions');
    expect(() => observe(createSessions, { path: 'nowhere' })).toThrow(/options\.path/);
  } finally {
    process.env['NODE_ENV'] = NODE_ENV;
  }
});

test('what the factory throws is thrown once, as it is', async () => {
  const observed = observe(createSessions, { enabled: true });
  expect(() => observed(undefined as never)).toThrow(/secretKey is missing/);
  expect(() => observed({ secretKey: '' })).toThrow(/secretKey is missing/);
});

test('the settings that decide are reported, the secret is not', async () => {
  await using app = await observedApp(routes, { options: { ...OPTIONS, saveEveryRequest: true } });
  const epoch = app.events().findLast((event) => event.type === 'epoch-started')!;
  expect(epoch).toMatchObject({
    middlewares: [
      {
        library: '@sessionscope/django-sessions',
        libraryVersion: '0.1.0',
        store: 'db',
        recordsIn: 'process',
        cookieNames: ['sessionid'],
        settings: { saveEveryRequest: 'true', cookieSameSite: "'Lax'", engine: "'db'" },
      },
    ],
  });
  expect(JSON.stringify(epoch)).not.toContain(OPTIONS.secretKey);
});
