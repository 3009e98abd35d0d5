/** The session alone, on an engine that counts what it is asked: what every back-end has in common. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { RecordReading } from './record-reading.ts';
import { CreateError, MissingKeyError, SessionInterrupted, UpdateError } from './errors.ts';
import { newSessionKey } from './session-key.ts';
import { Session } from './session.ts';
import { createSessions } from './sessions.ts';
import type { SessionsOptions } from './sessions.ts';
import { readSettings } from './settings.ts';

interface Item {
  id: number;
  price: number;
}
interface Data {
  username: string;
  cart: Item[];
  visits?: number;
}

/** Records in a map; what is asked of it is written down. */
class TestSession extends Session<Data> {
  readonly asked: string[] = [];
  readonly records: Map<string, Map<string, unknown>>;

  constructor(records: Map<string, Map<string, unknown>>, key?: string | null, options: Partial<SessionsOptions> = {}) {
    super(readSettings({ secretKey: 'unit', ...options }, { name: 'test' }), key);
    this.records = records;
  }

  protected override async hasRecord(sessionKey: string): Promise<boolean> {
    this.asked.push('exists');
    return this.records.has(sessionKey);
  }
  protected override async peekRecord(): Promise<RecordReading> {
    return { outcome: 'missing' };
  }
  protected override async removeRecord(sessionKey: string | null): Promise<void> {
    this.asked.push('delete');
    if (sessionKey !== null) this.records.delete(sessionKey);
  }
  protected override async loadRecord(): Promise<Map<string, unknown>> {
    this.asked.push('load');
    // A store answers later.
    await new Promise((resolve) => setImmediate(resolve));
    const found = this.sessionKey === null ? undefined : this.records.get(this.sessionKey);
    if (found === undefined) this.setKey(null);
    return new Map(found);
  }
  protected override async saveRecord(mustCreate: boolean): Promise<void> {
    if (this.sessionKey === null) return this.createRecord();
    this.asked.push(mustCreate ? 'insert' : 'update');
    if (mustCreate === this.records.has(this.sessionKey)) throw mustCreate ? new CreateError() : new UpdateError();
    this.records.set(this.sessionKey, new Map(await this.entriesOf(mustCreate)));
  }
}

const KEY = 'abcdefghijklmnopqrstuvwxyz012345';
const kept = (data: Record<string, unknown> = { username: 'ann' }) => new Map([[KEY, new Map(Object.entries(data))]]);
const NOTHING = new Map<string, Map<string, unknown>>();

describe('lazy', () => {
  test('making one, and asking what it is, asks no store', () => {
    const session = new TestSession(kept(), KEY);
    expect([session.sessionKey, session.accessed, session.modified, session.isEmpty()]).toEqual([
      KEY,
      false,
      false,
      false,
    ]);
    expect(session.memory).toBeUndefined();
    expect(session.asked).toEqual([]);
  });

  test('is read once, however often it is used', async () => {
    const session = new TestSession(kept(), KEY);
    await Promise.all([session.get('username'), session.keys(), session.has('cart'), session.getExpiryAge()]);
    await session.entries();
    expect(session.asked).toEqual(['load']);
  });

  test('clear and flush read nothing', async () => {
    const session = new TestSession(kept(), KEY);
    session.clear();
    expect(session.asked).toEqual([]);
    await session.flush();
    expect(session.asked).toEqual(['delete']);
  });

  test('one without a key is never looked for', async () => {
    const session = new TestSession(NOTHING);
    expect(await session.get('username')).toBeUndefined();
    expect(session.asked).toEqual([]);
  });

  test('a load that fails is tried again by the next use', async () => {
    const session = new TestSession(kept(), KEY);
    const works = session['loadRecord'].bind(session);
    Object.assign(session, { loadRecord: () => Promise.reject(new Error('the store is away')) });
    await expect(session.get('username')).rejects.toThrow('the store is away');
    Object.assign(session, { loadRecord: works });
    expect(await session.get('username')).toBe('ann');
  });
});

