/** Verdicts against what iron-session really did: each row makes it take one decision. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { until } from '../browsers/until.ts';
import { type Handler, sealed, serve, type Way } from './observed-app.ts';

interface Row {
  handler: Handler;
  way?: Way;
  /** What the session holds that is sent; absent: none is. */
  sent?: object;
  record: string;
  cookie: string;
  /** Whether the response really set the session's cookie. */
  did: boolean;
}

/** An app that swallows the error, as many do. */
const trying = (save: () => Promise<void>): Promise<string> =>
  save().then(
    () => 'saved',
    (error: Error) => error.message,
  );

const ROWS: Record<string, Row> = {
  'nobody asks for the session': {
    handler: async () => 'ok',
    sent: { a: 1 },
    record: 'none not-accessed',
    cookie: 'none not-accessed',
    did: false,
  },
  'a new session that nobody fills': {
    handler: async ({ open }) => String(Object.keys(await open()).length),
    record: 'none new-and-empty',
    cookie: 'none new-and-empty',
    did: false,
  },
  'a session that was only read': {
    handler: async ({ open }) => String((await open())['a']),
    sent: { a: 1 },
    record: 'unchanged unmodified',
    cookie: 'none kept',
    did: false,
  },
  'saved though nothing changed': {
    handler: async ({ open }) => {
      await (await open()).save();
      return 'ok';
    },
    sent: { a: 1 },
    record: 'saved save-called',
    cookie: 'set save-called',
    did: true,
  },
  'changed, and save() is forgotten': {
    handler: async ({ open }) => {
      (await open())['a'] = 2;
      return 'ok';
    },
    sent: { a: 1 },
    record: 'not-saved save-not-called',
    cookie: 'not-set save-not-called',
    did: false,
  },
  'changed inside a value, and save() is forgotten': {
    handler: async ({ open }) => {
      ((await open())['list'] as number[]).push(2);
      return 'ok';
    },
    sent: { list: [1] },
    record: 'not-saved save-not-called',
    cookie: 'not-set save-not-called',
    did: false,
  },
  'changed once more after save()': {
    handler: async ({ open }) => {
      const session = await open();
      session['a'] = 2;
      await session.save();
      session['a'] = 3;
      return 'ok';
    },
    sent: { a: 1 },
    record: 'saved changed-after-save',
    cookie: 'set save-called',
    did: true,
  },
  'saved after the head has left': {
    handler: async ({ open, begin }) => {
      const session = await open();
      session['a'] = 2;
      begin();
      await trying(session.save);
      return 'ok';
    },
    sent: { a: 1 },
    record: 'not-saved too-late',
    cookie: 'not-set too-late',
    did: false,
  },
  'larger than a cookie': {
    handler: async ({ open }) => {
      const session = await open();
      session['a'] = 'x'.repeat(5_000);
      return trying(session.save);
    },
    record: 'failed cookie-too-large',
    cookie: 'not-set cookie-too-large',
    did: false,
  },
  'a value that JSON cannot hold': {
    handler: async ({ open }) => {
      const session = await open();
      session['a'] = 10n;
      return trying(session.save);
    },
    record: 'failed not-serializable',
    cookie: 'not-set not-serializable',
    did: false,
  },
  'written after destroy(), and saved': {
    handler: async ({ open }) => {
      const session = await open();
      session.destroy();
      session['a'] = 2;
      return trying(session.save);
    },
    sent: { a: 1 },
    record: 'failed destroyed',
    cookie: 'expired cleared',
    did: true,
  },
  'another response is returned than the one that the session was saved in': {
    way: 'web request and headers',
    handler: async ({ open }) => {
      const session = await open();
      session['a'] = 2;
      await session.save();
      return 'forgotten';
    },
    sent: { a: 1 },
    record: 'not-saved header-not-returned',
    cookie: 'not-set header-not-returned',
    did: false,
  },
};

test.each(Object.entries(ROWS))('%s', async (_name, { handler, way, sent, record, cookie, did }) => {
  await using app = await serve(
    { '/before': async ({ open }) => String(await open()), '/': handler },
    way === undefined ? {} : { way },
  );
  // The server is known from its first session on.
  await app.get('/before');
  if (sent !== undefined) app.jar.set('iron', await sealed(sent));
  const { headers } = await app.get('/');
  const { verdict, faults } = await app.finished('/');
  expect(`${verdict.record.outcome} ${verdict.record.reason}`).toBe(record);
  expect(`${verdict.cookie.outcome} ${verdict.cookie.reason}`).toBe(cookie);
  expect(headers.some(([name, line]) => name.toLowerCase() === 'set-cookie' && line.startsWith('iron='))).toBe(did);
  expect(faults).toBeUndefined();
});

test('a save that goes on when the client goes away is waited for', async () => {
  let save: (() => Promise<void>) | undefined;
  let goOn: () => void = () => undefined;
  const isOver = new Promise<void>((resolve) => (goOn = resolve));
  await using app = await serve({
    '/': async ({ open }) => {
      const session = await open();
      session['a'] = 1;
      save = session.save;
      await isOver;
      await session.save();
      return 'ok';
    },
  });
  const { hostname, port } = new URL(app.origin);
  const socket = connect(Number(port), hostname);
  socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
  await until(() => save, 'the handler');
  socket.destroy();
  expect((await app.finished('/')).verdict.record.outcome).toBe('pending');
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
    await using app = await serve({
      '/': async ({ open }) => {
        const session = await open();
        session['a'] = 10n;
        void session.save();
        return 'ok';
      },
    });
    await app.get('/');
    await until(() => rejections.length > 0 || undefined, 'the rejection');
    expect(String(rejections[0])).toContain('BigInt');
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
});
