/** What the browser says beside the requests: notes as rows, requests whose tab is not known, a proxy that removes our header. */
import { loadDeferred } from './deferred.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import type { HarExchange } from '../recording/har.ts';
import { createRecording } from '../recording/recording.cases.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { createPanelModel, type PanelModel } from './panel-model.ts';

await loadDeferred();

const START = 1_700_000_000_000;
const SID = { name: 'sid', path: '/', domain: 'localhost', secure: false, httpOnly: true, expiresAt: null };

let now: number;
let model: PanelModel;
let recording: ReturnType<typeof createRecording>;
beforeEach(() => {
  now = START;
  recording = createRecording('epoch00001', START);
  model = createPanelModel({ now: () => now });
});

function visit(path: string): string {
  const { id, finish } = recording.start(path);
  finish();
  model.receive(recording.events.splice(0));
  return id;
}
const harOf = (path: string, fields: Partial<HarExchange> = {}): HarExchange => ({
  exchanges: [],
  url: `http://localhost:3000${path}`,
  method: 'GET',
  status: 200,
  startedAt: now,
  durationMs: 5,
  setCookies: [],
  fromCache: false,
  ...fields,
});
const rows = () =>
  [...model.rows.value.rows].flatMap((row) =>
    row.kind === 'exchange'
      ? [row.exchange.started!.path]
      : row.kind === 'browser'
        ? [row.note.what === 'cookie' ? `cookie ${row.note.change.kind}` : `cached by ${row.note.by}`]
        : [],
  );
const exchange = (path: string) =>
  model.items.value.find((item): item is ExchangeRecord => item.kind === 'exchange' && item.started?.path === path)!;
const pass = (ms: number) => {
  now += ms;
  recording.wait(ms);
  model.tick();
};

test('a cookie that is deleted in the browser is a row, at its time; one that a response set is none', () => {
  model.seeHarEntry(
    harOf('/login', { exchanges: [visit('/login')], setCookies: [{ name: 'sid', valueLength: 9, attributes: '' }] }),
  );
  model.noteCookieChange({ at: now, cookie: SID, removed: false, cause: 'explicit' });
  pass(10_000);
  model.noteCookieChange({ at: now, cookie: SID, removed: true, cause: 'explicit' });
  pass(10_000);
  visit('/after');
  expect(rows()).toEqual(['/login', 'cookie deleted', '/after']);
  // Looking for something, only requests are found.
  model.filterText.value = 'login';
  expect(rows()).toEqual(['/login']);
  model.filterText.value = '';
  model.clear();
  expect(rows()).toEqual([]);
});

test('what a cache answered is a row of its own, once; of a picture nothing is said', () => {
  visit('/page');
  pass(1_000);
  const cached = harOf('/page', { fromCache: true, resourceType: 'document' });
  model.seeHarEntry(cached);
  model.seeHarEntry(cached);
  model.seeHarEntry(harOf('/logo.png', { fromCache: true, resourceType: 'image' }));
  pass(1_000);
  // Chromium calls that a cache too.
  model.seeHarEntry(harOf('/api', { fromCache: true, fromServiceWorker: true, resourceType: 'fetch' }));
  pass(1_000);
  model.noteCached({ at: now, url: 'http://localhost:3000/back', by: 'back-forward' });
  expect(rows()).toEqual(['/page', 'cached by browser', 'cached by service-worker', 'cached by back-forward']);
});