describe('accessed and modified', () => {
  const READS: [string, (session: TestSession) => unknown][] = [
    ['get', (session) => session.get('username')],
    ['get of nothing', (session) => session.get('cart')],
    ['require', (session) => session.require('username')],
    ['has', (session) => session.has('cart')],
    ['keys', (session) => session.keys()],
    ['values', (session) => session.values()],
    ['entries', (session) => session.entries()],
    ['pop of nothing', (session) => session.pop('cart', null)],
    ['setDefault of what is there', (session) => session.setDefault('username', 'bob')],
    ['getExpiryAge', (session) => session.getExpiryAge()],
    ['getExpiryDate', (session) => session.getExpiryDate()],
    ['getExpireAtBrowserClose', (session) => session.getExpireAtBrowserClose()],
    ['setExpiry(null) where none is set', (session) => session.setExpiry(null)],
    ['testCookieWorked', (session) => session.testCookieWorked()],
  ];
  test.each(READS)('%s reads', async (_name, use) => {
    const session = new TestSession(kept(), KEY);
    await use(session);
    expect([session.accessed, session.modified]).toEqual([true, false]);
  });

  const WRITES: [string, (session: TestSession) => unknown][] = [
    ['set', (session) => session.set('username', 'bob')],
    ['set to the same value', (session) => session.set('username', 'ann')],
    ['delete', (session) => session.delete('username')],
    ['pop', (session) => session.pop('username')],
    ['setDefault of what is not there', (session) => session.setDefault('visits', 1)],
    ['update', (session) => session.update({ visits: 1 })],
    ['update with nothing', (session) => session.update({})],
    ['clear', (session) => session.clear()],
    ['flush', (session) => session.flush()],
    ['cycleKey', (session) => session.cycleKey()],
    ['create', (session) => session.create()],
    ['setExpiry', (session) => session.setExpiry(60)],
    ['setTestCookie', (session) => session.setTestCookie()],
  ];
  test.each(WRITES)('%s writes', async (_name, use) => {
    const session = new TestSession(kept(), KEY);
    await use(session);
    expect([session.accessed, session.modified]).toEqual([true, true]);
  });

  test('a change inside of a value does neither, until modified is set', async () => {
    const session = new TestSession(kept({ cart: [] }), KEY);
    (await session.require('cart')).push({ id: 1, price: 2 });
    expect(session.modified).toBe(false);
    session.modified = true;
    expect(session.modified).toBe(true);
  });

  test('a question with its own expiry touches nothing', async () => {
    const session = new TestSession(kept(), KEY);
    expect(await session.getExpiryAge({ expiry: 5 })).toBe(5);
    expect((await session.getExpiryDate({ expiry: 5, modification: new Date(0) })).getTime()).toBe(5_000);
    expect([session.accessed, session.asked]).toEqual([false, []]);
  });
});

describe('emptiness', () => {
  test('nothing and no key is empty; a key alone is not; data alone is not', async () => {
    expect(new TestSession(NOTHING).isEmpty()).toBe(true);
    expect(new TestSession(NOTHING, KEY).isEmpty()).toBe(false);
    const fresh = new TestSession(NOTHING);
    await fresh.set('visits', 1);
    expect(fresh.isEmpty()).toBe(false);
    await fresh.delete('visits');
    expect(fresh.isEmpty()).toBe(true);
  });

  test('a key that names no record is forgotten by the first read, and kept by clear', async () => {
    const read = new TestSession(NOTHING, KEY);
    await read.keys();
    expect([read.sessionKey, read.isEmpty()]).toEqual([null, true]);
    const cleared = new TestSession(NOTHING, KEY);
    cleared.clear();
    expect(cleared.sessionKey).toBe(KEY);
    await expect(cleared.save()).rejects.toThrow(UpdateError);
  });
});

describe('expiry', () => {
  test.each<[string, Partial<SessionsOptions>, number | Date | null, number, boolean]>([
    ['as the options say', {}, null, 1_209_600, false],
    ['as the options say: an hour', { cookieAge: 3_600 }, null, 3_600, false],
    ['as the options say: with the browser', { expireAtBrowserClose: true }, null, 1_209_600, true],
    ['seconds', {}, 300, 300, false],
    ['seconds, whatever the options say', { expireAtBrowserClose: true }, 300, 300, false],
    ['seconds, in the past', {}, -5, -5, false],
    ['with the browser', {}, 0, 1_209_600, true],
    ['a time', {}, new Date(Date.now() + 60_900), 60, false],
    ['a time, in the past', {}, new Date(Date.now() - 60_100), -61, false],
    ['a time in a project without time zones', { timeZone: 'Asia/Tokyo' }, new Date(Date.now() + 60_900), 60, false],
  ])('%s', async (_name, options, value, age, withBrowser) => {
    const session = new TestSession(NOTHING, null, options);
    await session.setExpiry(value);
    expect(Math.abs((await session.getExpiryAge()) - age)).toBeLessThanOrEqual(1);
    expect(await session.getExpireAtBrowserClose()).toBe(withBrowser);
    const until = ((await session.getExpiryDate()).getTime() - Date.now()) / 1000;
    expect(Math.abs(until - age)).toBeLessThanOrEqual(1);
  });

  test('null takes an expiry away, and is a change only where there was one', async () => {
    const session = new TestSession(kept({ _session_expiry: 60 }), KEY);
    await session.setExpiry(null);
    expect(session.modified).toBe(true);
    expect(await session.keys()).toEqual([]);
  });

  test('a time is kept as Django writes it', async () => {
    const session = new TestSession(NOTHING);
    await session.setExpiry(new Date('2030-01-02T03:04:05.678Z'));
    expect(session.memory?.get('_session_expiry')).toBe('2030-01-02T03:04:05.678000+00:00');
    const naive = new TestSession(NOTHING, null, { timeZone: 'Asia/Tokyo' });
    await naive.setExpiry(new Date('2030-01-02T03:04:05Z'));
    expect(naive.memory?.get('_session_expiry')).toBe('2030-01-02T12:04:05');
  });
});

