import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { curlOf, jsonOf } from './copy-as.ts';
import { createRecording, exchangeIn, timelineOf } from './recording.cases.ts';

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

test('an exchange as JSON holds what was told', () => {
  const told = JSON.parse(jsonOf(exchangeOf('/cart/'))) as { started: { path: string }; operations: unknown[] };
  expect(told.started.path).toBe('/cart/');
  expect(told.operations).toEqual([]);
});
