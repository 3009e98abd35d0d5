import { describe, expect, test } from 'vitest';
import { endOf } from '../history/overlap.ts';
import { BURST_PAUSE_MS, findBursts, placeOn, waterfallOf } from './bursts.ts';
import { type Filter, type Kind, parseFilter } from './filter.ts';
import { operationLabels } from '../labels/exchange-labels.ts';
import { ALICE, createRecording, exchangeIn, timelineOf } from '../recording/recording.cases.ts';
import { makeRows } from './row-list.ts';
import type { Row, RowsOptions } from './rows.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';

const EVERYTHING: Filter = { terms: [], kind: 'all' };
const NOW = 1_700_000_001_000;

const rowsOf = (items: readonly TimelineItem[], options: Partial<RowsOptions> = {}) =>
  makeRows(items, {
    filter: EVERYTHING,
    isExpanded: () => true,
    isInScope: () => true,
    now: NOW,
    dropped: 0,
    ...options,
  });

function inShort(row: Row): string {
  switch (row.kind) {
    case 'exchange':
      return row.exchange.started?.path ?? row.exchange.id;
    case 'operation':
      return `  ${row.operations[0]!.operation}${row.operations.length > 1 ? ` ×${row.operations.length}` : ''} ${row.operations.map(({ path }) => path?.[0] ?? '').join(',')}`.trimEnd();
    case 'burst':
      return `— ${row.burst.count}${row.burst.atOnce > 1 ? `, ${row.burst.atOnce} at once` : ''}${row.pauseMs === undefined ? '' : ` after ${row.pauseMs}`}`;
    default:
      return `(${row.kind})`;
  }
}
const show = (items: readonly TimelineItem[], options?: Partial<RowsOptions>) =>
  [...rowsOf(items, options).rows].map(inShort);

const source = (line: number) => ({ source: { frames: [{ file: 'app.ts', line, kind: 'app' as const }] } });

test('a burst, its exchanges, their operations', () => {
  const recording = createRecording();
  const first = recording.start('/a');
  first.load({});
  first.finish();
  recording.wait(6_500);
  const second = recording.start('/b');
  second.load({});
  second.finish();
  expect(show(timelineOf(recording.events).items)).toEqual(['— 1', '/a', '  load', '— 1 after 6501', '/b', '  load']);
});

test('exchanges that overlap, or follow sooner than that took, are one burst; overlap is said', () => {
  const recording = createRecording();
  const slow = recording.start('/slow');
  recording.start('/fast').finish();
  recording.wait(BURST_PAUSE_MS);
  slow.finish();
  recording.wait(BURST_PAUSE_MS - 10);
  recording.start('/next').finish();
  expect(show(timelineOf(recording.events).items)).toEqual(['— 3, 2 at once', '/slow', '/fast', '/next']);
});

test('polling is no burst: each of its requests has a scale of its own, and no row parts them', () => {
  const recording = createRecording();
  for (let turn = 0; turn < 4; turn++) {
    recording.start('/poll').finish();
    recording.wait(500);
  }
  const rows = [...rowsOf(timelineOf(recording.events).items).rows];
  const bursts = rows.flatMap((row) => (row.kind === 'exchange' ? [row.burst] : []));
  expect(new Set(bursts).size).toBe(4);
  expect(rows.map(({ kind }) => kind)).toEqual(['burst', 'exchange', 'exchange', 'exchange', 'exchange']);
});

test('static files and dead links that came along fold into one row, and open again', () => {
  const recording = createRecording();
  recording.start('/page').finish();
  for (const path of ['/a.css', '/b.js']) recording.start(path).finish();
  recording.start('/gone').finish({ status: 404 });
  recording.start('/api').finish();
  const saved = recording.start('/logo.png');
  saved.set('seen', 1);
  saved.finish();
  recording.start('/c.css').finish();
  const { items } = timelineOf(recording.events);
  const names = (options: Partial<RowsOptions>) =>
    [...rowsOf(items, { foldsNoise: true, ...options }).rows]
      .filter(({ kind }) => kind === 'exchange' || kind === 'folded')
      .map((row) =>
        row.kind === 'folded'
          ? `${row.exchanges.length} folded`
          : row.kind === 'exchange' && row.exchange.started!.path,
      );
  // One by itself stands as it is, and what did something to the session is never folded.
  expect(names({})).toEqual(['/page', '3 folded', '/api', '/logo.png', '/c.css']);
  expect(names({ isRunOpen: () => true })).toEqual([
    '/page',
    '3 folded',
    '/a.css',
    '/b.js',
    '/gone',
    '/api',
    '/logo.png',
    '/c.css',
  ]);
  expect(names({ foldsNoise: false })).not.toContain('3 folded');
});

