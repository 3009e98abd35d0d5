import { loadDeferred } from './deferred.ts';
import { effect } from '@preact/signals-core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { EncodedValue, SessionscopeEvent } from '../../protocol/index.ts';
import type { HarExchange } from '../recording/har.ts';
import { contentOf } from '../values/known.ts';
import { createPanelModel, type PanelModel } from './panel-model.ts';
import { ALICE, BOB, createRecording } from '../recording/recording.cases.ts';

await loadDeferred();

let now = 1_700_000_000_000;
let recording: ReturnType<typeof createRecording>;
let model: PanelModel;

beforeEach(() => {
  now = 1_700_000_000_000;
  recording = createRecording('epoch00001', now);
  model = createPanelModel({ now: () => now });
});

/** Gives the model what was recorded since the last call. */
let given: SessionscopeEvent[] = [];
const flow = () => {
  const fresh = recording.events.filter((event) => !given.includes(event));
  given = [...given, ...fresh];
  model.receive(fresh);
};

const visit = (path: string, build: (exchange: ReturnType<typeof recording.start>) => void = () => {}) => {
  const exchange = recording.start(path);
  exchange.load({});
  build(exchange);
  exchange.finish();
  flow();
  return exchange;
};

const paths = () =>
  [...model.rows.value.rows].flatMap((row) => (row.kind === 'exchange' ? [row.exchange.started?.path ?? row.key] : []));

const harOf = (exchange: string, fields: Partial<HarExchange> = {}): HarExchange => ({
  exchanges: [exchange],
  url: 'http://localhost:3000/',
  method: 'GET',
  status: 200,
  startedAt: 0,
  durationMs: 1,
  setCookies: [],
  fromCache: false,
  ...fields,
});

test('a request is from elsewhere once DevTools had its time to report it, not before', () => {
  const own = visit('/own');
  visit('/from-another-tab');
  const [first, second] = model.items.value;
  if (first?.kind !== 'exchange' || second?.kind !== 'exchange') throw new Error('two exchanges');
  model.scope.value = 'tab';
  expect([first, second].map(model.isElsewhere)).toEqual([false, false]);
  expect(model.isTicking.value).toBe(true);
  now += 300;
  model.tick();
  model.seeHarEntry(harOf(own.id));
  // Undecided is not this tab's.
  expect(paths()).toEqual(['/own']);
  now += 3_000;
  model.tick();
  expect([first, second].map(model.isElsewhere)).toEqual([false, true]);
  expect(paths()).toEqual(['/own']);
  expect(model.isTicking.value).toBe(false);
});

test("DevTools' own request is set aside while it did nothing, and shown when it is asked for or did something", () => {
  const own = '/.well-known/appspecific/com.chrome.devtools.json';
  visit('/page');
  visit(own);
  expect(paths()).toEqual(['/page']);
  expect(model.counts.value).toMatchObject({ exchanges: 1, ofDevtools: 1 });
  model.showsDevtools.value = true;
  expect(paths()).toEqual(['/page', own]);
  model.showsDevtools.value = false;
  // Any other text looks for something of the app's.
  model.filterText.value = 'e';
  expect(paths()).toEqual(['/page']);
  model.filterText.value = 'path:well-known';
  expect(paths()).toEqual([own]);
  model.filterText.value = '';
  // With `saveUninitialized: true` it leaves a session behind.
  visit(own, (exchange) => exchange.save({}));
  expect(paths()).toEqual(['/page', own]);
  expect(model.counts.value).toMatchObject({ exchanges: 2, ofDevtools: 1 });
});

test('whoever reads a signal is notified of each new event', () => {
  const seen: { items: number; rows: number; operations: number }[] = [];
  const dispose = effect(() => {
    seen.push({
      items: model.items.value.length,
      rows: model.rows.value.rows.length,
      operations: model.counts.value.operations,
    });
  });
  // Of its own: a view may read nothing else.
  let items = 0;
  const disposeItems = effect(() => {
    items = model.items.value.length;
  });
  visit('/a');
  visit('/b');
  expect(seen.at(-1)).toMatchObject({ items: 2, operations: 2 });
  expect(items).toBe(2);
  dispose();
  disposeItems();
});

