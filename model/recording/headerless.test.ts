import { expect, test } from 'vitest';
import type { HarExchange } from './har.ts';
import { HeaderlessResponses } from './headerless.ts';
import { createRecording, exchangeIn, timelineOf } from './recording.cases.ts';
import type { ExchangeRecord, TimelineItem } from './records.ts';

const START = 1_700_000_000_000;

const harOf = (path: string, fields: Partial<HarExchange> = {}): HarExchange => ({
  exchanges: [],
  url: `http://localhost:8080${path}?x=1`,
  method: 'GET',
  status: 200,
  startedAt: START,
  durationMs: 5,
  setCookies: [],
  fromCache: false,
  ...fields,
});
const exchangesOf = (items: readonly TimelineItem[]) =>
  items.filter((item): item is ExchangeRecord => item.kind === 'exchange');

function recordingOf(...paths: string[]) {
  const recording = createRecording('epoch00001', START);
  for (const path of paths) recording.start(path).finish();
  return exchangesOf(timelineOf(recording.events).items);
}

test('the one response that fits the one exchange is its own, once', () => {
  const exchanges = recordingOf('/cart', '/other');
  const responses = new HeaderlessResponses();
  responses.add(harOf('/cart'));
  expect(responses.match(exchanges)).toMatchObject([{ exchange: { started: { path: '/cart' } } }]);
  expect(responses.match(exchanges)).toEqual([]);
});

test.each<[string, string[], HarExchange[]]>([
  ['two requests that are alike', ['/cart', '/cart'], [harOf('/cart')]],
  ['two responses that are alike', ['/cart'], [harOf('/cart'), harOf('/cart', { startedAt: START + 9 })]],
  ['another path', ['/cart'], [harOf('/carts')]],
  ['another method', ['/cart'], [harOf('/cart', { method: 'POST' })]],
  ['another status', ['/cart'], [harOf('/cart', { status: 304 })]],
  ['another time', ['/cart'], [harOf('/cart', { startedAt: START + 5_000 })]],
])('%s: nothing is tied', (_what, paths, hars) => {
  const responses = new HeaderlessResponses();
  for (const har of hars) responses.add(har);
  expect(responses.match(recordingOf(...paths))).toEqual([]);
});

test('a response that is seen again is one; with its header it waits no more', () => {
  const responses = new HeaderlessResponses();
  responses.add(harOf('/cart'));
  responses.add(harOf('/cart', { durationMs: 9 }));
  expect(responses.match(recordingOf('/cart'))).toMatchObject([{ har: { durationMs: 9 } }]);
  responses.add(harOf('/cart'));
  responses.remove(harOf('/cart'));
  expect(responses.match(recordingOf('/cart'))).toEqual([]);
});

test('what is still running, or was seen with its header, is tied to nothing', () => {
  const recording = createRecording('epoch00001', START);
  recording.start('/cart');
  const responses = new HeaderlessResponses();
  responses.add(harOf('/cart'));
  expect(responses.match(exchangesOf(timelineOf(recording.events).items))).toEqual([]);
  const seen = createRecording('epoch00001', START);
  const { id } = seen.start('/cart');
  seen.events.push();
  const timeline = timelineOf(seen.events);
  timeline.see({ ...harOf('/cart'), exchanges: [id] });
  expect(responses.match([exchangeIn(timeline)])).toEqual([]);
});