test('one after the other is not at once', () => {
  const recording = createRecording();
  recording.start('/a').finish();
  recording.start('/b').finish();
  expect(show(timelineOf(recording.events).items)[0]).toBe('— 2');
});

test('three of the same from one line fold into one row, two do not', () => {
  const recording = createRecording();
  const exchange = recording.start('/a');
  for (const key of ['a', 'b', 'c']) exchange.set(key, 1, source(7));
  for (const key of ['d', 'e']) exchange.set(key, 1, source(8));
  for (const key of ['f', 'g', 'h']) exchange.set(key, 1);
  const { items } = timelineOf(recording.events);
  expect(show(items).slice(2)).toEqual([
    '  set ×3 a,b,c',
    '  set d',
    '  set e',
    '  set f',
    '  set g',
    '  set h',
    '(running)',
  ]);
  const folded = [...rowsOf(items).rows].find((row) => row.kind === 'operation');
  expect(folded).toMatchObject({ index: 2 });
});

test('a loop of hundreds is one row', () => {
  const recording = createRecording();
  const exchange = recording.start('/a');
  for (let index = 0; index < 400; index++) exchange.get(`key${index}`, 1, source(3));
  exchange.finish();
  expect(rowsOf(timelineOf(recording.events).items).rows).toHaveLength(3);
});

test('a closed exchange is one row; a running one ends in a row that says so', () => {
  const recording = createRecording();
  recording.start('/a').set('x', 1);
  const { items } = timelineOf(recording.events);
  expect(show(items, { isExpanded: () => false })).toEqual(['— 1', '/a']);
  expect(show(items)).toEqual(['— 1', '/a', '  set x', '(running)']);
});

test('gaps, restarts and what was dropped have rows of their own', () => {
  const first = createRecording('epoch00001');
  first.epochStarted();
  first.start('/a').finish();
  first.gap();
  const second = createRecording('epoch00002', 1_700_000_100_000);
  second.epochStarted();
  const { items } = timelineOf([...first.events, ...second.events]);
  expect(show(items, { dropped: 4 })).toEqual(['(dropped)', '— 1', '/a', '(gap)', '(epoch)']);
});

const searched = () => {
  const recording = createRecording();
  const cart = recording.start('/cart', { method: 'POST' });
  cart.load({});
  cart.get('user', 'ann');
  cart.set('cart', { sku: 'TEA-01' }, source(47));
  cart.operation('set-expiry', { expiry: { sessionAt: 1 } });
  cart.save({});
  cart.finish({ status: 303 });
  const login = recording.start('/login');
  login.load({});
  login.operation('cycle-key');
  login.finish();
  return timelineOf(recording.events).items;
};

test.each<[string, string[]]>([
  ['tea-01', ['/cart', '  set cart']],
  ['app.ts:47', ['/cart', '  set cart']],
  ['user', ['/cart', '  get user']],
  // A word of the request is found for each of its operations.
  ['login', ['/login', '  load', '  cycle-key']],
  ['post /cart', ['/cart', '  load', '  get user', '  set cart', '  set-expiry', '  save']],
  ['303', ['/cart', '  load', '  get user', '  set cart', '  set-expiry', '  save']],
  ['cycle', ['/login', '  cycle-key']],
  ['nothing has this', []],
])('the text %j shows %j', (text, expected) => {
  expect(show(searched(), { filter: parseFilter(text, 'all') }).filter((row) => !row.startsWith('—'))).toEqual(
    expected,
  );
});

test.each<[Kind, string[]]>([
  ['writes', ['/cart', '  set cart']],
  ['reads', ['/cart', '  get user']],
  ['store', ['/cart', '  load', '  save', '/login', '  load']],
  ['key-and-expiry', ['/cart', '  set-expiry', '/login', '  cycle-key']],
])('the kind %s shows %j', (kind, expected) => {
  expect(show(searched(), { filter: { terms: [], kind } }).filter((row) => !row.startsWith('—'))).toEqual(expected);
});

test('what is shown is counted beside what there is', () => {
  expect(rowsOf(searched(), { filter: { terms: [], kind: 'writes' } })).toMatchObject({ shown: 1, total: 7 });
  expect(rowsOf(searched(), { isInScope: ({ started }) => started?.path === '/login' })).toMatchObject({
    shown: 2,
    total: 2,
  });
});

test('every row has a key of its own', () => {
  const rows = [...rowsOf(searched()).rows];
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
});

test('bars and marks lie on the burst`s scale', () => {
  const recording = createRecording();
  const first = recording.start('/a');
  const load = first.load({});
  first.finish({ durationMs: 100 });
  const timeline = timelineOf(recording.events);
  const record = exchangeIn(timeline);
  const burst = findBursts([record], NOW)[0]!;
  expect(waterfallOf(record, burst, NOW)).toEqual({
    left: 0,
    width: 100,
    isOpen: false,
    marks: [{ left: load.offsetMs, kind: 'load' }],
  });
});

