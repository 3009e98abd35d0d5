import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import { memoryAfter, touches } from './memory.ts';
import { cursorOf, type Moment, positionOf } from './moment.ts';
import { recordHistory } from './record.ts';
import { recordAt } from './saved.ts';
import { historyOf } from './key-history.ts';
import type { TimelineItem } from '../recording/records.ts';
import { ALICE, BOB, createRecording, exchangeIn, timelineOf } from '../recording/recording.cases.ts';

const END = { index: 1_000 };

/** What the store held: its content, `gone`, or `undefined` where it is not known. */
function storeAt(items: readonly TimelineItem[], moment: Moment, session: string) {
  const cursor = cursorOf(items, moment)!;
  const fact = recordAt(recordHistory(items, session, cursor.exchange), cursor);
  return fact?.is === 'there' ? fact : fact?.is === 'gone' ? 'gone' : undefined;
}

test('memory is what the operations made of it, at any of them', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ a: 1, cart: { items: [1] } });
  exchange.get('a', 1);
  exchange.set('b', 2);
  exchange.operation('set', { path: ['cart', 'items', 1], after: 2, inferred: true });
  exchange.operation('delete', { path: ['a'], before: 1 });
  exchange.operation('set-expiry', { expiry: { sessionAt: 5 } });
  exchange.operation('clear');
  exchange.set('c', 3);
  exchange.operation('flush', { from: ALICE, to: null });
  const { operations } = exchangeIn(timelineOf(recording.events));
  const states: (EncodedValue | undefined)[] = operations.map((_operation, index) =>
    memoryAfter(operations, index + 1),
  );
  expect(memoryAfter(operations, 0)).toBeUndefined();
  expect(states).toEqual([
    { a: 1, cart: { items: [1] } },
    { a: 1, cart: { items: [1] } },
    { a: 1, cart: { items: [1] }, b: 2 },
    { a: 1, cart: { items: [1, 2] }, b: 2 },
    { cart: { items: [1, 2] }, b: 2 },
    { cart: { items: [1, 2] }, b: 2 },
    {},
    { c: 3 },
    {},
  ]);
});

test('a load that the app calls changes memory only where it puts the record there', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ a: 1 });
  exchange.set('b', 2);
  exchange.operation('load', { call: 'reload', actor: 'app', outcome: 'missing' });
  exchange.operation('load', { call: 'load', actor: 'app', outcome: 'found', state: { a: 1 } });
  exchange.operation('load', { call: 'reload', actor: 'app', outcome: 'found', state: { a: 1 } });
  const { operations } = exchangeIn(timelineOf(recording.events));
  expect([3, 4, 5].map((count) => memoryAfter(operations, count))).toEqual([{ a: 1, b: 2 }, { a: 1, b: 2 }, { a: 1 }]);
});

test('to delete what is not there changes nothing: not the size of a session that was cut, and no history', () => {
  const recording = createRecording();
  const exchange = recording.start();
  const state: EncodedValue = { $: 'object', entries: [['a', 1]], size: 130 };
  exchange.load(state);
  exchange.operation('delete', { path: ['missing'], hit: false });
  const timeline = timelineOf(recording.events);
  const { operations, id } = exchangeIn(timeline);
  expect(memoryAfter(operations, 2)).toEqual(state);
  expect(historyOf(timeline.items, { exchange: id, ...END }, ALICE, ['missing'])).toEqual([]);
});

test('what is pushed behind the items that were sent makes the list longer, what is popped shorter', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ rows: { $: 'array', items: [0, 1], size: 400, digest: '0123456789ab' } });
  exchange.operation('set', { path: ['rows', 400], before: { $: 'undefined' }, after: 7, inferred: true });
  exchange.operation('set', { path: ['rows', 9], before: 1, after: 2, inferred: true });
  exchange.operation('set', { path: ['rows', 400], before: 7, after: { $: 'undefined' }, inferred: true });
  const { operations } = exchangeIn(timelineOf(recording.events));
  const rows = (size: number) => ({ rows: { $: 'array', items: [0, 1], size } });
  expect([2, 3, 4].map((count) => memoryAfter(operations, count))).toEqual([rows(401), rows(401), rows(400)]);
});

test('an expiry that is set again adds no key to a session that was cut before it', () => {
  const recording = createRecording();
  const exchange = recording.start();
  const state: EncodedValue = { $: 'object', entries: [['a', 1]], size: 131 };
  exchange.load(state);
  exchange.operation('set-expiry', { path: ['_session_expiry'], before: 3_600, after: 60 });
  const { operations } = exchangeIn(timelineOf(recording.events));
  expect(memoryAfter(operations, 2)).toMatchObject({ size: 131 });
  exchange.operation('set-expiry', { path: ['_other'], after: 60 });
  expect(memoryAfter(exchangeIn(timelineOf(recording.events)).operations, 3)).toMatchObject({ size: 132 });
});

