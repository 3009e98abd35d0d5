/** Verdicts against what cookie-session really did: each row makes the library take one decision. */
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../browsers/until.ts';
import { type Handler, type Request, sealed, serve, type Session } from './observed-app.ts';

const session = (request: Request) => request.session as Session;
const write: Handler = (request, response) => {
  session(request)['n'] = 2;
  response.end();
};
const read: Handler = (request, response) => {
  void session(request)['n'];
  response.end();
};

interface Row {
  handler: Handler;
  cookie?: string;
  options?: CookieSessionInterfaces.CookieSessionOptions;
  record: [outcome: string, reason: string];
  sets: [outcome: string, reason: string];
  /** Whether the response really set the session's cookie. */
  did: boolean;
}

const ROWS: Record<string, Row> = {
  'a new session with data': { handler: write, record: ['saved', 'new-session'], sets: ['set', 'modified'], did: true },
  'a new session with nothing in it': {
    handler: read,
    record: ['none', 'new-and-empty'],
    sets: ['none', 'new-and-empty'],
    did: false,
  },
  'a changed session': {
    handler: write,
    cookie: sealed({ n: 1 }),
    record: ['saved', 'modified'],
    sets: ['set', 'modified'],
    did: true,
  },
  'a session that was only read': {
    handler: read,
    cookie: sealed({ n: 1 }),
    record: ['unchanged', 'unmodified'],
    sets: ['none', 'kept'],
    did: false,
  },
  'a value that is written again': {
    handler: write,
    cookie: sealed({ n: 2 }),
    record: ['unchanged', 'unmodified'],
    sets: ['none', 'kept'],
    did: false,
  },
  'a session that nobody used': {
    handler: (_request, response) => response.end(),
    cookie: sealed({ n: 1 }),
    record: ['none', 'not-accessed'],
    sets: ['none', 'not-accessed'],
    did: false,
  },
  'Secure over plain http': {
    handler: write,
    options: { secure: true },
    record: ['failed', 'secure-over-http'],
    sets: ['not-set', 'secure-over-http'],
    did: false,
  },
  'Secure for one response': {
    handler: (request, response) => {
      request.sessionOptions.secure = true;
      session(request)['n'] = 2;
      response.end();
    },
    record: ['failed', 'secure-over-http'],
    sets: ['not-set', 'secure-over-http'],
    did: false,
  },
  'a value that JSON cannot hold': {
    handler: (request, response) => {
      session(request)['n'] = 10n;
      response.end();
    },
    record: ['failed', 'not-serializable'],
    sets: ['not-set', 'not-serializable'],
    did: false,
  },
  'a logout': {
    handler: (request, response) => {
      request.session = null;
      response.end();
    },
    cookie: sealed({ n: 1 }),
    record: ['deleted', 'unset'],
    sets: ['expired', 'cleared'],
    did: true,
  },
  'an empty object, which clears nothing': {
    handler: (request, response) => {
      request.session = {};
      response.end();
    },
    cookie: sealed({ n: 1 }),
    record: ['not-saved', 'empty-assigned'],
    sets: ['none', 'new-and-empty'],
    did: false,
  },
  'an object in its place': {
    handler: (request, response) => {
      request.session = { n: 3 };
      response.end();
    },
    cookie: sealed({ n: 1 }),
    record: ['saved', 'new-session'],
    sets: ['set', 'modified'],
    did: true,
  },
  'a forged cookie': {
    handler: read,
    cookie: sealed({ n: 1 }, 'no key of ours'),
    record: ['missing', 'invalid-signature'],
    sets: ['none', 'new-and-empty'],
    did: false,
  },
  'a cookie without its signature': {
    handler: read,
    cookie: sealed({ n: 1 }).split(';')[0]!,
    record: ['missing', 'invalid-signature'],
    sets: ['none', 'new-and-empty'],
    did: false,
  },
  'a cookie that cannot be decoded': {
    handler: read,
    cookie: sealed('{"n":'),
    record: ['missing', 'malformed'],
    sets: ['none', 'new-and-empty'],
    did: false,
  },
  'a first write after the headers': {
    handler: (request, response) => {
      void session(request)['n'];
      response.write('first byte');
      session(request)['n'] = 2;
      response.end();
    },
    record: ['not-saved', 'too-late'],
    sets: ['not-set', 'too-late'],
    did: false,
  },
};

test.each(Object.entries(ROWS))('%s', async (_name, { handler, cookie, options, record, sets, did }) => {
  await using app = await serve({ '/': handler }, options === undefined ? {} : { options });
  if (cookie !== undefined) app.cookie = cookie;
  const response = await app.get('/');
  await response.text();
  const { verdict } = await app.finished('/');
  expect([verdict.record.outcome, verdict.record.reason]).toEqual(record);
  expect([verdict.cookie.outcome, verdict.cookie.reason]).toEqual(sets);
  expect(response.headers.getSetCookie().some((line) => line.startsWith('session='))).toBe(did);
  expect(verdict.cookie.attributes !== undefined).toBe(did);
});

test('a client that goes away before the response begins: pending, then aborted', async () => {
  let goOn: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (goOn = resolve));
  await using app = await serve({
    '/': async (request, response) => {
      session(request)['n'] = 2;
      await gate;
      response.end();
    },
  });
  const socket = connect(app.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => app.events().some((event) => event.type === 'operation-recorded'), 'the write');
  socket.destroy();
  expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'pending', reason: 'response-pending' });
  goOn();
  await until(async () => (await app.finished('/')).verdict.record.outcome !== 'pending', 'the second end');
  await wait(10);
  const { verdict, ending } = await app.finished('/');
  expect(ending).toBe('aborted');
  expect(verdict.record).toMatchObject({ outcome: 'not-saved', reason: 'aborted' });
});

test('maxAge for one response is in the clock', async () => {
  await using app = await serve({
    '/': (request, response) => {
      request.sessionOptions.maxAge = 60_000;
      session(request)['n'] = 2;
      response.end();
    },
  });
  const before = Date.now();
  await app.get('/');
  const { expiry } = await app.finished('/');
  expect(expiry!.cookieAt).toBeGreaterThan(before + 58_000);
  expect(expiry!.cookieAt).toBeLessThan(Date.now() + 61_000);
});
