import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OWN_REQUESTS, parseOwnRequests } from './own-requests.ts';

const server = createServer((_request, response) => response.end('x'));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => server.close());

test('what a program has fetched is in its list, at its time', async () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cart?a=1`;
  const before = Date.now();
  await (await fetch(`${url}#top`)).text();
  // The list is filled after the answer was read.
  await new Promise((resolve) => setTimeout(resolve));
  const read = new Function('performance', `return ${OWN_REQUESTS}`) as (given: unknown) => unknown;
  const own = parseOwnRequests(read(performance)).filter((entry) => entry.url === url);
  expect(own).toHaveLength(1);
  expect(own[0]!.startedAt).toBeGreaterThan(before - 1_000);
  expect(own[0]!.endedAt).toBeGreaterThanOrEqual(own[0]!.startedAt);
});

test.each([
  ['nothing', undefined],
  ['no text', [['http://a.test/', 1, 2]]],
  ['no JSON', '{'],
  ['no list', '{"0":1}'],
  ['entries of another shape', '[1, null, {}, ["http://a.test/"], ["http://a.test/", "1", 2], [1, 2, 3]]'],
  ['times that are none', '[["http://a.test/", 1e999, 2]]'],
  ['a URL beyond all bounds', JSON.stringify([[`http://a.test/${'x'.repeat(3_000)}`, 1, 2]])],
  ['a text beyond all bounds', JSON.stringify([['x'.repeat(1_100_000), 1, 2]])],
])('a page that answers with %s has no list', (_what, answer) => {
  expect(parseOwnRequests(answer)).toEqual([]);
});

test('a page that lists more than a browser does is read up to a bound', () => {
  const many = Array.from({ length: 5_000 }, (_entry, at) => [`http://a.test/${at}`, at, at]);
  expect(parseOwnRequests(JSON.stringify(many))).toHaveLength(300);
});
