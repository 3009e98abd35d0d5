/** Verdicts against what @fastify/secure-session really did: each row makes it take one decision. */
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { until } from '../browsers/until.ts';
import { type AppOptions, type Handler, KEY, OLDER_KEY, sealed, serve } from './observed-app.ts';

interface Row {
  handler: Handler;
  options?: Record<string, unknown>;
  /** The cookie that is sent. */
  sent?: () => Promise<string>;
  record: string;
  cookie: string;
  /** What the response really did to the cookie. */
  did: 'set' | 'dropped' | 'nothing';
  /** What the next request of the browser reads under `a`. */
  next: unknown;
  status?: number;
  finish?: AppOptions['finish'];
}

const known = () => sealed({ a: 1, cart: [1] });
const now = () => Math.round(Date.now() / 1000);
const write: Handler = async ({ session }) => String((session['a'] = 2));
const read: Handler = async ({ session }) => String(session['a']);

const ROWS: Record<string, Row> = {
  'a new session with data': {
    handler: write,
    record: 'saved new-session',
    cookie: 'set sealed',
    did: 'set',
    next: 2,
  },
  'a new session that is only read': {
    handler: read,
    record: 'none new-and-empty',
    cookie: 'none new-and-empty',
    did: 'nothing',
    next: undefined,
  },
  'a known session that is only read': {
    handler: read,
    sent: known,
    record: 'unchanged unmodified',
    cookie: 'none kept',
    did: 'nothing',
    next: 1,
  },
  'a known session that is written': {
    handler: async ({ session }) => session.set('a', 3),
    sent: known,
    record: 'saved modified',
    cookie: 'set sealed',
    did: 'set',
    next: 3,
  },
  'the same value again: saved anyway': {
    handler: async ({ session }) => session.set('a', 1),
    sent: known,
    record: 'saved touched',
    cookie: 'set sealed',
    did: 'set',
    next: 1,
  },
  'touch()': {
    handler: async ({ session }) => session.touch(),
    sent: known,
    record: 'saved touched',
    cookie: 'set sealed',
    did: 'set',
    next: 1,
  },
  'changed = true, without a new end': {
    handler: async ({ session }) => {
      session.changed = true;
    },
    sent: known,
    record: 'saved touched',
    cookie: 'set sealed',
    did: 'set',
    next: 1,
  },
  'trap: a nested change is lost': {
    handler: async ({ session }) => (session['cart'] as number[]).push(2),
    sent: known,
    record: 'not-saved change-unnoticed',
    cookie: 'not-set change-unnoticed',
    did: 'nothing',
    next: 1,
  },
  'a nested change and touch()': {
    handler: async ({ session }) => {
      (session['cart'] as number[]).push(2);
      session.touch();
    },
    sent: known,
    record: 'saved modified',
    cookie: 'set sealed',
    did: 'set',
    next: 1,
  },
  'trap: delete session.a deletes nothing': {
    handler: async ({ session }) => String(delete session['a']),
    sent: known,
    record: 'unchanged delete-ignored',
    cookie: 'none kept',
    did: 'nothing',
    next: 1,
  },
  'set to undefined: gone from the cookie': {
    handler: async ({ session }) => session.set('a', undefined),
    sent: known,
    record: 'saved modified',
    cookie: 'set sealed',
    did: 'set',
    next: undefined,
  },
  'trap: options() alone sends nothing': {
    handler: async ({ session }) => session.options({ maxAge: 60 }),
    sent: known,
    record: 'unchanged unmodified',
    cookie: 'none options-ignored',
    did: 'nothing',
    next: 1,
  },
  'regenerate()': {
    handler: async ({ session }) => session.regenerate(),
    sent: known,
    record: 'saved modified',
    cookie: 'set sealed',
    did: 'set',
    next: undefined,
  },
  'delete()': {
    handler: async ({ session }) => session.delete(),
    sent: known,
    record: 'deleted deleted',
    cookie: 'expired cleared',
    did: 'dropped',
    next: undefined,
  },
  'trap: what is written after delete() is lost': {
    handler: async ({ session }) => {
      session.delete();
      session.set('a', 2);
    },
    sent: known,
    record: 'deleted set-after-delete',
    cookie: 'expired cleared',
    did: 'dropped',
    next: undefined,
  },
  'an older key: sealed again': {
    handler: read,
    options: { key: [KEY, OLDER_KEY] },
    sent: () => sealed({ a: 1 }, { key: OLDER_KEY }),
    record: 'saved key-rotated',
    cookie: 'set sealed',
    did: 'set',
    next: 1,
  },
  'a key that is not known': {
    handler: read,
    sent: () => sealed({ a: 1 }, { key: OLDER_KEY }),
    record: 'missing invalid-key',
    cookie: 'none new-and-empty',
    did: 'nothing',
    next: undefined,
  },
  'an expiry that has passed': {
    handler: read,
    options: { expiry: 60 },
    sent: () => sealed({ a: 1 }, { issuedAt: now() - 61 }),
    record: 'missing expired',
    cookie: 'none new-and-empty',
    did: 'nothing',
    next: undefined,
  },
  'no cookie of the library': {
    handler: read,
    sent: async () => 'hello',
    record: 'missing malformed',
    cookie: 'none new-and-empty',
    did: 'nothing',
    next: undefined,
  },
  'an expiry that has passed, and a write': {
    handler: write,
    options: { expiry: 60 },
    sent: () => sealed({ a: 1 }, { issuedAt: now() - 61 }),
    record: 'saved new-session',
    cookie: 'set sealed',
    did: 'set',
    next: 2,
  },
  'null in its place': {
    handler: async (request) => {
      request.session = null as never;
      return 'ok';
    },
    sent: known,
    record: 'not-saved no-session',
    cookie: 'none no-session',
    did: 'nothing',
    next: 1,
  },
  'trap: a session of createSecureSession counts as unchanged': {
    handler: async (request) => {
      request.session = request.server.createSecureSession({ a: 5 } as never) as never;
      return 'ok';
    },
    record: 'not-saved change-unnoticed',
    cookie: 'not-set change-unnoticed',
    did: 'nothing',
    next: undefined,
  },
  'a session of createSecureSession that is written to': {
    handler: async (request) => {
      request.session = request.server.createSecureSession({ b: 5 } as never) as never;
      request.session['a'] = 6;
      return 'ok';
    },
    record: 'saved new-session',
    cookie: 'set sealed',
    did: 'set',
    next: 6,
  },
  'a bigint': {
    handler: async ({ session }) => String((session['a'] = 10n)),
    sent: known,
    record: 'failed not-serializable',
    cookie: 'not-set not-serializable',
    did: 'nothing',
    next: 1,
    status: 500,
  },
  'a toJSON that throws': {
    handler: async ({ session }) => {
      session['a'] = {
        toJSON() {
          throw new Error('not today');
        },
      };
      return 'ok';
    },
    sent: known,
    record: 'failed seal-failed',
    cookie: 'not-set seal-failed',
    did: 'nothing',
    next: 1,
    status: 500,
  },
  'a response that is written past Fastify': {
    handler: (request, reply) => {
      request.session['a'] = 2;
      reply.hijack();
      reply.raw.end('ok');
    },
    sent: known,
    record: 'not-saved hook-skipped',
    cookie: 'not-set hook-skipped',
    did: 'nothing',
    next: 1,
  },
  'a stream changes it while it is sent': {
    handler: (request, reply) => {
      const body = new PassThrough();
      void reply.send(body);
      body.write('first');
      setImmediate(() => {
        request.session['a'] = 2;
        body.end('last');
      });
    },
    sent: known,
    record: 'not-saved too-late',
    cookie: 'not-set too-late',
    did: 'nothing',
    next: 1,
  },
  'other code takes the header off': {
    handler: write,
    finish: (app) => app.addHook('onSend', async (_request, reply) => void reply.removeHeader('set-cookie')),
    record: 'not-saved cookie-removed',
    cookie: 'not-set cookie-removed',
    did: 'nothing',
    next: undefined,
  },
  'the app throws after its change: it is saved anyway': {
    handler: async ({ session }) => {
      session['a'] = 2;
      throw new Error('no');
    },
    sent: known,
    record: 'saved modified',
    cookie: 'set sealed',
    did: 'set',
    next: 2,
    status: 500,
  },
};

