/** Verdicts against what @hono/session really did: each row makes it take one decision. */
import { expect, test, vi } from 'vitest';
import { type AppOptions, type Data, type Handler, MapStorage, type Options, serve, token } from './observed-app.ts';

type Kind = 'cookie' | 'storage';

interface Row {
  handler: Handler;
  /** @default both */
  kind?: Kind;
  options?: Options;
  /** What is sent: a session of `{ a: 1 }`, or this cookie. */
  sent?: 'known' | 'ended' | 'gone' | (() => Promise<string>);
  record: string;
  /** By where the record is. */
  cookie: Partial<Record<Kind, string>>;
  /** What the next request of the browser reads under `a`. */
  next?: unknown;
  /** What the storage holds of the session that was sent. */
  left?: Data | null;
  status?: number;
  prepare?: AppOptions['prepare'];
}

const KINDS: readonly Kind[] = ['cookie', 'storage'];
const both = (cookie: string) => ({ cookie, storage: cookie });
const SET = { cookie: 'set sealed', storage: 'none end-stays' };
const NAMED = { cookie: 'set sealed', storage: 'set named' };
const ABSOLUTE = { duration: { absolute: 3_600 } };

const ROWS: Record<string, Row> = {
  'a new session with data': {
    handler: (session) => session.update({ a: 2 }),
    record: 'saved new-session',
    cookie: NAMED,
    next: 2,
  },
  'trap: the first get() begins a session with nothing in it': {
    handler: (session) => session.get(),
    kind: 'cookie',
    record: 'saved new-session',
    cookie: NAMED,
    next: null,
  },
  'trap: with a storage it sets a cookie that names nothing': {
    handler: (session) => session.get(),
    kind: 'storage',
    record: 'none nothing-to-store',
    cookie: NAMED,
    next: null,
  },
  'a known session that is updated': {
    handler: async (session) => session.update({ ...(await session.get()), a: 2 }),
    sent: 'known',
    options: ABSOLUTE,
    record: 'saved updated',
    cookie: SET,
    next: 2,
  },
  'only read': {
    handler: (session) => session.get(),
    sent: 'known',
    record: 'unchanged unmodified',
    cookie: both('none kept'),
    next: 1,
  },
  'not asked for': {
    handler: () => 'ok',
    sent: 'known',
    record: 'unchanged not-asked',
    cookie: both('none kept'),
    next: 1,
  },
  'trap: a change in place is lost in the cookie': {
    handler: async (session) => ((await session.get())!['cart'] as number[]).push(2),
    kind: 'cookie',
    sent: 'known',
    record: 'not-saved update-not-called',
    cookie: both('none kept'),
    next: 1,
  },
  'trap: get() after update() drops it': {
    handler: async (session) => {
      await session.update({ a: 2 });
      await session.get();
    },
    sent: 'known',
    record: 'not-saved dropped',
    cookie: both('none kept'),
    next: 1,
  },
  'trap: a second update() drops what the first has added': {
    handler: async (session) => {
      await session.update((previous) => ({ ...previous, a: 2 }));
      await session.update((previous) => ({ ...previous, b: 2 }));
    },
    sent: 'known',
    options: ABSOLUTE,
    record: 'saved updated',
    cookie: SET,
    next: 1,
  },
  'trap: a key that the second update() does not name': {
    handler: async (session) => {
      await session.update((previous) => ({ ...previous, b: 2 }));
      await session.update((previous) => ({ ...previous, a: 2 }));
    },
    sent: 'known',
    options: ABSOLUTE,
    record: 'saved dropped',
    cookie: SET,
    next: 2,
  },
  'trap: in the cookie a key that is left out stays': {
    handler: (session) => session.update({ b: 2 }),
    kind: 'cookie',
    sent: 'known',
    record: 'saved updated',
    cookie: SET,
    next: 1,
  },
  'in a storage a key that is left out is gone': {
    handler: (session) => session.update({ b: 2 }),
    kind: 'storage',
    sent: 'known',
    options: ABSOLUTE,
    record: 'saved updated',
    cookie: SET,
    next: null,
    left: { b: 2 },
  },
  deleted: {
    handler: async (session) => {
      await session.get();
      session.delete();
    },
    sent: 'known',
    record: 'deleted destroyed',
    cookie: both('expired cleared'),
    next: null,
    left: null,
  },
  'trap: delete() before get() leaves the record': {
    handler: (session) => session.delete(),
    kind: 'storage',
    sent: 'known',
    record: 'not-saved record-left',
    cookie: both('expired cleared'),
    next: null,
    left: { a: 1, cart: [1] },
  },
  'trap: get() after delete() takes it up again': {
    handler: async (session) => {
      await session.get();
      session.delete();
      await session.get();
    },
    sent: 'known',
    record: 'not-saved delete-undone',
    cookie: both('none kept'),
    next: 1,
  },
  'one that has ended': {
    handler: (session) => session.get(),
    kind: 'cookie',
    sent: 'ended',
    record: 'saved expired-replaced',
    cookie: NAMED,
    next: null,
  },
  'trap: one that has ended stays in the storage': {
    handler: (session) => session.get(async () => null),
    kind: 'storage',
    sent: 'ended',
    record: 'none expired',
    cookie: NAMED,
    next: null,
    left: { a: 1, cart: [1] },
  },
  'one that has ended, renewed': {
    handler: (session) => session.get(async (expired) => ({ ...expired, a: 2 })),
    sent: 'ended',
    record: 'saved refreshed',
    cookie: NAMED,
    next: 2,
  },
  'one that has ended, updated: a new one': {
    handler: (session) => session.update((previous) => ({ was: previous })),
    sent: 'ended',
    record: 'saved expired-replaced',
    cookie: NAMED,
    next: null,
    left: null,
  },
  'a record that there is not': {
    handler: (session) => session.update({ a: 2 }),
    kind: 'storage',
    sent: 'gone',
    record: 'saved missing-replaced',
    cookie: NAMED,
    next: 2,
  },
  'a cookie of another secret': {
    handler: (session) => session.update({ a: 2 }),
    sent: () => token({ sid: 'known' }, undefined, 'another secret'),
    record: 'saved refused-replaced',
    cookie: NAMED,
    next: 2,
  },
  'no token at all': {
    handler: (session) => session.update({ a: 2 }),
    sent: async () => 'hello',
    record: 'saved refused-replaced',
    cookie: NAMED,
    next: 2,
  },
  'the handler throws after its update: it is stored anyway': {
    handler: async (session) => {
      await session.update({ a: 2 });
      throw new Error('no');
    },
    sent: 'known',
    options: ABSOLUTE,
    record: 'saved updated',
    cookie: SET,
    next: 2,
    status: 500,
  },
  'what JSON cannot hold': {
    handler: (session) => session.update({ a: 2n }),
    kind: 'cookie',
    sent: 'known',
    record: 'failed not-serializable',
    cookie: both('not-set not-serializable'),
    next: 1,
    status: 500,
  },
  'more than 400 days': {
    handler: (session) => session.update({ a: 2 }),
    kind: 'cookie',
    options: { duration: { absolute: 401 * 86_400 } },
    record: 'failed too-long',
    cookie: both('not-set too-long'),
    status: 500,
  },
  'other code takes the header off': {
    handler: (session) => session.update({ a: 2 }),
    prepare: (app) =>
      app.use(async (context, next) => {
        await next();
        if (context.req.path === '/') context.res.headers.delete('set-cookie');
      }),
    record: 'saved new-session',
    cookie: both('not-set cookie-removed'),
    next: null,
  },
};

