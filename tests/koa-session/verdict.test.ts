/** Verdicts against what koa-session really did: each row makes it take one decision. */
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { until } from '../browsers/until.ts';
import { type AppOptions, type Handler, sealed, send, serve, signed, soon } from './observed-app.ts';
import { MemoryStore } from './stores.ts';

interface Row {
  handler: Handler;
  app?: AppOptions;
  /** What the session holds that is sent; absent: none is. */
  sent?: object;
  record: string;
  cookie: string;
  /** What the response really did to the cookie. */
  did: 'set' | 'dropped' | 'nothing';
  status?: number;
}

const sent = { a: 1, list: [1], _expire: soon(), _maxAge: 86_400_000 };
const write: Handler = (_context, session) => void (session['a'] = 2);
const read: Handler = (_context, session) => void session['a'];

/** An upstream that leaves a response without its cookies, as a proxy or a careless middleware does. */
const dropping: AppOptions['before'] = async (context, next) => {
  await next();
  context.remove('set-cookie');
};

const ROWS: Record<string, Row> = {
  'nobody asks for the session': {
    handler: () => undefined,
    sent,
    record: 'none not-accessed',
    cookie: 'none not-accessed',
    did: 'nothing',
  },
  'a new session that nobody fills': {
    handler: read,
    record: 'none new-and-empty',
    cookie: 'none new-and-empty',
    did: 'nothing',
  },
  'a new session with data': { handler: write, record: 'saved new-session', cookie: 'set saved', did: 'set' },
  'only read': { handler: read, sent, record: 'unchanged unmodified', cookie: 'none kept', did: 'nothing' },
  changed: { handler: write, sent, record: 'saved changed', cookie: 'set saved', did: 'set' },
  'changed inside a value': {
    handler: (_context, session) => void (session['list'] as number[]).push(2),
    sent,
    record: 'saved changed',
    cookie: 'set saved',
    did: 'set',
  },
  'changed, and changed back': {
    handler: (_context, session) => {
      session['a'] = 2;
      session['a'] = 1;
    },
    sent,
    record: 'unchanged unmodified',
    cookie: 'none kept',
    did: 'nothing',
  },
  'emptied by an object with nothing in it': {
    handler: (context, session) => {
      void session['a'];
      context.session = {} as never;
    },
    sent,
    record: 'saved changed',
    cookie: 'set saved',
    did: 'set',
  },
  unset: {
    handler: (context) => void (context.session = null),
    sent,
    record: 'deleted unset',
    cookie: 'expired cleared',
    did: 'dropped',
  },
  'only read, with rolling': {
    handler: read,
    app: { options: { rolling: true } },
    sent,
    record: 'saved rolling',
    cookie: 'set rolling',
    did: 'set',
  },
  'only read, with renew, while most of its time is left': {
    handler: read,
    app: { options: { renew: true } },
    sent: { ...sent, _expire: Date.now() + 80_000_000 },
    record: 'unchanged unmodified',
    cookie: 'none kept',
    did: 'nothing',
  },
  'only read, with renew, when most of its time is over': {
    handler: read,
    app: { options: { renew: true } },
    sent: { ...sent, _maxAge: 86_400_000, _expire: soon() },
    record: 'saved renew',
    cookie: 'set saved',
    did: 'set',
  },
  'saved by the app though nothing changed': {
    handler: (_context, session) => session.save(),
    sent,
    record: 'saved save-called',
    cookie: 'set saved',
    did: 'set',
  },
  'another end': {
    handler: (_context, session) => void (session.maxAge = 60_000),
    sent,
    record: 'saved max-age-changed',
    cookie: 'set saved',
    did: 'set',
  },
  'regenerated without a store': {
    handler: (_context, session) => session.regenerate(),
    sent,
    record: 'saved regenerated',
    cookie: 'set saved',
    did: 'set',
  },
  'only keys that begin with _': {
    handler: (_context, session) => void (session['_seen'] = true),
    sent,
    record: 'not-saved private-keys',
    cookie: 'none kept',
    did: 'nothing',
  },
  'autoCommit off, and nobody commits': {
    handler: write,
    app: { options: { autoCommit: false } },
    sent,
    record: 'not-saved commit-not-called',
    cookie: 'not-set commit-not-called',
    did: 'nothing',
  },
  'autoCommit off, and the app commits': {
    handler: async (_context, session) => {
      session['a'] = 2;
      await session.manuallyCommit();
    },
    app: { options: { autoCommit: false } },
    sent,
    record: 'saved changed',
    cookie: 'set saved',
    did: 'set',
  },
  'a value that JSON cannot hold': {
    handler: (_context, session) => void (session['a'] = 10n),
    sent,
    record: 'failed not-serializable',
    cookie: 'not-set not-serializable',
    did: 'nothing',
    status: 500,
  },
  'Secure over plain http': {
    handler: write,
    app: { options: { secure: true } },
    sent,
    record: 'failed secure-over-http',
    cookie: 'not-set secure-over-http',
    did: 'nothing',
    status: 500,
  },
  'signed without app.keys': {
    handler: write,
    app: { keys: undefined },
    record: 'failed keys-missing',
    cookie: 'not-set keys-missing',
    did: 'nothing',
    status: 500,
  },
  'beforeSave throws': {
    handler: write,
    app: {
      options: {
        beforeSave: () => {
          throw new Error('refused');
        },
      },
    },
    sent,
    record: 'failed commit-failed',
    cookie: 'not-set commit-failed',
    did: 'nothing',
    status: 500,
  },
  'decode throws what is no SyntaxError': {
    handler: write,
    app: {
      options: {
        decode: () => {
          throw new TypeError('odd');
        },
      },
    },
    sent,
    record: 'unreadable decode-failed',
    cookie: 'expired cleared',
    did: 'dropped',
    status: 500,
  },
  'the app throws after its change': {
    handler: (_context, session) => {
      session['a'] = 2;
      throw new Error('no');
    },
    sent,
    record: 'not-saved headers-removed',
    cookie: 'not-set headers-removed',
    did: 'nothing',
    status: 500,
  },
  'other code takes the header off': {
    handler: write,
    app: { before: dropping },
    sent,
    record: 'not-saved cookie-removed',
    cookie: 'not-set cookie-removed',
    did: 'nothing',
  },
  'the head is written by hand, and the change comes after it': {
    handler: (context, session) => {
      context.respond = false;
      context.res.writeHead(200);
      session['a'] = 2;
      context.res.end('ok');
    },
    sent,
    record: 'not-saved too-late',
    cookie: 'not-set too-late',
    did: 'nothing',
  },
  'a stream changes it while it is sent': {
    handler: (context, session) => {
      const body = new PassThrough();
      context.body = body;
      body.write('first');
      setTimeout(() => {
        session['a'] = 2;
        body.end('last');
      }, 5);
    },
    sent,
    record: 'not-saved changed-after-commit',
    cookie: 'not-set changed-after-commit',
    did: 'nothing',
  },
  'a middleware before it changes it afterwards': {
    handler: write,
    app: {
      before: async (context, next) => {
        await next();
        context.session!['late'] = true;
      },
    },
    sent,
    record: 'saved changed',
    cookie: 'set saved',
    did: 'set',
  },
};

