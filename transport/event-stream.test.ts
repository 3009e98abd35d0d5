import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { SessionscopeEvent } from '../protocol/index.ts';
import { until } from '../tests/browsers/until.ts';
import { pollOnce, readEvents, type ReadOptions, type StreamEnd } from './event-stream.ts';

const EPOCH = 'epoch00001';

const disposals: (() => void)[] = [];
afterEach(() => {
  for (const dispose of disposals.splice(0).toReversed()) dispose();
});

/** A companion of which the test writes each answer. `asked`: the bodies, in order. */
async function listen(answer: (body: { wait: boolean }, response: ServerResponse, turn: number) => void) {
  const asked: { wait: boolean }[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const body = JSON.parse(text) as { wait: boolean };
      asked.push(body);
      answer(body, response, asked.length);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  disposals.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  return { asked, address: { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, path: '/x' } };
}

/** Reads until the test ends. */
function read(address: { origin: string; path: string }, options: Partial<ReadOptions> = {}) {
  const stop = new AbortController();
  disposals.push(() => stop.abort());
  const events: SessionscopeEvent[] = [];
  const modes: string[] = [];
  const reading: { end?: StreamEnd } = {};
  const source = { address, proofs: {}, after: null };
  void readEvents(
    source,
    { onAnswer: (answer) => events.push(...answer.events), onMode: (mode) => modes.push(mode) },
    { signal: stop.signal, ...options },
  ).then((end) => (reading.end = end));
  return { events, modes, reading, source };
}

const operation = (seq: number, fields: object = {}) => ({
  type: 'operation-recorded',
  epoch: EPOCH,
  seq,
  at: 1,
  exchange: null,
  session: null,
  operation: 'save',
  call: 'save',
  actor: 'background',
  ...fields,
});
const answerOf = (events: unknown[], seq: number, more = false, sentAt = Date.now()) => ({
  events,
  next: { epoch: EPOCH, seq },
  more,
  sentAt,
});
const message = (value: unknown) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;

test('an event that does not fit and a message that is none are a gap each, and the stream goes on', async () => {
  const { address } = await listen((_body, response) => {
    response.write(message(answerOf([operation(1), operation(2, { path: ['k'.repeat(300)] })], 2)));
    response.write(message('{"events":'));
    response.write(message(answerOf([operation(4)], 4)));
  });
  const { events, modes, source } = read(address);
  await until(() => events.length === 4, 'all of it');
  expect(events.map(({ type, seq }) => [type, seq])).toEqual([
    ['operation-recorded', 1],
    ['gap-opened', 2],
    ['gap-opened', 3],
    ['operation-recorded', 4],
  ]);
  expect(modes).toEqual(['live']);
  expect(source.after).toEqual({ epoch: EPOCH, seq: 4 });
});

test('answers that waited for the panel itself, which was busy, are no sign of a proxy that buffers', async () => {
  let write = (_seq: number) => {};
  const { address } = await listen((_body, response) => {
    write = (seq) => void response.write(message(answerOf([operation(seq)], seq)));
    write(1);
  });
  const { events, modes } = read(address);
  await until(() => events.length === 1, 'the first');
  write(2);
  // What was written is there, and nobody reads it.
  const until3s = Date.now() + 3_000;
  while (Date.now() < until3s);
  await until(() => events.length === 2, 'the second');
  write(3);
  await until(() => events.length === 3, 'the third');
  expect(modes).toEqual(['live']);
});

/** Reads answers that say to have been sent so many ms later than they were, one after the other. */
async function readShifted(shifts: readonly number[]): Promise<{ modes: string[]; seen: () => number }> {
  let write = (_index: number) => {};
  const { address } = await listen((body, response) => {
    if (!body.wait) return response.end(JSON.stringify(answerOf([], shifts.length)));
    write = (index) =>
      void response.write(
        message(answerOf([operation(index + 1)], index + 1, false, Date.now() + (shifts[index] ?? 0))),
      );
    write(0);
  });
  const { events, modes } = read(address);
  for (let index = 1; index < shifts.length; index++) {
    await until(() => events.length === index || modes.includes('polling'), `answer ${index}`);
    if (modes.includes('polling')) break;
    write(index);
  }
  await until(() => events.length === shifts.length || modes.includes('polling'), 'the last answer');
  return { modes, seen: () => events.length };
}

test.each([
  ['forward', [0, 0, 10_000, 10_000, 10_000]],
  ['back', [0, 0, -10_000, -10_000, -10_000]],
  ['an hour forward, and two back', [0, 3_600_000, 3_600_000, -3_600_000, -3_600_000, 0, 0]],
])('a clock that jumps %s is not a proxy that buffers', async (_way, shifts) => {
  const { modes, seen } = await readShifted(shifts);
  expect([modes, seen()]).toEqual([['live'], shifts.length]);
});

test.each([
  ['now late and now not', [-3_000, 0, -2_900, 0]],
  ['less and less late, as what waited together', [-3_000, -2_400, -1_800, -1_200, -600, 0]],
  ['late by half, and not', [-3_500, -2_000, -500, -2_500]],
])('answers that are %s are buffered', async (_way, shifts) => {
  const { modes } = await readShifted(shifts);
  expect(modes).toEqual(['live', 'polling']);
});

test('nothing but rubbish ends the stream', async () => {
  const { address } = await listen((_body, response) => void response.write(message('rubbish').repeat(50)));
  const { reading } = read(address);
  expect(await until(() => reading.end, 'the end')).toEqual({
    why: 'broken',
    text: '20 messages in a row could not be read',
  });
});

test('a value that is named by its event is the same object, on a stream across messages', async () => {
  const same = { $: 'same', seq: 1, part: 'state' };
  const { address } = await listen((_body, response) => {
    response.write(message(answerOf([operation(1, { state: { cart: [1, 2] } })], 1)));
    response.write(message(answerOf([operation(2, { state: same, stored: { $: 'same', seq: 2, part: 'state' } })], 2)));
    response.write(message(answerOf([operation(3, { state: { $: 'same', seq: 9, part: 'state' } })], 3)));
  });
  const { events } = read(address);
  await until(() => events.length === 3, 'all of it');
  const [one, two, lost] = events as { state: unknown; stored?: unknown }[];
  expect(two!.state).toEqual({ cart: [1, 2] });
  expect(two!.state).toBe(one!.state);
  expect(two!.stored).toBe(one!.state);
  // It refers to nothing that came: there is a value, and it is not known here.
  expect(lost!.state).toMatchObject({ $: 'cut' });
});

test('no place for one more stream: polled, and asked again for one later', async () => {
  const { address, asked } = await listen(({ wait }, response, turn) => {
    if (wait && turn < 4)
      response.writeHead(429).end(JSON.stringify({ error: { code: 'too-many-streams', message: 'Full.' } }));
    else if (wait) response.write(message(answerOf([operation(2)], 2)));
    else response.end(JSON.stringify(answerOf([operation(1)], 1)));
  });
  const { events, modes, reading } = read(address, { fullMs: 50 });
  await until(() => events.some(({ seq }) => seq === 2), 'the stream');
  expect(modes).toEqual(['polling', 'polling', 'live']);
  expect(asked.map(({ wait }) => wait)).toEqual([true, false, true, false, true]);
  expect(reading.end).toBeUndefined();
});

test('429 while polling is waited for', async () => {
  const { address } = await listen((_body, response, turn) => {
    if (turn < 3) response.writeHead(429).end('slow down');
    else response.end(JSON.stringify(answerOf([operation(1)], 1)));
  });
  const { events, reading } = read(address, { fullMs: 20_000 });
  await until(() => events.length > 0, 'an event');
  expect(reading.end).toBeUndefined();
});

test('an answer without end fills no memory', async () => {
  const { address } = await listen(({ wait }, response) => {
    response.write(wait ? 'data: ' : '{"events":[');
    const more = () => {
      while (response.write('x'.repeat(1 << 20)));
    };
    response.on('drain', more);
    more();
  });
  const { reading } = read(address);
  expect(await until(() => reading.end, 'the end')).toEqual({ why: 'broken', text: 'a message did not end' });
  expect(await pollOnce({ address, proofs: {}, after: null }, {})).toMatchObject({
    ok: false,
    why: 'foreign',
    text: expect.stringContaining('too long') as string,
  });
});

test('a companion that always says more and stays where it is, is not asked without a pause', async () => {
  const { address, asked } = await listen(({ wait }, response) => {
    if (wait) response.writeHead(429).end('{}');
    else response.end(JSON.stringify(answerOf([operation(1)], 1, true)));
  });
  read(address);
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(asked.length).toBeLessThan(5);
});
