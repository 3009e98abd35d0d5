/** Records that no session wrote: real Django and ours read them alike, and nothing in them is run. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { parseSetCookie } from 'cookie';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_UNPACKED_BYTES } from '../src/codec/record.ts';
import { createSigner } from '../src/codec/signing.ts';
import { UnserializableValueError } from '../src/errors.ts';
import type { Sessions } from '../src/core.ts';
import { createSessions } from '../src/sessions.ts';
import { COOKIE_SALT, RECORD_SALT } from '../src/settings.ts';
import { ask } from './differential.ts';
import { startDjango, startOurs } from './program-servers.ts';
import type { RequestPlan } from './programs.ts';
import { DJANGO_VERSIONS, djangoPython } from './python.ts';
import { makeStore, SECRET, type StoreName, type TestStore } from './stores.ts';

const KEY = 'hostilehostilehostilehostile0000';
const DAY_MS = 86_400_000;
const plain = (text: string) => Buffer.from(text).toString('base64url');
const packed = (bytes: Buffer | string) => `.${deflateSync(bytes).toString('base64url')}`;

/** Texts that were never a session, or are one no more; made for the salt of records or of cookies. */
function hostileTexts(salt: string): Record<string, string> {
  const signer = createSigner({ secretKey: SECRET, salt });
  const good = signer.sign(plain('{"user":"ann"}'));
  const bad = (index: number) => good.slice(0, index) + (good[index] === 'A' ? 'B' : 'A') + good.slice(index + 1);
  return {
    'a good one': good,
    'a changed payload': bad(3),
    'a changed signature': bad(good.length - 3),
    'another time': good.replace(/:[^:]+:/, ':000000:'),
    truncated: good.slice(0, -10),
    'without a signature': good.slice(0, good.lastIndexOf(':')),
    'no record': 'this is not a session',
    colons: '::::::::::',
    'signed for something else': createSigner({ secretKey: SECRET, salt: 'django.core.signing' }).sign(
      plain('{"a":1}'),
    ),
    'signed with another secret': createSigner({ secretKey: 'other', salt }).sign(plain('{"a":1}')),
    'signed long ago': signer.sign(plain('{"user":"ann"}'), Date.now() - 20 * DAY_MS),
    'no JSON': signer.sign(plain('{"user":')),
    nothing: signer.sign(''),
    'no base 64': signer.sign('\u{21}\u{21}\u{21}\u{21}'),
    'said to be packed, and is not': signer.sign(`.${plain('{"user":"ann"}')}`),
    'packed, and cut off': signer.sign(packed('{"user":"ann","more":"aaaaaaaaaaaaaaaaaaaaaaaaaaa"}').slice(0, -8)),
    'objects in objects, 5,000 deep': signer.sign(packed('{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000))),
    'an integer of 5,000 digits': signer.sign(packed(`{"a":${'9'.repeat(5_000)}}`)),
    'keys of an object': signer.sign(plain('{"__proto__":{"admin":true},"constructor":1,"hasOwnProperty":2}')),
    'white space around it': signer.sign(plain(' \n{"user" : "ann"}\t')),
  };
}

/** Puts a text where the engine keeps the record of `KEY`. */
function plant(store: TestStore, text: string): void {
  const { engine, database, filePath } = store.options;
  if (engine === 'file') writeFileSync(join(filePath!, `sessionid${KEY}`), text, 'latin1');
  if (engine !== 'db') return;
  const sqlite = new DatabaseSync(database as string);
  sqlite
    .prepare('insert or replace into django_session (session_key, session_data, expire_date) values (?, ?, ?)')
    .run(KEY, text, '2100-01-01 00:00:00');
  sqlite.close();
}

const plan = (...steps: RequestPlan['steps']): RequestPlan => ({
  steps,
  status: 200,
  raises: false,
  streams: false,
  vary: null,
  method: 'GET',
  cookie: 'jar',
  byDjango: false,
});

const PLANS = [
  plan(['entries'], ['hasKey'], ['isEmpty'], ['modified']),
  plan(['set', 'user', 'bob'], ['entries']),
  plan(['pop', 'user', null]),
  plan(['clear']),
  plan(['cycleKey'], ['entries']),
];

for (const version of DJANGO_VERSIONS) {
  const python = djangoPython(version);
  describe.skipIf(python === undefined)(`as Django ${version}`, () => {
    test.each<StoreName>(['db on SQLite', 'file', 'signed_cookies'])('%s', async (name) => {
      const store = (await makeStore(name))!;
      const [django, ours] = [await startDjango(python!, store), await startOurs(store)];
      const isCookie = name === 'signed_cookies';
      const reader = createSessions(store.options);
      try {
        for (const [title, text] of Object.entries(hostileTexts(isCookie ? COOKIE_SALT : RECORD_SALT)))
          for (const each of version === '52' ? PLANS : PLANS.slice(0, 2)) {
            const seen = [];
            for (const { port } of [django, ours]) {
              plant(store, text);
              const answer = await ask(port, each, '{}', `sessionid=${isCookie ? text : KEY}`);
              const cookies = answer.setCookies.map((line) => parseSetCookie(line));
              const own = cookies.find((cookie) => cookie.name === 'sessionid');
              const value = own?.value?.replace(/^"(.*)"$/, '$1');
              const record = await reader.peek(value || (isCookie ? text : KEY));
              seen.push({
                status: answer.status,
                body: JSON.parse(answer.body) as unknown,
                cookie: own === undefined ? 'none' : own.maxAge === 0 ? 'deleted' : value === KEY ? 'kept' : 'new',
                record: 'data' in record ? [...record.data] : record.outcome,
              });
            }
            expect({ title, steps: each.steps, ...seen[1] }).toEqual({ title, steps: each.steps, ...seen[0] });
            expect(seen[0]!.status).toBe(200);
          }
      } finally {
        await Promise.all([django.close(), ours.close(), reader.close()]);
        await store.dispose();
      }
    });
  });
}

describe('where Django itself fails, a session here is empty', () => {
  const folder = mkdtempSync(join(tmpdir(), 'django-sessions-'));
  const sessions = createSessions({ secretKey: SECRET, engine: 'file', filePath: folder, logger: { warn() {} } });
  const signer = createSigner({ secretKey: SECRET, salt: RECORD_SALT });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['a list', signer.sign(plain('[1]'))],
    ['a text', signer.sign(plain('"x"'))],
    ['null', signer.sign(plain('null'))],
    ['bytes that are no ASCII', 'ünreadable:\xff:\xfe'],
    ['a zip bomb', signer.sign(packed(Buffer.alloc(MAX_UNPACKED_BYTES + 1, ' ')))],
  ])('%s', async (_name, text) => {
    writeFileSync(join(folder, `sessionid${KEY}`), text, 'latin1');
    const session = sessions.open(KEY);
    expect(await session.keys()).toEqual([]);
    expect(session.sessionKey).toBe(KEY);
    await session.set('user', 'ann');
    await session.save();
    expect(await sessions.open(KEY).get('user')).toBe('ann');
  });
});