const NOTHING = /^koa\.sess=;/;

async function check({ handler, app: options = {}, record, cookie, did, status = 200 }: Row, cookies?: object) {
  await using app = await serve({ '/': handler }, options);
  if (cookies !== undefined) send(app, cookies as Record<string, string>);
  const answer = await app.get('/');
  const { verdict, faults } = await app.finished('/');
  expect([
    `${verdict.record.outcome} ${verdict.record.reason}`,
    `${verdict.cookie.outcome} ${verdict.cookie.reason}`,
  ]).toEqual([record, cookie]);
  const line = answer.headers.find(
    ([name, text]) => name.toLowerCase() === 'set-cookie' && text.startsWith('koa.sess='),
  );
  expect(line === undefined ? 'nothing' : NOTHING.test(line[1]) ? 'dropped' : 'set').toBe(did);
  expect(answer.status).toBe(status);
  expect(faults).toBeUndefined();
  return verdict;
}

describe('the cookie is the record', () => {
  test.each(Object.entries(ROWS))('%s', async (_name, row) => {
    await check(row, row.sent === undefined ? undefined : sealed(row.sent));
  });

  test('what was changed after the save is said beside it', async () => {
    const verdict = await check(ROWS['a middleware before it changes it afterwards']!, sealed(sent));
    expect(verdict.record.text).toContain('after that is not in it');
  });
});