describe('what DevTools did not report', () => {
  const places = (...paths: string[]) =>
    paths.map((path) =>
      model.isElsewhere(exchange(path))
        ? 'elsewhere'
        : model.isPlaceUnknown(exchange(path))
          ? 'not known'
          : model.isMissed(exchange(path))
            ? 'missed'
            : 'undecided',
    );

  test('what ran is not known to be another tab`s', () => {
    model.setSeenSince(START + 1_000);
    visit('/before');
    pass(1_200);
    visit('/as-it-opened');
    pass(6_000);
    visit('/after');
    pass(5_000);
    expect(places('/before', '/as-it-opened', '/after')).toEqual(['not known', 'not known', 'elsewhere']);
    model.scope.value = 'tab';
    expect(rows()).toEqual([]);
  });

  test('on a busy machine it sees requests later: the first that it reports shows since when', () => {
    model.setSeenSince(START);
    pass(2_000);
    visit('/missed');
    pass(500);
    model.noteReported(now);
    visit('/seen-from-here-on');
    pass(5_000);
    expect(places('/missed', '/seen-from-here-on')).toEqual(['not known', 'elsewhere']);
  });

  test('what the page lists as its own is this tab`s, and what it does not list is as unknown as it was', () => {
    model.setSeenSince(START + 5_000);
    visit('/page');
    visit('/of-another-tab');
    pass(6_000);
    expect(model.unplaced.value).toBe(2);
    model.noteOwnRequests([{ url: 'http://localhost:3000/page', startedAt: START - 5, endedAt: START + 30 }]);
    expect(places('/page', '/of-another-tab')).toEqual(['missed', 'not known']);
    model.scope.value = 'tab';
    expect(rows()).toEqual(['/page']);
    // It is not asked again for what it did not list.
    expect(model.unplaced.value).toBe(0);
  });

  test('what DevTools misses later is asked of the page as well', () => {
    model.setSeenSince(START - 60_000);
    visit('/in-a-frame');
    visit('/of-another-tab');
    // DevTools still has time to report them.
    pass(1_000);
    expect(model.unplaced.value).toBe(0);
    pass(5_000);
    expect(places('/in-a-frame', '/of-another-tab')).toEqual(['elsewhere', 'elsewhere']);
    expect(model.unplaced.value).toBe(2);
    model.noteOwnRequests([{ url: 'http://localhost:3000/in-a-frame', startedAt: START - 5, endedAt: START + 30 }]);
    expect(places('/in-a-frame', '/of-another-tab')).toEqual(['missed', 'elsewhere']);
    expect(model.unplaced.value).toBe(0);
  });
});

test('this tab alone: what still runs may be another`s, and says so', () => {
  recording.start('/slow');
  model.receive(recording.events.splice(0));
  const slow = exchange('/slow');
  expect(model.isPlacePending(slow)).toBe(false);
  model.scope.value = 'tab';
  expect(rows()).toEqual(['/slow']);
  expect(model.isPlacePending(slow)).toBe(true);
  model.seeHarEntry(harOf('/slow', { exchanges: [slow.id] }));
  expect(model.isPlacePending(slow)).toBe(false);
});

test('as a page of its own the panel says of no request which tab it was', () => {
  model.setSeenSince('never');
  visit('/any');
  pass(5_000);
  expect([model.isElsewhere(exchange('/any')), model.isPlaceUnknown(exchange('/any'))]).toEqual([false, false]);
  expect(model.seesBrowser.value).toBe(false);
});

test('a proxy removes our header: what exactly one response fits is tied to it, and marked', () => {
  visit('/cart');
  model.seeHeaderless(harOf('/cart'));
  // With its header it may come yet.
  expect(exchange('/cart').har).toBeUndefined();
  pass(1_000);
  expect(exchange('/cart').har).toMatchObject({ isMatchedWithoutHeader: true });
  expect(model.isElsewhere(exchange('/cart'))).toBe(false);
  expect(model.headerRemoved.value).toBe(1);
  expect(model.doctor.value!.steps.length).toBeGreaterThan(0);
});

test('one app by two hosts: each row has its own; by one host no row has any', () => {
  model.seeHarEntry(harOf('/a', { exchanges: [visit('/a')] }));
  expect(model.hostOf(exchange('/a'))).toBeUndefined();
  model.seeHarEntry({ ...harOf('/b', { exchanges: [visit('/b')] }), url: 'http://[::1]:3000/b' });
  expect(model.hostOf(exchange('/a'))).toBe('localhost:3000');
  expect(model.hostOf(exchange('/b'))).toBe('[::1]:3000');
});
