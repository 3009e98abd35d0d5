/** What the panel says, by what truly happened: each test is one false statement that it made once, and its near miss. */
import { describe, expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import { blameLabel, lostLabel } from '../labels/blame-labels.ts';
import { ALICE, BOB, createRecording, timelineOf } from '../recording/recording.cases.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { previousExchange, nextExchange } from '../history/sides.ts';
import {
  concurrentClaim,
  diffClaim,
  historyClaim,
  lastWriteClaim,
  memoryClaim,
  outcomeClaim,
  relationClaim,
  savedClaim,
  sizeClaim,
  storeClaim,
} from './claims.ts';

type Recording = ReturnType<typeof createRecording>;

const itemsOf = (...recordings: Recording[]) => timelineOf(recordings.flatMap(({ events }) => events)).items;

function endOf(items: readonly unknown[], id: string) {
  const exchange = (items as ExchangeRecord[]).find((item) => item.id === id)!;
  return { exchange, index: exchange.operations.length };
}

const rows = (size: number, given: number, of?: string): EncodedValue => ({
  $: 'array',
  items: Array.from({ length: given }, (_row, index) => index),
  size,
  ...(of === undefined ? {} : { digest: of }),
});
const NONE = { notSaved: [], asSomethingElse: [], overwritten: [], notCompared: [] };
const DIGESTS = ['0123456789ab', 'ba9876543210'] as const;

describe('a session that has no key yet', () => {
  function begun(own: Parameters<Recording['start']>[1], first: 'create' | 'load') {
    const recording = createRecording();
    const exchange = recording.start('/', own);
    exchange.operation(first, { session: null, ...(first === 'load' ? { outcome: 'none-sent' } : { state: {} }) });
    exchange.operation('set', { session: null, path: ['n'], after: 1 });
    return { items: itemsOf(recording), exchange };
  }

  test.each(['create', 'load'] as const)('has no record, from its first %s on', (first) => {
    const { items, exchange } = begun({ session: null }, first);
    const cursor = endOf(items, exchange.id);
    for (const index of [0, 1, 2]) expect(storeClaim(items, { ...cursor, index }).is).toBe('gone');
    expect(savedClaim(items, cursor)).toMatchObject({ ...NONE, notSaved: ['n'] });
  });

  test('has the writes of its request for a past', () => {
    const { items, exchange } = begun({ session: null }, 'create');
    const cursor = endOf(items, exchange.id);
    expect(historyClaim(items, cursor, ['n'])).toMatchObject([{ operation: { after: 1 } }]);
    expect(lastWriteClaim(items, cursor, ['n'])).toMatchObject({ kind: 'write', isCertain: true });
  });

  test('is not taken for the one of a cookie that nothing has looked at', () => {
    const { items, exchange } = begun({ session: null, cookie: { name: 'sid', sent: 1 } }, 'create');
    const cursor = endOf(items, exchange.id);
    expect([0, 1, 2].map((index) => storeClaim(items, { ...cursor, index }).is)).toEqual(['unknown', 'gone', 'gone']);
  });

  test('has none again after a flush, whatever it had before', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({ n: 1 });
    exchange.operation('flush', { from: ALICE, to: null, outcome: 'done' });
    exchange.operation('set', { session: null, path: ['n'], after: 2 });
    const items = itemsOf(recording);
    expect(savedClaim(items, endOf(items, exchange.id))).toMatchObject({ ...NONE, notSaved: ['n'] });
  });
});

