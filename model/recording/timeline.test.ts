import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SessionscopeEvent } from '../../protocol/index.ts';
import type { HarExchange } from './har.ts';
import { createRecording, exchangeIn, idOf, timelineOf } from './recording.cases.ts';
import { serverName } from './epochs.ts';
import { MAX_EVENTS, Timeline } from './timeline.ts';
import { type TimelineItem, type ExchangeRecord, isRunning } from './records.ts';

const shapeOf = (items: readonly TimelineItem[]) =>
  items.map((item) =>
    item.kind === 'exchange'
      ? `${item.started?.path ?? item.id.split(':')[0]}: ${item.operations.map(({ operation }) => operation).join(' ')}`
      : item.kind === 'gap'
        ? `gap of ${item.gap.count}`
        : `epoch ${item.epoch}`,
  );

const harOf = (exchange: string, fields: Partial<HarExchange> = {}): HarExchange => ({
  exchanges: [exchange],
  url: 'http://127.0.0.1:3000/cart?secret=1',
  method: 'GET',
  status: 200,
  startedAt: 1,
  durationMs: 5,
  setCookies: [],
  fromCache: false,
  ...fields,
});

/** Two overlapping exchanges, a gap, background work and a restart. */
function everything(): SessionscopeEvent[] {
  const first = createRecording('epoch00001');
  first.epochStarted();
  const a = first.start('/a');
  a.load({});
  const b = first.start('/b');
  b.load({});
  b.set('x', 1);
  a.set('y', 2);
  b.save({ x: 1 });
  b.finish();
  a.save({ y: 2 });
  a.finish();
  first.gap();
  first.background('save');
  first.background('expire');
  const second = createRecording('epoch00002', 1_700_000_100_000);
  second.epochStarted();
  const c = second.start('/c');
  c.load({});
  c.finish();
  return [...first.events, ...second.events];
}

test('a request that was running when the server went away is cut off, and runs no more', () => {
  const first = createRecording('epoch00001');
  first.epochStarted();
  first.start('/ended').finish();
  first.start('/running').set('x', 1);
  const second = createRecording('epoch00002', 1_700_000_100_000);
  second.epochStarted();
  second.start('/new');
  const exchanges = timelineOf([...first.events, ...second.events]).items.filter(
    (item): item is ExchangeRecord => item.kind === 'exchange',
  );
  expect(exchanges.map(({ started, isCutOff }) => [started?.path, isCutOff ?? false])).toEqual([
    ['/ended', false],
    ['/running', true],
    ['/new', false],
  ]);
  expect(exchanges.map(isRunning)).toEqual([false, false, true]);
});

test('a request whose end is read after the restart, as out of a trace, is not cut off', () => {
  const first = createRecording('epoch00001');
  first.epochStarted();
  const ended = first.start('/ended');
  const end = ended.finish();
  const second = createRecording('epoch00002', 1_700_000_100_000);
  second.epochStarted();
  const timeline = timelineOf([...first.events.filter((event) => event !== end), ...second.events, end]);
  expect(exchangeIn(timeline, ended.id).isCutOff ?? false).toBe(false);
});

test('another app in the same tab is no restart, and cuts nothing off', () => {
  const [one, other] = [createRecording('epoch00001'), createRecording('epoch00002', 1_700_000_100_000)];
  one.epochStarted();
  one.start('/running');
  other.epochStarted({ app: 'another-app' });
  const { items } = timelineOf([...one.events, ...other.events]);
  expect(items.map(({ kind }) => kind)).toEqual(['exchange']);
  expect(items.every((item) => item.kind === 'exchange' && isRunning(item))).toBe(true);
});

test('exchanges stand in the order of their first event, with their own operations', () => {
  expect(shapeOf(timelineOf(everything()).items)).toEqual([
    '/a: load set save',
    '/b: load set save',
    'gap of 3',
    'background: save expire',
    'epoch epoch00002',
    '/c: load',
  ]);
});

