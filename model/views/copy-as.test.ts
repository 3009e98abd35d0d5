import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { HarExchange } from '../recording/har.ts';
import { curlOf, fetchOf, jsonOf, markdownOf } from './copy-as.ts';
import { createRecording, exchangeIn, timelineOf } from '../recording/recording.cases.ts';

const exchangeOf = (path: string, cookieName = 'sid') => {
  const recording = createRecording();
  recording.start(path, { method: 'POST', cookie: { name: cookieName, sent: 1, signature: 'valid' } }).finish();
  return exchangeIn(timelineOf(recording.events));
};

/** What a shell makes of a command: its words. */
const wordsOf = (command: string) =>
  execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { env: { SESSION_COOKIE: 'value' }, encoding: 'utf8' })
    .trimEnd()
    .split('\n');

test('a request as cURL: method, URL, and a place for the cookie', () => {
  expect(wordsOf(curlOf(exchangeOf('/cart/add/'), 'http://localhost:3000'))).toEqual([
    'curl',
    '-X',
    'POST',
    'http://localhost:3000/cart/add/',
    '-H',
    'cookie: sid=value',
  ]);
});

test('a path and a cookie`s name that a shell would run are words like any other', () => {
  const hostile = exchangeOf("/$(id)'; echo gone; '`id`", 'a$(id)"`id`\\');
  expect(wordsOf(curlOf(hostile, 'http://localhost:3000'))).toEqual([
    'curl',
    '-X',
    'POST',
    "http://localhost:3000/$(id)'; echo gone; '`id`",
    '-H',
    'cookie: a$(id)"`id`\\=value',
  ]);
});

test('an exchange as JSON holds what was reported', () => {
  const reported = JSON.parse(jsonOf(exchangeOf('/cart/'))) as { started: { path: string }; operations: unknown[] };
  expect(reported.started.path).toBe('/cart/');
  expect(reported.operations).toEqual([]);
});

const SENT: HarExchange['request'] = {
  headers: [
    { name: 'Host', value: 'localhost:3000' },
    { name: 'content-type', value: 'application/json' },
    { name: 'X-It', value: "it's $HOME" },
    { name: 'Authorization', value: '' },
    { name: 'Sec-Fetch-Site', value: 'same-origin' },
    { name: 'Content-Length', value: '7' },
  ],
  body: '{"a":"\'$(id)`"}',
};
const withRequest = (path: string) => {
  const exchange = exchangeOf(path);
  exchange.har = {
    exchanges: [exchange.id],
    url: `http://localhost:3000${path}?q=1`,
    method: 'POST',
    status: 200,
    startedAt: 0,
    durationMs: 1,
    setCookies: [],
    fromCache: false,
    request: SENT,
  };
  return exchange;
};

test('headers and body that DevTools saw go along; credentials stay with the reader', () => {
  const command = curlOf(withRequest('/cart/add/'), undefined);
  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], {
    env: { SESSION_COOKIE: 'value', AUTHORIZATION: 'Bearer x' },
    encoding: 'utf8',
  })
    .trimEnd()
    .split('\n');
  expect(words).toEqual([
    'curl',
    '-X',
    'POST',
    'http://localhost:3000/cart/add/?q=1',
    '-H',
    'content-type: application/json',
    '-H',
    "X-It: it's $HOME",
    '-H',
    'Authorization: Bearer x',
    '-H',
    'cookie: sid=value',
    '--data-raw',
    SENT!.body,
  ]);
});

test('a path that is none can lead to no other host', () => {
  const words = wordsOf(curlOf(exchangeOf('@evil.test/x'), 'http://localhost:3000'));
  expect(new URL(words[3]!).host).toBe('localhost:3000');
});

test('a request as fetch runs in the page: method, headers, body, and the cookie by the browser', async () => {
  const line = fetchOf(withRequest('/cart/add/'), undefined);
  const calls: unknown[][] = [];
  const run = new Function('fetch', `return (async () => { ${line} })()`) as (fetch: unknown) => Promise<void>;
  await run((...parts: unknown[]) => void calls.push(parts));
  expect(calls).toEqual([
    [
      'http://localhost:3000/cart/add/?q=1',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'X-It': "it's $HOME", Authorization: '<Authorization>' },
        body: SENT!.body,
        credentials: 'include',
      },
    ],
  ]);
});

test('Markdown for a bug report: verdict with reasons, and each operation as a row that no value breaks', () => {
  const recording = createRecording();
  const exchange = recording.start('/cart/');
  exchange.load({});
  exchange.set('a|b', '`tick` | pipe\nline');
  exchange.finish();
  const text = markdownOf(exchangeIn(timelineOf(recording.events)), undefined);
  expect(text).toMatch(/^### `GET \/cart\/` 200\n\n- \*\*Record: /);
  const table = text.split('\n').filter((line) => line.startsWith('|'));
  expect(table).toHaveLength(4);
  // Bars within are escaped: each row has the same columns.
  for (const line of table) expect(line.match(/(?<!\\)\|/g)).toHaveLength(6);
});

test('JSON has what was recorded, not what the browser sent along', () => {
  expect(jsonOf(withRequest('/cart/'))).not.toContain('$HOME');
});