describe("express-session's new session", () => {
  type Act = (own: ReturnType<Recording['start']>, recording: Recording) => unknown;
  function begun(settings: Record<string, string>, act: Act) {
    const recording = createRecording();
    const middleware = { library: 'express-session', libraryVersion: '1', cookieNames: ['sid'], store: 'x', settings };
    recording.epochStarted({ middlewares: [middleware] });
    const exchange = recording.start('/', { session: null });
    act(exchange, recording);
    const items = itemsOf(recording);
    return storeClaim(items, endOf(items, exchange.id)).is;
  }

  test.each<[string, Record<string, string>, Act, string]>([
    ['has no record before it is saved', {}, (own) => own.operation('create', { session: ALICE, state: {} }), 'gone'],
    [
      'nor has one that another became',
      {},
      (own) => own.operation('cycle-key', { session: BOB, from: ALICE, to: BOB, state: {} }),
      'gone',
    ],
    [
      'may have one by a key of the app',
      { genid: 'x' },
      (own) => own.operation('create', { session: ALICE, state: {} }),
      'unknown',
    ],
    [
      'is not said to have none where what came after its save is not known',
      {},
      (own, recording) => {
        own.operation('create', { session: ALICE, state: {} });
        own.save({ n: 1 }, { session: ALICE, stored: { n: 1 } });
        recording.gap();
        own.get('n', 1, { session: ALICE });
      },
      'unknown',
    ],
    ['has the one that it is saved in', {}, (own) => own.save({ n: 1 }, { session: ALICE, stored: { n: 1 } }), 'there'],
  ])('%s', (_name, settings, act, is) => {
    expect(begun(settings, act)).toBe(is);
  });
});