const redisStore = await makeStore('cache', { logger: { warn() {} } });
describe.skipIf(redisStore === undefined)('a cache that somebody else wrote to', () => {
  const store = redisStore!;
  const client = createClient({ url: 'redis://127.0.0.1:6379/0' });
  const name = `${store?.options.cache?.keyPrefix}:1:django.contrib.sessions.cache${KEY}`;
  const marker = join(tmpdir(), `django-sessions-was-run-${process.pid}`);
  let sessions: Sessions;
  beforeAll(async () => {
    await client.connect();
    sessions = createSessions(store.options);
  });
  afterAll(async () => {
    await client.del(name);
    await client.close();
    await sessions.close();
    await store.dispose();
  });
  const put = (bytes: Buffer) => client.set(name, bytes, { EX: 60 });
  const text = (value: string) => Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value)]);
  /** `{"user": <value>}` */
  const dictWith = (...value: Buffer[]) =>
    Buffer.concat([Buffer.from([0x80, 4, 0x7d]), text('user'), ...value, Buffer.from('s.')]);
  const command = `touch ${marker}`;

  test.each<[string, Buffer]>([
    ['posix.system by REDUCE', dictWith(Buffer.from('cposix\nsystem\n'), text(command), Buffer.from([0x85, 0x52]))],
    [
      'builtins.eval by STACK_GLOBAL',
      dictWith(text('builtins'), text('eval'), Buffer.from([0x93]), text('1'), Buffer.from([0x85, 0x52])),
    ],
    ['a class by NEWOBJ', dictWith(Buffer.from('csubprocess\nPopen\n'), text(command), Buffer.from([0x85, 0x81]))],
    ['a class by INST', dictWith(Buffer.from(`(V${command}\nios\nsystem\n`))],
  ])('%s is kept as what it is, and never run', async (_title, pickle) => {
    await put(pickle);
    const session = sessions.open(KEY);
    expect(await session.keys()).toEqual(['user']);
    expect(existsSync(marker)).toBe(false);
    // It is carried back unchanged: Django may know what it is.
    await session.set('visits' as never, 1 as never);
    await session.save();
    expect(existsSync(marker)).toBe(false);
    expect(await sessions.open(KEY).keys()).toEqual(['user', 'visits']);
  });

  test.each<[string, Buffer]>([
    ['no pickle', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['a number', Buffer.from('42')],
    ['a list', Buffer.from([0x80, 4, 0x5d, 0x2e])],
    ['a truncated one', dictWith(text('ann')).subarray(0, -3)],
    ['a protocol of the future', Buffer.from([0x80, 99, 0x7d, 0x2e])],
    ['an extension code', dictWith(Buffer.from([0x82, 1]))],
    ['a persistent object', dictWith(Buffer.from('P1\n'))],
    ['a length of 4 GB', dictWith(Buffer.from([0x58, 0xff, 0xff, 0xff, 0xff]))],
    ['a string of 2^62 bytes', dictWith(Buffer.from([0x8d, 0, 0, 0, 0, 0, 0, 0, 0x40]))],
    ['a list as key', Buffer.from([0x80, 4, 0x7d, 0x5d, 0x4e, 0x73, 0x2e])],
    ['a million marks', Buffer.concat([Buffer.from([0x80, 4]), Buffer.alloc(1_000_000, 0x28), Buffer.from('.')])],
    ['a million pops', Buffer.concat([Buffer.from([0x80, 4]), Buffer.alloc(1_000_000, 0x30), Buffer.from('.')])],
  ])('%s is no session: the key is forgotten', async (_title, pickle) => {
    await put(pickle);
    const session = sessions.open(KEY);
    expect(await session.keys()).toEqual([]);
    expect(session.sessionKey).toBeNull();
    expect(['unreadable', 'missing']).toContain((await sessions.peek(KEY)).outcome);
  });

  test('a memo at a huge place costs no memory', async () => {
    const put4 = Buffer.from([0x72, 0xff, 0xff, 0xff, 0x7f]);
    const get4 = Buffer.from([0x6a, 0xff, 0xff, 0xff, 0x7f]);
    await put(dictWith(text('ann'), put4, Buffer.from([0x30]), get4));
    expect(await sessions.open(KEY).get('user')).toBe('ann');
  });

  test('a list that holds itself is read, and refused by key when it is stored as JSON', async () => {
    // EMPTY_LIST MEMOIZE BINGET 0 APPEND
    await put(dictWith(Buffer.from([0x5d, 0x94, 0x68, 0, 0x61])));
    const session = sessions.open(KEY);
    const list = (await session.get('user')) as unknown[];
    expect(list[0]).toBe(list);
    // A pickle can say so, and does.
    await session.save();
    const copy = createSessions({ secretKey: SECRET, engine: 'signed_cookies' }).open();
    await copy.set('user', list);
    await expect(copy.save()).rejects.toThrow('user[0]: a cycle');
  });

  test('100,000 lists in one another are read, and refused by key when they are stored', async () => {
    await put(dictWith(Buffer.alloc(100_000, 0x5d), Buffer.alloc(99_999, 0x61)));
    const session = sessions.open(KEY);
    expect(Array.isArray(await session.get('user'))).toBe(true);
    await session.set('user2' as never, 1 as never);
    const save = session.save();
    await expect(save).rejects.toThrow(UnserializableValueError);
    await expect(save).rejects.toThrow('user[0][0]');
  });
});
