/** Ends that cannot be: refused when they are set, by name, and nothing is written. */
import { describe, expect, test } from 'vitest';
import { InvalidExpiryError } from '../src/errors.ts';
import { webSessions } from '../src/middleware/web.ts';
import { createSessions } from '../src/sessions.ts';
import { makeStore, STORE_NAMES } from './stores.ts';

const IMPOSSIBLE: [string, unknown][] = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['1e12 seconds', 1e12],
  ['-1e12 seconds', -1e12],
  ['an invalid Date', new Date(Number.NaN)],
  ['a Date of the year 275760', new Date(8.64e15)],
  ['a Date before the year 1', new Date(-1e15)],
  ['a text', '2030-01-01'],
  ['undefined', undefined],
  ['a bigint', 60n],
  ['an object', {}],
];
/** As the data itself would say it. */
const IMPOSSIBLE_DATA: [string, unknown][] = [
  ...IMPOSSIBLE.filter(([name]) => !name.includes('Date') && name !== 'a text' && name !== 'undefined'),
  ['a text that is no time', 'tomorrow'],
  ['a time without a zone, which Django answers with 500', '2030-01-01T00:00:00'],
  ['a day that is none', '2030-02-31T00:00:00+00:00'],
];

describe.each(STORE_NAMES)('%s', (name) => {
  test('nothing is written, and the error says what to write', async () => {
    const store = await makeStore(name);
    if (store === undefined) return;
    const sessions = createSessions<Record<string, unknown>>(store.options);
    await sessions.createTable();
    for (const [title, value] of IMPOSSIBLE) {
      const session = sessions.open();
      await session.set('a', 1);
      await expect(session.setExpiry(value as number), title).rejects.toThrow(InvalidExpiryError);
      expect(await session.keys(), title).toEqual(['a']);
    }
    for (const [title, value] of IMPOSSIBLE_DATA) {
      const session = sessions.open();
      await expect(session.set('_session_expiry', value), title).rejects.toThrow(InvalidExpiryError);
      await expect(session.update({ a: 1, _session_expiry: value }), title).rejects.toThrow(InvalidExpiryError);
      await expect(session.setDefault('_session_expiry', value as object), title).rejects.toThrow(InvalidExpiryError);
      expect(await session.has('_session_expiry'), title).toBe(false);
    }
    let made: string | null = null;
    const handle = webSessions(sessions, async (_request, session) => {
      await session.set('a', 1);
      await session.setExpiry(Number.NaN).catch(() => {});
      made = session.sessionKey;
      await session.setExpiry(1e12);
      return new Response('never');
    });
    await expect(handle(new Request('http://app.test/'))).rejects.toThrow(InvalidExpiryError);
    expect(made).toBeNull();
    await sessions.close();
    await store.dispose();
  });

  test('the first and the last end that Django can read are kept', async () => {
    const store = await makeStore(name);
    if (store === undefined) return;
    const sessions = createSessions(store.options);
    await sessions.createTable();
    for (const end of [new Date('9999-12-31T23:59:59Z'), 86_400 * 365 * 1000, 0.5, 0, null]) {
      const session = sessions.open();
      await session.set('a', 1);
      await session.setExpiry(end);
      await session.save();
      expect(await session.getExpireAtBrowserClose()).toBe(end === 0);
      expect(session.sessionKey).not.toBeNull();
    }
    await sessions.close();
    await store.dispose();
  });
});

test('in a project without time zones, an aware time in the data is what Django answers with 500', async () => {
  const sessions = createSessions({ secretKey: 'x', engine: 'signed_cookies', timeZone: 'Asia/Tokyo' });
  const session = sessions.open();
  await expect(session.set('_session_expiry', '2030-01-01T00:00:00+00:00')).rejects.toThrow(InvalidExpiryError);
  await session.set('_session_expiry', '2030-01-01T00:00:00');
  expect((await session.getExpiryDate()).toISOString()).toBe('2029-12-31T15:00:00.000Z');
});

test('a question with an end that cannot be is refused too', async () => {
  const session = createSessions({ secretKey: 'x', engine: 'signed_cookies' }).open();
  await expect(session.getExpiryAge({ expiry: Number.NaN })).rejects.toThrow(InvalidExpiryError);
  await expect(session.getExpiryDate({ expiry: new Date(Number.NaN) })).rejects.toThrow(InvalidExpiryError);
});