type StoredRow = Omit<Row, 'sent'> & { isSent?: true; store?: MemoryStore; left: number };

const failing = (name: 'get' | 'set' | 'destroy') =>
  Object.assign(new MemoryStore(), { [name]: () => Promise.reject(new Error('the disk is full')) });

const STORED: Record<string, StoredRow> = {
  'only read': {
    handler: read,
    isSent: true,
    record: 'unchanged unmodified',
    cookie: 'none kept',
    did: 'nothing',
    left: 1,
  },
  'nobody asks for it': {
    handler: () => undefined,
    record: 'none new-and-empty',
    cookie: 'none new-and-empty',
    did: 'nothing',
    left: 0,
  },
  regenerated: {
    handler: (_context, session) => session.regenerate(),
    isSent: true,
    record: 'saved regenerated',
    cookie: 'set saved',
    did: 'set',
    left: 1,
  },
  'a store that fails on a save': {
    handler: write,
    store: failing('set'),
    record: 'failed store-error',
    cookie: 'not-set store-error',
    did: 'nothing',
    status: 500,
    left: 0,
  },
  'a store that fails on a load': {
    handler: write,
    isSent: true,
    store: failing('get'),
    record: 'failed load-failed',
    cookie: 'none load-failed',
    did: 'nothing',
    status: 500,
    left: 1,
  },
  'a store that fails on a deletion': {
    handler: (context) => void (context.session = null),
    isSent: true,
    store: failing('destroy'),
    record: 'failed store-error',
    cookie: 'none kept',
    did: 'nothing',
    status: 500,
    left: 1,
  },
  'Secure over plain http: the record is saved, and nobody can name it': {
    handler: write,
    app: { options: { secure: true } },
    record: 'saved new-session',
    cookie: 'not-set secure-over-http',
    did: 'nothing',
    status: 500,
    left: 1,
  },
  'the app throws in a new session: the record is saved, and nobody can name it': {
    handler: (_context, session) => {
      session['a'] = 2;
      throw new Error('no');
    },
    record: 'saved new-session',
    cookie: 'not-set headers-removed',
    did: 'nothing',
    status: 500,
    left: 1,
  },
  'the app throws in a known session: the change is still saved': {
    handler: (_context, session) => {
      session['a'] = 2;
      throw new Error('no');
    },
    isSent: true,
    record: 'saved changed',
    cookie: 'none kept',
    did: 'nothing',
    status: 500,
    left: 1,
  },
};

describe('with a store', () => {
  test.each(Object.entries(STORED))('%s', async (_name, { isSent, store = new MemoryStore(), left, ...row }) => {
    store.records.set('known', { text: JSON.stringify(sent), endsAt: soon() });
    if (!isSent) store.records.clear();
    const app = { ...row.app, options: { ...row.app?.options, store } };
    await check({ ...row, app }, isSent ? signed('known') : undefined);
    expect(store.records.size).toBe(left);
  });
});

test('a client that goes away before the app has answered: without a store the change is lost with it', async () => {
  let goOn: () => void = () => undefined;
  let isBegun = false;
  const isOver = new Promise<void>((resolve) => (goOn = resolve));
  await using app = await serve({
    '/': async (_context, session) => {
      session['a'] = 1;
      isBegun = true;
      await isOver;
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
});

test('a save that nobody awaits and that fails is the app`s unhandled rejection, as without us', async () => {
  const rejections: unknown[] = [];
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (error) => rejections.push(error));
  try {
    await using app = await serve(
      {
        '/': (_context, session) => {
          session['a'] = 1;
          void session.save();
        },
      },
      { options: { store: failing('set'), autoCommit: false } },
    );
    await app.get('/');
    await until(() => rejections.length > 0 || undefined, 'the rejection');
    expect(String(rejections[0])).toContain('the disk is full');
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
});
