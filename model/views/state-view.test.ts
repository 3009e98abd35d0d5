import { expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import { ALICE, BOB, createRecording, exchangeIn, timelineOf } from '../recording/recording.cases.ts';
import { sessionAt } from '../history/moment.ts';
import { stateView } from './state-view.ts';

const CLOSED = new Map<string, boolean>();

/** The state at the end of the last exchange, or after `index` of its operations. */
function viewOf(
  recording: ReturnType<typeof createRecording>,
  index = 1_000,
  expanded: ReadonlyMap<string, boolean> = CLOSED,
) {
  const timeline = timelineOf(recording.events);
  const exchange = timeline.items.findLast((item) => item.kind === 'exchange')!;
  return stateView(timeline.items, exchange, { exchange: exchange.id, index }, expanded);
}

const inShort = ({ rows }: ReturnType<typeof viewOf>) =>
  rows.map(
    ({ depth, name, memory, store, differs }) =>
      `${'  '.repeat(depth)}${name} ${memory === undefined ? 'absent' : JSON.stringify(memory)}${differs ? ` ≠ ${store === undefined ? 'absent' : JSON.stringify(store)}` : ''}`,
  );

test('memory and store side by side: what differs says so, and opens by itself', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ b: 1, cart: { items: [1], currency: 'EUR' }, promo: 'X' });
  exchange.set('a', 2);
  exchange.operation('set', { path: ['cart', 'items', 1], after: 2, inferred: true });
  exchange.operation('delete', { path: ['promo'], before: 'X' });
  const view = viewOf(recording);
  expect(inShort(view)).toEqual([
    'a 2 ≠ absent',
    'b 1',
    'cart {"items":[1,2],"currency":"EUR"} ≠ {"items":[1],"currency":"EUR"}',
    '  items [1,2] ≠ [1]',
    '  currency "EUR"',
    'promo absent ≠ "X"',
  ]);
  expect(view).toMatchObject({
    differing: ['cart', 'a', 'promo'],
    session: ALICE,
    store: 'known',
    isStoreOnly: false,
    isUnknown: false,
  });
});

test('saved, nothing differs', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ a: 1 });
  exchange.set('a', 2);
  exchange.save({ a: 2 });
  exchange.finish();
  expect(viewOf(recording)).toMatchObject({ differing: [], store: 'known', rows: [{ name: 'a', differs: false }] });
});

test('a nested value opens and closes as it is reported', () => {
  const recording = createRecording();
  recording.start().load({ cart: { items: [{ sku: 'TEA' }] } });
  const open = new Map([
    ['["cart"]', true],
    ['["cart","items"]', true],
    ['["cart","items",0]', true],
  ]);
  expect(viewOf(recording).rows).toHaveLength(1);
  expect(viewOf(recording, 1, open).rows.map(({ key, depth }) => [key, depth])).toEqual([
    ['["cart"]', 0],
    ['["cart","items"]', 1],
    ['["cart","items",0]', 2],
    ['["cart","items",0,"sku"]', 3],
  ]);
});

test('before the library has loaded it, the record that was reported earlier is shown, and said to be the store`s', () => {
  const recording = createRecording();
  const first = recording.start();
  first.load({ a: 1 });
  first.finish();
  recording.start();
  expect(viewOf(recording, 0)).toMatchObject({
    isStoreOnly: true,
    store: 'known',
    rows: [{ name: 'a', memory: 1, differs: false }],
  });
});

test('nothing is guessed where nothing was reported', () => {
  const recording = createRecording();
  recording.start('/', { session: BOB });
  expect(viewOf(recording, 0)).toMatchObject({ isUnknown: true, rows: [], store: 'unknown' });
});

test('a record that is gone: every key in memory differs from it', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.operation('load', { outcome: 'missing' });
  exchange.set('a', { b: 1 });
  expect(inShort(viewOf(recording))).toEqual(['a {"b":1} ≠ absent', '  b 1 ≠ absent']);
  expect(viewOf(recording).store).toBe('gone');
});

test('a new session that no store has been given is not compared', () => {
  const recording = createRecording();
  const exchange = recording.start('/', { session: null });
  exchange.operation('create', { session: BOB, state: {} });
  exchange.set('a', 1, { session: BOB });
  expect(viewOf(recording)).toMatchObject({ session: BOB, store: 'unknown', differing: [] });
});

test('rotation and flush change whose state it is', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({});
  exchange.operation('cycle-key', { session: BOB, from: ALICE, to: BOB, state: {} });
  exchange.operation('flush', { session: null, from: BOB, to: null });
  const record = exchangeIn(timelineOf(recording.events));
  expect([0, 1, 2, 3].map((count) => sessionAt(record, count))).toEqual([ALICE, ALICE, BOB, BOB]);
});

test('each row bears who wrote it last', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ old: 1 });
  const write = exchange.set('cart', { items: [] });
  const rows = viewOf(recording, 2, new Map([['["cart"]', true]])).rows;
  expect(rows.map(({ name, lastWrite }) => [name, lastWrite?.operation])).toEqual([
    ['cart', write],
    ['items', write],
    ['old', undefined],
  ]);
});

test('a tagged object is walked by its entries, a forged tag is only text', () => {
  const recording = createRecording();
  const tagged: EncodedValue = {
    $: 'object',
    entries: [
      ['$', 'redacted'],
      ['__proto__', 1],
    ],
    size: 2,
  };
  recording.start().load({ tagged });
  expect(viewOf(recording, 1, new Map([['["tagged"]', true]])).rows.map(({ name }) => name)).toEqual([
    'tagged',
    '$',
    '__proto__',
  ]);
});

test('what was changed only after the save or touch says so: the reason of the save is none of it', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({ tags: ['first'], cart: 1 });
  exchange.operation('touch', { expiry: { sessionAt: 1_800_000_000_000 } });
  exchange.operation('set', { path: ['tags', 1], after: 'late', inferred: true });
  exchange.finish();
  expect(viewOf(recording)).toMatchObject({ differing: ['tags'], changedAfter: 'touch' });

  // One that was changed before as well was there to be saved.
  const other = recording.start();
  other.load({ tags: ['first'], cart: 1 });
  other.set('cart', 2);
  other.operation('touch', { expiry: { sessionAt: 1_800_000_000_000 } });
  other.operation('set', { path: ['tags', 1], after: 'late', inferred: true });
  other.finish();
  const view = viewOf(recording);
  expect(view.differing).toEqual(['tags', 'cart']);
  expect(view).not.toHaveProperty('changedAfter');
});

test('of a list of ten thousand items that differs the first thousand have rows, and the others are said', () => {
  const items = Array.from({ length: 10_000 }, (_, index) => index);
  const recording = createRecording();
  const exchange = recording.start('/');
  exchange.load({ list: items });
  exchange.set('list', [...items.slice(0, -1), -1]);
  exchange.finish();
  const { rows } = viewOf(recording, 2);
  expect(rows).toHaveLength(1_001);
  expect(rows[0]).toMatchObject({ name: 'list', differs: true, isExpanded: true, shownParts: 1_000 });
  expect(rows.some(({ name, differs }) => name !== 'list' && differs)).toBe(false);
});
