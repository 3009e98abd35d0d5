/** Processes that write one log: whose a request is, and in which order they stand. */
import { expect, test } from 'vitest';
import { serverName } from './epochs.ts';
import { createRecording, timelineOf } from './recording.cases.ts';
import type { ExchangeRecord } from './records.ts';
import { DJANGO, NODE, requestsOf } from './shared-log.cases.ts';

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

test('the newest `epoch-started` of a process holds, and no other one', () => {
  const recording = createRecording();
  recording.epochStarted({ ...NODE, server: { name: 'shop' } });
  recording.epochStarted(DJANGO);
  recording.epochStarted(NODE);
  recording.start('/node', { process: 'node' }).finish();
  for (const events of [recording.events, recording.events.toReversed()])
    expect(requestsOf(timelineOf(events).items).map(shown)).toEqual([['/node', 'shop :3000', 'express-session']]);
});

test('of a process that has not said what it is, nothing is claimed', () => {
  const recording = createRecording();
  recording.epochStarted(NODE);
  recording.start('/who', { process: 'other' }).finish();
  const [request] = requestsOf(timelineOf(recording.events).items);
  expect(request!.life.started).toBeUndefined();
});

test('a companion that names processes in its requests alone says what it is for all of them', () => {
  const recording = createRecording();
  const { process: _process, ...epoch } = DJANGO;
  recording.epochStarted(epoch);
  recording.start('/a', { process: 'one' }).finish();
  recording.start('/b', { process: 'two' }).finish();
  for (const events of [recording.events, recording.events.toReversed()])
    expect(requestsOf(timelineOf(events).items).map(shown)).toEqual([
      ['/a', 'shop :8000', 'django'],
      ['/b', 'shop :8000', 'django'],
    ]);
});

test('within a process the number decides, between two the time, and in one millisecond the number', () => {
  const recording = createRecording();
  const at = 1_700_000_000_000;
  // Redis took what Django had written a moment late, and one clock went back.
  recording.start('/node-1', { process: 'node', at: at + 10 }).finish();
  recording.start('/node-2', { process: 'node', at: at + 8 }).finish();
  recording.start('/node-3', { process: 'node', at: at + 30 }).finish();
  recording.start('/django-1', { process: 'django', at: at + 5 }).finish();
  recording.start('/django-2', { process: 'django', at: at + 20 }).finish();
  recording.start('/django-3', { process: 'django', at: at + 30.5 }).finish();
  // Whose clock has no fractions, and which Redis took later.
  recording.start('/node-4', { process: 'node', at: at + 30 }).finish();
  for (const events of [recording.events, recording.events.toReversed()])
    expect(requestsOf(timelineOf(events).items).map(({ started }) => started!.path)).toEqual([
      '/django-1',
      '/node-1',
      '/node-2',
      '/django-2',
      '/node-3',
      '/django-3',
      '/node-4',
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
