/** Every back-end through every behaviour. A skip gives its reason: what a back-end is does not allow it. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unless } from '../../tests/does-not-apply.ts';
import { documentEngine } from '../../tests/examples/document-engine.ts';
import { memcached } from '../../tests/examples/memcached.ts';
import { createDocumentTable, createMemcached } from '../../tests/own-stores.ts';
import { makeStore, SECRET, STORE_NAMES, type StoreName, type TestStore } from '../../tests/stores.ts';
import { CreateError, MissingKeyError, UnserializableValueError, UpdateError } from '../errors.ts';
import type { Sessions } from '../core.ts';
import { createSessions } from '../sessions.ts';
import type { SessionsOptions } from '../sessions.ts';

interface Data {
  username: string;
  count: number;
  cart: { items: { id: number; price: number }[] };
  extra: unknown;
}

const WARNINGS: string[] = [];
const logger = { warn: (message: string) => void WARNINGS.push(message) };

const inMemory: TestStore = {
  name: 'cache in memory',
  options: { secretKey: SECRET, logger, engine: 'cache', cache: { url: 'locmem://conformance' } },
  django: {},
  dispose: async () => {},
};

/** The examples of the reference. */
const OWN: TestStore[] = [
  inMemory,
  {
    ...inMemory,
    name: 'documents',
    options: { secretKey: SECRET, logger, engine: documentEngine(createDocumentTable()) },
  },
  {
    ...inMemory,
    name: 'cache in Memcached',
    options: { secretKey: SECRET, logger, engine: 'cache', cache: { store: memcached(createMemcached()) } },
  },
];