test('events in any order, any number of times, make the same timeline', () => {
  const events = everything().filter((event) => !('exchange' in event && event.exchange === null));
  const expected = shapeOf(timelineOf(events).items);
  // Epochs are in the order of their arrival; within one, sequence numbers decide.
  const epochs = events.filter(({ type }) => type === 'epoch-started');
  const others = events.filter(({ type }) => type !== 'epoch-started');
  fc.assert(
    fc.property(fc.shuffledSubarray([...others, ...others], { minLength: others.length * 2 }), (shuffled) => {
      expect(shapeOf(timelineOf([...epochs, ...shuffled]).items)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('an event that is known already is not new', () => {
  const recording = createRecording();
  const event = recording.start('/a').load({});
  const timeline = new Timeline();
  expect(timeline.receive(event)).toBe(true);
  expect(timeline.receive({ ...event })).toBe(false);
  expect(timeline.events).toBe(1);
});

test('the first epoch is no restart, each later one is', () => {
  const timeline = new Timeline();
  timeline.receive(createRecording('epoch00001').epochStarted());
  expect(timeline.items).toEqual([]);
  timeline.receive(createRecording('epoch00002').epochStarted());
  expect(timeline.items).toMatchObject([{ kind: 'epoch', isRestart: true }]);
});

test('a later word on an epoch replaces the earlier one, in whatever order they come', () => {
  const recording = createRecording();
  const early = recording.epochStarted();
  const late = recording.epochStarted({ project: 'shop with a second middleware' });
  for (const order of [
    [early, late],
    [late, early],
  ])
    expect(timelineOf(order).latestEpoch?.project).toBe('shop with a second middleware');
});

test('a gap is taken once, and only what was reported as one is a gap', () => {
  const recording = createRecording();
  recording.start('/a').load({});
  const gap = recording.gap();
  const timeline = timelineOf([...recording.events, { ...gap }]);
  expect(shapeOf(timeline.items)).toEqual(['/a: load', 'gap of 3']);
  const holes = createRecording();
  const [first, , third] = [holes.start('/a').load({}), holes.start('/b').load({}), holes.start('/c').load({})];
  expect(timelineOf([first, third]).items.every(({ kind }) => kind === 'exchange')).toBe(true);
});

test('a longer gap from the same event on takes the place of the shorter one', () => {
  const recording = createRecording();
  const gap = recording.gap();
  const timeline = timelineOf([gap, { ...gap, seq: gap.seq + 10, count: 13 }]);
  expect(shapeOf(timeline.items)).toEqual(['gap of 13']);
  timeline.receive(gap);
  expect(shapeOf(timeline.items)).toEqual(['gap of 13']);
});

test('what the browser saw meets its exchange whichever comes first', () => {
  const recording = createRecording();
  const { id } = recording.start('/cart');
  const before = new Timeline();
  before.see(harOf(id));
  for (const event of recording.events) before.receive(event);
  const after = timelineOf(recording.events);
  after.see(harOf(id));
  for (const timeline of [before, after]) expect(exchangeIn(timeline).har?.status).toBe(200);
});

test('an exchange id that comes again in another response is a cached answer, and changes nothing', () => {
  const recording = createRecording();
  const { id } = recording.start('/cart');
  const timeline = timelineOf(recording.events);
  timeline.see(harOf(id, { startedAt: 1, status: 200 }));
  timeline.see(harOf(id, { startedAt: 500, status: 200, durationMs: 0 }));
  expect(exchangeIn(timeline).har).toMatchObject({ startedAt: 1, durationMs: 5 });
  // The same entry, known better.
  timeline.see(harOf(id, { startedAt: 1, setCookies: [{ name: 'sid', valueLength: 9, attributes: '; Path=/' }] }));
  expect(exchangeIn(timeline).har?.setCookies).toHaveLength(1);
});

test('faults of the companion stand with their exchange', () => {
  const recording = createRecording();
  const { id } = recording.start('/a');
  recording.fault(id, 'set failed');
  expect(exchangeIn(timelineOf(recording.events)).faults).toMatchObject([{ message: 'set failed' }]);
});

test('cleared, what was there stays gone though it is sent again, and a restart is still one', () => {
  const recording = createRecording('epoch00001');
  recording.epochStarted();
  recording.start('/a').load({});
  const timeline = timelineOf(recording.events);
  timeline.clear();
  for (const event of recording.events) timeline.receive(event);
  expect(timeline.items).toEqual([]);
  const later = recording.start('/b');
  for (const event of recording.events.slice(-1)) timeline.receive(event);
  expect(exchangeIn(timeline, later.id).number).toBe(1);
  timeline.receive(createRecording('epoch00002', 1_700_000_100_000).epochStarted());
  expect(timeline.items.at(-1)).toMatchObject({ kind: 'epoch', isRestart: true });
});

test('past its bound the oldest exchanges go, are counted, and the count of events stays exact', () => {
  const timeline = new Timeline();
  const recording = createRecording();
  const perExchange = 1_000;
  for (let turn = 0; turn * (perExchange + 1) < MAX_EVENTS + 5_000; turn++) {
    const exchange = recording.start('/a');
    for (let index = 0; index < perExchange; index++) exchange.get('k', 1);
    for (const event of recording.events.splice(0)) timeline.receive(event);
  }
  expect(timeline.dropped).toBeGreaterThan(0);
  expect(timeline.events).toBeLessThanOrEqual(MAX_EVENTS);
  const held = timeline.items.reduce(
    (sum, item) => sum + (item.kind === 'exchange' ? item.operations.length + 1 : 0),
    0,
  );
  expect(timeline.events).toBe(held);
  expect(timeline.exchange(idOf(1_001))).toBeUndefined();
});

test('what came of a dropped or unknown exchange later is still shown', () => {
  const recording = createRecording();
  recording.start('/a').finish();
  const timeline = timelineOf(recording.events.slice(1));
  expect(exchangeIn(timeline)).toMatchObject({ finished: { status: 200 } });
  expect(exchangeIn(timeline).started).toBeUndefined();
});

test('what was cleared while it ran does not come back as a fragment', () => {
  const recording = createRecording();
  const running = recording.start('/running');
  const timeline = timelineOf(recording.events);
  timeline.clear();
  const before = recording.events.length;
  running.set('x', 1);
  running.finish();
  recording.start('/new').finish();
  for (const event of recording.events.slice(before)) timeline.receive(event);
  expect(timeline.items.map((item) => item.kind === 'exchange' && item.started?.path)).toEqual(['/new']);
});

/** Two servers of one app in one recording, side by side or one after the other. */
function twoServers(ports: readonly [number | undefined, number | undefined], apartMs: number) {
  const serverOn = (port: number | undefined) => ({
    server: { name: 'shop', ...(port === undefined ? {} : { port }) },
  });
  const one = createRecording('epoch00001');
  one.epochStarted(serverOn(ports[0]));
  const a = one.start('/a');
  const other = createRecording('epoch00002', 1_700_000_000_000 + apartMs);
  other.epochStarted(serverOn(ports[1]));
  const b = other.start('/b');
  return { one, other, a, b, events: () => [...one.events, ...other.events] };
}

test('two servers by name and port run side by side: in order of time, and neither is a restart', () => {
  const { one, other, a, b, events } = twoServers([3000, 4000], 50);
  one.wait(100);
  one.start('/c').finish();
  a.finish();
  other.wait(100);
  other.start('/d').finish();
  b.finish();
  const inOrder = ['/a', '/b', '/c', '/d'];
  const pathsOf = (items: readonly TimelineItem[]) =>
    items.map((item) => (item.kind === 'exchange' ? item.started?.path : item.kind));
  for (const order of [events(), events().toReversed()]) {
    const { items } = timelineOf(order);
    expect(pathsOf(items)).toEqual(inOrder);
    expect(items.map((item) => item.kind === 'exchange' && [item.number, serverName(item.life.started)])).toEqual([
      [1, 'shop :3000'],
      [2, 'shop :4000'],
      [3, 'shop :3000'],
      [4, 'shop :4000'],
    ]);
  }
});

test('where no port is known, a server that goes on beside another is no restart of it', () => {
  const { one, other, events } = twoServers([undefined, undefined], 50);
  const early = timelineOf(events());
  expect(early.items.map(({ kind }) => kind)).toEqual(['exchange', 'epoch', 'exchange']);
  expect(exchangeIn(early).isCutOff).toBe(true);
  one.wait(10_000);
  early.receive(one.start('/later').finish());
  expect(early.items.map(({ kind }) => kind)).toEqual(['exchange', 'exchange', 'exchange']);
  expect(exchangeIn(early).isCutOff).toBe(false);
  expect(other.events).toHaveLength(2);
});

test('a clock that goes back does not put what came later before what came first', () => {
  const recording = createRecording();
  recording.start('/first').finish();
  recording.wait(-60_000);
  recording.start('/second').finish();
  recording.start('/third').finish();
  const paths = (events: readonly SessionscopeEvent[]) =>
    timelineOf(events).items.map((item) => item.kind === 'exchange' && item.started?.path);
  expect(paths(recording.events)).toEqual(['/first', '/second', '/third']);
  expect(paths(recording.events.toReversed())).toEqual(['/first', '/second', '/third']);
});

test('requests of DevTools itself are not counted', () => {
  const recording = createRecording();
  recording.start('/a').finish();
  recording.start('/.well-known/appspecific/com.chrome.devtools.json').finish();
  recording.start('/b').finish();
  const numbers = timelineOf(recording.events).items.map((item) => item.kind === 'exchange' && item.number);
  expect(numbers).toEqual([1, 0, 2]);
});

test('an event that was refused costs one gap, and the recording goes on', () => {
  const recording = createRecording();
  recording.start('/a').load({});
  const gap = recording.gap({ cause: 'refused', count: 1 });
  const next = recording.start('/b');
  next.load({ n: 1 });
  const { items } = timelineOf(recording.events);
  expect(items.map((item) => (item.kind === 'gap' ? item.gap : item.kind))).toEqual(['exchange', gap, 'exchange']);
});