test('events that are known already wake nobody', () => {
  visit('/a');
  let turns = 0;
  const dispose = effect(() => {
    void model.rows.value;
    turns += 1;
  });
  model.receive(recording.events);
  expect(turns).toBe(1);
  dispose();
});

test('paused, a navigation takes nothing away, neither what is shown nor what waits', () => {
  model.preserve.value = false;
  visit('/before');
  model.setPaused(true);
  visit('/held');
  model.noteNavigation({ url: 'http://localhost:3000/next', at: now });
  expect(paths()).toEqual(['/before']);
  expect(model.heldCount.value).toBeGreaterThan(0);
  model.setPaused(false);
  expect(paths()).toEqual(['/before', '/held']);
});

test('a request that only reads is closed, one that writes or fails is open; all can be opened and closed', () => {
  visit('/reads', (exchange) => void exchange.operation('get', { path: ['user'], hit: false }));
  visit('/writes', (exchange) => void exchange.set('a', 1));
  const open = () => [...model.rows.value.rows].flatMap((row) => (row.kind === 'exchange' ? [row.isExpanded] : []));
  expect(open()).toEqual([false, true]);
  model.setAllExpanded(true);
  expect(open()).toEqual([true, true]);
  model.setAllExpanded(false);
  expect(open()).toEqual([false, false]);
  const [first] = model.items.value.filter((item) => item.kind === 'exchange');
  model.setExpanded(first!, true);
  expect(open()).toEqual([true, false]);
  // Whoever looks for something sees what is found.
  model.clear();
  visit('/reads', (exchange) => void exchange.operation('get', { path: ['user'], hit: false }));
  model.filterText.value = 'key:user';
  expect(open()).toEqual([true]);
});

test('paused, events wait and are counted; going on takes them in', () => {
  visit('/a');
  model.setPaused(true);
  visit('/b');
  expect(paths()).toEqual(['/a']);
  expect(model.heldCount.value).toBe(3);
  model.setPaused(false);
  expect(paths()).toEqual(['/a', '/b']);
  expect(model.heldCount.value).toBe(0);
});

test('cleared, nothing is left, what waited neither; what comes after is shown', () => {
  visit('/a');
  model.setPaused(true);
  visit('/b');
  model.clear();
  model.setPaused(false);
  expect(paths()).toEqual([]);
  expect(model.cursor.value).toBeUndefined();
  visit('/c');
  expect(paths()).toEqual(['/c']);
});

test('a filter left on survives a clear', () => {
  model.filterText.value = 'x';
  model.clear();
  expect(model.filterText.value).toBe('x');
});

test('preserve on, a navigation keeps the recording', () => {
  visit('/a');
  model.noteNavigation({ url: 'http://localhost:3000/b', at: now });
  expect(paths()).toEqual(['/a']);
});

test('preserve off, a navigation clears all but its own request, with the redirects that led to it', () => {
  model.preserve.value = false;
  visit('/a');
  const post = recording.start('/login', { method: 'POST' });
  post.load({});
  post.finish({ status: 303 });
  visit('/account');
  // The request is reported before DevTools reports the navigation.
  model.noteNavigation({ url: 'http://localhost:3000/account?tab=1', at: now });
  expect(paths()).toEqual(['/login', '/account']);
  // Its own requests were there before the panel heard of the page, which has no session.
  recording.wait(5_000);
  visit('/asked-by-the-page');
  const [, , own] = model.items.value;
  model.noteNavigation({ url: 'http://localhost:3000/elsewhere', at: own!.at - 1 });
  expect(paths()).toEqual(['/asked-by-the-page']);
});

test('preserve off, the request of an earlier visit to the same page goes', () => {
  model.preserve.value = false;
  visit('/a');
  recording.wait(60_000);
  now += 60_000;
  model.noteNavigation({ url: 'http://localhost:3000/a', at: now });
  expect(paths()).toEqual([]);
});

test('this tab: what DevTools saw, and what is still running', () => {
  const own = visit('/own');
  visit('/other');
  recording.start('/running');
  flow();
  model.seeHarEntry(harOf(own.id));
  expect(paths()).toEqual(['/own', '/other', '/running']);
  now += 3_000;
  model.tick();
  model.scope.value = 'tab';
  expect(paths()).toEqual(['/own', '/running']);
  expect(model.counts.value).toMatchObject({ exchanges: 2, operations: 1, shown: 1 });
});