for (const name of [...STORE_NAMES, ...OWN.map((each) => each.name)]) {
  const own = OWN.find((each) => each.name === name);
  const store = own ?? (await makeStore(name as StoreName, { logger }));
  describe.skipIf(store === undefined)(name, () => {
    const isCookie = name === 'signed_cookies';
    const isCache = name.startsWith('cache ') || name === 'cache';
    /** Its records end by themselves. */
    const endsByItself = isCache || name === 'documents';
    /** Its record is the cookie itself: there is none that another request could delete or find. */
    const withRecord = unless(isCookie && 'the record is the cookie');
    const opened: Sessions<Data>[] = [];
    const make = (options: Partial<SessionsOptions> = {}) => {
      const sessions = createSessions<Data>({ ...(store as TestStore).options, ...options });
      opened.push(sessions);
      return sessions;
    };
    const sessions = store === undefined ? undefined! : make();
    beforeAll(() => sessions.createTable());
    afterAll(async () => {
      await Promise.all(opened.map((each) => each.close()));
      await store?.dispose();
    });

    const saved = async (from = sessions) => {
      const session = from.open();
      await session.set('username', 'ann');
      await session.set('cart', { items: [{ id: 1, price: 2.5 }] });
      await session.save();
      return session;
    };

    withRecord('a session of 60 days is found: Memcached takes more than 30 for a date', async () => {
      const session = await saved();
      await session.setExpiry(60 * 24 * 60 * 60);
      await session.save();
      expect(await sessions.open(session.sessionKey).get('username')).toBe('ann');
    });

    test('a new session has nothing, and touches no store', async () => {
      const session = sessions.open();
      expect([session.sessionKey, session.accessed, session.modified, session.isEmpty()]).toEqual([
        null,
        false,
        false,
        true,
      ]);
      expect(await session.get('username')).toBeUndefined();
      expect(await session.get('username', 'Guest')).toBe('Guest');
      expect([session.accessed, session.modified, session.isEmpty()]).toEqual([true, false, true]);
    });

    test('what is saved is read by another', async () => {
      const { sessionKey } = await saved();
      expect(sessionKey).toMatch(isCookie ? /:/ : /^[a-z0-9]{32}$/);
      const other = sessions.open(sessionKey);
      expect(await other.entries()).toEqual([
        ['username', 'ann'],
        ['cart', { items: [{ id: 1, price: 2.5 }] }],
      ]);
      expect([other.sessionKey, other.modified]).toEqual([sessionKey, false]);
    });

    test('reads, sets, deletes and pops as a dict does', async () => {
      const session = sessions.open();
      await session.set('count', 1);
      expect(session.modified).toBe(true);
      expect(await session.require('count')).toBe(1);
      await expect(session.require('username')).rejects.toThrow(MissingKeyError);
      await expect(session.delete('username')).rejects.toThrow(MissingKeyError);
      await expect(session.pop('username')).rejects.toThrow(MissingKeyError);
      expect(await session.pop('username', null)).toBeNull();
      expect(await session.pop('count')).toBe(1);
      expect(await session.has('count')).toBe(false);
      expect(await session.setDefault('count', 7)).toBe(7);
      expect(await session.setDefault('count', 8)).toBe(7);
      await session.update({ username: 'bob', count: 9 });
      expect(await session.keys()).toEqual(['count', 'username']);
      expect(await session.values()).toEqual([9, 'bob']);
      await session.delete('count');
      expect(await session.entries()).toEqual([['username', 'bob']]);
    });

    test('only what changes the top level marks it modified', async () => {
      const { sessionKey } = await saved();
      const session = sessions.open(sessionKey);
      await session.get('username');
      await session.has('count');
      await session.pop('count', 0);
      await session.setDefault('username', 'bob');
      await session.setExpiry(null);
      (await session.require('cart')).items.push({ id: 2, price: 1 });
      expect(session.modified).toBe(false);
      await session.update({});
      expect(session.modified).toBe(true);
    });

    test('two first uses at once are one load, and what is set meanwhile stands', async () => {
      const { sessionKey } = await saved();
      const session = sessions.open(sessionKey);
      await Promise.all([session.get('username'), session.set('count', 1), session.set('username', 'eve')]);
      expect(await session.get('username')).toBe('eve');
      expect(await session.get('count')).toBe(1);
    });

    test('clear keeps the key; flush forgets it', async () => {
      const session = await saved();
      const { sessionKey } = session;
      session.clear();
      expect(await session.keys()).toEqual([]);
      expect(session.sessionKey).toBe(sessionKey);
      expect(session.isEmpty()).toBe(false);
      await session.flush();
      expect([session.sessionKey, session.isEmpty(), session.modified, session.accessed]).toEqual([
        null,
        true,
        true,
        true,
      ]);
    });

    withRecord('flush deletes the record', async () => {
      const session = await saved();
      const sessionKey = session.sessionKey!;
      expect(await session.exists(sessionKey)).toBe(true);
      await session.flush();
      expect(await session.exists(sessionKey)).toBe(false);
      expect(await sessions.peek(sessionKey)).toEqual({ outcome: 'missing' });
    });

    withRecord('cycleKey keeps the data under a new key', async () => {
      const session = await saved();
      const old = session.sessionKey!;
      await session.cycleKey();
      expect(session.sessionKey).not.toBe(old);
      expect(await session.exists(old)).toBe(false);
      expect(await sessions.open(session.sessionKey).get('username')).toBe('ann');
    });

    withRecord('an unknown key is not adopted', async () => {
      const session = sessions.open('unknownkeyunknownkeyunknownkey00');
      expect(await session.get('username')).toBeUndefined();
      expect(session.sessionKey).toBeNull();
      await session.set('username', 'bob');
      await session.save();
      expect(session.sessionKey).not.toBe('unknownkeyunknownkeyunknownkey00');
    });

    withRecord('a record that has gone is not written back', async () => {
      const session = await saved();
      const other = sessions.open(session.sessionKey);
      await other.set('count', 1);
      await session.flush();
      await expect(other.save()).rejects.toThrow(UpdateError);
    });

    withRecord('a key that nothing loaded stays, and cannot be saved', async () => {
      const session = sessions.open('anotherunknownkeyanotherunknown0');
      session.clear();
      await expect(session.save()).rejects.toThrow(UpdateError);
    });

    withRecord('a save that finds no record leaves a session that is not empty, as Django', async () => {
      const session = sessions.open('yetanotherunknownkeyyetanother00');
      await expect(session.save()).rejects.toThrow(UpdateError);
      expect(session.isEmpty()).toBe(false);
      expect(await session.exists(session.sessionKey!)).toBe(false);
    });

    test('load without a key finds nothing', async () => {
      const session = sessions.open();
      expect([...(await session.load())]).toEqual([]);
      expect(session.sessionKey).toBeNull();
    });

    withRecord('a key that is taken cannot be made', async () => {
      const session = await saved();
      const other = sessions.open(session.sessionKey);
      await expect(other.save({ mustCreate: true })).rejects.toThrow(CreateError);
    });

    withRecord('create makes a record of its own', async () => {
      const session = sessions.open();
      await session.create();
      expect(session.modified).toBe(true);
      expect(await session.exists(session.sessionKey!)).toBe(true);
      expect([...(await session.load()).keys()]).toEqual([]);
    });

    test.each(['', 'short', '1234567'])('%j counts as no key', (key) => {
      expect(sessions.open(key).sessionKey).toBeNull();
    });

    test.each([
      "' or 1=1 --",
      '../../etc/passwd',
      '\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000',
      'k'.repeat(5_000),
      'schlüssel-ÿ-🙂',
    ])('the key %j names no record and does no harm', async (key) => {
      const session = sessions.open(key);
      expect(await session.keys()).toEqual([]);
    });

    test('expiry in its four forms', async () => {
      const session = sessions.open();
      expect(await session.getExpiryAge()).toBe(1_209_600);
      await session.setExpiry(300);
      expect(await session.getExpiryAge()).toBe(300);
      expect(await session.getExpireAtBrowserClose()).toBe(false);
      await session.setExpiry(0);
      expect(await session.getExpiryAge()).toBe(1_209_600);
      expect(await session.getExpireAtBrowserClose()).toBe(true);
      const at = new Date(Date.now() + 60_500);
      await session.setExpiry(at);
      expect(await session.getExpiryAge()).toBe(60);
      expect((await session.getExpiryDate()).getTime()).toBe(at.getTime());
      await session.setExpiry(null);
      expect(await session.has('_session_expiry' as 'username')).toBe(false);
      const modification = new Date(0);
      const unloaded = sessions.open('neverloadedneverloaded0000000000');
      expect((await unloaded.getExpiryDate({ modification, expiry: 5 })).getTime()).toBe(5_000);
      expect(await unloaded.getExpiryAge({ modification, expiry: new Date(7_900) })).toBe(7);
      expect(unloaded.accessed).toBe(false);
    });

    test('the test cookie', async () => {
      const session = sessions.open();
      expect(await session.testCookieWorked()).toBe(false);
      await session.setTestCookie();
      expect(await session.testCookieWorked()).toBe(true);
      await session.deleteTestCookie();
      await expect(session.deleteTestCookie()).rejects.toThrow(MissingKeyError);
    });

    test('a value that cannot be stored is refused by key and type, and nothing is saved', async () => {
      const session = await saved();
      await session.set('extra', { at: new Date() });
      const save = session.save();
      await expect(save).rejects.toThrow(UnserializableValueError);
      await expect(save).rejects.toThrow('extra.at: Date');
      if (!isCookie) expect(await sessions.open(session.sessionKey).has('extra')).toBe(false);
    });

    const whyNotExpired = isCookie
      ? 'the record is the cookie'
      : name === 'file' && "Django's file engine loads a record whose expiry is a number of seconds";
    unless(whyNotExpired)('an expired record reads as none', async () => {
      const session = await saved();
      await session.setExpiry(1);
      await session.save();
      await wait(1_150);
      const other = sessions.open(session.sessionKey);
      expect(await other.keys()).toEqual([]);
      expect(other.sessionKey).toBeNull();
    });

    test('a session with an end in the past reads as none, and is cleared', async () => {
      const session = await saved();
      await session.setExpiry(new Date(Date.now() - 5_000));
      await session.save();
      const key = session.sessionKey!;
      if (isCookie) {
        // Django's rule: the cookie's own expiry does not count, only the signature's age.
        expect(await sessions.open(key).get('username')).toBe('ann');
        expect(await make({ cookieAge: -1 }).open(key).get('username')).toBeUndefined();
        return;
      }
      if (!isCache) expect(['expired', 'missing']).toContain((await sessions.peek(key)).outcome);
      const count = await sessions.clearExpired();
      if (!endsByItself) expect(count).toBeGreaterThan(0);
      // It deletes what is over when it likes to.
      if (name !== 'documents') expect(await session.exists(key)).toBe(false);
      const other = sessions.open(key);
      expect(await other.keys()).toEqual([]);
    });

    test('clearExpired leaves what lives', async () => {
      const session = await saved();
      await sessions.clearExpired();
      expect(await sessions.open(session.sessionKey).get('username')).toBe('ann');
    });

    test('another secret reads nothing; a fallback reads and never signs', async () => {
      const old = make({ secretKey: 'older' });
      const session = await saved(old);
      const rotated = make({ secretKey: 'newer', secretKeyFallbacks: ['older'] });
      const again = rotated.open(session.sessionKey);
      expect(await again.get('username')).toBe('ann');
      // The cache holds no signature: whoever can write to it is trusted, as with Django.
      if (isCache || name === 'cached_db') return;
      WARNINGS.length = 0;
      expect(await make({ secretKey: 'other' }).open(session.sessionKey).get('username')).toBeUndefined();
      expect(WARNINGS).toEqual(isCookie ? [] : ['Session data corrupted']);
      await again.set('count', 1);
      await again.save();
      expect(await make({ secretKey: 'newer' }).open(again.sessionKey).get('count')).toBe(1);
    });

    test('peek reads without changing anything', async () => {
      const session = await saved();
      const reading = await sessions.peek(session.sessionKey!);
      expect(reading.outcome).toBe('found');
      if (reading.outcome === 'found') {
        expect(reading.data.get('username')).toBe('ann');
        // What a cache holds of a row is not of the row's size.
        if (name === 'cached_db') expect(reading.bytes).toBeUndefined();
        else expect(reading.bytes).toBeGreaterThan(20);
      }
    });

    withRecord('many sessions at once keep to themselves', async () => {
      const all = await Promise.all(
        Array.from({ length: 40 }, async (_, count) => {
          const session = sessions.open();
          await session.set('count', count);
          await session.save();
          return session.sessionKey;
        }),
      );
      expect(new Set(all).size).toBe(40);
      const read = await Promise.all(all.map((key) => sessions.open(key).get('count')));
      expect(read).toEqual(all.map((_, count) => count));
    });
  });
}
