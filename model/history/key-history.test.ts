import { describe, expect, test } from 'vitest';
import { ALICE, BOB, createRecording, timelineOf } from '../recording/recording.cases.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { blameAt, pastAt } from './blame.ts';
import { historyOf } from './key-history.ts';
import { sessionAt } from './moment.ts';

type Recording = ReturnType<typeof createRecording>;
const CAROL = 'ca401000000a';

const sealed = (): Recording => {
  const recording = createRecording();
  const middleware = { library: 'django', libraryVersion: '5', cookieNames: ['sid'], settings: {} };
  recording.epochStarted({ middlewares: [{ ...middleware, store: 'signed_cookies' }] });
  return recording;
};

/** At the end of a request: whose writes of `key` its history has, newest first, and whose write it is blamed on. */
function endOf(recording: Recording, path: string, key: string) {
  const { items } = timelineOf(recording.events);
  const exchange = items.find(
    (item): item is ExchangeRecord => item.kind === 'exchange' && item.started?.path === path,
  )!;
  const cursor = { exchange, index: exchange.operations.length };
  const moment = { exchange: exchange.id, index: cursor.index };
  const blame = blameAt(pastAt(items, cursor)!, cursor, [key]);
  return {
    history: historyOf(items, moment, sessionAt(exchange, cursor.index)!, [key]).map(
      ({ exchange: by, operation }) => `${by.started!.path} ${JSON.stringify(operation.after)}`,
    ),
    blame: blame.kind === 'write' ? `${blame.write.exchange.started!.path}${blame.isCertain ? '' : '?'}` : blame.kind,
  };
}

describe('a session under a new key', () => {
  function rotated(state: Record<string, number>): Recording {
    const recording = createRecording();
    const cart = recording.start('/cart');
    cart.load({});
    cart.set('n', 1);
    cart.save({ n: 1 }, { stored: { n: 1 } });
    cart.finish();
    const login = recording.start('/login');
    login.load({ n: 1 });
    login.operation('cycle-key', { session: BOB, from: ALICE, to: BOB, outcome: 'done', state, stored: state });
    login.finish({ sessionAfter: BOB });
    const after = recording.start('/after', { session: BOB });
    after.load(state, { session: BOB });
    after.finish();
    return recording;
  }

  test('keeps its past, as far as its content was kept', () => {
    for (const path of ['/login', '/after'])
      expect(endOf(rotated({ n: 1 }), path, 'n')).toEqual({ history: ['/cart 1'], blame: '/cart' });
  });

  test('has none of what was dropped', () => {
    expect(endOf(rotated({}), '/after', 'n').history).toEqual([]);
  });
});

test('what was set without a name is in the past of the session that was named next', () => {
  const recording = createRecording();
  const own = recording.start('/own', { session: null });
  own.operation('set', { session: null, path: ['n'], after: 1 });
  own.save({ n: 1 }, { session: ALICE, from: null, to: ALICE });
  own.operation('flush', { session: ALICE, from: ALICE, to: null, outcome: 'done' });
  own.operation('set', { session: null, path: ['n'], after: 2 });
  own.save({ n: 2 }, { session: BOB, from: null, to: BOB });
  expect(endOf(recording, '/own', 'n').history).toEqual(['/own 2']);
});

test.each([
  ['keeps the past of what was kept', 'n', ['/cart 1']],
  ['and none of what the request took away', 'm', ['/lost undefined']],
])('a session that lost its record, and was saved under another key, %s', (_name, key, history) => {
  const recording = createRecording();
  const cart = recording.start('/cart');
  cart.load({});
  cart.set('n', 1);
  cart.save({ n: 1, m: 2 }, { stored: { n: 1, m: 2 } });
  cart.finish();
  const lost = recording.start('/lost');
  lost.load({ n: 1, m: 2 });
  lost.operation('delete', { path: ['m'], before: 2, hit: true });
  // Another request has rotated or logged out meanwhile.
  lost.operation('load', { actor: 'app', call: 'load', outcome: 'missing' });
  lost.save({ n: 1 }, { session: BOB, from: null, to: BOB, stored: { n: 1 } });
  lost.finish({ sessionAfter: BOB });
  expect(endOf(recording, '/lost', key).history).toEqual(history);
});