test('a response out of the browser`s cache is no exchange', () => {
  const own = visit('/own');
  model.seeHarEntry(harOf(own.id, { fromCache: true }));
  expect(model.exchange(own.id)?.har).toBeUndefined();
});

test('a gap and a restart are rows; the state after a gap starts again', () => {
  visit('/a', (exchange) => exchange.set('x', 1));
  recording.gap();
  flow();
  recording = createRecording('epoch00002', now + 5_000);
  recording.epochStarted();
  visit('/b');
  expect([...model.rows.value.rows].map(({ kind }) => kind)).toEqual(expect.arrayContaining(['gap', 'exchange']));
});

test('a restart is reported once, and the newest epoch is the one in use', () => {
  recording.epochStarted();
  visit('/a');
  recording = createRecording('epoch00002', now + 5_000);
  recording.epochStarted({ runtime: 'node 25' });
  recording.epochStarted({ runtime: 'node 25', project: 'shop, again' });
  visit('/b');
  expect([...model.rows.value.rows].filter(({ kind }) => kind === 'epoch')).toHaveLength(1);
  expect(model.epoch.value).toMatchObject({ epoch: 'epoch00002', project: 'shop, again' });
});

test('live, the cursor stands at the newest operation; choosing an older one leaves it there', () => {
  const first = visit('/a', (exchange) => exchange.set('x', 1));
  expect(model.cursor.value).toMatchObject({ exchange: { id: first.id }, index: 2 });
  model.select({ exchange: first.id, index: 1 });
  expect(model.isLive.value).toBe(false);
  const second = visit('/b');
  expect(model.cursor.value).toMatchObject({ exchange: { id: first.id }, index: 1 });
  expect(model.unseen.value).toBe(1);
  model.goLive();
  expect(model.cursor.value).toMatchObject({ exchange: { id: second.id } });
  expect(model.unseen.value).toBe(0);
});

test('choosing the newest moment of a running request stays live', () => {
  const exchange = recording.start('/slow');
  exchange.load({});
  flow();
  model.select({ exchange: exchange.id, index: 1 });
  expect(model.isLive.value).toBe(true);
  exchange.set('x', 1);
  flow();
  expect(model.cursor.value?.index).toBe(2);
});

test('a moment whose exchange was discarded is not shown', () => {
  const first = visit('/a');
  model.select({ exchange: first.id, index: 0 });
  model.clear();
  visit('/b');
  expect(model.cursor.value?.exchange.started?.path).toBe('/b');
});

test('steps go through what is on screen, and stop at its ends', () => {
  visit('/a', (exchange) => {
    exchange.set('x', 1);
    exchange.set('y', 1);
  });
  visit('/quiet');
  const where = () => `${model.cursor.value?.exchange.started?.path} ${model.cursor.value?.index}`;
  model.first();
  const way = [where()];
  for (let turn = 0; turn < 4; turn++) {
    model.step(1);
    way.push(where());
  }
  // A closed exchange is one stop.
  expect(way).toEqual(['/a 1', '/a 2', '/a 3', '/quiet 1', '/quiet 1']);
  for (let turn = 0; turn < 5; turn++) model.step(-1);
  expect(where()).toBe('/a 1');
});

test('steps from write to write of the chosen key', () => {
  const a = visit('/a', (exchange) => {
    exchange.set('x', 1);
    exchange.set('y', 1);
  });
  const b = visit('/b', (exchange) => {
    exchange.get('x', 1);
    exchange.operation('delete', { path: ['x'], before: 1 });
  });
  model.select({ exchange: a.id, index: 2 });
  model.selectedPath.value = ['x'];
  model.stepWrite(1);
  expect(model.cursor.value).toMatchObject({ exchange: { id: b.id }, index: 3 });
  model.stepWrite(1);
  expect(model.cursor.value).toMatchObject({ exchange: { id: b.id }, index: 3 });
  model.stepWrite(-1);
  expect(model.cursor.value).toMatchObject({ exchange: { id: a.id }, index: 2 });
});

