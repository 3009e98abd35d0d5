import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fixtureDigest } from '../../../protocol/fixture-notation.cases.ts';
import {
  type EncodedValue,
  type OperationRecorded,
  parse,
  parseEvent,
  type Position,
  type SessionscopeEvent,
  valueAnswer,
  type Verdict,
} from '../../../protocol/index.ts';
import type { Viewer } from './contract.ts';
import { encode } from './encode.ts';
import { encodedState } from './encoded-state.ts';
import { createEventLog, type LogOptions, type NewEvent, type WritableLog } from './event-log.ts';
import { createRedaction } from './redact.ts';

const redaction = createRedaction(fixtureDigest);
const createLog = (options: Partial<LogOptions> = {}) => createEventLog({ redaction, ...options });

const everything: Viewer = { all: true, sessions: new Set(), exchanges: new Set() };
const holderOf = (...sessions: string[]): Viewer => ({ all: false, sessions: new Set(sessions), exchanges: new Set() });
const witnessOf = (...exchanges: string[]): Viewer => ({
  all: false,
  sessions: new Set(),
  exchanges: new Set(exchanges),
});

const newId = () => randomBytes(16).toString('hex');
const fingerprintOf = (name: string) => fixtureDigest(name);
const A = fingerprintOf('a');
const B = fingerprintOf('b');
const C = fingerprintOf('c');

const set = (exchange: string | null, session: string | null, key = 'n', after = 1): NewEvent => ({
  type: 'operation-recorded',
  exchange,
  session,
  operation: 'set',
  call: 'set',
  actor: exchange === null ? 'background' : 'app',
  path: [key],
  after,
});

const started = (exchange: string): NewEvent => ({
  type: 'exchange-started',
  exchange,
  middleware: 0,
  method: 'GET',
  path: '/',
  protocol: 'http',
  cookie: { name: 'sid', sent: 0 },
});

const verdict: Verdict = {
  record: { outcome: 'saved', reason: 'modified', text: 'It was changed.' },
  cookie: { outcome: 'none', reason: 'kept', text: 'None was due.' },
};

const finished = (exchange: string, sessionBefore: string | null, sessionAfter: string | null): NewEvent => ({
  type: 'exchange-finished',
  exchange,
  status: 200,
  durationMs: 1,
  ending: 'completed',
  sessionBefore,
  sessionAfter,
  verdict,
});

/** A whole exchange: started, one write, finished. */
function exchange(log: WritableLog, before: string | null, after: string | null, id = newId()): string {
  log.append(started(id), 0, before);
  log.append(set(id, after), 8, before);
  log.append(finished(id, before, after), 0, before);
  return id;
}

/** Reads to the end, in answers of at most `limit`. */
function readAll(log: WritableLog, viewer: Viewer, after: Position | null = null, limit = 7): SessionscopeEvent[] {
  const events: SessionscopeEvent[] = [];
  for (let position = after; ;) {
    const reading = log.read(position, viewer, limit);
    expect(reading.events.length).toBeLessThanOrEqual(limit);
    events.push(...reading.events);
    position = reading.next;
    if (!reading.more) return events;
  }
}

const seqs = (events: SessionscopeEvent[]) => events.map(({ seq }) => seq);

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

