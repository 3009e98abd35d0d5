/** What is recorded of better-auth's sessions, and what is said of them. */
import { expect, test } from 'vitest';
import type { OperationRecorded } from '../../protocol/index.ts';
import { observe } from '../../server-companion/node/src/better-auth.ts';
import { findingsIn } from '../adapters/named-findings.ts';
import { EVERYTHING, inShort } from '../express-session/observed-app.ts';
import { ADA, type AppOptions, headersOf, serve } from './observed-app.ts';

const HERE = 'tests/better-auth/operations.test.ts';
const CACHED: AppOptions = { session: { cookieCache: { enabled: true, maxAge: 300 } } };
const shown = (operations: readonly OperationRecorded[]) => operations.map(inShort);
const layers = (operations: readonly OperationRecorded[]) =>
  operations.flatMap(({ operation, layer }) => (operation === 'load' ? [layer] : []));

test.each(['memory', 'sqlite'] as const)('%s: a sign-up, a visit, a sign-out', async (database) => {
  await using app = await serve(
    { '/me': async (auth, request) => (await auth.api.getSession({ headers: headersOf(request) }))?.user.name },
    { database },
  );
  expect((await app.post('/sign-up/email', ADA)).status).toBe(200);
  const signUp = await app.operations('/api/auth/sign-up/email');
  expect(shown(signUp)).toEqual(['create', 'save done']);
  const created = await app.finished('/api/auth/sign-up/email');
  expect(created).toMatchObject({
    sessionBefore: null,
    verdict: { record: { outcome: 'saved', reason: 'created' }, cookie: { outcome: 'set' } },
  });
  expect(signUp[0]!.session).toBe(created.sessionAfter);
  // The token is the key: it is nowhere.
  const token = decodeURIComponent(app.jar.get('better-auth.session_token')!).split('.')[0]!;
  expect(JSON.stringify(app.events())).not.toContain(token);

  expect((await app.get('/me')).body).toBe('"Ada"');
  const [load] = await app.operations('/me');
  expect(load).toMatchObject({
    operation: 'load',
    call: 'findSession',
    outcome: 'found',
    layer: 'store',
    session: created.sessionAfter,
    state: { user: { email: ADA.email } },
  });
  expect(load!.source!.frames.map(({ file }) => file)).toContain(HERE);
  expect((await app.finished('/me')).verdict.record).toMatchObject({ outcome: 'unchanged', reason: 'unmodified' });

  const [middleware] = app.companion.middlewares();
  expect(middleware!.describe()).toMatchObject({
    library: 'better-auth',
    libraryVersion: expect.stringMatching(/^1\./),
  });
  expect(await middleware!.readStore(token, EVERYTHING)).toMatchObject({ outcome: 'found', state: { user: {} } });
  const cookie = { name: 'better-auth.session_token', value: app.jar.get('better-auth.session_token')! };
  expect(middleware!.prove(cookie, [])).toMatchObject({ signature: 'valid', fingerprint: created.sessionAfter });
  expect(middleware!.prove({ ...cookie, value: `x${cookie.value}` }, [])).toEqual({ signature: 'invalid' });
  expect(middleware!.prove({ ...cookie, value: 'x' }, [])).toEqual({ signature: 'malformed' });

  await app.post('/sign-out');
  expect(shown(await app.operations('/api/auth/sign-out'))).toEqual(['load found', 'flush']);
  expect(await app.finished('/api/auth/sign-out')).toMatchObject({
    sessionAfter: null,
    verdict: { record: { outcome: 'deleted', reason: 'deleted' }, cookie: { outcome: 'expired', reason: 'cleared' } },
  });
  expect(await middleware!.readStore(token, EVERYTHING)).toEqual({ outcome: 'missing' });
  expect((await app.finished('/api/auth/sign-out')).faults).toBeUndefined();
});

