/** Verdicts against what React Router really did: each row makes the app and its storage take one decision. */
import { expect, test } from 'vitest';
import { cookieOf, type Handler, serve } from './observed-app.ts';

const seed: Handler = async ({ getSession, commitSession }, request) => {
  const session = await getSession(cookieOf(request));
  session.set('a', 1);
  session.flash('notice', 'once');
  return new Response('ok', { headers: { 'Set-Cookie': await commitSession(session) } });
};

interface Row {
  handler: Handler;
  /** The client has a session. */
  isSeeded: boolean;
  record: string;
  cookie: string;
}

const SEALED: Record<string, Row> = {
  'nobody asks for the session': {
    handler: async () => new Response('ok'),
    isSeeded: true,
    record: 'none not-accessed',
    cookie: 'none not-accessed',
  },
  'a new session that nobody fills': {
    handler: async ({ getSession }, request) => Response.json((await getSession(cookieOf(request))).has('a')),
    isSeeded: false,
    record: 'none new-and-empty',
    cookie: 'none new-and-empty',
  },
  'a session that was only read': {
    handler: async ({ getSession }, request) => Response.json((await getSession(cookieOf(request))).get('a')),
    isSeeded: true,
    record: 'unchanged unmodified',
    cookie: 'none kept',
  },
  'changed, and not committed': {
    handler: async ({ getSession }, request) => {
      (await getSession(cookieOf(request))).set('a', 2);
      return new Response('ok');
    },
    isSeeded: true,
    record: 'not-saved not-committed',
    cookie: 'not-set not-committed',
  },
  'a flashed value that was taken, and not committed': {
    handler: async ({ getSession }, request) => Response.json((await getSession(cookieOf(request))).get('notice')),
    isSeeded: true,
    record: 'not-saved not-committed',
    cookie: 'not-set not-committed',
  },
  'committed, and the header is not returned': {
    handler: async ({ getSession, commitSession }, request) => {
      const session = await getSession(cookieOf(request));
      session.set('a', 2);
      await commitSession(session);
      return new Response('ok');
    },
    isSeeded: true,
    record: 'not-saved header-not-returned',
    cookie: 'not-set header-not-returned',
  },
  'changed once more after the commit': {
    handler: async ({ getSession, commitSession }, request) => {
      const session = await getSession(cookieOf(request));
      session.set('a', 2);
      const headers = { 'Set-Cookie': await commitSession(session) };
      session.set('a', 3);
      return new Response('ok', { headers });
    },
    isSeeded: true,
    record: 'saved changed-after-commit',
    cookie: 'set committed',
  },
  'committed though nothing changed': {
    handler: async ({ getSession, commitSession }, request) => {
      const session = await getSession(cookieOf(request));
      return new Response('ok', { headers: { 'Set-Cookie': await commitSession(session) } });
    },
    isSeeded: true,
    record: 'saved committed',
    cookie: 'set committed',
  },
  'larger than a cookie': {
    handler: async ({ getSession, commitSession }, request) => {
      const session = await getSession(cookieOf(request));
      session.set('a', 'x'.repeat(5_000));
      return new Response(await commitSession(session).catch((error: Error) => error.message));
    },
    isSeeded: true,
    record: 'failed cookie-too-large',
    cookie: 'not-set cookie-too-large',
  },
  'a value that JSON cannot hold': {
    handler: async ({ getSession, commitSession }, request) => {
      const session = await getSession(cookieOf(request));
      session.set('a', 10n);
      return new Response(await commitSession(session).catch((error: Error) => error.message));
    },
    isSeeded: true,
    record: 'failed not-serializable',
    cookie: 'not-set not-serializable',
  },
  destroyed: {
    handler: async ({ getSession, destroySession }, request) => {
      const session = await getSession(cookieOf(request));
      return new Response('ok', { headers: { 'Set-Cookie': await destroySession(session) } });
    },
    isSeeded: true,
    record: 'deleted destroyed',
    cookie: 'expired cleared',
  },
};

/** Where the cookie only names the record, what was committed is saved without it. */
const STORED: Record<string, Row> = {
  'changed, and not committed': SEALED['changed, and not committed']!,
  'a session that was only read': SEALED['a session that was only read']!,
  destroyed: SEALED['destroyed']!,
  'committed, and the header is not returned': {
    ...SEALED['committed, and the header is not returned']!,
    record: 'saved committed',
  },
};

const ROWS = [
  ...Object.entries(SEALED).map(([name, row]) => ({ name, kind: 'cookie, 8', ...row })),
  ...Object.entries(STORED).map(([name, row]) => ({ name, kind: 'memory, 8', ...row })),
];

test.each(ROWS)('$kind: $name', async ({ kind, handler, isSeeded, record, cookie }) => {
  await using app = await serve({ '/seed': seed, '/': handler }, kind);
  // The server is known from its first session on.
  await app.get('/seed');
  const before = app.jar.get('rr');
  if (!isSeeded) app.jar.clear();
  const { headers } = await app.get('/');
  const { verdict, faults } = await app.finished('/');
  expect(`${verdict.record.outcome} ${verdict.record.reason}`).toBe(record);
  expect(`${verdict.cookie.outcome} ${verdict.cookie.reason}`).toBe(cookie);
  expect(faults).toBeUndefined();
  // What it says of the cookie is what left.
  const sets = headers.some(([name, line]) => name.toLowerCase() === 'set-cookie' && line.startsWith('rr='));
  expect(sets).toBe(['set', 'expired'].includes(verdict.cookie.outcome));
  // And of the record, what the next request finds.
  if (isSeeded && verdict.record.outcome === 'not-saved') expect(app.jar.get('rr')).toBe(before);
});