const CASES = Object.entries(ROWS).flatMap(([name, row]) =>
  (row.kind === undefined ? KINDS : [row.kind]).map((kind) => [kind, name, row] as const),
);

test.each(CASES)('%s: %s', async (kind, _name, row) => {
  const { handler, options = {}, sent, prepare } = row;
  // The library prints each cookie that it refuses.
  const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const storage = new MapStorage();
  await using app = await serve(
    {
      '/': handler,
      '/next': async (session) => {
        const data = await session.get();
        return { a: data?.['a'] ?? null };
      },
    },
    { options, ...(kind === 'storage' ? { storage } : {}), ...(prepare === undefined ? {} : { prepare }) },
  );
  const data = { a: 1, cart: [1] };
  if (sent !== 'gone') storage.records.set('known', structuredClone(data));
  if (typeof sent === 'function') app.jar.set('sid', await sent());
  else if (sent !== undefined) {
    const endsAt = sent === 'ended' ? Date.now() - 60_000 : options.duration && Date.now() + 600_000;
    app.jar.set('sid', await token({ sid: 'known', ...(kind === 'cookie' ? data : {}) }, endsAt));
  }
  const answer = await app.get('/');
  const { verdict, faults } = await app.finished('/');
  expect([
    `${verdict.record.outcome} ${verdict.record.reason}`,
    `${verdict.cookie.outcome} ${verdict.cookie.reason}`,
  ]).toEqual([row.record, row.cookie[kind]]);
  const isSet = answer.headers.some(([name, text]) => name === 'set-cookie' && text.startsWith('sid='));
  expect(isSet).toBe(['set', 'expired'].includes(verdict.cookie.outcome));
  expect(answer.status).toBe(row.status ?? 200);
  expect(faults).toBeUndefined();
  if ('next' in row) expect((JSON.parse((await app.get('/next')).body) as { a: unknown }).a).toEqual(row.next);
  if (kind === 'storage' && row.left !== undefined) expect(storage.records.get('known') ?? null).toEqual(row.left);
  printed.mockRestore();
});