describe('saved or not', () => {
  test('a list that was cut at two places is not compared, and never "not saved"', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({});
    exchange.set('rows', rows(5_000, 100));
    exchange.save({ rows: rows(5_000, 100) }, { stored: { rows: rows(5_000, 40) } });
    exchange.finish();
    const items = itemsOf(recording);
    const claim = savedClaim(items, endOf(items, exchange.id));
    expect(claim).toMatchObject({ ...NONE });
    // The same with no word of how the store holds it: nothing is said to be the same there.
    expect(relationClaim(items, endOf(items, exchange.id), ['rows'])).toEqual({ is: 'unknown', saved: 'yes' });
  });

  test('what another request only read since was not overwritten by it', () => {
    const recording = createRecording();
    const own = recording.start();
    own.load({});
    own.set('n', { $: 'number', value: 'NaN' });
    own.save({ n: { $: 'number', value: 'NaN' } }, { stored: { n: null } });
    const other = recording.start('/other');
    other.load({ n: null });
    own.operation('touch', { outcome: 'done' });
    own.finish();
    const at = () => {
      const items = itemsOf(recording);
      return savedClaim(items, endOf(items, own.id));
    };
    expect(at()).toMatchObject({ ...NONE, asSomethingElse: ['n'] });
    other.save({ n: 5 }, { stored: { n: 5 } });
    own.get('n', { $: 'number', value: 'NaN' });
    expect(at()).toMatchObject({ ...NONE, overwritten: ['n'] });
  });

  test('more than a hundred keys: the session is marked as partly sent, and nothing is not saved', () => {
    const recording = createRecording();
    const state = (given: number): EncodedValue => ({
      $: 'object',
      entries: Array.from({ length: given }, (_key, index): [string, EncodedValue] => [`k${index}`, index]),
      size: 202,
    });
    const exchange = recording.start();
    exchange.load(state(100));
    exchange.operation('set', { path: ['k150'], before: 1, after: 2 });
    exchange.save(state(100), { stored: state(90) });
    const items = itemsOf(recording);
    expect(savedClaim(items, endOf(items, exchange.id))).toMatchObject({ ...NONE, isPartial: true });
    // Before the save, the one key that is known to have changed is not compared: the record has it or not.
    const before = { ...endOf(items, exchange.id), index: 2 };
    expect(savedClaim(items, before)).toMatchObject({ notSaved: [], notCompared: ['k150'] });
  });

  test('what was fetched later stands on both sides', () => {
    const recording = createRecording();
    const exchange = recording.start();
    const load = exchange.load({ rows: rows(200, 100, DIGESTS[0]) });
    exchange.get('rows', rows(200, 100, DIGESTS[0]));
    exchange.save({ rows: rows(200, 100, DIGESTS[0]) }, { stored: { rows: rows(200, 50, DIGESTS[0]) } });
    const timeline = timelineOf(recording.events);
    timeline.complete(load, 'state', ['rows'], rows(200, 200));
    const cursor = endOf(timeline.items, exchange.id);
    expect(relationClaim(timeline.items, cursor, ['rows'])).toEqual({ is: 'same', saved: 'yes' });
    // And on what comes after it.
    const later = recording.start();
    timeline.receive(recording.events.at(-1)!);
    timeline.receive(later.load({ rows: rows(200, 100, DIGESTS[0]) }));
    expect(diffClaim(cursor, endOf(timeline.items, later.id))?.status).toBe('same');
  });

  test('a revealed secret is not "not saved"', () => {
    const secret: EncodedValue = { $: 'redacted', digest: DIGESTS[0], by: 'name' };
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({});
    const write = exchange.set('token', secret);
    exchange.save({ token: secret }, { stored: { token: secret } });
    const timeline = timelineOf(recording.events);
    timeline.complete(write, 'after', [], 'tok_1');
    const cursor = endOf(timeline.items, exchange.id);
    expect(savedClaim(timeline.items, cursor)).toMatchObject(NONE);
    expect(relationClaim(timeline.items, cursor, ['token'])).toEqual({ is: 'same', saved: 'yes' });
  });

  test('what the store`s format changes was saved, as something else', () => {
    const recording = createRecording();
    const map: EncodedValue = { $: 'map', entries: [[1, 2]], size: 1 };
    const memory = {
      when: { $: 'date', iso: '2026-01-01T00:00:00.000Z' },
      map,
      gone: { $: 'undefined' },
      plain: 1,
    } as const;
    const exchange = recording.start();
    exchange.load({});
    for (const [key, value] of Object.entries(memory)) exchange.set(key, value as EncodedValue);
    exchange.save(memory as unknown as EncodedValue, {
      stored: { when: '2026-01-01T00:00:00.000Z', map: {}, plain: 1 },
    });
    exchange.set('plain', 2);
    const items = itemsOf(recording);
    expect(savedClaim(items, endOf(items, exchange.id))).toMatchObject({
      notSaved: ['plain'],
      asSomethingElse: ['when', 'map', 'gone'],
    });
  });

  test('integer keys of a session: saved, under texts', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({});
    exchange.operation('set', { path: [12], after: 'tea' });
    exchange.save({ $: 'map', entries: [[12, 'tea']], size: 1 }, { stored: { '12': 'tea' } });
    const items = itemsOf(recording);
    const cursor = endOf(items, exchange.id);
    expect(savedClaim(items, cursor)).toMatchObject({ notSaved: [], asSomethingElse: ['12'] });
    expect(lastWriteClaim(items, cursor, ['12'])).toMatchObject({ kind: 'write', isCertain: true });
  });

  test('without a word of the stored form, only what no format changes is the same', () => {
    const recording = createRecording();
    const date: EncodedValue = { $: 'date', iso: '2026-01-01T00:00:00.000Z' };
    const exchange = recording.start();
    exchange.load({});
    exchange.set('a', 1);
    exchange.set('when', date);
    exchange.save({ a: 1, when: date });
    const items = itemsOf(recording);
    const cursor = endOf(items, exchange.id);
    expect(relationClaim(items, cursor, ['a'])).toEqual({ is: 'same', saved: 'yes' });
    expect(relationClaim(items, cursor, ['when'])).toEqual({ is: 'unknown', saved: 'yes' });
  });

  test('saved by this request and written over by another is not "not saved"', () => {
    const recording = createRecording();
    const slow = recording.start('/slow');
    slow.load({ n: 0 });
    const fast = recording.start('/fast');
    fast.load({ n: 0 });
    fast.set('n', 1);
    fast.save({ n: 1 }, { stored: { n: 1 } });
    slow.set('m', 2);
    slow.save({ n: 0, m: 2 }, { stored: { n: 0, m: 2 } });
    fast.finish();
    slow.finish();
    const items = itemsOf(recording);
    expect(savedClaim(items, endOf(items, fast.id))).toMatchObject({ notSaved: [], overwritten: ['n', 'm'] });
    expect(savedClaim(items, endOf(items, slow.id))).toMatchObject(NONE);
  });

  test('what a request only read, and another wrote meanwhile, is not "not saved"', () => {
    const recording = createRecording();
    const reader = recording.start('/reader');
    reader.load({ n: 0 });
    const writer = recording.start('/writer');
    writer.load({ n: 0 });
    writer.save({ n: 1, m: 2 }, { stored: { n: 1, m: 2 } });
    reader.get('n', 0);
    reader.finish();
    const items = itemsOf(recording);
    expect(savedClaim(items, endOf(items, reader.id))).toMatchObject({ notSaved: [], overwritten: ['n', 'm'] });
  });

  test('a nested change after the save is not saved', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({ cart: [1] });
    exchange.operation('touch', { outcome: 'done' });
    exchange.operation('set', { path: ['cart', 1], after: 2, inferred: true });
    exchange.finish();
    const items = itemsOf(recording);
    expect(savedClaim(items, endOf(items, exchange.id))).toMatchObject({ notSaved: ['cart'] });
  });
});

