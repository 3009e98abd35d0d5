import { expect, test } from 'vitest';
import { formatDiscovery } from '../protocol/index.ts';
import { markOf } from './jar.ts';
import { type HarEntry, keyOf, readHarEntry } from './seen-response.ts';

export const entryOf = (fields: {
  url?: string;
  request?: [name: string, value: string][];
  response?: [name: string, value: string][];
  status?: number;
  startedAt?: string | Date;
  fromCache?: string;
}): HarEntry => ({
  startedDateTime: fields.startedAt ?? '2026-01-01T00:00:00.000Z',
  time: 12,
  request: {
    method: 'GET',
    url: fields.url ?? 'http://localhost:3000/cart?token=1',
    headers: (fields.request ?? []).map(([name, value]) => ({ name, value })),
  },
  response: {
    status: fields.status ?? 200,
    headers: (fields.response ?? []).map(([name, value]) => ({ name, value })),
  },
  ...(fields.fromCache === undefined ? {} : { _fromCache: fields.fromCache }),
});

const DISCOVERY = {
  path: '/__sessionscope__',
  v: 1,
  app: 'app-app-app-app-app-ap',
  at: 'http://127.0.0.1:3000',
  exchange: '0'.repeat(32),
  epoch: 'epoch00001',
};

test('a response with the header: where its companion is, and which exchange it was', () => {
  const seen = readHarEntry(entryOf({ response: [['sessionscope', formatDiscovery([DISCOVERY])]] }));
  expect(seen).toMatchObject({
    origin: 'http://localhost:3000',
    status: 200,
    durationMs: 12,
    discovery: { ok: true, items: [DISCOVERY] },
  });
});

test('a header that came as several lines is one list', () => {
  const line = (exchange: string): [string, string] => ['Sessionscope', formatDiscovery([{ ...DISCOVERY, exchange }])];
  const seen = readHarEntry(entryOf({ response: [line('1'.repeat(32)), line('2'.repeat(32))] }));
  expect(seen?.discovery?.ok && seen.discovery.items).toHaveLength(2);
});

test('no header is not a bad one', () => {
  expect(readHarEntry(entryOf({}))?.discovery).toBeUndefined();
  expect(readHarEntry(entryOf({ response: [['Sessionscope', 'x']] }))?.discovery).toMatchObject({ ok: false });
});

test('cookie values go no further than here', () => {
  const seen = readHarEntry(
    entryOf({
      request: [['Cookie', 'sid=s%3Asecret1; theme=dark; sid=secret2']],
      response: [
        ['Set-Cookie', 'sid=secret3; Path=/; HttpOnly'],
        ['set-cookie', 'other=secret4'],
      ],
    }),
  );
  expect(seen?.cookieNames).toEqual(['sid', 'theme', 'sid']);
  expect(seen?.setCookies).toMatchObject([
    { name: 'sid', valueLength: 7, attributes: '; Path=/; HttpOnly' },
    { name: 'other', valueLength: 7, attributes: '' },
  ]);
  expect(JSON.stringify(seen)).not.toContain('secret');
  // The jar's value is compared by a mark, which is of this response alone.
  expect(seen?.setCookies[0]?.mark).toBe(markOf('secret3', seen!.key));
  expect(markOf('secret3', 'another')).not.toBe(seen?.setCookies[0]?.mark);
  expect(markOf('secret4', seen!.key)).not.toBe(seen?.setCookies[0]?.mark);
});

test('several Set-Cookie in one header, a line each, as Firefox gives them', () => {
  const seen = readHarEntry(entryOf({ response: [['Set-Cookie', 'a=1; Path=/\nb=22']] }));
  expect(seen?.setCookies.map(({ name, valueLength }) => [name, valueLength])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

test.each(['', '=', ';', 'nothing', '=value; Path=/', 'a=b=c'])(
  'a malformed Set-Cookie %j is read without a fault',
  (line) => {
    expect(readHarEntry(entryOf({ response: [['Set-Cookie', line]] }))?.setCookies).toHaveLength(1);
  },
);

// As Chromium 156 gives them, redirects in a row: the network's part of an entry may come after the event.
test.each([
  ['as the renderer knows it', { httpVersion: 'http/1.1', headersSize: -1 }, true, true],
  ['as it came', { httpVersion: 'HTTP/1.1', headersSize: 211 }, false, false],
  ['HTTP/2, where the head has no text', { httpVersion: 'h2', headersSize: -1 }, true, false],
])('%s: whether a response without Set-Cookie had none', (_name, response, atFirst, settled) => {
  const entry = entryOf({ request: [['host', 'localhost']] });
  const chromium = { ...entry, response: { ...entry.response, ...response }, _resourceType: 'document' };
  expect(readHarEntry(chromium)?.hidesSetCookies).toBe(atFirst);
  expect(readHarEntry(chromium, true)?.hidesSetCookies).toBe(settled);
});

test('a worker`s own request names no host: nothing is known of its cookies, however late', () => {
  const entry = entryOf({ request: [['User-Agent', 'x']] });
  const chromium = {
    ...entry,
    response: { ...entry.response, httpVersion: 'h2', headersSize: -1 },
    _resourceType: 'fetch',
  };
  expect(readHarEntry(chromium, true)).toMatchObject({ hidesSetCookies: true });
  expect(readHarEntry(chromium, true)?.cookieNames).toBeUndefined();
});

test('a Set-Cookie that is there is known; a request that names its host and no cookie sent none', () => {
  expect(readHarEntry(entryOf({ response: [['Set-Cookie', 'a=b']] }))?.hidesSetCookies).toBe(false);
  expect(readHarEntry(entryOf({ request: [['host', 'localhost']] }))?.cookieNames).toEqual([]);
});

test('whether cookies were sent is not known where the browser does not report it', () => {
  expect(readHarEntry(entryOf({}))?.cookieNames).toBeUndefined();
});

test('out of a cache, no exchange took place; a 304 is one', () => {
  expect(readHarEntry(entryOf({ fromCache: 'memory' }))?.fromCache).toBe(true);
  // The server was asked and answered, with a header of its own.
  expect(readHarEntry(entryOf({ status: 304 }))?.fromCache).toBe(false);
});

test.each(['chrome-extension://abc/panel.html', 'data:text/html,x', 'blob:http://a.test/1', 'about:blank', 'nonsense'])(
  '%s has no companion behind it',
  (url) => {
    expect(readHarEntry(entryOf({ url }))).toBeUndefined();
  },
);

test('an entry and its later version have the same key, whichever way the time is given', () => {
  const text = entryOf({ startedAt: '2026-01-01T00:00:00.000Z' });
  const date = entryOf({ startedAt: new Date('2026-01-01T00:00:00.000Z') });
  expect(keyOf(text)).toBe(keyOf(date));
  expect(keyOf(entryOf({ url: 'http://localhost:3000/other' }))).not.toBe(keyOf(text));
});