test('steps from write to write continue over a restart', () => {
  const a = visit('/a', (exchange) => exchange.set('x', 1));
  recording = createRecording('epoch00002', now + 5_000);
  recording.epochStarted();
  const b = visit('/b', (exchange) => exchange.set('x', 2));
  model.select({ exchange: a.id, index: 2 });
  model.selectedPath.value = ['x'];
  model.stepWrite(1);
  expect(model.cursor.value).toMatchObject({ exchange: { id: b.id }, index: 2 });
  model.stepWrite(-1);
  expect(model.cursor.value).toMatchObject({ exchange: { id: a.id }, index: 2 });
});

test('state, diff and cookie follow the one cursor', () => {
  const exchange = visit('/a', (own) => {
    own.set('x', 1);
    own.set('x', 2);
    own.save({ x: 2 });
  });
  const shown = (index: number) => {
    model.select({ exchange: exchange.id, index });
    return model.state.value?.rows.map(({ memory }) => memory);
  };
  expect([1, 2, 3].map(shown)).toEqual([[], [1], [2]]);
  expect(model.diff.value?.rows).toMatchObject([{ status: 'added', after: { value: 2 } }]);
  model.diffBase.value = 'operation';
  expect(model.diff.value?.rows).toMatchObject([{ status: 'changed', before: { value: 1 }, after: { value: 2 } }]);
  model.selectedPath.value = ['x'];
  expect(model.keyHistory.value.map(({ operation }) => operation.after)).toEqual([2, 1]);
});

test('diff against the store, the exchange before, and a marked moment', () => {
  const first = visit('/a', (own) => {
    own.set('x', 1);
    own.save({ x: 1 });
  });
  const second = recording.start('/b');
  second.load({ x: 1 });
  second.set('y', 2);
  second.finish();
  flow();
  const changedWith = (base: 'store' | 'previous' | 'marked') => {
    model.diffBase.value = base;
    return model.diff.value?.rows.flatMap((row) =>
      row.kind === 'line' && row.status !== 'same' ? [row.after?.name] : [],
    );
  };
  model.select({ exchange: first.id, index: 1 });
  model.mark();
  expect(model.diffBase.value).toBe('marked');
  model.select({ exchange: second.id, index: 2 });
  expect(changedWith('store')).toEqual(['y']);
  expect(changedWith('previous')).toEqual(['y']);
  expect(changedWith('marked')).toEqual(['x', 'y']);
});

test('a loss by an older copy is blamed on no line: nobody wrote it between the two moments', () => {
  const items = recording.start('/items');
  items.load({ cart: 1 });
  const coupon = recording.start('/coupon');
  coupon.load({ cart: 1 });
  items.set('cart', 2);
  items.save({ cart: 2 });
  items.finish();
  coupon.set('coupon', 'AUTUMN');
  coupon.save({ cart: 1, coupon: 'AUTUMN' });
  coupon.finish();
  flow();
  model.diffBase.value = 'previous';
  const lines = model.diff.value?.rows.flatMap((row) =>
    row.kind === 'line' ? [[row.after?.name, row.status, row.write?.exchange.id ?? row.by?.text]] : [],
  );
  expect(lines).toEqual([
    ['cart', 'changed', 'as loaded'],
    ['coupon', 'added', coupon.id],
  ]);
});

describe('who made the right side of a diff what it is', () => {
  const by = () =>
    model.diff.value?.rows.flatMap((row) =>
      row.kind === 'line' && row.status !== 'same' ? [row.write?.exchange.id ?? row.by?.text] : [],
    );

  test('compared with a later moment, it is the write that made it, and not the record', () => {
    const first = visit('/first', (own) => own.set('n', 1));
    const second = recording.start('/second');
    second.load({ n: 1 });
    second.set('n', 2);
    second.finish();
    flow();
    model.select({ exchange: second.id, index: 2 });
    model.mark();
    model.select({ exchange: first.id, index: 2 });
    expect(by()).toEqual([first.id]);
  });

  test('what nothing recorded wrote is not said to have come with the record', () => {
    visit('/first', (own) => own.save({ n: 1 }, { stored: { n: 1 } }));
    recording.start('/second').load({ n: 2 });
    flow();
    model.diffBase.value = 'previous';
    expect(by()).toEqual(['not seen']);
  });

  test('a write that may be another one is not named', () => {
    const rows = { $: 'array', items: [1], size: 9_000 } as const;
    visit('/first', (own) => own.save({}, { stored: {} }));
    visit('/second', (own) => {
      own.set('rows', { ...rows, items: [1] });
      own.save({ rows: { ...rows, items: [1] } }, { stored: { rows: { ...rows, items: [1] } } });
    });
    recording.start('/third').load({ rows: { ...rows, items: [1] } });
    flow();
    const [first] = model.visible.value;
    model.select({ exchange: first!.id, index: 2 });
    model.mark();
    model.goLive();
    expect(by()).toEqual(['not known']);
  });
});

