/** What leaves the event log, for whom. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fixtureDigest } from '../../../../protocol/fixture-notation.cases.ts';
import {
  type EncodedValue,
  type OperationRecorded,
  parse,
  parseEvent,
  type Position,
  valueAnswer,
} from '../../../../protocol/index.ts';
import type { Viewer } from './contract.ts';
import { encode } from './encode.ts';
import { encodedState } from './encoded-state.ts';
import {
  A,
  B,
  C,
  createLog,
  everything,
  exchange,
  fingerprintOf,
  holderOf,
  newId,
  readAll,
  set,
  witnessOf,
} from './event-log.cases.ts';
import type { NewEvent } from './event-log.ts';

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

test('a session of many large values is reported within the bounds of one', () => {
  const log = createLog();
  const value = encode(
    Array.from({ length: 60 }, () => Array.from({ length: 30 }, () => 'word')),
    fixtureDigest,
  );
  const state = encodedState(
    new Map(Array.from({ length: 150 }, (_, index) => [`key ${index}`, value])),
    fixtureDigest,
  );
  const seq = log.append({ ...set(newId(), A), operation: 'save', state } as NewEvent, 0, A);
  const [event] = readAll(log, everything);
  expect(parseEvent(JSON.parse(JSON.stringify(event)))).toMatchObject({ ok: true });
  expect(JSON.stringify(event).length).toBeLessThan(100_000);
  const whole = log.value({ seq, part: 'state', path: [], reveal: true }, everything);
  expect(parse(valueAnswer, { value: whole })).toMatchObject({ ok: true });
  expect(log.value({ seq, part: 'state', path: ['key 149'], reveal: true }, everything)).toEqual(value.value);
});

test('many events of one large value come in answers that a reader can hold', () => {
  const log = createLog();
  const value = encode(
    Array.from({ length: 100 }, () => 'x'.repeat(600)),
    fixtureDigest,
  );
  const id = newId();
  // As reads are recorded: each reports the same value, which the log holds once.
  for (let index = 0; index < 1_000; index++) log.append({ ...set(id, A), after: value.value } as NewEvent, 0, A);
  let reported = 0;
  let answers = 0;
  for (let more = true, next = null as Position | null; more; answers++) {
    const reading = log.read(next, everything, 2_000, 4_000_000);
    expect(JSON.stringify(reading.events).length).toBeLessThan(6_000_000);
    for (const event of reading.events) expect(event.seq).toBe(++reported);
    ({ more, next } = reading);
  }
  expect(reported).toBe(1_000);
  expect(answers).toBeGreaterThan(10);
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
