/** Every operation, with its name, its line, what was before and after, and the store's part in it. */
import { expect, test } from 'vitest';
import type { Session } from '../../django-sessions/src/session.ts';
import type { OperationRecorded } from '../../protocol/index.ts';
import type { Answer } from './hosts.ts';
import { inShort, observedApp, type ObservedApp } from './observed.ts';

const OPTIONS = { secretKey: 'a secret of the tests', database: ':memory:' };

type Work = (session: Session) => Promise<Answer | void> | void;

/** Serves `work` under its names. */
const serve = (work: Record<string, Work>, options = {}): Promise<ObservedApp> =>
  observedApp(
    async (path, session) => {
      const result = await work[path.slice(1)]?.(session);
      return result ?? { body: 'done' };
    },
    { options: { ...OPTIONS, ...options } },
  );

/**
 * The function of this file that an operation says it came from. Its line is another here, where the test runner has
 * rewritten the file: tests/e2e reads lines off a server of its own.
 */
const functionOf = ({ source }: OperationRecorded): string | undefined => {
  const frame = source?.frames[0];
  expect(frame).toMatchObject({ file: 'tests/django-sessions/operations.test.ts', kind: 'app' });
  return frame!.function;
};

const seed: Work = async (session) => {
  await session.set('username', 'ann');
  await session.set('cart', { items: [{ sku: 'TEA', qty: 1 }] });
};

test('reads at once, of what is loaded', async () => {
  const readAtOnce: Work = async (session) => {
    await session.keys();
    session.loaded.get('username');
    session.loaded.has('cart');
  };
  await using app = await serve({ seed, readAtOnce });
  await app.get('/seed');
  await app.get('/readAtOnce');
  const operations = await app.operations('/readAtOnce');
  const reads = operations.filter(({ call }) => call?.startsWith('loaded.'));
  expect(reads.map(inShort)).toEqual(['get (loaded.get) username', 'get (loaded.has) cart']);
  expect(reads.map(functionOf)).toEqual(['readAtOnce', 'readAtOnce']);
});

test('a session that is begun, changed and saved', async () => {
  await using app = await serve({ seed });
  await app.get('/seed');
  const operations = await app.operations('/seed');
  expect(operations.map(inShort)).toEqual([
    'create (session) framework',
    'set username',
    'set cart',
    'save done framework',
  ]);
  const [, set, , save] = operations;
  expect(set).toMatchObject({ after: 'ann', session: null });
  expect(set).not.toHaveProperty('before');
  expect(functionOf(set!)).toBe('seed');
  const key = app.cookie.split('=')[1]!;
  expect(save).toMatchObject({
    session: app.companion.identity.fingerprint(key),
    from: null,
    to: app.companion.identity.fingerprint(key),
    state: { username: 'ann', cart: { items: [{ sku: 'TEA', qty: 1 }] } },
    keys: 2,
    reason: 'modified',
  });
  expect(save!.durationMs).toBeGreaterThan(0);
  // As the table holds it, signature and all.
  const reading = await app.sessions.peek(key);
  expect(reading).toMatchObject({ outcome: 'found', bytes: save!.bytes });
});

