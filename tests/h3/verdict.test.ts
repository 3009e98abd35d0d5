/** Verdicts against what h3 really did: each row makes it take one decision. The traps of h3 are among them. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { until } from '../browsers/until.ts';
import { CONFIG, type Handler, sealed, serve, VERSION_NAMES, type VersionName } from './observed-app.ts';

interface Row {
  handler: Handler;
  /** In which version it is so. @default both */
  only?: VersionName;
  /** What the session holds that is sent; absent: none is. */
  sent?: object;
  record: string;
  cookie: string;
  /** What the browser's cookie holds after it: `undefined`: as before. */
  holds?: object | null;
}

/** An app that swallows the error, as many do. */
const trying = (save: Promise<unknown>): Promise<string> =>
  save.then(
    () => 'saved',
    (error: Error) => error.message,
  );

const ROWS: Record<string, Row> = {
  'nobody asks for the session': {
    handler: async () => 'ok',
    sent: { a: 1 },
    record: 'none not-accessed',
    cookie: 'none not-accessed',
  },
  'a new session is saved as it begins, with nothing in it': {
    handler: async ({ use }) => String(Object.keys((await use()).data).length),
    record: 'saved begun-and-saved',
    cookie: 'set begun-and-saved',
    holds: {},
  },
  'getSession begins a session at once': {
    only: 'h3 1',
    handler: async ({ event, getSession }) => String((await getSession(event, CONFIG)).data['a']),
    record: 'saved begun-and-saved',
    cookie: 'set begun-and-saved',
    holds: {},
  },
  'getSession begins no session that is kept': {
    only: 'h3 2',
    handler: async ({ event, getSession }) => String((await getSession(event, CONFIG)).data['a']),
    record: 'none new-and-empty',
    cookie: 'none new-and-empty',
  },
  'a new session that is filled': {
    handler: async ({ use }) => String(await (await use()).update({ a: 2 })),
    record: 'saved new-session',
    cookie: 'set updated',
    holds: { a: 2 },
  },
  'a session that was only read': {
    handler: async ({ use }) => String((await use()).data['a']),
    sent: { a: 1 },
    record: 'unchanged unmodified',
    cookie: 'none kept',
  },
  'update() with nothing changed': {
    handler: async ({ use }) => String(await (await use()).update()),
    sent: { a: 1 },
    record: 'saved updated',
    cookie: 'set updated',
    holds: { a: 1 },
  },
  'update() merges the top level only': {
    handler: async ({ use }) => String(await (await use()).update({ cart: { b: 2 } })),
    sent: { cart: { a: 1 }, kept: true },
    record: 'saved updated',
    cookie: 'set updated',
    holds: { cart: { b: 2 }, kept: true },
  },
  'session.data is changed, and update() is forgotten': {
    handler: async ({ use }) => String(((await use()).data['a'] = 2)),
    sent: { a: 1 },
    record: 'not-saved update-not-called',
    cookie: 'not-set update-not-called',
  },
  'a new session is changed, and update() is forgotten': {
    handler: async ({ use }) => String(((await use()).data['a'] = 2)),
    record: 'not-saved update-not-called',
    cookie: 'set begun-and-saved',
    holds: {},
  },
  'changed inside a value, and update() is forgotten': {
    handler: async ({ use }) => String((await use()).data['list'].push(2)),
    sent: { list: [1] },
    record: 'not-saved update-not-called',
    cookie: 'not-set update-not-called',
  },
  'changed once more after update()': {
    handler: async ({ use }) => {
      const session = await use();
      await session.update({ a: 2 });
      return String((session.data['a'] = 3));
    },
    sent: { a: 1 },
    record: 'saved changed-after-update',
    cookie: 'set updated',
    holds: { a: 2 },
  },
  'clear(), and update() after it: what was cleared is back': {
    handler: async ({ use }) => {
      const session = await use();
      await session.clear();
      await session.update({ notice: 'bye' });
      return JSON.stringify(session.data);
    },
    sent: { user: 'ada' },
    record: 'saved restored-after-clear',
    cookie: 'set updated',
    holds: { user: 'ada', notice: 'bye' },
  },
  'clear() of a session that this request began': {
    handler: async ({ use }) => String(await (await use()).clear()),
    record: 'deleted cleared',
    cookie: 'expired cleared',
    holds: null,
  },
  'updated, and cleared after it': {
    handler: async ({ use }) => {
      const session = await use();
      await session.update({ a: 2 });
      await session.clear();
      return 'out';
    },
    sent: { a: 1 },
    record: 'deleted cleared',
    cookie: 'expired cleared',
    holds: null,
  },
  'a value that JSON cannot hold': {
    handler: async ({ use }) => trying((await use()).update({ a: 10n })),
    sent: { a: 1 },
    record: 'failed not-serializable',
    cookie: 'not-set not-serializable',
  },
  'a function given to update() throws': {
    handler: async ({ use }) =>
      trying(
        (await use()).update(() => {
          throw new Error('of the app');
        }),
      ),
    sent: { a: 1 },
    record: 'failed save-failed',
    cookie: 'not-set save-failed',
  },
  'more than the cookies that it is split into': {
    only: 'h3 2',
    handler: async ({ use }) => trying((await use()).update({ a: 'x'.repeat(320_000) })),
    sent: { a: 1 },
    record: 'failed cookie-too-large',
    cookie: 'not-set cookie-too-large',
  },
  'updated after the head has left': {
    only: 'h3 1',
    handler: async ({ use, response }) => {
      const session = await use();
      response.write('begun');
      const text = await trying(session.update({ a: 2 }));
      response.end(text);
      return undefined;
    },
    sent: { a: 1 },
    record: 'not-saved too-late',
    cookie: 'not-set too-late',
  },
  'another Set-Cookie over it': {
    only: 'h3 1',
    handler: async ({ use, response }) => {
      await (await use()).update({ a: 2 });
      response.setHeader('Set-Cookie', 'theme=dark');
      return 'ok';
    },
    sent: { a: 1 },
    record: 'not-saved header-not-returned',
    cookie: 'not-set header-not-returned',
  },
  'cookie: false': {
    handler: async ({ use }) => String(await (await use({ cookie: false })).update({ a: 2 })),
    sent: { a: 1 },
    record: 'not-saved cookie-off',
    cookie: 'none cookie-off',
  },
  'cookie: false, and sealed for the app to send': {
    handler: async ({ use, event, sealSession }) => {
      await (await use({ cookie: false })).update({ a: 2 });
      return (await sealSession(event, CONFIG)).slice(0, 4);
    },
    sent: { a: 1 },
    record: 'saved sealed',
    cookie: 'none cookie-off',
  },
};