test.each(['get', 'set', 'delete'] as const)('a storage that fails on %s', async (name) => {
  const storage = new MapStorage();
  storage.records.set('known', { a: 1 });
  await using app = await serve(
    {
      '/': async (session) => {
        await session.get();
        return name === 'delete' ? session.delete() : session.update({ a: 2 });
      },
    },
    { storage },
  );
  storage[name] = () => {
    throw new Error('the disk is full');
  };
  app.jar.set('sid', await token({ sid: 'known' }));
  expect((await app.get('/')).status).toBe(500);
  const { verdict, faults } = await app.finished('/');
  expect(verdict.record).toMatchObject({ outcome: 'failed', reason: 'store-error' });
  expect(verdict.record.text).toContain('the disk is full');
  expect(faults).toBeUndefined();
});

test('trap: storage.set is not awaited: the response leaves first, and the record comes later', async () => {
  let goOn: () => void = () => undefined;
  const isOver = new Promise<void>((resolve) => (goOn = resolve));
  class SlowStorage extends MapStorage {
    override async set(sid: string, value: Data): Promise<void> {
      await isOver;
      super.set(sid, value);
    }
  }
  const storage = new SlowStorage();
  storage.records.set('known', { a: 1 });
  await using app = await serve(
    { '/': (session) => session.update({ a: 2 }), '/next': (session) => session.get() },
    { storage },
  );
  app.jar.set('sid', await token({ sid: 'known' }));
  await app.get('/');
  expect((await app.finished('/')).verdict.record.outcome).toBe('pending');
  expect(JSON.parse((await app.get('/next')).body)).toEqual({ a: 1 });
  goOn();
  await vi.waitFor(async () =>
    expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'saved', reason: 'stored-late' }),
  );
  expect((await app.operations('/')).at(-1)).toMatchObject({ operation: 'save', outcome: 'done', state: { a: 2 } });
});

test('trap: what storage.set rejects is handled by nobody, observed or not', async () => {
  const theirs = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const rejected: unknown[] = [];
  process.on('unhandledRejection', (error) => rejected.push(error));
  try {
    const full = new Error('the disk is full');
    class FailingStorage extends MapStorage {
      override set(): Promise<void> & void {
        return Promise.reject(full) as never;
      }
    }
    await using app = await serve({ '/': (session) => session.update({ a: 2 }) }, { storage: new FailingStorage() });
    expect((await app.get('/')).status).toBe(200);
    await vi.waitFor(() => expect(rejected).toEqual([full]));
    await vi.waitFor(async () =>
      expect((await app.finished('/')).verdict.record).toMatchObject({ outcome: 'failed', reason: 'store-error' }),
    );
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of theirs) process.on('unhandledRejection', listener);
  }
});

test('what storage.set gives is asked nothing: a query that runs once it is waited for does not run', async () => {
  let asked = 0;
  class LazyStorage extends MapStorage {
    override set(): void {
      return {
        // oxlint-disable-next-line unicorn/no-thenable
        then: () => (asked += 1),
      } as never;
    }
  }
  await using app = await serve({ '/': (session) => session.update({ a: 2 }) }, { storage: new LazyStorage() });
  await app.get('/');
  await app.finished('/');
  expect(asked).toBe(0);
});

test('no secret: the library threw before there was a session', async () => {
  vi.stubEnv('AUTH_SECRET', '');
  await using app = await serve({ '/': (session) => session.get() }, { options: { secret: undefined as never } });
  expect((await app.get('/')).status).toBe(500);
  expect((await app.finished('/')).verdict).toMatchObject({
    record: { outcome: 'failed', reason: 'begin-failed' },
    cookie: { outcome: 'not-set', reason: 'begin-failed' },
  });
  vi.unstubAllEnvs();
});

test.each(['cookie', 'storage'] as const)(
  '%s: a stream changes it while it is sent: lost, and said so',
  async (kind) => {
    let goOn: () => void = () => undefined;
    const isOver = new Promise<void>((resolve) => (goOn = resolve));
    await using app = await serve(
      {
        '/': () => undefined,
        '/stream': async (session) => {
          await session.get();
          return new Response(
            new ReadableStream<Uint8Array>({
              async start(controller) {
                controller.enqueue(new TextEncoder().encode('first'));
                await isOver;
                await session.update({ late: 2 });
                controller.close();
              },
            }),
          );
        },
      },
      kind === 'storage' ? { storage: new MapStorage() } : {},
    );
    app.jar.set('sid', await token({ sid: 'known' }));
    const response = await fetch(`${app.origin}/stream`, { headers: app.jar.headers });
    goOn();
    await response.text();
    const { verdict } = await app.finished('/stream');
    expect(`${verdict.record.outcome} ${verdict.record.reason}`).toBe('not-saved too-late');
  },
);