const CASES: { name: string; work: Work; wants: string[]; record?: string; reason?: string }[] = [
  {
    name: 'reads',
    async work(session) {
      await session.get('username');
      await session.get('nobody', 'Guest');
      await session.has('cart');
      await session.require('username');
      await session.keys();
    },
    wants: [
      'load found framework',
      'get username',
      'get nobody miss',
      'get (has) cart',
      'get (require) username',
      'get (keys)',
    ],
    record: 'unchanged',
    reason: 'not-modified',
  },
  {
    name: 'all values at once, one of them changed inside',
    async work(session) {
      const values = await session.entries();
      (values.find(([key]) => key === 'cart')![1] as { items: { qty: number }[] }).items[0]!.qty = 9;
    },
    wants: ['load found framework', 'get (entries)', 'set (nested change) cart.items.0.qty inferred'],
    record: 'not-saved',
    reason: 'nested-change',
  },
  {
    name: 'a nested change that is reported',
    async work(session) {
      const cart = (await session.get('cart')) as { items: object[] };
      cart.items.push({ sku: 'POT', qty: 1 });
      session.modified = true;
    },
    wants: [
      'load found framework',
      'get cart',
      'touch (modified = true)',
      'set (nested change) cart.items.1 inferred',
      'save done framework',
    ],
    record: 'saved',
    reason: 'modified',
  },
  {
    name: 'pop, delete, setDefault and update',
    async work(session) {
      await session.pop('username');
      await session.pop('nobody', null);
      await session.delete('cart');
      await session.setDefault('tags', ['one']);
      await session.setDefault('tags', ['two']);
      await session.update({ a: 1, b: 2 });
      await expect(session.delete('nobody')).rejects.toThrow();
    },
    wants: [
      'load found framework',
      'delete (pop) username',
      'get (pop) nobody miss',
      'delete cart',
      'set (setDefault) tags',
      'get (setDefault) tags',
      'set (update) a',
      'set (update) b',
      'delete nobody miss',
      'save done framework',
    ],
    record: 'saved',
  },
  {
    name: 'an end of its own',
    async work(session) {
      await session.setExpiry(60);
      await session.getExpiryAge();
      await session.setExpiry(null);
    },
    wants: [
      'load found framework',
      'set-expiry (setExpiry) _session_expiry',
      'get (getExpiryAge) _session_expiry',
      'set-expiry (setExpiry) _session_expiry',
      'save done framework',
    ],
    record: 'saved',
  },
  {
    name: 'the test cookie',
    async work(session) {
      await session.setTestCookie();
      await session.testCookieWorked();
      await session.deleteTestCookie();
    },
    wants: [
      'load found framework',
      'set (setTestCookie) testcookie',
      'get (testCookieWorked) testcookie',
      'delete (deleteTestCookie) testcookie',
      'save done framework',
    ],
  },
  {
    name: 'clear',
    async work(session) {
      await session.get('username');
      session.clear();
    },
    wants: ['load found framework', 'get username', 'clear', 'save done framework'],
    record: 'saved',
  },
  {
    name: 'flush',
    async work(session) {
      await session.get('username');
      await session.flush();
    },
    wants: ['load found framework', 'get username', 'flush done'],
    record: 'deleted',
    reason: 'flushed',
  },
  {
    name: 'cycleKey',
    work: (session) => session.cycleKey(),
    wants: ['load found framework', 'cycle-key (cycleKey) done', 'save done framework'],
    record: 'saved',
  },
  {
    name: 'create, save and load by hand',
    async work(session) {
      await session.create();
      await session.set('a', 1);
      await session.save();
      await session.load();
    },
    wants: ['create done', 'set a', 'save done', 'load found', 'save done framework'],
    record: 'saved',
  },
  {
    name: 'deleteRecord',
    async work(session) {
      await session.deleteRecord();
    },
    wants: ['flush (deleteRecord) done'],
    record: 'unchanged',
    reason: 'untouched',
  },
  { name: 'nothing at all', work: () => {}, wants: [], record: 'unchanged', reason: 'untouched' },
];

for (const { name, work, wants, record, reason } of CASES)
  test(name, async () => {
    await using app = await serve({ seed, work });
    await app.get('/seed');
    await app.get('/work');
    expect((await app.operations('/work')).map(inShort)).toEqual(wants);
    const { verdict } = await app.finished('/work');
    if (record !== undefined) expect(verdict.record.outcome).toBe(record);
    if (reason !== undefined) expect(verdict.record.reason).toBe(reason);
    expect(app.events().filter(({ type }) => type === 'fault-noted')).toEqual([]);
  });

test('each operation of the app has its source, also after a wait and in a helper', async () => {
  const helper = (session: Session) => session.get('username');
  const assign = (session: Session) => void (session.modified = true);
  await using app = await serve({
    seed,
    async work(session) {
      await session.get('cart');
      await new Promise((resolve) => setTimeout(resolve, 1));
      await helper(session);
      assign(session);
    },
  });
  await app.get('/seed');
  await app.get('/work');
  const operations = (await app.operations('/work')).filter(({ actor }) => actor === 'app');
  expect(operations.map(functionOf)).toEqual(['work', 'helper', 'assign']);
  expect(operations[1]!.source!.frames[1]).toMatchObject({ function: 'work' });
});