test('a reader that resumes anywhere is told each event once, or the gap in which it was lost', () => {
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

test('a stalled reader of a million operations costs no memory and is told how many it lost', () => {
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

test('who missed the word on the epoch is told it again, before the gap', () => {
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

test('a position of another epoch means from the oldest; one beyond the end is told as such', () => {
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

test('a holder sees the exchanges that began with the session or made it, and its background, and no other', () => {
  const log = createLog();
  log.append({ type: 'epoch-started', app: 'a', project: 'p', runtime: 'node', middlewares: [] }, 0, null);
  const anonymous = exchange(log, null, A);
  const plain = exchange(log, A, A);
  const rotated = exchange(log, A, B);
  const after = exchange(log, B, B);
  const flushed = exchange(log, B, null);
  const foreign = exchange(log, C, C);
  log.append(set(null, A), 0, A);
  log.append(set(null, C), 0, C);
  const seen = (viewer: Viewer) => {
    const events = readAll(log, viewer);
    expect(events[0]!.type).toBe('epoch-started');
    const ids = events.flatMap((event) => ('exchange' in event ? [event.exchange] : []));
    // Whole, from the first event to the last.
    for (const id of ids) if (id !== null) expect(ids.filter((other) => other === id)).toHaveLength(3);
    return [...new Set(ids)];
  };
  expect(seen(holderOf(A))).toEqual([anonymous, plain, rotated, null]);
  expect(seen(holderOf(B))).toEqual([rotated, after, flushed]);
  expect(seen(holderOf(C))).toEqual([foreign, null]);
  expect(seen(holderOf(A, B))).toEqual([anonymous, plain, rotated, after, flushed, null]);
  expect(seen(holderOf(fingerprintOf('nobody')))).toEqual([]);
  expect(seen(holderOf())).toEqual([]);
  expect(seen(witnessOf(anonymous))).toEqual([anonymous]);
  expect(seen(witnessOf(newId()))).toEqual([]);
});

test('what a holder sees over random traffic is what the rule says, however it resumes', () => {
  const names = ['a', 'b', 'c'] as const;
  const someone = fc.option(fc.constantFrom(...names), { nil: null });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(someone, someone), { maxLength: 30 }),
      fc.constantFrom(...names),
      fc.integer({ min: 1, max: 9 }),
      (traffic, holder, limit) => {
        const log = createLog();
        const fingerprint = (name: string | null) => (name === null ? null : fingerprintOf(name));
        const expected: string[] = [];
        for (const [before, after] of traffic) {
          const id = exchange(log, fingerprint(before), fingerprint(after));
          if (before === holder || after === holder) expected.push(id, id, id);
        }
        const events = readAll(log, holderOf(fingerprintOf(holder)), null, limit);
        expect(events.map((event) => 'exchange' in event && event.exchange)).toEqual(expected);
      },
    ),
  );
});

test('a position passes over what others did, so that a holder need not read it again', () => {
  const log = createLog();
  for (let index = 0; index < 50; index++) exchange(log, B, B);
  expect(log.read(null, holderOf(A), 10)).toEqual({ events: [], next: { epoch: log.epoch, seq: 150 }, more: false });
});

test('gives the part of a recorded value, redacted for a holder, as it is for who is paired and asks', () => {
  const log = createLog({ limits: { events: 3 } });
  const id = newId();
  const after = { user: { name: 'ada', password: 'hunter2' }, list: [{ pin: 1234 }] };
  const seq = log.append({ ...set(id, A, 'login'), after } as NewEvent, 100, A);
  const ask = (path: (string | number)[], viewer: Viewer, reveal = false) =>
    log.value({ seq, part: 'after', path, reveal }, viewer);
  const held = { $: 'redacted', digest: fixtureDigest('"hunter2"'), by: 'name' };
  expect(ask([], holderOf(A))).toEqual({
    user: { name: 'ada', password: held },
    list: [{ pin: { $: 'redacted', digest: fixtureDigest('1234'), by: 'name' } }],
  });
  expect(ask(['user', 'password'], holderOf(A))).toEqual(held);
  // `reveal` without being paired changes nothing.
  expect(ask(['user', 'password'], holderOf(A), true)).toEqual(held);
  expect(ask(['user', 'password'], everything)).toEqual(held);
  expect(ask(['user', 'password'], everything, true)).toBe('hunter2');
  expect(ask(['list', 0, 'pin'], everything, true)).toBe(1234);
  expect(ask(['user'], witnessOf(id))).toMatchObject({ name: 'ada' });
  expect(ask([], holderOf(B))).toBeUndefined();
  for (const path of [
    ['nobody'],
    ['user', 'name', 'length'],
    ['__proto__'],
    ['constructor'],
    ['list', 'length'],
    ['list', 7],
    ['list', '0'],
  ])
    expect(ask(path, everything)).toBeUndefined();
  expect(log.value({ seq, part: 'state', path: [], reveal: false }, everything)).toBeUndefined();
  expect(log.value({ seq: 99, part: 'after', path: [], reveal: false }, everything)).toBeUndefined();
  // The value of an event whose own path names a secret.
  const secret = log.append({ ...set(id, A, 'password'), after: { any: 1 } } as NewEvent, 0, A);
  expect(log.value({ seq: secret, part: 'after', path: ['any'], reveal: false }, everything)).toMatchObject({
    $: 'redacted',
  });
  for (let index = 0; index < 3; index++) log.append(set(id, A), 0, A);
  expect(ask([], everything)).toBeUndefined();
});

test('gives on demand what is too large for an event', () => {
  const log = createLog();
  const text = `${'x'.repeat(5_000)}!`;
  const after = { text, list: Array.from({ length: 500 }, (_, index) => ({ index })) };
  const seq = log.append({ ...set(newId(), A), after: encode(after, fixtureDigest).value } as NewEvent, 0, A);
  const [event] = readAll(log, everything);
  const shown = (event as OperationRecorded).after as Record<string, EncodedValue>;
  expect(shown['text']).toMatchObject({ $: 'text', length: 5_001, digest: fixtureDigest(text) });
  expect(shown['list']).toMatchObject({ $: 'array', size: 500 });
  expect(parseEvent(event)).toMatchObject({ ok: true });
  const ask = (...path: (string | number)[]) => log.value({ seq, part: 'after', path, reveal: false }, holderOf(A));
  expect(ask('text')).toBe(text);
  expect(ask('list')).toEqual(after.list);
  expect(ask('list', 499)).toEqual({ index: 499 });
  expect(parse(valueAnswer, { value: ask() })).toMatchObject({ ok: true });
});

test('a session of many large values is told within the bounds of one', () => {
  const log = createLog();
  const value = encode(
    Array.from({ length: 60 }, () => Array.from({ length: 30 }, () => 'word')),
    fixtureDigest,
  );
  const state = encodedState(new Map(Array.from({ length: 150 }, (_, index) => [`key ${index}`, value])));
  const seq = log.append({ ...set(newId(), A), operation: 'save', state } as NewEvent, 0, A);
  const [event] = readAll(log, everything);
  expect(parseEvent(JSON.parse(JSON.stringify(event)))).toMatchObject({ ok: true });
  expect(JSON.stringify(event).length).toBeLessThan(100_000);
  const whole = log.value({ seq, part: 'state', path: [], reveal: true }, everything);
  expect(parse(valueAnswer, { value: whole })).toMatchObject({ ok: true });
  expect(log.value({ seq, part: 'state', path: ['key 149'], reveal: true }, everything)).toEqual(value.value);
});

test('a secret leaves the log in no event, and what was recorded stays as it was', () => {
  const log = createLog();
  const state = { password: 'canary', deep: [{ 'X-Api-Key': 'canary' }], json: '{"token":"canary"}' };
  const operation = { ...set(newId(), A, 'token'), operation: 'load', before: 'canary', after: ['canary'], state };
  const seq = log.append(operation as NewEvent, 0, A);
  log.append({ type: 'snapshot-taken', session: A, exchange: null, view: 'store', state }, 0, A);
  const text = JSON.stringify(readAll(log, everything));
  expect(text).not.toContain('canary');
  expect(text).toContain('"$":"redacted"');
  expect(log.value({ seq, part: 'state', path: [], reveal: true }, everything)).toEqual(state);
});

test('two records that differ in a secret only have different digests', () => {
  const log = createLog();
  for (const password of ['one', 'two', 'one'])
    log.append({ ...set(null, A), operation: 'save', state: { password } } as NewEvent, 0, A);
  const [first, second, third] = readAll(log, everything).map((event) => 'digest' in event && event.digest);
  expect(first).not.toBe(second);
  expect(first).toBe(third);
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
