import { expect, test } from 'vitest';
import { PythonFloat } from '../codec/numbers.ts';
import { PythonTuple } from '../codec/python-values.ts';
import { createSessions } from '../sessions.ts';
import type { Cache } from './cache-contract.ts';
import { LocalCache } from './local-cache.ts';
import { SessionCache } from './session-cache.ts';

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

test('gives back what another cache would, whether JSON can say it or not', async () => {
  const shared = { qty: 1 };
  const cases: Record<string, unknown>[] = [
    {},
    { text: 'é \ud83d "\\', list: [1, [2, null], { a: true }], price: 12.5, big: 9007199254740991 },
    { b: 1, 2: 'two', a: 3 },
    { ['__proto__']: 'a key', nested: JSON.parse('{"__proto__": 1, "2": 2, "a": 3}') as unknown },
    { first: shared, second: shared },
    { tiny: 1e-7, huge: 1e300, negative: -0, none: Number.NaN, long: 2n ** 70n, float: new PythonFloat(1) },
    { pair: new PythonTuple([1, 'two']), bytes: Buffer.from([0, 255]) },
  ];
  const bytes = new Map<string, Uint8Array>();
  const other: Cache = {
    get: async (name) => bytes.get(name),
    set: async (name, value) => bytes.set(name, value) !== undefined,
    delete: async (name) => void bytes.delete(name),
  };
  for (const [number, content] of cases.entries()) {
    const data = new Map(Object.entries(content));
    const read: (Map<string, unknown> | undefined)[] = [];
    for (const cache of [new LocalCache('same'), other]) {
      const sessions = new SessionCache(cache, {});
      await sessions.set(`case ${number}`, data, 60);
      read.push(await sessions.get(`case ${number}`));
    }
    expect(read[0]).toStrictEqual(read[1]);
    expect([...read[0]!.keys()]).toStrictEqual([...read[1]!.keys()]);
    expect(read[0]?.get('first') === read[0]?.get('second')).toBe(true);
  }
});
