import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createHarLog, type HarLog, MAX_KEPT } from './har-log.ts';
import type { HarEntry, SeenResponse } from './seen-response.ts';

/** What `getHAR` gives: complete entries, until a navigation clears them. */
let devtools: HarEntry[] = [];
let asked = 0;
let seen: SeenResponse[] = [];
let log: HarLog;

beforeEach(() => {
  vi.useFakeTimers();
  devtools = [];
  asked = 0;
  seen = [];
  log = createHarLog({
    getEntries: () => {
      asked += 1;
      return Promise.resolve([...devtools]);
    },
    onSeen: (response) => seen.push(response),
  });
});
afterEach(() => vi.useRealTimers());

const entryOf = (path: string, at: number, setCookies: string[], headers = 1): HarEntry => ({
  startedDateTime: new Date(at).toISOString(),
  time: 1,
  request: { method: 'GET', url: `http://localhost:3000${path}`, headers: [] },
  response: {
    status: 302,
    headers: [
      ...Array.from({ length: headers }, (_header, index) => ({ name: `x-${index}`, value: '' })),
      ...setCookies.map((value) => ({ name: 'Set-Cookie', value })),
    ],
  },
});

/** A request as Chromium reports it: the event's entry may lack raw headers that `getHAR` has at once. */
function finish(path: string, at: number, setCookies: string[], { isRaced = false } = {}): void {
  devtools.push(entryOf(path, at, setCookies));
  log.add(isRaced ? entryOf(path, at, []) : entryOf(path, at, setCookies));
}

const cookies = (path: string) =>
  log
    .kept()
    .find(({ url }) => url.endsWith(path))
    ?.setCookies.map(({ name }) => name);

test('an event that lacks its Set-Cookie is completed 20 ms later', async () => {
  finish('/login', 1, ['sid=1'], { isRaced: true });
  expect(cookies('/login')).toEqual([]);
  await vi.advanceTimersByTimeAsync(20);
  expect(cookies('/login')).toEqual(['sid']);
  // Reported again, under the same key.
  expect(seen).toHaveLength(2);
  expect(seen[0]!.key).toBe(seen[1]!.key);
});

test('HTTP/2, no Set-Cookie: known only once the entry had the time to be completed', async () => {
  const entry = entryOf('/plain', 1, []);
  const chromium = {
    ...entry,
    request: { ...entry.request, headers: [{ name: ':authority', value: 'localhost:3000' }] },
    response: { ...entry.response, httpVersion: 'h2', headersSize: -1 },
    _resourceType: 'document',
  };
  devtools.push(chromium);
  log.add(chromium);
  await vi.advanceTimersByTimeAsync(20);
  expect(log.kept()[0]!.hidesSetCookies).toBe(true);
  await vi.advanceTimersByTimeAsync(300);
  expect(log.kept()[0]!.hidesSetCookies).toBe(false);
  expect(seen.map(({ hidesSetCookies }) => hidesSetCookies)).toEqual([true, false]);
});

test('a chain of redirects, each with its cookie, none missed, with the log asked few times', async () => {
  const hops = 12;
  for (let hop = 0; hop < hops; hop++) {
    finish(`/hop/${hop}`, hop, [`c${hop}=1`], { isRaced: hop % 2 === 0 });
    await vi.advanceTimersByTimeAsync(7);
  }
  await vi.advanceTimersByTimeAsync(400);
  for (let hop = 0; hop < hops; hop++) expect(cookies(`/hop/${hop}`)).toEqual([`c${hop}`]);
  expect(asked).toBeLessThan(hops);
});

test('what a navigation takes out of DevTools stays here', async () => {
  finish('/login', 1, ['sid=1'], { isRaced: true });
  await vi.advanceTimersByTimeAsync(20);
  devtools = [];
  finish('/account', 2, []);
  await vi.advanceTimersByTimeAsync(400);
  expect(log.kept().map(({ url }) => new URL(url).pathname)).toEqual(['/login', '/account']);
  expect(cookies('/login')).toEqual(['sid']);
});

test('an entry that is complete already is reported once', async () => {
  finish('/a', 1, ['sid=1']);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen).toHaveLength(1);
});

test('a poorer version never takes the place of a richer one', async () => {
  finish('/a', 1, ['sid=1']);
  log.add(entryOf('/a', 1, []));
  await vi.advanceTimersByTimeAsync(400);
  expect(cookies('/a')).toEqual(['sid']);
});

test('requests that ended before the first event was heard are asked for at once', async () => {
  const held = [entryOf('/loading', 1, ['sid=1'])];
  const early = createHarLog({ getEntries: () => Promise.resolve(held), onSeen: (response) => seen.push(response) });
  await vi.advanceTimersByTimeAsync(0);
  expect(early.kept().map(({ url }) => new URL(url).pathname)).toEqual(['/loading']);
});

test('kept in the order in which they began, not in the order in which Firefox reports them', () => {
  finish('/second', 20, []);
  finish('/first', 10, []);
  expect(log.kept().map(({ url }) => new URL(url).pathname)).toEqual(['/first', '/second']);
});

test('what has no origin of http is not kept', () => {
  log.add({ ...entryOf('', 1, []), request: { method: 'GET', url: 'data:,', headers: [] } });
  expect(log.kept()).toEqual([]);
});

test('a DevTools that can not be asked loses nothing that was reported', async () => {
  const fragile = createHarLog({
    getEntries: () => Promise.reject(new Error('DevTools is closing')),
    onSeen: (response) => seen.push(response),
  });
  fragile.add(entryOf('/a', 1, []));
  await vi.advanceTimersByTimeAsync(400);
  expect(fragile.kept()).toHaveLength(1);
});

test('the oldest go past the bound', () => {
  for (let index = 0; index < MAX_KEPT + 5; index++) log.add(entryOf(`/${index}`, index, []));
  expect(log.kept()).toHaveLength(MAX_KEPT);
  expect(log.kept()[0]?.url).toMatch(/\/5$/);
});