test('beside a record whose form is not known, what a format may change is not compared', () => {
  const when = { $: 'date', iso: '2026-01-01T00:00:00.000Z' } as const;
  const compare = (value: EncodedValue) => {
    visit('/', (own) => {
      own.set('n', value);
      own.save({ n: value });
    });
    model.diffBase.value = 'store';
    return model.diff.value?.is;
  };
  expect(compare(when)).toBe('unknown');
  expect(compare('tea')).toBe('same');
});

test('without a marked moment, marked means the start of the exchange', () => {
  visit('/a');
  model.diffBase.value = 'marked';
  expect(model.diffSides.value?.base).toBe('exchange');
});

test('an exchange of reads alone is closed, one that did something is open; both as reported', () => {
  const quiet = visit('/quiet');
  const busy = visit('/busy', (exchange) => exchange.set('x', 1));
  const isExpanded = (id: string) =>
    [...model.rows.value.rows].some((row) => row.kind === 'exchange' && row.exchange.id === id && row.isExpanded);
  expect([quiet.id, busy.id].map(isExpanded)).toEqual([false, true]);
  model.setExpanded(model.exchange(quiet.id)!, true);
  model.setExpanded(model.exchange(busy.id)!, false);
  expect([quiet.id, busy.id].map(isExpanded)).toEqual([true, false]);
});

test('a running exchange grows with the clock', () => {
  recording.start('/slow');
  flow();
  expect(model.hasRunning.value).toBe(true);
  const burst = () => [...model.rows.value.rows].find((row) => row.kind === 'exchange')?.burst;
  const before = burst()!.endAt;
  now += 700;
  model.tick();
  expect(burst()!.endAt).toBe(before + 700);
});

test('what the filter shows is counted beside all', () => {
  visit('/a', (exchange) => exchange.set('cart', 1));
  visit('/b');
  model.filterText.value = ' CART ';
  expect(model.counts.value).toMatchObject({ exchanges: 1, operations: 3, shown: 1 });
});

test('sessions of others are distinguished by their fingerprint', () => {
  const other = recording.start('/b', { session: BOB });
  other.load({ x: 1 });
  flow();
  visit('/a');
  expect(model.state.value?.session).toBe(ALICE);
  model.select({ exchange: other.id, index: 1 });
  expect(model.state.value?.session).toBe(BOB);
});

test('a value that was fetched later stands wherever the cut one stood', () => {
  const cut = { $: 'text', head: 'aa', tail: 'zz', length: 9_000, digest: '0123456789ab' } as const;
  const exchange = visit('/a', (own) => own.set('note', cut));
  const [, operation] = model.exchange(exchange.id)!.operations;
  const origin = model.originOf(['note']);
  expect(origin).toEqual({ operation, part: 'after', path: [] });
  model.setLoaded(operation!, 'after', [], 'a'.repeat(9_000));
  expect(contentOf(model.state.value!.rows[0]!.memory!)).toBe('a'.repeat(9_000));
  model.filterText.value = 'aaaaaaaa';
  expect(model.counts.value.shown).toBe(1);
});

test('the origin of a nested value: the write that holds it, else the load', () => {
  const exchange = recording.start('/a');
  exchange.load({ cart: { items: [1] }, old: { a: 1 } });
  exchange.set('cart', { items: [2] });
  exchange.operation('set', { path: ['cart', 'items', 1], after: 3, inferred: true });
  flow();
  expect(model.originOf(['cart', 'items', 0])).toMatchObject({
    operation: { path: ['cart'] },
    part: 'after',
    path: ['items', 0],
  });
  expect(model.originOf(['cart', 'items', 1])).toMatchObject({
    operation: { inferred: true },
    part: 'after',
    path: [],
  });
  expect(model.originOf(['old', 'a'])).toMatchObject({
    operation: { operation: 'load' },
    part: 'state',
    path: ['old', 'a'],
  });
});

