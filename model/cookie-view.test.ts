import { describe, expect, test } from 'vitest';
import type { ExchangeStarted, Verdict } from '../protocol/index.ts';
import { type CookieStep, cookieView } from './cookie-view.ts';
import type { HarExchange } from './har.ts';
import { ALICE, BOB, createRecording, timelineOf } from './recording.cases.ts';
import type { ExchangeRecord } from './timeline.ts';

const ATTRIBUTES = { name: 'sid', httpOnly: true, secure: false, bytes: 90 };

const SET: Partial<Verdict['cookie']> = { outcome: 'set', reason: 'new-key', text: 'Set.', attributes: ATTRIBUTES };

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

const SET_COOKIE = { setCookies: [{ name: 'sid', valueLength: 80, attributes: '; Path=/' }] };

/** The view of the exchange with this id, or the first. */
function viewOf(recording: ReturnType<typeof createRecording>, id?: string, ...har: HarExchange[]) {
  const timeline = timelineOf(recording.events);
  for (const entry of har) timeline.see(entry);
  const exchange = timeline.items.find(
    (item): item is ExchangeRecord => item.kind === 'exchange' && (id === undefined || item.id === id),
  )!;
  return cookieView(timeline.items, exchange);
}

const way = (steps: readonly CookieStep[]) => steps.map(({ name, status }) => `${name} ${status}`);

describe('the cookie`s way', () => {
  test('saved, set, received, sent again', () => {
    const recording = createRecording();
    const first = recording.start('/', { session: null });
    first.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    recording.start('/next').finish();
    expect(way(viewOf(recording, first.id, harOf(first.id, SET_COOKIE)).steps)).toEqual([
      'memory done',
      'store done',
      'set-cookie done',
      'browser done',
      'next-request done',
    ]);
  });

  test('a response whose cookies DevTools does not tell: not known, and nobody is blamed', () => {
    const recording = createRecording();
    const first = recording.start('/from-a-worker', { session: null });
    first.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    const browser = viewOf(recording, first.id, harOf(first.id, { hidesCookies: true })).steps[3];
    expect(browser).toMatchObject({ name: 'browser', status: 'unknown' });
    expect(browser?.text).toContain('DevTools tells no cookies of this request');
  });

  test('due and not set: it stopped at Set-Cookie, and the next request came without it', () => {
    const recording = createRecording();
    const first = recording.start('/', { session: null });
    first.finish({
      sessionAfter: ALICE,
      verdict: { record: { outcome: 'saved' }, cookie: { outcome: 'not-set', due: true, text: 'secure over http' } },
    });
    recording.start('/next', { session: null }).finish();
    const { steps } = viewOf(recording, first.id, harOf(first.id));
    expect(way(steps)).toEqual([
      'memory done',
      'store done',
      'set-cookie stopped',
      'browser none',
      'next-request stopped',
    ]);
    expect(steps[2]!.text).toBe('secure over http');
    expect(steps[4]!.text).toBe('GET /next came without it.');
  });

  test('set by the server, taken off on the way', () => {
    const recording = createRecording();
    const first = recording.start('/');
    first.finish({ verdict: { cookie: SET } });
    expect(way(viewOf(recording, first.id, harOf(first.id)).steps)).toContain('browser stopped');
  });

  test('set, received, and not sent again: the browser did not take it', () => {
    const recording = createRecording();
    const first = recording.start('/', { session: null });
    first.finish({ sessionAfter: ALICE, verdict: { cookie: SET } });
    recording.start('/next', { session: null });
    expect(way(viewOf(recording, first.id, harOf(first.id, SET_COOKIE)).steps).slice(-2)).toEqual([
      'browser done',
      'next-request stopped',
    ]);
  });

  test('nothing was due: nothing stopped', () => {
    const recording = createRecording();
    const first = recording.start('/');
    first.finish();
    const { steps } = viewOf(recording, first.id, harOf(first.id));
    expect(way(steps)).toEqual([
      'memory done',
      'store done',
      'set-cookie none',
      'browser none',
      'next-request unknown',
    ]);
  });

  test.each([
    ['failed', 'stopped'],
    ['not-saved', 'stopped'],
    ['deleted', 'none'],
    ['missing', 'none'],
    ['none', 'none'],
    ['touched', 'done'],
    ['unchanged', 'done'],
  ] as const)('a record that is %s: the store says %s', (outcome, status) => {
    const recording = createRecording();
    recording.start('/').finish({ verdict: { record: { outcome } } });
    expect(way(viewOf(recording).steps)).toContain(`store ${status}`);
  });

  test('while it runs, and where this tab did not see it, nothing is claimed', () => {
    const recording = createRecording();
    recording.start('/');
    expect(way(viewOf(recording).steps).every((step) => step.endsWith('unknown'))).toBe(true);
  });

  test('a request that began before the response, or of another middleware, is no next request', () => {
    const recording = createRecording();
    const first = recording.start('/', { session: null });
    recording.start('/overlapping', { session: null });
    first.finish({ verdict: { cookie: SET } });
    recording.start('/admin', { session: null, middleware: 1 });
    expect(way(viewOf(recording, first.id).steps)).toContain('next-request unknown');
  });
});