describe('the record', () => {
  const recordAfter = (act: (own: ReturnType<Recording['start']>) => void) => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({ n: 0 });
    act(exchange);
    const items = itemsOf(recording);
    return storeClaim(items, endOf(items, exchange.id));
  };

  test.each<[string, (own: ReturnType<Recording['start']>) => void, object]>([
    ['a save', (own) => own.save({ n: 1 }, { stored: { n: 1 } }), { is: 'there', value: { n: 1 }, form: 'stored' }],
    ['a save of which the stored form is not known', (own) => own.save({ n: 1 }), { is: 'there', form: 'memory' }],
    ['a save that failed', (own) => own.save({ n: 1 }, { outcome: 'error' }), { is: 'there', value: { n: 0 } }],
    ['a save of what was no longer there', (own) => own.save({ n: 1 }, { outcome: 'gone' }), { is: 'gone' }],
    ['a touch of what was no longer there', (own) => own.operation('touch', { outcome: 'gone' }), { is: 'gone' }],
    ['a touch', (own) => own.operation('touch', { outcome: 'done' }), { is: 'there', value: { n: 0 } }],
    ['a load that could not be read', (own) => own.operation('load', { outcome: 'unreadable' }), { is: 'unreadable' }],
    [
      'a save with an end in the past',
      (own) => own.save({ n: 1 }, { stored: { n: 1 }, expiry: { storeAt: 1 } }),
      { is: 'gone' },
    ],
    [
      'a save with an end that is assumed',
      (own) => own.save({ n: 1 }, { stored: { n: 1 }, expiry: { storeAt: 1, storeAssumed: true } }),
      { is: 'there' },
    ],
  ])('after %s', (_name, act, claim) => {
    expect(recordAfter(act)).toMatchObject(claim);
  });

  test('a rotation that keeps the name, a cookie sealed twice in one second, takes no record away', () => {
    const rotate = (to: string) =>
      recordAfter((own) =>
        own.operation('cycle-key', { from: ALICE, to, session: ALICE, state: { n: 0 }, stored: { n: 0 } }),
      );
    expect(rotate(ALICE)).toMatchObject({ is: 'there', value: { n: 0 }, form: 'stored' });
    expect(rotate(BOB)).toMatchObject({ is: 'gone' });
  });

  test('over a record that could not be read nothing is "not saved"', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.operation('load', { outcome: 'unreadable', reason: 'other-secret' });
    exchange.set('a', 1);
    exchange.finish();
    const items = itemsOf(recording);
    expect(savedClaim(items, endOf(items, exchange.id))).toBeUndefined();
  });

  test('its size is the store`s own, or not known', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({ n: 0 });
    exchange.save({ rows: rows(9_000, 100) }, { bytes: 1_400_000 });
    exchange.save({ rows: rows(9_000, 100) });
    const items = itemsOf(recording);
    const at = (index: number) => sizeClaim(items, { ...endOf(items, exchange.id), index })?.bytes;
    expect([at(1), at(2), at(3)]).toEqual([undefined, 1_400_000, undefined]);
  });

  test('it is about as large once its expiry was written, where the store may keep that in the record', () => {
    const sizes = (store: string) => {
      const recording = createRecording();
      const middleware = { library: 'express-session', libraryVersion: '1', cookieNames: ['sid'], store, settings: {} };
      recording.epochStarted({ middlewares: [middleware] });
      const exchange = recording.start();
      exchange.save({ n: 1 }, { bytes: 99 });
      exchange.operation('touch', { outcome: 'done' });
      const items = itemsOf(recording);
      return [1, 2].map((index) => sizeClaim(items, { ...endOf(items, exchange.id), index }));
    };
    expect(sizes('MemoryStore')).toMatchObject([
      { bytes: 99, isAbout: false },
      { bytes: 99, isAbout: true },
    ]);
    expect(sizes('RedisStore')).toMatchObject([
      { bytes: 99, isAbout: false },
      { bytes: 99, isAbout: false },
    ]);
  });

  test('a record whose end has passed is gone, where the rule of its end is known', () => {
    const claimAfter = (seconds: number, expiry: { storeAt: number | null; storeAssumed?: boolean }) => {
      const recording = createRecording('epoch00001', 1_000_000);
      const own = recording.start();
      own.save({ n: 1 }, { stored: { n: 1 }, expiry });
      own.finish();
      recording.wait(seconds * 1_000);
      const later = recording.start('/later');
      later.finish();
      const items = itemsOf(recording);
      return storeClaim(items, endOf(items, later.id)).is;
    };
    const storeAt = 1_060_000;
    expect(claimAfter(30, { storeAt })).toBe('there');
    expect(claimAfter(60, { storeAt })).toBe('unknown');
    expect(claimAfter(90, { storeAt })).toBe('gone');
    expect(claimAfter(90, { storeAt, storeAssumed: true })).toBe('there');
    expect(claimAfter(90, { storeAt: null })).toBe('there');
  });

  test('a cookie that is the session: what another request flushed is gone for that one alone', () => {
    const recording = createRecording();
    const middleware = { library: 'django', libraryVersion: '5', cookieNames: ['sid'], settings: {} };
    recording.epochStarted({ middlewares: [{ ...middleware, store: 'signed_cookies' }] });
    const [slow, logout] = [recording.start('/slow'), recording.start('/logout')];
    slow.load({ n: 1 }, { layer: 'cookie' });
    logout.load({ n: 1 }, { layer: 'cookie' });
    logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
    slow.get('n', 1);
    const items = itemsOf(recording);
    expect(storeClaim(items, endOf(items, logout.id))).toMatchObject({ is: 'gone' });
    expect(storeClaim(items, endOf(items, slow.id))).toMatchObject({ is: 'there', value: { n: 1 } });
    expect(savedClaim(items, endOf(items, slow.id))).toMatchObject(NONE);
  });

  test('a cookie that is the session: what another request finds in its copy does not bring back what was flushed', () => {
    const recording = createRecording();
    const middleware = { library: 'django', libraryVersion: '5', cookieNames: ['sid'], settings: {} };
    recording.epochStarted({ middlewares: [{ ...middleware, store: 'signed_cookies' }] });
    const logout = recording.start('/logout');
    logout.load({ n: 1 }, { layer: 'cookie' });
    logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
    const other = recording.start('/other');
    other.load({ n: 1 }, { layer: 'cookie' });
    other.finish();
    logout.finish({ sessionAfter: null });
    const items = itemsOf(recording);
    expect(storeClaim(items, endOf(items, logout.id))).toMatchObject({ is: 'gone' });
    expect(storeClaim(items, endOf(items, other.id))).toMatchObject({ is: 'there' });
  });

  test('a touch of a record that another request deleted: gone, or not known where the store may have written it', () => {
    const claimAfter = (store: string) => {
      const recording = createRecording();
      const middleware = { library: 'express-session', libraryVersion: '1', cookieNames: ['sid'], store, settings: {} };
      recording.epochStarted({ middlewares: [middleware] });
      const slow = recording.start('/slow');
      slow.load({ n: 1 });
      recording.start('/logout').operation('flush', { from: ALICE, to: null, outcome: 'done' });
      slow.operation('touch', { outcome: 'done', expiry: { sessionAt: 1_700_000_060_000 } });
      const items = itemsOf(recording);
      return storeClaim(items, endOf(items, slow.id)).is;
    };
    expect(claimAfter('RedisStore')).toBe('gone');
    expect(claimAfter('SomeStore')).toBe('unknown');
  });

  test('a save that another server made is known to this one where they share a store, and not where it is its memory', () => {
    const epochs = (store: string, recordsIn?: 'outside') => {
      const [one, other] = [createRecording('epoch00001'), createRecording('epoch00002', 1_700_000_000_010)];
      const named = { library: 'express-session', libraryVersion: '1', cookieNames: ['sid'], store, settings: {} };
      const middleware = { ...named, ...(recordsIn ? { recordsIn } : {}) };
      one.epochStarted({ middlewares: [middleware], server: { name: 'shop', port: 3000 } });
      const here = one.start();
      here.load({ n: 0 });
      one.wait(100);
      other.epochStarted({ middlewares: [middleware], server: { name: 'shop', port: 4000 } });
      const there = other.start();
      there.save({ n: 9 }, { stored: { n: 9 } });
      here.get('n', 0);
      const items = itemsOf(one, other);
      return storeClaim(items, endOf(items, here.id));
    };
    expect(epochs('RedisStore', 'outside')).toMatchObject({ value: { n: 9 } });
    // It may have written this record, or one of its own.
    expect(epochs('SomeStore')).toEqual({ is: 'unknown' });
    expect(epochs('MemoryStore')).toMatchObject({ value: { n: 0 } });
  });
});

