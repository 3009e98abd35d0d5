import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { parseEvent, type Position } from '../../../../protocol/index.ts';
import { A, B, createLog, everything, exchange, holderOf, newId, readAll, seqs, set } from './event-log.cases.ts';
import type { NewEvent } from './event-log.ts';

test('numbers events densely from 1, dates them, and says what the wire takes', () => {
  let clock = 1_000;
  const log = createLog({ now: () => (clock -= 10) });
  for (let index = 0; index < 20; index++) exchange(log, A, A);
  const events = readAll(log, everything);
  // By number, whatever the clock does.
  expect(seqs(events)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  for (const event of events) {
    expect(event.epoch).toBe(log.epoch);
    expect(parseEvent(JSON.parse(JSON.stringify(event)))).toMatchObject({ ok: true });
  }
});

test('is bounded by count and by bytes, whichever comes first', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 300, max: 20_000 }),
      fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }),
      (events, bytes, sizes) => {
        const log = createLog({ limits: { events, bytes } });
        for (const size of sizes) {
          log.append(set(null, A), size, A);
          expect(log.heldEvents).toBeLessThanOrEqual(events);
          // The newest is kept whatever its size.
          if (log.heldEvents > 1) expect(log.heldBytes).toBeLessThanOrEqual(bytes);
        }
        expect(log.lastSeq).toBe(sizes.length);
        expect(log.heldEvents).toBe(readAll(log, everything).filter(({ type }) => type !== 'gap-opened').length);
      },
    ),
  );
});

test('a reader that resumes anywhere is sent each event once, or the gap in which it was lost', () => {
  const step = fc.oneof(
    fc.record({ append: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ read: fc.integer({ min: 1, max: 10 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (steps, events) => {
      const log = createLog({ limits: { events } });
      let position: Position | null = null;
      let known = 0;
      const read = (limit: number) => {
        const reading = log.read(position, everything, limit);
        for (const event of reading.events) {
          if (event.type === 'gap-opened') {
            expect(event).toMatchObject({ cause: 'evicted', fromSeq: known + 1, count: event.seq - known });
            expect(event.count).toBeGreaterThan(0);
          } else expect(event.seq).toBe(known + 1);
          known = event.seq;
        }
        position = reading.next;
        expect(position.seq).toBe(known);
        expect(reading.more).toBe(known < log.lastSeq);
      };
      for (const one of steps) {
        if ('read' in one) read(one.read);
        else for (let index = 0; index < one.append; index++) log.append(set(null, A), 0, A);
      }
      while (known < log.lastSeq) read(5);
      expect(log.read(position, everything, 5).events).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('a stalled reader of a million operations costs no memory and is sent how many it lost', () => {
  const log = createLog();
  const id = newId();
  const before = log.read(null, everything, 10).next;
  for (let index = 0; index < 1_000_000; index++) log.append(set(id, A), 100, A);
  expect(log.heldEvents).toBe(10_000);
  expect(log.heldBytes).toBe(10_000 * 340);
  const { events, more } = log.read(before, everything, 2_000);
  expect(events[0]).toMatchObject({ type: 'gap-opened', fromSeq: 1, seq: 990_000, count: 990_000, cause: 'evicted' });
  expect(events[1]!.seq).toBe(990_001);
  expect(events).toHaveLength(2_000);
  expect(more).toBe(true);
});

test('who missed the word on the epoch gets it again, before the gap', () => {
  const log = createLog({ limits: { events: 5 } });
  const epoch = (project: string): NewEvent => ({
    type: 'epoch-started',
    app: 'a',
    project,
    runtime: 'node',
    middlewares: [],
  });
  log.append(epoch('first'), 0, null);
  log.append(epoch('with another middleware'), 0, null);
  const start = log.read(null, everything, 100).next;
  for (let index = 0; index < 4; index++) log.append(set(null, A), 0, A);
  expect(log.read(null, everything, 3).events).toMatchObject([
    { type: 'epoch-started', seq: 1 },
    { type: 'gap-opened', fromSeq: 1, seq: 1 },
    { type: 'epoch-started', seq: 2 },
  ]);
  for (let index = 0; index < 4; index++) log.append(set(null, A), 0, A);
  for (const viewer of [everything, holderOf(B)])
    expect(log.read(null, viewer, 100).events.slice(0, 2)).toMatchObject([
      { type: 'epoch-started', seq: 2, project: 'with another middleware' },
      { type: 'gap-opened', fromSeq: 1, seq: 5 },
    ]);
  expect(log.read(start, everything, 100).events[1]).toMatchObject({ type: 'gap-opened', fromSeq: 3, seq: 5 });
});

test('a position of another epoch means from the oldest; one beyond the end is reported as such', () => {
  const log = createLog({ limits: { events: 5 } });
  for (let index = 0; index < 8; index++) log.append(set(null, A), 0, A);
  const fromOld = log.read({ epoch: 'another0', seq: 7 }, everything, 100).events;
  expect(fromOld[0]).toMatchObject({ type: 'gap-opened', fromSeq: 1, seq: 3, count: 3 });
  expect(seqs(fromOld)).toEqual([3, 4, 5, 6, 7, 8]);
  const beyond = log.read({ epoch: log.epoch, seq: 99 }, everything, 100);
  expect(beyond.events[0]).toMatchObject({ type: 'gap-opened', cause: 'unknown-position', count: 0 });
  expect(seqs(beyond.events.slice(1))).toEqual([4, 5, 6, 7, 8]);
  for (const event of [...fromOld, ...beyond.events]) expect(parseEvent(event)).toMatchObject({ ok: true });
  const empty = createLog().read({ epoch: 'another0', seq: 7 }, everything, 100);
  expect(empty).toMatchObject({ events: [], more: false, next: { seq: 0 } });
});

test('wakes its readers soon, together, and no more once they are gone', async () => {
  const log = createLog();
  const woken: string[] = [];
  const leave = log.subscribe(() => woken.push('one'));
  log.subscribe(() => woken.push('two'));
  for (let index = 0; index < 100; index++) log.append(set(null, A), 0, A);
  expect(woken).toEqual([]);
  await sleep(40);
  expect(woken).toEqual(['one', 'two']);
  leave();
  log.append(set(null, A), 0, A);
  await sleep(40);
  expect(woken).toEqual(['one', 'two', 'two']);
});

test('after a pause readers are woken by the first event; those of a burst wait for one another', () => {
  vi.useFakeTimers();
  try {
    const log = createLog();
    let woken = 0;
    log.subscribe(() => (woken += 1));
    const append = (ms: number) => {
      log.append(set(null, A), 0, A);
      vi.advanceTimersByTime(ms);
    };
    append(1);
    expect(woken).toBe(1);
    for (let turn = 0; turn < 20; turn++) append(1);
    // Of twenty in as many milliseconds, two more turns.
    expect(woken).toBe(3);
    vi.advanceTimersByTime(60);
    append(1);
    expect(woken).toBe(4);
  } finally {
    vi.useRealTimers();
  }
});