test('an inferred undefined means gone, an assigned one is a value', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ cart: { promo: 'SPRING' }, x: 1 });
  exchange.operation('set', { path: ['cart', 'promo'], after: { $: 'undefined' }, inferred: true });
  exchange.operation('set', { path: ['x'], after: { $: 'undefined' } });
  const { operations } = exchangeIn(timelineOf(recording.events));
  expect(memoryAfter(operations, 3)).toEqual({ cart: {}, x: { $: 'undefined' } });
});

test('the cookie is about the session, not in it', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ a: 1 });
  exchange.operation('set', { path: ['cookie', 'maxAge'], after: 5 });
  expect(memoryAfter(exchangeIn(timelineOf(recording.events)).operations, 2)).toEqual({ a: 1 });
});

test("an expiry that lies in the session's data is part of the memory, and can be taken out again", () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ a: 1 });
  exchange.operation('set-expiry', { path: ['_session_expiry'], after: 60 });
  exchange.operation('set-expiry', { path: ['_session_expiry'], before: 60 });
  const { operations } = exchangeIn(timelineOf(recording.events));
  expect(memoryAfter(operations, 2)).toEqual({ a: 1, _session_expiry: 60 });
  expect(memoryAfter(operations, 3)).toEqual({ a: 1 });
});

test('what was set before the session had a key is in its history once it has one', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.operation('set', { path: ['a'], after: 1, session: null });
  const { items } = timelineOf(recording.events);
  expect(historyOf(items, { exchange: exchange.id, ...END }, BOB, ['a'])).toEqual([]);
  exchange.save({ a: 1 }, { session: BOB, from: null, to: BOB });
  const saved = timelineOf(recording.events).items;
  expect(
    historyOf(saved, { exchange: exchange.id, ...END }, BOB, ['a']).map(({ operation }) => operation.after),
  ).toEqual([1]);
});

test('a load that found nothing leaves an empty session; a rotation reports what it kept', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.operation('load', { outcome: 'missing' });
  exchange.set('guest', true);
  exchange.operation('cycle-key', { state: { kept: 1 }, from: ALICE, to: BOB, session: BOB });
  const { operations } = exchangeIn(timelineOf(recording.events));
  expect([1, 2, 3].map((count) => memoryAfter(operations, count))).toEqual([{}, { guest: true }, { kept: 1 }]);
});

test('memory replayed is the session as it was, for any writes', () => {
  const key = fc.constantFrom('a', 'b', '$', '__proto__', 'constructor');
  const act = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), key, value: fc.jsonValue({ maxDepth: 2 }) }),
    fc.record({ kind: fc.constant('delete' as const), key }),
    fc.record({ kind: fc.constant('clear' as const) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
      const recording = createRecording();
      const exchange = recording.start();
      exchange.load({});
      const truth = new Map<string, EncodedValue>();
      for (const each of acts) {
        if (each.kind === 'clear') {
          exchange.operation('clear', { state: {} });
          truth.clear();
        } else if (each.kind === 'delete') {
          exchange.operation('delete', { path: [each.key] });
          truth.delete(each.key);
        } else {
          // What a companion would tag, is tagged.
          const value: EncodedValue =
            typeof each.value === 'object' ? JSON.stringify(each.value) : (each.value as EncodedValue);
          exchange.set(each.key, value);
          truth.set(each.key, value);
        }
      }
      const { operations } = exchangeIn(timelineOf(recording.events));
      const state = memoryAfter(operations, operations.length)!;
      const entries =
        typeof state === 'object' && state !== null && !Array.isArray(state) && state['$'] === 'object'
          ? (state as { entries: [string, EncodedValue][] }).entries
          : Object.entries(state);
      expect(new Map(entries as [string, EncodedValue][])).toEqual(truth);
    }),
  );
});

test('the store holds what was last reported of it, though exchanges overlap', () => {
  const recording = createRecording();
  const slow = recording.start('/slow');
  slow.load({ n: 0 });
  const fast = recording.start('/fast');
  fast.load({ n: 0 });
  fast.save({ n: 1 });
  fast.finish();
  const timeline = timelineOf(recording.events);
  const reported = (exchange: string, index: number) => {
    const content = storeAt(timeline.items, { exchange, index }, ALICE);
    return content === 'gone' || content === undefined ? content : content.value;
  };
  expect(reported(slow.id, 1)).toEqual({ n: 0 });
  expect(reported(fast.id, 2)).toEqual({ n: 1 });
  slow.save({ n: 9 });
  slow.finish();
  for (const event of recording.events) timeline.receive(event);
  expect(reported(slow.id, 2)).toEqual({ n: 9 });
  expect(reported(fast.id, 1)).toEqual({ n: 0 });
});

test('a failed save, another session and another epoch say nothing of a record', () => {
  const recording = createRecording('epoch00001');
  const exchange = recording.start();
  exchange.load({ n: 0 });
  exchange.save({ n: 1 }, { outcome: 'error' });
  exchange.save({ n: 2 }, { session: BOB });
  exchange.finish();
  const later = createRecording('epoch00002');
  const other = later.start();
  other.load({ n: 5 });
  const { items } = timelineOf([...recording.events, ...later.events]);
  expect(storeAt(items, { exchange: exchange.id, ...END }, ALICE)).toMatchObject({ value: { n: 0 } });
  expect(storeAt(items, { exchange: other.id, ...END }, BOB)).toBeUndefined();
});