test('a session that lost its record, and was saved under another key, keeps what the request wrote into it', () => {
  const recording = createRecording();
  const own = recording.start('/own');
  own.load({});
  own.set('n', 1);
  own.operation('load', { actor: 'app', call: 'load', outcome: 'missing' });
  own.save({ n: 1 }, { session: BOB, from: null, to: BOB });
  expect(endOf(recording, '/own', 'n').history).toEqual(['/own 1']);
});

test('a session that lost its record keeps what the request wrote, before it is saved under another key', () => {
  const recording = createRecording();
  const own = recording.start('/own');
  own.load({}, { outcome: 'missing' });
  own.operation('set', { session: null, path: ['n'], after: 1 });
  expect(endOf(recording, '/own', 'n').history).toEqual(['/own 1']);
});

test('what happens after a flush happens to another session, which has no name yet', () => {
  const recording = createRecording();
  const own = recording.start('/own');
  own.load({ n: 1 });
  own.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  own.operation('set', { session: null, path: ['n'], after: 2 });
  const { items } = timelineOf(recording.events);
  const exchange = items[0] as ExchangeRecord;
  expect([1, 2, 3].map((index) => sessionAt(exchange, index))).toEqual([ALICE, ALICE, undefined]);
});

test('what was set before a save that failed is in the past of the session that the save named', () => {
  const recording = createRecording();
  const own = recording.start('/own', { session: null });
  own.operation('set', { session: null, path: ['n'], after: 1 });
  own.save({ n: 1 }, { session: null, outcome: 'error' });
  own.get('n', 1, { session: BOB });
  own.finish({ sessionAfter: null });
  expect(endOf(recording, '/own', 'n').history).toEqual(['/own 1']);
});

describe('where the cookie is the session', () => {
  /** One tab sets `n` twice, another between the two starts from the first's cookie and goes a way of its own. */
  function tabs(): Recording {
    const recording = sealed();
    const first = recording.start('/first', { session: null });
    first.operation('set', { session: null, path: ['n'], after: 1 });
    first.save({ n: 1 }, { session: ALICE, from: null, to: ALICE, stored: { n: 1 } });
    first.finish({ sessionAfter: ALICE });
    const other = recording.start('/other');
    other.load({ n: 1 }, { layer: 'cookie' });
    other.set('n', 2);
    other.save({ n: 2 }, { session: BOB, from: ALICE, to: BOB, stored: { n: 2 } });
    other.finish({ sessionAfter: BOB });
    const second = recording.start('/second');
    second.load({ n: 1 }, { layer: 'cookie' });
    second.set('n', 3);
    second.save({ n: 3 }, { session: CAROL, from: ALICE, to: CAROL, stored: { n: 3 } });
    second.finish({ sessionAfter: CAROL });
    const read = recording.start('/read', { session: CAROL });
    read.load({ n: 3 }, { session: CAROL, layer: 'cookie' });
    read.finish();
    return recording;
  }

  test('its past goes on through every save, along its own cookies alone', () => {
    expect(endOf(tabs(), '/second', 'n')).toEqual({ history: ['/second 3', '/first 1'], blame: '/second' });
    expect(endOf(tabs(), '/read', 'n')).toEqual({ history: ['/second 3', '/first 1'], blame: '/second' });
    expect(endOf(tabs(), '/other', 'n')).toEqual({ history: ['/other 2', '/first 1'], blame: '/other' });
  });

  test('a value that nobody wrote since is blamed on the request that did, some cookies ago', () => {
    const recording = tabs();
    const more = recording.start('/more', { session: CAROL });
    more.load({ n: 3 }, { session: CAROL, layer: 'cookie' });
    more.operation('set', { session: CAROL, path: ['m'], after: 1 });
    more.save({ n: 3, m: 1 }, { session: 'd0d000000000', from: CAROL, to: 'd0d000000000', stored: { n: 3, m: 1 } });
    more.finish({ sessionAfter: 'd0d000000000' });
    expect(endOf(recording, '/more', 'n')).toEqual({ history: ['/second 3', '/first 1'], blame: '/second' });
  });

  test('a flush ends it', () => {
    const recording = tabs();
    const out = recording.start('/out', { session: CAROL });
    out.load({ n: 3 }, { session: CAROL, layer: 'cookie' });
    out.operation('flush', { session: CAROL, from: CAROL, to: null, outcome: 'done' });
    expect(endOf(recording, '/out', 'n').history).toEqual([]);
  });
});
