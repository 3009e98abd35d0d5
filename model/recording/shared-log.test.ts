/** Processes that write one log: whose a request is, and in which order they stand. */
import { expect, test } from 'vitest';
import type { EpochStarted, Middleware, SessionscopeEvent } from '../../protocol/index.ts';
import { recordHistory } from '../history/record.ts';
import { isSameMiddleware } from '../history/sides.ts';
import { serverName } from './epochs.ts';
import { ALICE, createRecording } from './recording.cases.ts';
import type { ExchangeRecord, TimelineItem } from './records.ts';
import { Timeline } from './timeline.ts';

const middlewareOf = (library: string, cookieName: string, more: Partial<Middleware> = {}): Middleware => ({
  library,
  libraryVersion: '1',
  cookieNames: [cookieName],
  store: 'db',
  recordsIn: 'outside',
  settings: {},
  ...more,
});

const NODE: Partial<EpochStarted> = {
  process: 'node',
  runtime: 'node 24.0.0',
  server: { name: 'shop', port: 3000 },
  middlewares: [middlewareOf('express-session', 'connect.sid', { store: 'MemoryStore', recordsIn: 'process' })],
};
const DJANGO: Partial<EpochStarted> = {
  process: 'django',
  runtime: 'python 3.12.0',
  server: { name: 'shop', port: 8000 },
  middlewares: [middlewareOf('django', 'sessionid')],
};

function timelineOf(events: readonly SessionscopeEvent[]): Timeline {
  const timeline = new Timeline();
  for (const event of events) timeline.receive(event);
  return timeline;
}

const requestsOf = (items: readonly TimelineItem[]) =>
  items.flatMap((item) => (item.kind === 'exchange' ? [item] : []));
const shown = (exchange: ExchangeRecord) => [
  exchange.started?.path,
  serverName(exchange.life.started),
  exchange.life.started?.middlewares[exchange.started!.middleware]?.library,
];

test('each request is of its own process, in whichever order the events come', () => {
  const recording = createRecording();
  recording.epochStarted(NODE);
  recording.start('/node', { process: 'node' }).finish();
  recording.epochStarted(DJANGO);
  recording.start('/django', { process: 'django' }).finish();
  recording.start('/node-again', { process: 'node' }).finish();
  const wanted = [
    ['/node', 'shop :3000', 'express-session'],
    ['/django', 'shop :8000', 'django'],
    ['/node-again', 'shop :3000', 'express-session'],
  ];
  for (const events of [recording.events, recording.events.toReversed()]) {
    const timeline = timelineOf(events);
    expect(requestsOf(timeline.items).map(shown)).toEqual(wanted);
    expect(timeline.lives.map(({ started }) => serverName(started)).toSorted()).toEqual(['shop :3000', 'shop :8000']);
    // Neither is a restart of the other.
    expect(timeline.items.map(({ kind }) => kind)).toEqual(['exchange', 'exchange', 'exchange']);
  }
});

test('the newest word of a process holds, and no other one', () => {
  const recording = createRecording();
  recording.epochStarted({ ...NODE, server: { name: 'shop' } });
  recording.epochStarted(DJANGO);
  recording.epochStarted(NODE);
  recording.start('/node', { process: 'node' }).finish();
  for (const events of [recording.events, recording.events.toReversed()])
    expect(requestsOf(timelineOf(events).items).map(shown)).toEqual([['/node', 'shop :3000', 'express-session']]);
});

test('of a process that no word came of, nothing is claimed', () => {
  const recording = createRecording();
  recording.epochStarted(NODE);
  recording.start('/who', { process: 'other' }).finish();
  const [request] = requestsOf(timelineOf(recording.events).items);
  expect(request!.life.started).toBeUndefined();
});

test('a companion that names processes in its requests alone has one word for all of them', () => {
  const recording = createRecording();
  const { process: _process, ...word } = DJANGO;
  recording.epochStarted(word);
  recording.start('/a', { process: 'one' }).finish();
  recording.start('/b', { process: 'two' }).finish();
  for (const events of [recording.events, recording.events.toReversed()])
    expect(requestsOf(timelineOf(events).items).map(shown)).toEqual([
      ['/a', 'shop :8000', 'django'],
      ['/b', 'shop :8000', 'django'],
    ]);
});