test.each([
  ['flush', { from: ALICE, to: null }],
  ['cycle-key', { from: ALICE, to: BOB, session: BOB, state: {} }],
  ['expire', {}],
  ['load', { outcome: 'missing' }],
  ['load', { outcome: 'expired' }],
] as const)('%s %j takes the record away', (operation, fields) => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ n: 0 });
  exchange.operation(operation, fields);
  exchange.finish();
  expect(storeAt(timelineOf(recording.events).items, { exchange: exchange.id, ...END }, ALICE)).toBe('gone');
});

test('after a gap the store is not known until it is sent again', () => {
  const recording = createRecording();
  const first = recording.start();
  first.load({ n: 0 });
  first.finish();
  recording.gap();
  const second = recording.start();
  second.get('n', 0);
  const third = recording.start();
  third.load({ n: 7 });
  const { items } = timelineOf(recording.events);
  expect(storeAt(items, { exchange: second.id, ...END }, ALICE)).toBeUndefined();
  expect(storeAt(items, { exchange: third.id, ...END }, ALICE)).toMatchObject({ value: { n: 7 } });
});

test('history: writes of the key, of a part of it, or of what holds it, up to the moment', () => {
  const recording = createRecording();
  const first = recording.start();
  first.load({});
  first.set('cart', { items: [] });
  first.set('note', 'a');
  first.finish();
  const second = recording.start();
  second.load({});
  const inferred = second.operation('set', { path: ['cart', 'items', 0], after: 1, inferred: true });
  second.set('cart', { of: 'another session' }, { session: BOB });
  second.finish();
  const { items } = timelineOf(recording.events);
  const newest = (exchange: string, path: (string | number)[]) =>
    historyOf(items, { exchange, ...END }, ALICE, path)[0]?.operation;
  expect(newest(first.id, ['cart'])?.path).toEqual(['cart']);
  expect(newest(second.id, ['cart'])).toEqual(inferred);
  expect(newest(second.id, ['cart', 'items', 0])).toEqual(inferred);
  expect(newest(second.id, ['cart', 'currency'])?.path).toEqual(['cart']);
  expect(newest(second.id, ['note'])?.exchange).toBe(first.id);
  expect(newest(second.id, ['absent'])).toBeUndefined();
  expect(
    historyOf(items, { exchange: second.id, ...END }, ALICE, ['cart']).map(({ operation }) => operation.path),
  ).toEqual([['cart', 'items', 0], ['cart']]);
});

test('a later write is not in the history at an earlier moment of the same exchange', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({});
  exchange.set('a', 1);
  exchange.set('a', 2);
  const { items } = timelineOf(recording.events);
  expect(
    historyOf(items, { exchange: exchange.id, index: 2 }, ALICE, ['a']).map(({ operation }) => operation.after),
  ).toEqual([1]);
});

test.each([
  [['a'], ['a', 'b'], true],
  [['a', 'b'], ['a'], true],
  [['a', 0], ['a', 1], false],
  [['a'], ['b'], false],
])('a write at %j says something of %j: %s', (written, path, expected) => {
  expect(touches(written, path)).toBe(expected);
});

test('the store is as it was reported last by sequence, in whatever exchange, and not across a gap', () => {
  const step = fc.record({
    exchange: fc.nat(3),
    what: fc.constantFrom('load', 'save', 'save', 'fail', 'flush', 'gap', 'end'),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), fc.nat(), (steps, cut) => {
      const recording = createRecording();
      const open: (ReturnType<typeof recording.start> | undefined)[] = [];
      /** What a reader that forgets nothing would say after each event, by sequence number. */
      const reported: { seq: number; value: unknown }[] = [];
      steps.forEach(({ exchange: number, what }, turn) => {
        if (what === 'gap') {
          reported.push({ seq: recording.gap().seq, value: undefined });
          return;
        }
        const exchange = (open[number] ??= recording.start());
        if (what === 'load') reported.push({ seq: exchange.load({ turn }).seq, value: { turn } });
        else if (what === 'save') reported.push({ seq: exchange.save({ turn }).seq, value: { turn } });
        else if (what === 'fail') exchange.save({ turn }, { outcome: 'error' });
        else if (what === 'flush')
          reported.push({ seq: exchange.operation('flush', { from: ALICE }).seq, value: 'gone' });
        else {
          exchange.finish();
          open[number] = undefined;
        }
      });
      const { items } = timelineOf(recording.events);
      const exchanges = items.filter((item) => item.kind === 'exchange');
      fc.pre(exchanges.length > 0);
      const at = exchanges[cut % exchanges.length]!;
      const moment = { exchange: at.id, index: cut % (at.operations.length + 1) };
      const limit = positionOf(items, moment)!.seq;
      const expected = reported.findLast(({ seq }) => seq <= limit)?.value;
      const found = storeAt(items, moment, ALICE);
      expect(found === undefined || found === 'gone' ? found : found.value).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});