describe('rows by keyboard', () => {
  const selected = () => {
    const row = model.rows.value.rows.get(model.selectedRow.value)!;
    return row.kind === 'operation'
      ? `${row.exchange.number}.${row.index + 1}`
      : 'exchange' in row
        ? `${row.exchange.number}`
        : row.kind;
  };
  const walk = (...moves: (() => void)[]) =>
    moves.map((move) => {
      move();
      return selected();
    });
  const down = () => model.moveRow(1);
  const up = () => model.moveRow(-1);

  beforeEach(() => {
    for (const path of ['/one', '/two']) {
      const exchange = recording.start(path);
      exchange.load({});
      exchange.set('a', 1);
      exchange.finish();
    }
    flow();
    model.first();
  });

  test('down and up go over exchanges and operations, and stop at both ends', () => {
    expect(walk(up, up, down, down, down, down, down, down)).toEqual([
      '1',
      '1',
      '1.1',
      '1.2',
      '2',
      '2.1',
      '2.2',
      '2.2',
    ]);
  });

  test('an open exchange and its last operation are one moment, and two rows', () => {
    walk(up);
    expect(model.cursor.value).toMatchObject({ index: 2 });
    expect(selected()).toBe('1');
    model.step(1);
    expect(selected()).toBe('2.1');
  });

  test('left goes to the exchange, then closes it; right opens it, then goes in', () => {
    expect(
      walk(
        down,
        () => model.setOpen(false),
        () => model.setOpen(false),
        down,
        up,
      ),
    ).toEqual(['1.2', '1', '1', '2', '1']);
    expect(
      walk(
        () => model.setOpen(true),
        () => model.setOpen(true),
      ),
    ).toEqual(['1', '1.1']);
  });

  test('what went wrong is gone to, from either side', () => {
    const bad = recording.start('/bad');
    bad.finish({ verdict: { record: { outcome: 'failed' } } });
    flow();
    model.first();
    expect(
      walk(
        () => model.stepToProblem(1),
        () => model.stepToProblem(1),
      ),
    ).toEqual(['3', '3']);
    expect(walk(() => model.stepToProblem(-1))).toEqual(['3']);
  });
});

test('live stands on the newest operation, in whichever request it is', () => {
  const slow = recording.start('/slow');
  slow.load({ user: 1 });
  const logout = recording.start('/logout');
  logout.load({ user: 1 });
  logout.operation('flush', { from: ALICE, to: null, session: null });
  logout.finish({ sessionAfter: null });
  flow();
  expect(model.cursor.value?.exchange.id).toBe(logout.id);
  slow.save({ user: 1 }, { stored: { user: 1 } });
  slow.finish();
  flow();
  expect(model.cursor.value?.exchange.id).toBe(slow.id);
  expect(model.state.value).toMatchObject({ store: 'known', differing: [], rows: [{ name: 'user' }] });
});

test('rows, counts, steps, octagons and the diff look at one set of requests', () => {
  const devtools = '/.well-known/appspecific/com.chrome.devtools.json';
  visit('/a', (own) => own.set('x', 1));
  const noise = recording.start(devtools);
  noise.load({}, { outcome: 'error' });
  noise.finish({ status: 404, verdict: { record: { outcome: 'failed' } } });
  visit('/b');
  expect(paths()).toEqual(['/a', '/b']);
  expect(model.visible.value.map(({ started }) => started?.path)).toEqual(['/a', '/b']);
  expect(model.counts.value).toMatchObject({ exchanges: 2, operations: 3, shown: 3, ofDevtools: 1 });
  model.first();
  const moments = [];
  for (let turn = 0; turn < 6; turn++) {
    moments.push(model.cursor.value?.exchange.started?.path);
    model.step(1);
  }
  expect(moments).not.toContain(devtools);
  model.stepToProblem(1);
  expect(model.cursor.value?.exchange.started?.path).not.toBe(devtools);
  model.goLive();
  model.diffBase.value = 'previous';
  expect(model.diffSides.value?.since).toMatchObject({ exchange: model.visible.value[0]!.id });
});