describe('last written by', () => {
  test('a lost update: blame goes back to the value that is there, and names the write that was lost', () => {
    const recording = createRecording();
    const first = recording.start('/first');
    first.load({});
    const old = first.set('cart', ['tea']);
    first.save({ cart: ['tea'] }, { stored: { cart: ['tea'] } });
    first.finish();
    const lost = recording.start('/items');
    lost.load({ cart: ['tea'] });
    const other = recording.start('/coupon');
    other.load({ cart: ['tea'] });
    const write = lost.set('cart', ['tea', 'mug'], {
      source: { frames: [{ file: 'lab.mjs', line: 19, kind: 'app' }] },
    });
    lost.save({ cart: ['tea', 'mug'] }, { stored: { cart: ['tea', 'mug'] } });
    other.set('coupon', 'SPRING');
    const by = other.save({ cart: ['tea'], coupon: 'SPRING' }, { stored: { cart: ['tea'], coupon: 'SPRING' } });
    lost.finish();
    other.finish();
    const page = recording.start('/page');
    page.load({ cart: ['tea'], coupon: 'SPRING' });
    page.finish();
    const items = itemsOf(recording);
    const blame = lastWriteClaim(items, endOf(items, page.id), ['cart']);
    expect(blame).toMatchObject({
      kind: 'write',
      isCertain: true,
      write: { operation: old },
      lost: { write: { operation: write }, by: { operation: by } },
    });
    expect(lostLabel(blame)).toBe('The write of #2 lab.mjs:19 was overwritten by the save of #3.');
    // Near miss: what was not lost has nothing to say of it.
    expect(lastWriteClaim(items, endOf(items, page.id), ['coupon'])).not.toHaveProperty('lost');
    expect(lastWriteClaim(items, endOf(items, lost.id), ['cart'])).toMatchObject({ write: { operation: write } });
  });

  test('a nested change that was never saved is not what the next request has', () => {
    const recording = createRecording();
    const first = recording.start();
    first.load({ cart: [1] });
    const inferred = first.operation('set', { path: ['cart', 1], after: 2, inferred: true });
    first.finish();
    const next = recording.start();
    next.load({ cart: [1] });
    const items = itemsOf(recording);
    const blame = lastWriteClaim(items, endOf(items, next.id), ['cart']);
    expect(blame).toMatchObject({ kind: 'record', lost: { write: { operation: inferred } } });
    expect(blameLabel(blame)?.text).toBe('from the record');
    expect(lostLabel(blame)).toBe('The write of #1 was never saved.');
  });

  test('a record that something unseen wrote is not blamed on the last write that was seen', () => {
    const recording = createRecording();
    const first = recording.start();
    first.load({});
    first.set('n', 1);
    first.save({ n: 1 }, { stored: { n: 1 } });
    first.finish();
    const next = recording.start();
    next.load({ n: 7 });
    const items = itemsOf(recording);
    expect(lastWriteClaim(items, endOf(items, next.id), ['n'])).toMatchObject({ kind: 'unseen' });
  });

  test('a value that was cut without a digest is blamed with a doubt, one with a digest without', () => {
    const blameOf = (digest: string | undefined) => {
      const recording = createRecording();
      const first = recording.start();
      first.load({});
      first.set('rows', rows(9_000, 100, digest));
      first.save({ rows: rows(9_000, 100, digest) }, { stored: { rows: rows(9_000, 100, digest) } });
      first.finish();
      const next = recording.start();
      next.load({ rows: rows(9_000, 100, digest) });
      const items = itemsOf(recording);
      return lastWriteClaim(items, endOf(items, next.id), ['rows']);
    };
    expect(blameOf(undefined)).toMatchObject({ kind: 'write', isCertain: false });
    expect(blameOf(DIGESTS[0])).toMatchObject({ kind: 'write', isCertain: true });
  });

  test('a write made after the response stands in the recording, and is blamed', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({});
    exchange.save({}, { stored: {} });
    exchange.finish();
    const late = exchange.set('late', 1);
    const items = itemsOf(recording);
    expect(lastWriteClaim(items, endOf(items, exchange.id), ['late'])).toMatchObject({ write: { operation: late } });
  });

  test('what a regenerate dropped was taken away by it, and did not come "as loaded"', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({ cart: [1] });
    const rotation = exchange.operation('cycle-key', { from: ALICE, to: BOB, session: BOB, state: {} });
    const items = itemsOf(recording);
    expect(lastWriteClaim(items, endOf(items, exchange.id), ['cart'])).toMatchObject({
      kind: 'write',
      write: { operation: rotation },
    });
  });

  test('over a gap nothing is blamed', () => {
    const recording = createRecording();
    const first = recording.start();
    first.load({});
    first.set('n', 1);
    first.save({ n: 1 }, { stored: { n: 1 } });
    first.finish();
    recording.gap();
    const next = recording.start();
    next.load({ n: 1 });
    const items = itemsOf(recording);
    expect(lastWriteClaim(items, endOf(items, next.id), ['n']).kind).toBe('record');
  });

  test('through a hundred requests that saved the same, blame finds who wrote it', () => {
    const recording = createRecording();
    const first = recording.start();
    first.load({});
    const write = first.set('n', 1);
    first.save({ n: 1 }, { stored: { n: 1 } });
    first.finish();
    let last = first;
    for (let turn = 0; turn < 100; turn++) {
      last = recording.start();
      last.load({ n: 1 });
      last.save({ n: 1 }, { stored: { n: 1 } });
      last.finish();
    }
    const items = itemsOf(recording);
    expect(lastWriteClaim(items, endOf(items, last.id), ['n'])).toMatchObject({ write: { operation: write } });
  });
});