describe('keys', () => {
  test('new ones are 32 of a-z and 0-9, and none twice', () => {
    const keys = Array.from({ length: 2_000 }, () => newSessionKey());
    for (const key of keys) expect(key).toMatch(/^[a-z0-9]{32}$/);
    expect(new Set(keys).size).toBe(2_000);
    // Each of the 36 stands about as often as any other: 64,000 draws, 1,778 expected, 42 the deviation.
    const counts = new Map<string, number>();
    for (const character of keys.join('')) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(36);
    expect(Math.min(...counts.values())).toBeGreaterThan(1_500);
    expect(Math.max(...counts.values())).toBeLessThan(2_060);
  });

  test.each([null, undefined, '', '1234567'])('%j is none', (key) => {
    expect(new TestSession(NOTHING, key).sessionKey).toBeNull();
  });

  test('cycleKey keeps the data and deletes the old record', async () => {
    const records = kept();
    const session = new TestSession(records, KEY);
    await session.cycleKey();
    expect([...records.keys()]).toEqual([session.sessionKey]);
    expect(session.sessionKey).not.toBe(KEY);
    expect(await session.get('username')).toBe('ann');
  });
});

describe('errors', () => {
  test('name what is missing and what to do', async () => {
    const session = new TestSession(NOTHING);
    const missing = await session.require('username').catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(MissingKeyError);
    expect((missing as Error).message).toBe(
      'The session has no key "username". Ask with has() first, or use get() or pop() with a default value.',
    );
    expect((missing as MissingKeyError).key).toBe('username');
  });

  test('an interrupted session is a 400 for every framework', () => {
    expect(new SessionInterrupted()).toMatchObject({
      name: 'SessionInterrupted',
      status: 400,
      statusCode: 400,
      expose: true,
    });
  });
});

test('what the app declares is what the compiler checks', () => {
  const use = async (session: Session<Data>) => {
    expectTypeOf(await session.get('username')).toEqualTypeOf<string | undefined>();
    expectTypeOf(await session.get('visits', 0)).toEqualTypeOf<number>();
    expectTypeOf(await session.get('username', null)).toEqualTypeOf<string | null>();
    expectTypeOf(await session.require('visits')).toEqualTypeOf<number>();
    expectTypeOf(await session.pop('cart')).toEqualTypeOf<Item[]>();
    expectTypeOf(await session.pop('cart', undefined)).toEqualTypeOf<Item[] | undefined>();
    expectTypeOf(await session.setDefault('visits', 1)).toEqualTypeOf<number>();
    expectTypeOf(await session.keys()).toEqualTypeOf<('username' | 'cart' | 'visits')[]>();
    await session.update({ visits: 1, username: 'ann' });
    // @ts-expect-error There is no such key.
    await session.get('user');
    // @ts-expect-error A number is no name.
    await session.set('username', 1);
    // @ts-expect-error What is taken away is deleted, not set to nothing.
    await session.set('visits', undefined);
    // @ts-expect-error An item has a price.
    await session.update({ cart: [{ id: 1 }] });
    // @ts-expect-error There is no such key.
    await session.update({ user: 'ann' });
    // @ts-expect-error A session's key is its own.
    session.sessionKey = 'mine';
  };
  const anything = async (session: Session) => {
    await session.set('whatever', { a: 1 });
    expectTypeOf(await session.get('whatever')).toEqualTypeOf<unknown>();
  };
  expectTypeOf(createSessions<Data>({ secretKey: 'x', engine: 'signed_cookies' }).open()).toEqualTypeOf<
    Session<Data>
  >();
  expect([typeof use, typeof anything]).toEqual(['function', 'function']);
});
