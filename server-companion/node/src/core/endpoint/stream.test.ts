import { expect, test } from 'vitest';
import { type EventsAnswer, eventsAnswer, parse } from '../../../../../protocol/index.ts';
import { createLog, everything, newId, readAll, set } from '../event-log.cases.ts';
import { pollAnswer } from './stream.ts';

/** What a pattern of redaction begins with, as long as the log keeps a text. */
const COSTLY = 'eyJ-'.repeat(4_096);

test('a poll of much that is costly to redact lets the app continue between its turns, and gives what one read gives', async () => {
  const log = createLog({ limits: { bytes: 64 * 1024 * 1024 } });
  for (let index = 0; index < 400; index++)
    log.append(
      { ...set(newId(), null), after: { index, texts: Array.from({ length: 20 }, () => COSTLY) } } as never,
      0,
      null,
    );
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const began = performance.now();
  const text = await pollAnswer(log, null, everything, (events) => JSON.stringify(events));
  const took = performance.now() - began;
  isOver = true;
  const parsed = parse(eventsAnswer, JSON.parse(text));
  if (!parsed.ok) throw new Error(parsed.fault);
  const answer: EventsAnswer = parsed.value;
  expect(answer.events.map(({ seq }) => seq)).toEqual(answer.events.map((_event, index) => index + 1));
  expect(answer.next.seq).toBe(answer.events.length);
  // A turn is over after 10 ms, or one event: the app has had one for each.
  expect(took).toBeGreaterThan(50);
  expect(turns).toBeGreaterThan(Math.min(5, took / 100));
});

test('a poll of nothing, and of a little, is what a read is', async () => {
  const log = createLog();
  const poll = async () =>
    JSON.parse(await pollAnswer(log, null, everything, (events) => JSON.stringify(events))) as EventsAnswer;
  expect(await poll()).toMatchObject({ events: [], more: false });
  for (let index = 0; index < 3; index++) log.append(set(newId(), null), 0, null);
  expect((await poll()).events).toEqual(JSON.parse(JSON.stringify(readAll(log, everything))));
});
