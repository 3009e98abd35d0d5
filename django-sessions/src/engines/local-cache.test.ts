import { expect, test } from 'vitest';
import { createSessions } from '../sessions.ts';
import { LocalCache } from './local-cache.ts';

test('at its bound a third goes, what was not used for longest first, as in Django', async () => {
  const cache = new LocalCache('bound');
  const data = Buffer.from('a');
  for (let index = 0; index < 300; index++) await cache.set(`key${index}`, data, 60);
  await cache.get('key0');
  await cache.set('one more', data, 60);
  expect(await cache.has('key0')).toBe(true);
  expect(await cache.has('key100')).toBe(false);
  expect(await cache.has('key101')).toBe(true);
  expect(await cache.has('one more')).toBe(true);
});

test('two of one name are one; another name is another', async () => {
  const options = { secretKey: 'x', engine: 'cache' } as const;
  const make = (url: string) => createSessions({ ...options, cache: { url } });
  const session = make('locmem://mine').open();
  await session.set('a', 1);
  await session.save();
  expect(await make('locmem://mine').open(session.sessionKey).get('a')).toBe(1);
  expect(await make('locmem://yours').open(session.sessionKey).get('a')).toBeUndefined();
});
