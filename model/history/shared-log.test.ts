/** Processes that write one log: what is one of them is not the other. */
import { expect, test } from 'vitest';
import { ALICE, createRecording, timelineOf } from '../recording/recording.cases.ts';
import { DJANGO, NODE, requestsOf } from '../recording/shared-log.cases.ts';
import { recordHistory } from './record.ts';
import { isSameMiddleware } from './sides.ts';

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