test('trap: the cookie cache serves a session that was revoked, and the panel finds it', async () => {
  await using app = await serve({}, CACHED);
  await app.post('/sign-up/email', ADA);
  const copy = new Map(app.jar);
  await app.get('/api/auth/get-session');
  expect(layers(await app.operations('/api/auth/get-session'))).toEqual(['cookie']);
  expect((await app.finished('/api/auth/get-session')).verdict.record).toMatchObject({ reason: 'from-cookie-cache' });
  await app.post('/sign-out');
  // Another client of the same session: a phone, or who has copied the cookies.
  for (const [name, value] of copy) app.jar.set(name, value);
  expect(JSON.parse((await app.get('/api/auth/get-session')).body)).toMatchObject({ user: { name: 'Ada' } });
  await app.finished('/api/auth/get-session');
  const { all } = findingsIn(app.events());
  expect(all).toContain('revoked-session-served');
  expect(all).not.toContain('old-key-works');

  expect((await app.get('/api/auth/get-session?disableCookieCache=true')).body).toBe('null');
  expect((await app.operations('/api/auth/get-session'))[0]).toMatchObject({ outcome: 'missing', layer: 'store' });
  expect((await app.finished('/api/auth/get-session')).verdict.record).toMatchObject({ reason: 'no-record' });
});

test('a session that is older than updateAge moves its end; one that has ended is deleted', async () => {
  await using app = await serve({}, { session: { expiresIn: 60, updateAge: 0 } });
  await app.post('/sign-up/email', ADA);
  await app.get('/api/auth/get-session');
  const operations = await app.operations('/api/auth/get-session');
  expect(shown(operations)).toEqual(['load found', 'touch done']);
  expect(operations[1]!.expiry!.sessionAt).toBeGreaterThan(Date.now() + 58_000);
  expect((await app.finished('/api/auth/get-session')).verdict).toMatchObject({
    record: { outcome: 'touched', reason: 'refreshed' },
    cookie: { outcome: 'set' },
  });

  await using over = await serve({}, { session: { expiresIn: -1 } });
  await over.post('/sign-up/email', ADA);
  expect((await over.get('/api/auth/get-session')).body).toBe('null');
  expect(shown(await over.operations('/api/auth/get-session'))).toEqual(['load expired', 'flush']);
  expect((await over.finished('/api/auth/get-session')).verdict).toMatchObject({
    record: { outcome: 'missing', reason: 'expired' },
    cookie: { outcome: 'expired', reason: 'cleared' },
  });
});

test('trap: a sign-in by auth.api whose headers nobody returns', async () => {
  await using app = await serve({
    '/login': async (auth) => (await auth.api.signInEmail({ body: ADA })).user.name,
  });
  await app.post('/sign-up/email', ADA);
  app.jar.clear();
  expect((await app.get('/login')).body).toBe('"Ada"');
  expect((await app.finished('/login')).verdict).toMatchObject({
    record: { outcome: 'saved', reason: 'created' },
    cookie: { outcome: 'not-set', reason: 'header-not-returned', due: true },
  });
  const [create] = await app.operations('/login');
  expect(create!.source!.frames.map(({ file }) => file)).toContain(HERE);
});

test('others are revoked; a session’s own fields are updated; nobody asks', async () => {
  await using app = await serve({ '/nothing': () => 'nothing' });
  await app.post('/sign-up/email', ADA);
  const first = new Map(app.jar);
  app.jar.clear();
  await app.post('/sign-in/email', ADA);
  await app.post('/revoke-other-sessions');
  expect(shown(await app.operations('/api/auth/revoke-other-sessions'))).toEqual(['load found', 'flush']);
  const revoked = await app.finished('/api/auth/revoke-other-sessions');
  expect(revoked.verdict.record).toMatchObject({ outcome: 'unchanged', reason: 'others-revoked' });
  expect(revoked.sessionAfter).toBe(revoked.sessionBefore);
  await app.get('/nothing');
  expect((await app.finished('/nothing')).verdict.record).toMatchObject({ outcome: 'unchanged', reason: 'not-asked' });
  for (const [name, value] of first) app.jar.set(name, value);
  expect((await app.get('/api/auth/get-session')).body).toBe('null');
});

test('a database that fails: as ever, and said', async () => {
  let isFull = false;
  await using app = await serve(
    {},
    {
      fails: () => {
        if (isFull) throw new Error('the disk is full');
      },
    },
  );
  await app.post('/sign-up/email', ADA);
  isFull = true;
  expect((await app.get('/api/auth/get-session')).status).toBe(500);
  expect((await app.operations('/api/auth/get-session'))[0]).toMatchObject({ operation: 'load', outcome: 'error' });
  const { verdict, faults } = await app.finished('/api/auth/get-session');
  expect(verdict.record).toMatchObject({ outcome: 'failed', text: expect.stringContaining('the disk is full') });
  expect(faults).toBeUndefined();
});

test('off, it is a plugin that does nothing', () => {
  expect(observe({ enabled: false })).toEqual({ id: 'sessionscope' });
});