describe.each(VERSION_NAMES)('%s', (version) => {
  const rows = Object.entries(ROWS).filter(([, { only }]) => only === undefined || only === version);
  test.each(rows)('%s', async (_name, { handler, sent, record, cookie, holds }) => {
    await using app = await serve(
      {
        // The server is known from its first session on.
        '/before': async ({ event, getSession }) => String(await getSession(event, CONFIG)),
        '/after': async ({ use }) => JSON.stringify((await use()).data),
        '/': handler,
      },
      version,
    );
    await app.get('/before');
    app.jar.clear();
    if (sent !== undefined) app.jar.set('h3', await sealed(sent, version));
    const before = app.jar.get('h3');
    await app.get('/');
    const { verdict, faults } = await app.finished('/');
    expect(`${verdict.record.outcome} ${verdict.record.reason}`).toBe(record);
    expect(`${verdict.cookie.outcome} ${verdict.cookie.reason}`).toBe(cookie);
    expect(faults).toBeUndefined();
    // What really is in the browser.
    if (holds === undefined) expect(app.jar.get('h3')).toBe(before);
    else if (holds === null) expect(app.jar.get('h3') ?? '').toBe('');
    else expect(JSON.parse((await app.get('/after')).body)).toEqual(holds);
  });

  test('a password that is too short: h3 refuses it, and the verdict says so', async () => {
    const password = { password: 'short', name: 'other' };
    await using app = await serve({ '/': async ({ use }) => trying(use(password)) }, version);
    expect((await app.get('/')).body).toContain('Password string too short');
    const { verdict, faults } = await app.finished('/');
    expect(verdict).toMatchObject({
      record: { outcome: 'failed', reason: 'password-refused' },
      cookie: { outcome: 'not-set', reason: 'password-refused', due: true },
    });
    expect((await app.operations('/')).at(-1)).toMatchObject({ operation: 'save', outcome: 'error' });
    expect(faults).toBeUndefined();
  });

  test('an update that goes on when the client goes away is waited for', async () => {
    let isBegun = false;
    let goOn: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => (goOn = resolve));
    await using app = await serve(
      {
        '/': async ({ use }) => {
          const session = await use();
          isBegun = true;
          await isOver;
          await session.update({ a: 1 });
          return 'ok';
        },
      },
      version,
    );
    const { hostname, port } = new URL(app.origin);
    const socket = connect(Number(port), hostname);
    socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    await until(() => isBegun || undefined, 'the handler');
    socket.destroy();
    expect((await app.finished('/')).verdict.record.outcome).toBe('pending');
    goOn();
    const last = await until(async () => {
      const { verdict } = await app.finished('/');
      return verdict.record.outcome === 'pending' ? undefined : verdict;
    }, 'the end');
    expect(last.record).toMatchObject({ outcome: 'not-saved', reason: 'aborted' });
  });
});

test('h3 2: half of the idle time has passed, and h3 seals the session again', async () => {
  await using app = await serve({ '/': async ({ use }) => String((await use({ idleTimeout: 60 })).data['a']) });
  app.jar.set('h3', await sealed({ a: 1 }, 'h3 2', { ageMs: 40_000 }));
  expect((await app.get('/')).body).toBe('1');
  const { verdict } = await app.finished('/');
  expect([verdict.record.reason, verdict.cookie.reason]).toEqual(['resealed', 'resealed']);
});

test('h3 1: the cookie of a session that was cleared has no end, and the verdict says so', async () => {
  await using app = await serve({ '/': async ({ use }) => String(await (await use()).clear()) }, 'h3 1');
  const { headers } = await app.get('/');
  const [, line] = headers.find(([name]) => name.toLowerCase() === 'set-cookie')!;
  expect(line).not.toMatch(/max-age|expires/i);
  expect((await app.finished('/')).verdict.cookie.text).toContain('h3 1 does not end it');
});