test('a nested change is sourced by the read that handed the value out', async () => {
  const read = (session: Session) => session.get('cart') as Promise<{ items: { qty: number }[] }>;
  await using app = await serve({
    seed,
    async work(session) {
      const cart = await read(session);
      cart.items[0]!.qty = 2;
      session.modified = true;
    },
  });
  await app.get('/seed');
  await app.get('/work');
  const operations = await app.operations('/work');
  const nested = operations.find(({ inferred }) => inferred)!;
  const handedOut = operations.find(({ operation }) => operation === 'get')!;
  expect(nested).toMatchObject({ path: ['cart', 'items', 0, 'qty'], before: 1, after: 2, via: handedOut.seq });
  expect(functionOf(nested)).toBe('read');
});

test('what was changed after the response had begun is reported as not saved', async () => {
  let later: Promise<void> = Promise.resolve();
  await using app = await serve({
    seed,
    work(session) {
      later = new Promise((resolve) => setTimeout(resolve, 20)).then(() => session.set('late', true));
    },
  });
  await app.get('/seed');
  await app.get('/work');
  await later;
  const operations = app.events().filter(({ type }) => type === 'operation-recorded');
  expect(inShort(operations.at(-1) as OperationRecorded)).toBe('set late');
});

test('lineage: login, logout', async () => {
  await using app = await serve({
    seed,
    async login(session) {
      await session.cycleKey();
      await session.set('username', 'ann');
    },
    logout: (session) => session.flush(),
  });
  await app.get('/seed');
  const first = app.companion.identity.fingerprint(app.cookie.split('=')[1]!);
  await app.get('/login');
  const second = app.companion.identity.fingerprint(app.cookie.split('=')[1]!);
  expect(second).not.toBe(first);
  const cycled = (await app.operations('/login')).find(({ operation }) => operation === 'cycle-key')!;
  expect(cycled).toMatchObject({ from: first, to: second, keys: 2 });
  expect(await app.finished('/login')).toMatchObject({ sessionBefore: first, sessionAfter: second });
  await app.get('/logout');
  const flushed = (await app.operations('/logout')).find(({ operation }) => operation === 'flush')!;
  expect(flushed).toMatchObject({ from: second, to: null });
  expect(await app.finished('/logout')).toMatchObject({
    sessionBefore: second,
    sessionAfter: null,
    verdict: { record: { outcome: 'deleted' }, cookie: { outcome: 'expired' } },
  });
});

test('two first uses at once are one load, and a read beside a pending flush is reported', async () => {
  await using app = await serve({
    seed,
    async work(session) {
      await Promise.all([session.get('username'), session.get('cart'), session.has('x')]);
      const flushing = session.flush();
      await session.get('username');
      await flushing;
    },
  });
  await app.get('/seed');
  await app.get('/work');
  expect((await app.operations('/work')).map(inShort)).toEqual([
    'load found framework',
    'get username',
    'get cart',
    'get (has) x miss',
    'get username miss',
    'flush done',
  ]);
});

test('sessions outside of a request are the background', async () => {
  await using app = await serve({ seed });
  const session = app.sessions.open();
  await session.set('job', { steps: [1] });
  const job = (await session.get('job')) as { steps: number[] };
  job.steps.push(2);
  await session.save();
  const operations = app.events().filter((event) => event.type === 'operation-recorded');
  expect(operations.map(inShort)).toEqual([
    'create (session) framework',
    'set job background',
    'get job background',
    'set (nested change) job.steps.1 inferred background',
    'save done background',
  ]);
  expect(operations.every(({ exchange }) => exchange === null)).toBe(true);
  expect(operations.at(-1)).toMatchObject({
    session: app.companion.identity.fingerprint(session.sessionKey!),
    state: { job: { steps: [1, 2] } },
  });
  expect(operations[1]!.source!.frames[0]!.kind).toBe('app');
});

test('the app keeps its own observer', async () => {
  const reported: string[] = [];
  await using app = await serve(
    { seed },
    {
      observer: {
        exchange: () => ({
          mark: (_method: unknown, call: string) => `mark of ${call}`,
          operation: ({ call, mark }: { call: string; mark?: unknown }) =>
            void reported.push(`${call}: ${String(mark)}`),
        }),
      },
    },
  );
  await app.get('/seed');
  expect(reported).toEqual(['set: mark of set', 'set: mark of set', 'save: mark of save']);
  expect((await app.operations('/seed')).map(inShort)).toContain('set username');
});