test('while an exchange runs, its marks stay where they are and its bar grows; the scale changes by steps', () => {
  const recording = createRecording();
  recording.start('/a');
  const [running] = timelineOf(recording.events).items as ExchangeRecord[];
  const look = (ms: number) => {
    const burst = findBursts([running!], running!.at + ms)[0]!;
    return {
      mark: placeOn(burst, running!.at + 50, running!.at + ms),
      width: waterfallOf(running!, burst, running!.at + ms).width,
    };
  };
  expect(look(1_000).mark).toBe(look(1_200).mark);
  expect(look(1_200).width).toBeGreaterThan(look(1_000).width);
  expect(look(5_000).mark).toBeLessThan(look(1_000).mark);
  for (let ms = 100; ms < 60_000; ms += 777) {
    expect(look(ms).width).toBeLessThanOrEqual(100);
    expect(look(ms).width).toBeGreaterThan(66);
  }
});

test('a running exchange reaches to now, the background to its last operation', () => {
  const recording = createRecording();
  recording.start('/a');
  const operation = recording.background('save');
  const [running, background] = timelineOf(recording.events).items as ExchangeRecord[];
  expect(endOf(running!, NOW)).toBe(NOW);
  expect(endOf(background!, NOW)).toBe(operation.at);
  // A browser's clock that is behind the server's makes no negative bar.
  expect(endOf(running!, 0)).toBe(running!.at);
});

describe('a record that was no longer there', () => {
  /** The words of the last row, of a touch that found nothing after what `between` does. */
  function touchAfter(between: (recording: ReturnType<typeof createRecording>) => void): string | undefined {
    const recording = createRecording();
    const slow = recording.start('/slow');
    slow.load({ a: 1 });
    between(recording);
    slow.operation('touch', { outcome: 'gone' });
    const rows = [...rowsOf(timelineOf(recording.events).items).rows];
    const row = rows.find((one) => one.kind === 'operation' && one.operations[0]!.operation === 'touch');
    if (row?.kind !== 'operation') throw new Error('no row of the touch');
    return operationLabels(row.operations[0]!, row).note;
  }
  const logout = (recording: ReturnType<typeof createRecording>) => {
    const own = recording.start('/logout');
    own.load({ a: 1 });
    own.operation('flush', { from: ALICE, to: null, outcome: 'done' });
  };

  test('its row names the request that deleted it', () => {
    expect(touchAfter(logout)).toBe('deleted meanwhile by #2: the touch found nothing');
  });

  test('another request that did not find it either is not the one that deleted it', () => {
    const both = touchAfter((recording) => {
      logout(recording);
      recording.start('/third').operation('touch', { outcome: 'gone' });
    });
    expect(both).toBe('deleted meanwhile by #2: the touch found nothing');
  });

  test.each([
    ['another server', 'RedisStore', 'deleted meanwhile by #2: the touch found nothing'],
    ['the same server', 'SomeStore', 'deleted meanwhile by #2: whether the touch found a record is not known'],
  ])('%s deleted it, and %s says that the touch is done', (where, store, note) => {
    const named = { library: 'express-session', libraryVersion: '1', cookieNames: ['sid'], store, settings: {} };
    const middleware = { ...named, recordsIn: 'outside' } as const;
    const here = createRecording('epoch00001');
    const there = where === 'the same server' ? here : createRecording('epoch00002', 1_700_000_000_050);
    here.epochStarted({ middlewares: [middleware], server: { name: 'shop', port: 3000 } });
    const slow = here.start('/slow');
    slow.load({ a: 1 });
    if (there !== here) there.epochStarted({ middlewares: [middleware], server: { name: 'shop', port: 4000 } });
    logout(there);
    here.wait(200);
    slow.operation('touch', { outcome: 'done', expiry: { sessionAt: 1_700_000_060_000 } });
    const events = there === here ? here.events : [...here.events, ...there.events];
    const rows = [...rowsOf(timelineOf(events).items).rows];
    const row = rows.findLast((one) => one.kind === 'operation' && one.operations[0]!.operation === 'touch');
    if (row?.kind !== 'operation') throw new Error('no row of the touch');
    expect(operationLabels(row.operations[0]!, row).note).toBe(note);
  });

  test('expired, or deleted where nobody saw it', () => {
    expect(touchAfter((recording) => recording.background('expire'))).toBe(
      'expired meanwhile: the touch found nothing',
    );
    const unseen = 'the record was no longer there: the touch found nothing';
    expect(touchAfter(() => {})).toBe(unseen);
    // Written again since: whoever deleted it after that was not seen.
    const again = touchAfter((recording) => {
      logout(recording);
      recording.start('/login').save({ a: 2 });
    });
    expect(again).toBe(unseen);
  });
});