describe('what was sent', () => {
  const sent = (cookie: ExchangeStarted['cookie'], har?: Partial<HarExchange>) => {
    const recording = createRecording();
    const { id } = recording.start('/', { cookie });
    return viewOf(recording, undefined, ...(har ? [harOf(id, har)] : [])).sent;
  };
  test.each<[ExchangeStarted['cookie'], Partial<HarExchange> | undefined, string]>([
    [{ name: 'sid', sent: 0 }, undefined, 'No cookie sid was sent.'],
    [{ name: 'sid', sent: 0 }, { cookieNames: ['other'] }, 'No cookie sid was sent.'],
    [
      { name: 'sid', sent: 0 },
      { cookieNames: ['sid'] },
      'The browser sent sid, and the server did not get it: something between them took it off.',
    ],
    [{ name: 'sid', sent: 1, signature: 'valid' }, undefined, 'sid was sent, its signature holds.'],
    [
      { name: 'sid', sent: 1, signature: 'invalid' },
      undefined,
      'sid was sent, its signature does not hold: another secret signed it, or it was changed.',
    ],
    [{ name: 'sid', sent: 1, signature: 'unsigned' }, undefined, 'sid was sent, this library does not sign.'],
    [{ name: 'sid', sent: 1, signature: 'malformed' }, undefined, 'sid was sent, no key can be read from it.'],
    [
      { name: 'sid', sent: 2, signature: 'valid' },
      undefined,
      '2 cookies named sid were sent; the server took the first, its signature holds. They differ in path or domain.',
    ],
  ])('%j, the browser %j', (cookie, har, words) => {
    expect(sent(cookie, har)).toBe(words);
  });

  test('a start that is not in the recording is said so', () => {
    const recording = createRecording();
    recording.start('/').finish();
    recording.events.shift();
    expect(viewOf(recording).sent).toBe('The start of this exchange is not in the recording.');
  });
});

describe('three clocks', () => {
  const MINUTE = 60_000;

  test('each as it was last set up to this exchange, by what, and in which', () => {
    const recording = createRecording();
    const first = recording.start('/');
    first.load({});
    first.operation('set-expiry', { call: 'cookie.maxAge=', expiry: { sessionAt: 5 * MINUTE } });
    first.save({}, { expiry: { storeAt: 5 * MINUTE, sessionAt: 5 * MINUTE, storeFrom: 'cookie.maxAge' } });
    first.finish({ expiry: { cookieAt: 5 * MINUTE }, verdict: { cookie: SET } });
    const second = recording.start('/later');
    second.operation('touch', { expiry: { storeAt: 9 * MINUTE, sessionAt: 9 * MINUTE } });
    second.finish();
    expect(viewOf(recording, first.id).clocks).toMatchObject([
      { name: 'cookie', at: 5 * MINUTE, setBy: 'Set-Cookie', setIn: { id: first.id } },
      { name: 'session', at: 5 * MINUTE, setBy: 'save', setIn: { id: first.id } },
      { name: 'store', at: 5 * MINUTE, setBy: 'save, cookie.maxAge' },
    ]);
    const later = viewOf(recording, second.id);
    expect(later.clocks).toMatchObject([
      { at: 5 * MINUTE, setIn: { id: first.id } },
      { at: 9 * MINUTE, setBy: 'touch', setIn: { id: second.id } },
      { at: 9 * MINUTE, setBy: 'touch' },
    ]);
    expect(later.disagreement).toMatch(/The browser drops the cookie 4 min before the store drops the record/);
  });

  test('the store that drops first is told the other way round; rounding is no disagreement', () => {
    const clocksOf = (cookieAt: number | null, storeAt: number | null) => {
      const recording = createRecording();
      const exchange = recording.start('/');
      exchange.save({}, { expiry: { storeAt } });
      exchange.finish({ expiry: { cookieAt }, verdict: { cookie: SET } });
      return viewOf(recording).disagreement;
    };
    expect(clocksOf(20_000, 10_000)).toMatch(/The store drops the record 10 s before/);
    expect(clocksOf(10_000, 11_500)).toBeUndefined();
    expect(clocksOf(null, 11_500)).toBeUndefined();
    expect(clocksOf(10_000, null)).toBeUndefined();
  });

  test('another session`s clocks are not this one`s; a failed write sets none', () => {
    const recording = createRecording();
    const other = recording.start('/', { session: BOB });
    other.save({}, { expiry: { storeAt: 1 } });
    other.finish({ expiry: { cookieAt: 1 }, verdict: { cookie: SET } });
    const own = recording.start('/');
    own.save({}, { expiry: { storeAt: 2 }, outcome: 'error' });
    own.finish();
    expect(viewOf(recording, own.id).clocks.map(({ at }) => at)).toEqual([undefined, undefined, undefined]);
  });

  test('with the browser, or never, is an end too', () => {
    const recording = createRecording();
    const exchange = recording.start('/');
    exchange.save({}, { expiry: { storeAt: null, sessionAt: null } });
    exchange.finish({ expiry: { cookieAt: null }, verdict: { cookie: SET } });
    expect(viewOf(recording).clocks.map(({ at }) => at)).toEqual([null, null, null]);
  });
});