describe('diff', () => {
  test('a change in a part that was not sent is known by its digest, and without one is not compared', () => {
    const diffOf = (before: string | undefined, after: string | undefined) => {
      const recording = createRecording();
      const first = recording.start();
      first.load({ rows: rows(10_000, 100, before) });
      const second = recording.start();
      second.load({ rows: rows(10_000, 100, after) });
      const items = itemsOf(recording);
      return diffClaim(endOf(items, first.id), endOf(items, second.id))?.status;
    };
    expect(diffOf(DIGESTS[0], DIGESTS[1])).toBe('changed');
    expect(diffOf(DIGESTS[0], DIGESTS[0])).toBe('same');
    expect(diffOf(undefined, undefined)).toBe('unknown');
  });

  test('a write inside what was not sent leaves it not compared', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({ rows: rows(10_000, 100, DIGESTS[0]) });
    exchange.operation('set', { path: ['rows', 4_321], before: 1, after: 2, inferred: true });
    const items = itemsOf(recording);
    const { exchange: record } = endOf(items, exchange.id);
    expect(diffClaim({ exchange: record, index: 1 }, { exchange: record, index: 2 })?.status).toBe('unknown');
    expect(memoryClaim({ exchange: record, index: 2 })).toEqual({ rows: rows(10_000, 100) });
  });

  test('what is not known is not compared', () => {
    const recording = createRecording();
    const exchange = recording.start();
    exchange.load({});
    const { items } = timelineOf(recording.events);
    const { exchange: record } = endOf(items, exchange.id);
    expect(diffClaim({ exchange: record, index: 0 }, { exchange: record, index: 1 })).toBeUndefined();
  });
});