test('within a process the number decides, between two the time, and at one moment the number', () => {
  const recording = createRecording();
  const at = 1_700_000_000_000;
  // Redis took what Django had written a moment late, and one clock went back.
  recording.start('/node-1', { process: 'node', at: at + 10 }).finish();
  recording.start('/node-2', { process: 'node', at: at + 8 }).finish();
  recording.start('/node-3', { process: 'node', at: at + 30 }).finish();
  recording.start('/django-1', { process: 'django', at: at + 5 }).finish();
  recording.start('/django-2', { process: 'django', at: at + 20 }).finish();
  recording.start('/django-3', { process: 'django', at: at + 30 }).finish();
  for (const events of [recording.events, recording.events.toReversed()])
    expect(requestsOf(timelineOf(events).items).map(({ started }) => started!.path)).toEqual([
      '/django-1',
      '/node-1',
      '/node-2',
      '/django-2',
      '/node-3',
      '/django-3',
    ]);
});

test('a process that goes over to a log of its own, and back, was not restarted', () => {
  const shared = createRecording('epoch00001');
  shared.epochStarted(NODE);
  shared.start('/a', { process: 'node' }).finish();
  const own = createRecording('epoch00002', 1_700_000_010_000);
  own.epochStarted({ ...NODE, partial: 'Redis does not answer.' });
  own.start('/b', { process: 'node' }).finish();
  const again = createRecording('epoch00003', 1_700_000_020_000);
  again.epochStarted(NODE);
  again.start('/c', { process: 'node' }).finish();
  const { items } = timelineOf([...shared.events, ...own.events, ...again.events]);
  expect(items.map(({ kind }) => kind)).toEqual(['exchange', 'exchange', 'exchange']);
});

test('a request that goes on in another log, with other numbers, keeps its place and its order', () => {
  const shared = createRecording('epoch00001');
  shared.epochStarted(NODE);
  for (let count = 0; count < 5; count++) shared.start(`/before/${count}`, { process: 'node' }).finish();
  const torn = shared.start('/torn', { process: 'node' });
  torn.set('a', 1);
  const own = createRecording('epoch00002', 1_700_000_001_000);
  own.epochStarted({ ...NODE, partial: 'Redis does not answer.' });
  const rest = own.start('/torn', { process: 'node', exchange: torn.id });
  rest.set('a', 2);
  rest.finish();
  // The first event of the rest is none of its own: it began in the other log.
  const events = [...shared.events, ...own.events.filter(({ type }) => type !== 'exchange-started')];
  const last = requestsOf(timelineOf(events).items).at(-1)!;
  expect([last.started!.path, last.number, last.epoch]).toEqual(['/torn', 6, 'epoch00001']);
  expect(last.operations.map(({ after }) => after)).toEqual([1, 2]);
  expect(last.finished?.epoch).toBe('epoch00002');
});

test('the first middleware of one process is not the first of the other', () => {
  const recording = createRecording();
  recording.epochStarted(NODE);
  recording.epochStarted(DJANGO);
  const cookie = (name: string) => ({ name, sent: 1 });
  recording.start('/a', { process: 'node', cookie: cookie('connect.sid') }).finish();
  recording.start('/b', { process: 'django', cookie: cookie('sessionid') }).finish();
  recording.start('/c', { process: 'node', cookie: cookie('connect.sid') }).finish();
  const [a, b, c] = requestsOf(timelineOf(recording.events).items);
  expect(isSameMiddleware(a!, b!)).toBe(false);
  expect(isSameMiddleware(a!, c!)).toBe(true);
});

test('a store in one process is none of the other’s, also where both write one log', () => {
  const recording = createRecording();
  recording.epochStarted(NODE);
  recording.epochStarted({ ...NODE, process: 'worker' });
  const write = recording.start('/a', { process: 'node' });
  write.save({ n: 1 }, { outcome: 'done' });
  write.finish();
  recording.start('/b', { process: 'worker' }).finish();
  const { items } = timelineOf(recording.events);
  const [a, b] = requestsOf(items);
  expect(recordHistory(items, ALICE, a!).facts).toHaveLength(1);
  expect(recordHistory(items, ALICE, b!).facts).toHaveLength(0);
});
