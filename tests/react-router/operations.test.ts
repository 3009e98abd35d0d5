/** What is recorded of React Router's sessions, in both versions, with each kind of storage. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCookie } from 'react-router';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { EVERYTHING } from '../express-session/observed-app.ts';
import { cookieOf, type Handler, serve, STORAGES } from './observed-app.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessionscope-react-router-'));
  process.env['TEST_SESSIONS'] = folder;
});
afterAll(() => {
  delete process.env['TEST_SESSIONS'];
  rmSync(folder, { recursive: true, force: true });
});

const inShort = ({ operation, path, outcome, hit, inferred }: OperationRecorded) =>
  [operation, ...(path ?? []), outcome ?? '', hit === false ? 'miss' : '', inferred ? 'inferred' : '']
    .filter((part) => part !== '')
    .join(' ');

const FILE = 'tests/react-router/operations.test.ts';

const ROUTES: Record<string, Handler> = {
  '/login': async ({ getSession, commitSession }, request) => {
    const session = await getSession(cookieOf(request));
    session.set('user', { name: 'ada' });
    session.flash('notice', 'welcome');
    return new Response('in', { headers: { 'Set-Cookie': await commitSession(session) } });
  },
  '/visit': async ({ getSession, commitSession }, request) => {
    const session = await getSession(cookieOf(request));
    const seen = [session.get('notice'), session.get('notice'), session.has('user'), session.get('never')];
    session.get('user').visits = 1;
    const headers = { 'Set-Cookie': await commitSession(session) };
    return Response.json([...seen, session.data], { headers });
  },
  '/logout': async ({ getSession, destroySession }, request) => {
    const session = await getSession(cookieOf(request));
    session.unset('never');
    return new Response('out', { headers: { 'Set-Cookie': await destroySession(session) } });
  },
};

describe.each(Object.keys(STORAGES))('%s', (kind) => {
  const isSealed = kind.startsWith('cookie');

  test('a login, a visit and a logout: each use with its line, and what the cookie became', async () => {
    await using app = await serve(ROUTES, kind);
    await app.get('/login');
    const login = await app.operations('/login');
    expect(login.map(inShort)).toEqual(['create', 'set user', 'set __flash_notice__', 'save done']);
    for (const { source } of login) expect(source!.frames[0]).toMatchObject({ file: FILE, kind: 'app' });
    const created = await app.finished('/login');
    expect(created).toMatchObject({
      sessionBefore: null,
      verdict: { record: { outcome: 'saved', reason: 'new-session' }, cookie: { outcome: 'set', reason: 'committed' } },
    });
    expect(login.at(-1)).toMatchObject({ session: created.sessionAfter, stored: { user: { name: 'ada' } } });

    const { body } = await app.get('/visit');
    expect(JSON.parse(body)).toEqual(['welcome', null, true, null, { user: { name: 'ada', visits: 1 } }]);
    const visit = await app.operations('/visit');
    expect(visit.map(inShort)).toEqual([
      'load found',
      'get __flash_notice__',
      'delete __flash_notice__',
      'get notice miss',
      'get user',
      'get never miss',
      'get user',
      'set user visits inferred',
      'save done',
      'get',
    ]);
    const visited = await app.finished('/visit');
    expect(visited.sessionBefore).toBe(created.sessionAfter);
    expect(visited.sessionAfter === created.sessionAfter).toBe(!isSealed);
    if (isSealed) expect(visit[8]).toMatchObject({ from: created.sessionAfter, to: visited.sessionAfter });

    const [middleware] = app.companion.middlewares();
    const [[name, value]] = [...app.jar] as [[string, string]];
    const fingerprint = visited.sessionAfter;
    expect(middleware!.prove({ name, value }, [])).toMatchObject({ signature: 'valid', fingerprint });
    expect(middleware!.prove({ name, value: `${value.slice(0, -4)}AAAA` }, [])?.key).toBeUndefined();
    expect(await middleware!.readStore(middleware!.keyOf(fingerprint!)!, EVERYTHING)).toMatchObject({
      outcome: isSealed ? 'found' : 'unreadable',
    });

    await app.get('/logout');
    const logout = await app.operations('/logout');
    expect(logout.map(inShort)).toEqual(['load found', 'delete never miss', 'flush']);
    const flush = logout.at(-1)!;
    expect(flush).toMatchObject({ from: fingerprint, to: null, before: { user: { name: 'ada', visits: 1 } } });
    const ended = await app.finished('/logout');
    expect(ended).toMatchObject({
      sessionAfter: null,
      verdict: { record: { outcome: 'deleted' }, cookie: { outcome: 'expired', reason: 'cleared' } },
    });
    expect(ended.faults).toBeUndefined();
  });

  test('a cookie that is refused begins empty', async () => {
    await using app = await serve(ROUTES, kind);
    const forged = createCookie('rr', { secrets: ['another'] });
    app.jar.set('rr', /=([^;]*)/.exec(await forged.serialize(isSealed ? { user: 1 } : 'id'))![1]!);
    await app.get('/visit').catch(() => undefined);
    expect((await app.operations('/visit')).map(inShort).slice(0, 2)).toEqual(['load invalid-signature', 'create']);
    expect((await app.finished('/visit')).sessionBefore).toBeNull();
  });

  test('a cookie that an older secret signed is taken', async () => {
    await using app = await serve(ROUTES, kind);
    const older = createCookie('rr', { secrets: ['older'] });
    app.jar.set('rr', /=([^;]*)/.exec(await older.serialize(isSealed ? { user: { name: 'ada' } } : 'gone'))![1]!);
    await app.get('/login');
    const [load] = await app.operations('/login');
    // Of an ID there is no record any more.
    expect(inShort(load!)).toBe(isSealed ? 'load found' : 'load missing');
  });
});

test('settings are described without the secrets, and a storage that is made again is the same one', async () => {
  await using app = await serve(ROUTES);
  await app.get('/login');
  const described = app.companion.middlewares().map((middleware) => middleware.describe());
  expect(described).toMatchObject([
    { library: 'react-router', libraryVersion: expect.stringMatching(/^8\./), commit: 'explicit', store: 'cookie' },
  ]);
  expect(JSON.stringify(described)).not.toContain('newest');
});