test.each(Object.entries(ROWS))('%s', async (_name, row) => {
  const { handler, options = {}, finish, sent, record, cookie, did, next, status = 200 } = row;
  await using app = await serve(
    { '/': handler, '/next': async ({ session }) => ({ a: session.get('a') }) },
    { options, ...(finish === undefined ? {} : { finish }) },
  );
  if (sent !== undefined) app.jar.set('session', await sent());
  const answer = await app.get('/');
  const { verdict, faults } = await app.finished('/');
  expect([
    `${verdict.record.outcome} ${verdict.record.reason}`,
    `${verdict.cookie.outcome} ${verdict.cookie.reason}`,
  ]).toEqual([record, cookie]);
  const line = answer.headers.find(([name, text]) => name === 'set-cookie' && text.startsWith('session='));
  expect(line === undefined ? 'nothing' : line[1].startsWith('session=;') ? 'dropped' : 'set').toBe(did);
  expect(answer.status).toBe(status);
  expect(faults).toBeUndefined();
  expect((JSON.parse((await app.get('/next')).body) as { a?: unknown }).a).toEqual(next);
});

test('a cookie without a path: the verdict says where the browser sends it, and how to widen it', async () => {
  await using app = await serve({ '/auth/login': write }, { options: { cookie: {} } });
  await app.get('/auth/login');
  expect((await app.finished('/auth/login')).verdict.cookie).toMatchObject({
    outcome: 'set',
    text: expect.stringContaining('no Path'),
    setting: 'cookie.path',
    fix: "Write cookie: { path: '/' }.",
  });
});

test('a client that goes away before the app has answered: pending, and then lost with the response', async () => {
  let goOn: () => void = () => undefined;
  let isBegun = false;
  const isOver = new Promise<void>((resolve) => (goOn = resolve));
  await using app = await serve({
    '/': async ({ session }) => {
      session['a'] = 1;
      isBegun = true;
      await isOver;
      return 'ok';
    },
  });
  const { hostname, port } = new URL(app.origin);
  const socket = connect(Number(port), hostname);
  socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  await until(() => isBegun || undefined, 'the handler');
  socket.destroy();
  expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'pending', reason: 'response-pending' });
  goOn();
  const last = await until(async () => {
    const { verdict } = await app.finished('/');
    return verdict.record.outcome === 'pending' ? undefined : verdict;
  }, 'the end');
  expect(last.record).toMatchObject({ outcome: 'not-saved', reason: 'aborted' });
  expect(last.cookie).toMatchObject({ outcome: 'not-set', reason: 'aborted' });
});