test('a fault of the companion outside any request has a row, and is one of those that `n` goes to', () => {
  visit('/a');
  recording.fault(null, 'the store hook failed');
  flow();
  const row = [...model.rows.value.rows].at(-1);
  expect(row).toMatchObject({ kind: 'exchange', exchange: { faults: [{ message: 'the store hook failed' }] } });
  model.first();
  model.stepToProblem(1);
  expect(model.cursor.value?.exchange.faults).toHaveLength(1);
});

test('a server is named where the recording has several', () => {
  recording.epochStarted({ server: { name: 'shop', port: 3000 } });
  visit('/a');
  expect(model.serverOf(model.visible.value[0]!)).toBeUndefined();
  const other = createRecording('epoch00002', now + 5);
  other.epochStarted({ app: 'another-app', server: { name: 'api', port: 4000 } });
  other.start('/b').finish();
  model.receive(other.events);
  expect(model.visible.value.map((exchange) => model.serverOf(exchange))).toEqual(['shop :3000', 'api :4000']);
});

test('each server has its own reading of its store: at a request of one, the other`s is not shown', () => {
  const shop = visit('/shop');
  const login = createRecording('epoch00002', now + 5_000);
  const other = login.start('/login');
  other.finish();
  model.receive(login.events);
  const answer = (session: string) => ({
    session,
    store: { outcome: 'missing' as const, at: now },
    memory: [],
  });
  model.setStoreReading(answer(ALICE), ['epoch00001']);
  model.setStoreReading(answer(BOB), ['epoch00002']);
  const shown = () => model.storeLook.value?.answer.session;
  model.select({ exchange: shop.id, index: 0 });
  expect(shown()).toBe(ALICE);
  model.select({ exchange: other.id, index: 0 });
  expect(shown()).toBe(BOB);
  // A later one of the same server, after a restart too, takes the place of the one before.
  model.setStoreReading(answer(ALICE), ['epoch00002', 'epoch00003']);
  expect(shown()).toBe(ALICE);
  model.clear();
  expect(shown()).toBeUndefined();
});

test('a look into the store is old once the record was seen to be written since, and not before', () => {
  const request = (path: string, build: (exchange: ReturnType<typeof recording.start>) => void) => {
    recording.wait(1_000);
    const exchange = recording.start(path);
    build(exchange);
    exchange.finish();
    flow();
    return exchange.id;
  };
  const look = () => {
    const { at } = recording.events.at(-1)!;
    model.setStoreReading({ session: ALICE, store: { outcome: 'found', at, state: { n: 1 } }, memory: [] });
  };
  const olderThan = () => model.storeLook.value?.olderThan?.exchange.id;
  const early = request('/early', (own) => own.save({ n: 1 }));
  look();
  expect(olderThan()).toBeUndefined();
  // What finds the same, what fails, and what happens to another session, say nothing of it.
  request('/read', (own) => own.load({ n: 1 }));
  request('/failed', (own) => own.save({ n: 2 }, { outcome: 'error' }));
  request('/other', (own) => own.save({}, { session: BOB }));
  expect(olderThan()).toBeUndefined();
  const touched = request('/touch', (own) => own.operation('touch', { outcome: 'done', expiry: { storeAt: now * 2 } }));
  expect(olderThan()).toBe(touched);
  // It is the same look, whatever moment is selected.
  model.select({ exchange: early, index: 0 });
  expect(olderThan()).toBe(touched);
  const saved = request('/save', (own) => own.save({ n: 2 }));
  expect(olderThan()).toBe(saved);
  look();
  expect(olderThan()).toBeUndefined();
  // Another process wrote it, and this one found that.
  const found = request('/found', (own) => own.load({ n: 3 }));
  expect(olderThan()).toBe(found);
});

test('what has come is new for a while, which ends in steps: not with each event that comes meanwhile', () => {
  const { at } = recording.epochStarted();
  flow();
  expect(at).toBeGreaterThan(model.newSince.value);
  const changes: number[] = [];
  const stop = effect(() => void changes.push(model.newSince.value));
  for (let ms = 0; ms < 1_200; ms += 10) {
    now += 10;
    model.tick();
  }
  stop();
  expect(changes).toHaveLength(5);
  expect(at).toBeLessThan(model.newSince.value);
});