describe('requests beside it', () => {
  test('before: of the same session and middleware, and on screen', () => {
    const recording = createRecording();
    const own = recording.start('/own');
    own.load({});
    own.finish();
    const hidden = recording.start('/.well-known/appspecific/com.chrome.devtools.json');
    hidden.load({});
    hidden.finish();
    const others = recording.start('/others', { session: BOB });
    others.load({});
    others.finish();
    const elsewhere = recording.start('/admin', { middleware: 1 });
    elsewhere.load({});
    elsewhere.finish();
    const now = recording.start('/now');
    now.load({});
    const items = itemsOf(recording);
    const { exchange } = endOf(items, now.id);
    const isVisible = ({ started }: ExchangeRecord) => !started?.path.startsWith('/.well-known');
    expect(previousExchange(items, exchange, isVisible)?.id).toBe(own.id);
    expect(previousExchange(items, exchange)?.id).toBe(hidden.id);
  });

  test('after: of the same browser', () => {
    const recording = createRecording();
    const [mine, theirs] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];
    const login = recording.start('/login', { session: null, client: mine! });
    login.finish({ sessionAfter: BOB });
    recording.start('/health', { session: null, client: theirs! }).finish();
    const next = recording.start('/account', { session: BOB, client: mine! });
    const items = itemsOf(recording);
    expect(nextExchange(items, endOf(items, login.id).exchange)?.id).toBe(next.id);
  });

  test('after: where nothing says which browser it was, none', () => {
    const recording = createRecording();
    const login = recording.start('/login', { session: null });
    login.finish({ sessionAfter: BOB });
    recording.start('/health', { session: null }).finish();
    const items = itemsOf(recording);
    expect(nextExchange(items, endOf(items, login.id).exchange)).toBeUndefined();
  });

  test('at once: those that truly overlapped', () => {
    const recording = createRecording();
    const a = recording.start('/a');
    recording.wait(10);
    const b = recording.start('/b');
    recording.wait(10);
    a.finish();
    recording.wait(10);
    b.finish();
    const c = recording.start('/c');
    c.finish();
    const items = itemsOf(recording);
    const beside = (id: string) =>
      concurrentClaim(items, endOf(items, id).exchange, 0).map(({ started }) => started?.path);
    expect([beside(a.id), beside(b.id), beside(c.id)]).toEqual([['/b'], ['/a'], []]);
  });

  test('at once, however short: what the first did after the second had begun decides', () => {
    const both = (doesMore: boolean) => {
      const recording = createRecording();
      const a = recording.start('/a');
      const b = recording.start('/b');
      if (doesMore) a.operation('flush');
      a.finish({ durationMs: 1 });
      b.finish();
      const items = itemsOf(recording);
      return concurrentClaim(items, endOf(items, b.id).exchange, 0).map(({ started }) => started?.path);
    };
    expect(both(true)).toEqual(['/a']);
    // Its end alone is noted late: the browser may have had the answer.
    expect(both(false)).toEqual([]);
  });
});

test('a request whose client went away is pending until the app ends it, and then what happened', () => {
  const recording = createRecording();
  const exchange = recording.start();
  exchange.load({});
  exchange.set('a', 1);
  const aborted = exchange.finish({ ending: 'aborted', verdict: { record: { outcome: 'pending' } } });
  exchange.save({ a: 1 }, { stored: { a: 1 } });
  const ended = exchange.finish({ ending: 'aborted', verdict: { record: { outcome: 'saved' } } });
  const outcomeOf = (...events: typeof recording.events) => {
    const items = timelineOf([...recording.events.slice(0, 3), ...events]).items;
    return outcomeClaim(endOf(items, exchange.id).exchange)?.record;
  };
  expect(outcomeOf()).toBeUndefined();
  expect(outcomeOf(aborted)).toBe('pending');
  expect(outcomeOf(aborted, ended)).toBe('saved');
  expect(outcomeOf(ended, aborted)).toBe('saved');
});
