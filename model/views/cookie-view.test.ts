import { describe, expect, test } from 'vitest';
import type { ExchangeStarted, Verdict } from '../../protocol/index.ts';
import type { CookieStep } from './cookie-steps.ts';
import { cookieView } from './cookie-view.ts';
import type { HarExchange } from '../recording/har.ts';
import { ALICE, BOB, createRecording, timelineOf } from '../recording/recording.cases.ts';
import type { ExchangeRecord } from '../recording/records.ts';

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

  test('a response whose Set-Cookie headers DevTools does not report: not known, and nobody is blamed', () => {
    const recording = createRecording();
    const first = recording.start('/from-a-worker', { session: null });
    first.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    const browser = viewOf(recording, first.id, harOf(first.id, { hidesSetCookies: true })).steps[3];
    expect(browser).toMatchObject({ name: 'browser', status: 'unknown' });
    expect(browser?.text).toContain('DevTools did not report the Set-Cookie headers');
  });

  test('due and not set: it stopped at Set-Cookie, and the next request came without it', () => {
    const recording = createRecording();
    const first = recording.start('/', { session: null });
    first.finish({
      sessionAfter: ALICE,
      verdict: { record: { outcome: 'saved' }, cookie: { outcome: 'not-set', due: true, text: 'secure over http' } },
    });
    const next = recording.start('/next', { session: null });
    next.finish();
    const { steps } = viewOf(recording, first.id, harOf(first.id), harOf(next.id, { startedAt: 1 }));
    expect(way(steps)).toEqual([
      'memory done',
      'store done',
      'set-cookie stopped',
      'browser none',
      'next-request stopped',
    ]);
    expect(steps[2]!.text).toBe('secure over http');
    expect(steps[4]!.text).toBe('#2 GET /next came without it.');
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
    const next = recording.start('/next', { session: null });
    const steps = (...har: HarExchange[]) =>
      way(viewOf(recording, first.id, harOf(first.id, SET_COOKIE), ...har).steps).slice(-2);
    expect(steps(harOf(next.id, { startedAt: 1 }))).toEqual(['browser unknown', 'next-request stopped']);
    // Of which browser it was is not known.
    expect(steps()).toEqual(['browser unknown', 'next-request unknown']);
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
    ['not-compared', 'unknown'],
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

describe('the browser', () => {
  const KEPT = { name: 'sid', path: '/', domain: 'localhost', secure: false, httpOnly: true, expiresAt: null };
  const LINE = { name: 'sid', valueLength: 86, attributes: '; Path=/; HttpOnly' };
  /** One response with these headers; `next`: the fingerprint that the next request of this browser brought. */
  function stepsFor(har: Partial<HarExchange>, next?: { session: string | null; har?: Partial<HarExchange> }) {
    const recording = createRecording();
    const first = recording.start('/login', { session: null });
    const attributes = { ...ATTRIBUTES, path: '/' };
    first.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: { ...SET, attributes } } });
    const entries = [harOf(first.id, { setCookies: [LINE], ...har })];
    if (next !== undefined) {
      const second = recording.start('/next', { session: next.session });
      entries.push(harOf(second.id, { startedAt: 5, ...next.har }));
    }
    const view = viewOf(recording, first.id, ...entries);
    return { view, browser: view.steps[3]!, next: view.steps[4]! };
  }

  test.each<[string, Partial<HarExchange>, CookieStep['status'], RegExp]>([
    ['received, and nobody asked the jar', {}, 'unknown', /Whether it kept it is not known/],
    ['the jar holds it', { jar: [{ name: 'sid', outcome: 'kept', cookie: KEPT }] }, 'done', /path \/ on localhost/],
    [
      'the jar holds it below one site',
      { jar: [{ name: 'sid', outcome: 'kept', cookie: { ...KEPT, partition: 'http://shop.test' } }] },
      'done',
      /only below http:\/\/shop\.test/,
    ],
    [
      'blocked: page on localhost, server on 127.0.0.1',
      { jar: [{ name: 'sid', outcome: 'absent' }], site: 'cross-site', dest: 'empty' },
      'stopped',
      /cross-site.*localhost and 127\.0\.0\.1/,
    ],
    [
      'third-party cookies blocked',
      {
        setCookies: [{ ...LINE, attributes: '; Path=/; HttpOnly; Secure; SameSite=None' }],
        jar: [{ name: 'sid', outcome: 'absent' }],
        site: 'cross-site',
        mode: 'cors',
        dest: 'empty',
        pageOrigin: 'http://shop.test',
      },
      'stopped',
      /cross-site \(http:\/\/shop\.test and http:\/\/localhost:3000\): third-party cookies are blocked/,
    ],
    [
      'a fetch without credentials to another port',
      { jar: [{ name: 'sid', outcome: 'absent' }], site: 'same-site', mode: 'cors', dest: 'empty' },
      'stopped',
      /credentials: "include"/,
    ],
    [
      'too long, by the rule alone',
      { setCookies: [{ ...LINE, attributes: '; Path=/; HttpOnly; SameSite=None' }], browser: 'chromium' },
      'stopped',
      /SameSite=None needs Secure/,
    ],
    [
      'the jar knows better than the rule',
      {
        setCookies: [{ ...LINE, attributes: '; Path=/; HttpOnly; SameSite=None' }],
        jar: [{ name: 'sid', outcome: 'kept', cookie: KEPT }],
      },
      'done',
      /holds it/,
    ],
    [
      'a second Set-Cookie of that name',
      { setCookies: [LINE, { name: 'sid', valueLength: 12, attributes: '; Path=/' }] },
      'stopped',
      /2 Set-Cookie headers named sid.*keeps the last/,
    ],
    [
      'a second one for another path is another cookie',
      {
        setCookies: [LINE, { name: 'sid', valueLength: 12, attributes: '; Path=/admin' }],
        jar: [{ name: 'sid', outcome: 'kept', cookie: KEPT }, undefined],
      },
      'done',
      /holds it/,
    ],
    ['renamed on the way', { setCookies: [{ ...LINE, name: 'app_sid' }] }, 'stopped', /came as app_sid/],
    ['taken off on the way', { setCookies: [] }, 'stopped', /did not reach the browser/],
  ])('%s', (_what, har, status, text) => {
    expect(stepsFor(har).browser).toMatchObject({ status, text: expect.stringMatching(text) as string });
  });

  test('a logout whose header names no cookie that is there: what the browser still holds is said', () => {
    const recording = createRecording();
    const logout = recording.start('/logout', { session: ALICE });
    const attributes = { ...ATTRIBUTES, path: '/admin', expiresAt: 0 };
    logout.finish({ sessionAfter: null, verdict: { cookie: { outcome: 'expired', attributes } } });
    const line = { name: 'sid', valueLength: 0, attributes: '; Path=/admin; Expires=Thu, 01 Jan 1970 00:00:00 GMT' };
    const jar = [{ name: 'sid', outcome: 'other', others: [KEPT] }] as const;
    const [, , , browser] = viewOf(recording, logout.id, harOf(logout.id, { setCookies: [line], jar })).steps;
    expect(browser).toMatchObject({
      status: 'stopped',
      text: 'The header drops no cookie that is there: the browser still holds sid (path / on localhost).',
    });
  });

  test('both headers are compared attribute by attribute', () => {
    const { view } = stepsFor({ setCookies: [{ ...LINE, attributes: '; Path=/app; HttpOnly; Secure' }] });
    expect(view.received?.rewrites).toEqual([
      { attribute: 'Path', server: '/', browser: '/app' },
      { attribute: 'Secure', server: 'no', browser: 'yes' },
    ]);
  });

  test('the next request counts only with this session: another cookie of that name is said so', () => {
    expect(stepsFor({}, { session: ALICE })).toMatchObject({
      browser: { status: 'done' },
      next: { status: 'done', text: "#2 GET /next carried this session's cookie." },
    });
    const sentCookies = [{ name: 'sid', path: '/', domain: 'localhost' }];
    expect(stepsFor({}, { session: BOB, har: { sentCookies } })).toMatchObject({
      browser: { status: 'unknown' },
      next: { status: 'stopped', text: '#2 GET /next brought another sid: the one of path / on localhost.' },
    });
  });

  test('a request that the page lists as its own is the next one of this browser', () => {
    const recording = createRecording();
    const first = recording.start('/', { session: null });
    first.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    const next = recording.start('/next', { session: null });
    next.finish();
    const timeline = timelineOf(recording.events);
    timeline.see(harOf(first.id, SET_COOKIE));
    const stepOf = () => cookieView(timeline.items, timeline.exchange(first.id)!).steps.at(-1)!.status;
    expect(stepOf()).toBe('unknown');
    timeline.noteOwn(timeline.exchange(next.id)!);
    expect(stepOf()).toBe('stopped');
  });

  test('a request of another client is not the next one of this browser', () => {
    const recording = createRecording();
    const first = recording.start('/', { session: null, client: 'client-one' });
    first.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    recording.start('/theirs', { session: null, client: 'client-two' }).finish();
    recording.start('/mine', { session: ALICE, client: 'client-one' }).finish();
    expect(viewOf(recording, first.id).steps.at(-1)).toMatchObject({
      status: 'done',
      text: "#3 GET /mine carried this session's cookie.",
    });
  });

  test('a private window of the same browser is no other client to the server: nothing is said to be lost there', () => {
    const recording = createRecording();
    const own = { client: 'client-one' };
    const login = recording.start('/login', { session: null, ...own });
    login.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    const elsewhere = recording.start('/', { session: null, ...own });
    elsewhere.finish();
    const stepWith = (...har: HarExchange[]) =>
      viewOf(recording, login.id, harOf(login.id, SET_COOKIE), ...har).steps.at(-1);
    expect(stepWith()).toMatchObject({
      status: 'unknown',
      text: '#2 GET / came without it. Whether it was of this browser window is not known: another one, or another profile, has cookies of its own.',
    });
    // What is known of this tab counts before it.
    const next = recording.start('/next', { session: ALICE, ...own });
    expect(stepWith(harOf(next.id, { startedAt: 9 }))).toMatchObject({
      status: 'done',
      text: "#3 GET /next carried this session's cookie.",
    });
  });

  test('a restart does not end the path: the next request may be of the server`s next life', () => {
    const before = createRecording('epoch00001');
    before.epochStarted();
    const login = before.start('/login', { session: null, client: 'client-one' });
    login.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    const stepAfter = (cookieName: string, session: string | null) => {
      const after = createRecording('epoch00002', 1_700_000_100_000);
      after.epochStarted();
      const cookie = { name: cookieName, sent: session === null ? 0 : 1, ...(session ? { fingerprint: session } : {}) };
      after.start('/next', { client: 'client-one', cookie }).finish();
      const timeline = timelineOf([...before.events, ...after.events]);
      return cookieView(timeline.items, timeline.exchange(login.id)!).steps.at(-1);
    };
    expect(stepAfter('sid', ALICE)).toMatchObject({
      status: 'done',
      text: "#2 GET /next carried this session's cookie.",
    });
    expect(stepAfter('sid', null)).toMatchObject({
      status: 'unknown',
      text: expect.stringMatching(/^#2 GET \/next came without it\./) as string,
    });
    expect(stepAfter('other', null)).toMatchObject({
      status: 'unknown',
      text: 'No request of this browser to that path is recorded after this one.',
    });
  });

  test('another cookie of that name: who wrote it meanwhile', () => {
    const recording = createRecording();
    const first = recording.start('/first', { session: null, client: 'client-one' });
    const second = recording.start('/second', { session: null, client: 'client-one' });
    first.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    second.finish({ sessionAfter: BOB, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    recording.start('/third', { session: BOB, client: 'client-one' }).finish();
    expect(viewOf(recording, first.id).steps.at(-1)).toMatchObject({
      status: 'unknown',
      text: expect.stringMatching(
        /^#3 GET \/third brought another sid: of another session\. Last written by #2 GET \/second\./,
      ) as string,
    });
  });

  test('where a new key was chosen and not saved, the next request goes on with the session that there was', () => {
    const recording = createRecording();
    const first = recording.start('/', { session: ALICE });
    first.operation('cycle-key', { session: BOB, outcome: 'error' });
    first.finish({ sessionBefore: ALICE, sessionAfter: ALICE, verdict: { record: { outcome: 'failed' } } });
    recording.start('/next', { session: ALICE }).finish();
    expect(viewOf(recording, first.id).steps.at(-1)).toMatchObject({
      status: 'done',
      text: '#2 GET /next carried the cookie of the session that this request began with.',
    });
  });

  test('two cookies of one name: both with path and host, and which one the server took', () => {
    const recording = createRecording();
    const places = [
      { name: 'sid', path: '/app', domain: 'localhost' },
      { name: 'other', path: '/', domain: 'localhost' },
      { name: 'sid', path: '/', domain: '.localhost' },
    ];
    const cookie = { name: 'sid', sent: 2, fingerprint: BOB, signature: 'valid', taken: 'first' } as const;
    const { id } = recording.start('/app', { cookie });
    expect(viewOf(recording, id, harOf(id, { sentCookies: places })).sent).toBe(
      '2 cookies named sid were sent (path /app on localhost; path / on *.localhost); the server took the first, its signature is valid. They differ in path or domain.',
    );
  });

  test.each([
    ['last', 'the server took the last'],
    ['first', 'the server took the first'],
    [undefined, 'which of them the server took is not known'],
  ] as const)('of two cookies of one name libraries take the first or the last: %s', (taken, words) => {
    const two = { name: 'sid', sent: 2, fingerprint: BOB, signature: 'valid', ...(taken ? { taken } : {}) } as const;
    const recording = createRecording();
    const login = recording.start('/login', { session: null, client: 'client-one' });
    login.finish({ sessionAfter: ALICE, verdict: { record: { outcome: 'saved' }, cookie: SET } });
    const next = recording.start('/next', { session: BOB, client: 'client-one', cookie: two });
    next.finish();
    expect(viewOf(recording, next.id).sent).toContain(words);
    expect(viewOf(recording, login.id).steps.at(-1)?.text).toContain(words);
  });

  test('a request to a path that the cookie does not cover says nothing', () => {
    const recording = createRecording();
    const first = recording.start('/admin/login', { session: null });
    const attributes = { ...ATTRIBUTES, path: '/admin' };
    first.finish({ sessionAfter: ALICE, verdict: { cookie: { ...SET, attributes } } });
    const next = recording.start('/shop', { session: null });
    const view = viewOf(recording, first.id, harOf(first.id, { setCookies: [LINE] }), harOf(next.id, { startedAt: 9 }));
    expect(view.steps[4]).toMatchObject({
      status: 'unknown',
      text: 'No request of this browser to that path is recorded after this one.',
    });
  });

  test('the clock of the cookie is the jar`s; what Set-Cookie said is a claim until then', () => {
    const recording = createRecording();
    const first = recording.start('/', { session: null });
    first.finish({ sessionAfter: ALICE, expiry: { cookieAt: 60_000 }, verdict: { cookie: SET } });
    const clockWith = (jar: HarExchange['jar']) =>
      viewOf(recording, first.id, harOf(first.id, { setCookies: [LINE], ...(jar ? { jar } : {}) })).clocks[0]!;
    expect(clockWith(undefined)).toMatchObject({ claimedAt: 60_000 });
    expect(clockWith(undefined).at).toBeUndefined();
    expect(clockWith([{ name: 'sid', outcome: 'absent' }]).at).toBeUndefined();
    expect(clockWith([{ name: 'sid', outcome: 'kept', cookie: { ...KEPT, expiresAt: 50_000 } }]).at).toBe(50_000);
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
      'The browser sent sid, and the server did not get it: a proxy or middleware removed it.',
    ],
    [{ name: 'sid', sent: 1, signature: 'valid' }, undefined, 'sid was sent, its signature is valid.'],
    [
      { name: 'sid', sent: 1, signature: 'invalid' },
      undefined,
      'sid was sent, its signature is invalid: another secret signed it, or it was changed.',
    ],
    [{ name: 'sid', sent: 1, signature: 'unsigned' }, undefined, 'sid was sent, this library does not sign.'],
    [{ name: 'sid', sent: 1, signature: 'malformed' }, undefined, 'sid was sent, no key can be read from it.'],
    [
      { name: 'sid', sent: 2, signature: 'valid', taken: 'first' },
      undefined,
      '2 cookies named sid were sent; the server took the first, its signature is valid. They differ in path or domain.',
    ],
  ])('%j, the browser %j', (cookie, har, words) => {
    expect(sent(cookie, har)).toBe(words);
  });

  test('a start that is not in the recording is said so', () => {
    const recording = createRecording();
    recording.start('/').finish();
    recording.events.shift();
    expect(viewOf(recording).sent).toBe('The start of this request is not in the recording.');
  });
});

describe('three clocks', () => {
  const MINUTE = 60_000;

  test('each as it was last set up to this exchange, by what, and in which', () => {
    const recording = createRecording(undefined, 0);
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
    expect(later.disagreement).toMatch(/^The browser drops the cookie 4 min before the store drops the record/);
  });

  test('saved as another cookie and flushed then: the session is over, whatever end it was given before', () => {
    const recording = createRecording();
    const middleware = { library: 'django', libraryVersion: '5', cookieNames: ['sid'], settings: {} };
    recording.epochStarted({ middlewares: [{ ...middleware, store: 'signed_cookies' }] });
    const first = recording.start('/', { session: ALICE });
    first.load({ n: 1 }, { layer: 'cookie' });
    first.operation('set-expiry', { expiry: { sessionAt: 5 * MINUTE } });
    first.finish();
    const logout = recording.start('/logout', { session: ALICE });
    logout.load({ n: 1 }, { layer: 'cookie', expiry: { sessionAt: 5 * MINUTE } });
    logout.save({}, { session: BOB, from: ALICE, to: BOB });
    logout.operation('flush', { session: BOB, from: BOB, to: null, outcome: 'done' });
    logout.finish({ sessionAfter: null });
    expect(viewOf(recording, logout.id).clocks[1]).toMatchObject({ isGone: true, setBy: 'flush' });
  });

  test('of two requests at once, the last response set the cookie, whichever began first', () => {
    const recording = createRecording();
    recording.start('/login').finish({ expiry: { cookieAt: 60 * MINUTE }, verdict: { cookie: SET } });
    const slow = recording.start('/slow');
    const quick = recording.start('/quick');
    recording.wait(10);
    quick.finish({ expiry: { cookieAt: 5 * MINUTE }, verdict: { cookie: SET } });
    recording.wait(10);
    slow.finish({ verdict: { cookie: { outcome: 'none' } } });
    for (const { id } of [quick, slow])
      expect(viewOf(recording, id).clocks[0]).toMatchObject({ claimedAt: 5 * MINUTE, setIn: { id: quick.id } });
  });

  test('of two requests at once, the one that wrote last set the clock, whichever began first', () => {
    const recording = createRecording(undefined, 0);
    const slow = recording.start('/slow');
    const quick = recording.start('/quick');
    quick.save({}, { expiry: { storeAt: 9 * MINUTE } });
    slow.save({}, { expiry: { storeAt: 5 * MINUTE } });
    slow.finish();
    quick.finish();
    expect(viewOf(recording, quick.id).clocks[2]).toMatchObject({ at: 5 * MINUTE, setIn: { id: slow.id } });
    expect(viewOf(recording, slow.id).clocks[2]).toMatchObject({ at: 5 * MINUTE, setIn: { id: slow.id } });
  });

  test('the store that drops first is described the other way round; rounding is no disagreement', () => {
    const clocksOf = (cookieAt: number | null, storeAt: number | null) => {
      const recording = createRecording(undefined, 0);
      const exchange = recording.start('/');
      exchange.save({}, { expiry: { storeAt } });
      exchange.finish({ expiry: { cookieAt }, verdict: { cookie: SET } });
      return viewOf(recording).disagreement;
    };
    expect(clocksOf(20_000, 10_000)).toMatch(/^If the browser kept the cookie, the store drops the record 10 s before/);
    expect(clocksOf(10_000, 11_500)).toBeUndefined();
    expect(clocksOf(null, 11_500)).toBeUndefined();
    expect(clocksOf(10_000, null)).toBeUndefined();
  });

  test('what the browser was seen to have kept is said of it without a doubt', () => {
    const recording = createRecording(undefined, 0);
    const exchange = recording.start('/');
    exchange.save({}, { expiry: { storeAt: 20_000 } });
    exchange.finish({ expiry: { cookieAt: 10_000 }, verdict: { cookie: SET } });
    const cookie = { name: 'sid', path: '/', domain: 'localhost', secure: false, httpOnly: true, expiresAt: 10_000 };
    const jar = [{ name: 'sid', outcome: 'kept', cookie }] as const;
    expect(viewOf(recording, exchange.id, harOf(exchange.id, { ...SET_COOKIE, jar })).disagreement).toMatch(
      /^The browser drops the cookie 10 s before the store drops the record/,
    );
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
    expect(viewOf(recording).clocks.map(({ at, claimedAt = at }) => claimedAt)).toEqual([null, null, null]);
  });
});

describe('the store`s clock', () => {
  const recorded = (build: (own: ReturnType<ReturnType<typeof createRecording>['start']>) => void) => {
    const recording = createRecording(undefined, 0);
    const exchange = recording.start('/');
    build(exchange);
    exchange.finish({ expiry: { cookieAt: 60_000 }, verdict: { cookie: SET } });
    const { clocks, disagreement } = viewOf(recording);
    return { store: clocks[2], disagreement };
  };

  test('where it is assumed, it is marked, and nothing is concluded from it', () => {
    const { store, disagreement } = recorded((own) =>
      own.save({}, { expiry: { storeAt: 20_000, storeAssumed: true } }),
    );
    expect(store).toMatchObject({ at: 20_000, isAssumed: true, isFirst: false });
    expect(disagreement).toBeUndefined();
    expect(recorded((own) => own.save({}, { expiry: { storeAt: 20_000 } })).disagreement).toMatch(/the store drops/);
  });

  test('a touch that found no record sets no clock: there is none', () => {
    const { store, disagreement } = recorded((own) => {
      own.save({}, { expiry: { storeAt: 20_000 } });
      own.operation('touch', { outcome: 'gone', expiry: { storeAt: 50_000 } });
    });
    expect(store).toMatchObject({ isGone: true, setBy: 'touch', isFirst: false });
    expect(store?.at).toBeUndefined();
    expect(disagreement).toBeUndefined();
  });

  test('a touch of a record that was deleted sets no clock where the store may have written it again', () => {
    const recording = createRecording(undefined, 0);
    const slow = recording.start('/slow');
    slow.save({}, { expiry: { storeAt: 20_000 } });
    recording.start('/logout').operation('flush', { from: ALICE, to: null, outcome: 'done' });
    slow.operation('touch', { outcome: 'done', expiry: { storeAt: 50_000, sessionAt: 50_000 } });
    slow.finish();
    const [, , store] = viewOf(recording, slow.id).clocks;
    expect(store?.at).toBeUndefined();
    expect(store).toMatchObject({ setBy: 'touch', isFirst: false });
  });

  test('a session that was ended has no end to come, whatever another request gave it', () => {
    const recording = createRecording(undefined, 0);
    const longer = recording.start('/longer');
    longer.operation('set-expiry', { expiry: { sessionAt: 90_000 } });
    longer.finish();
    const logout = recording.start('/logout');
    logout.operation('flush', { from: ALICE, to: null, outcome: 'done' });
    logout.finish({ sessionAfter: null });
    const [, session] = viewOf(recording, logout.id).clocks;
    expect(session).toMatchObject({ isGone: true, setBy: 'flush' });
    expect(session?.at).toBeUndefined();
  });

  test('an end that another request gave the session counts once it is saved', () => {
    const recording = createRecording(undefined, 0);
    const longer = recording.start('/longer');
    longer.operation('set-expiry', { expiry: { sessionAt: 90_000 } });
    const beside = recording.start('/beside');
    beside.load({});
    beside.finish();
    longer.save({}, { expiry: { sessionAt: 91_000 } });
    longer.finish();
    const after = recording.start('/after');
    after.load({});
    after.finish();
    expect(viewOf(recording, beside.id).clocks[1]?.at).toBeUndefined();
    expect(viewOf(recording, longer.id).clocks[1]).toMatchObject({ at: 91_000 });
    expect(viewOf(recording, after.id).clocks[1]).toMatchObject({ at: 91_000 });
  });

  test('of requests that overlap, what came last set it', () => {
    const recording = createRecording(undefined, 0);
    const slow = recording.start('/slow');
    const fast = recording.start('/fast');
    fast.operation('touch', { expiry: { storeAt: 10_000 } });
    fast.finish();
    slow.operation('touch', { expiry: { storeAt: 20_000 } });
    slow.finish();
    expect(viewOf(recording, fast.id).clocks[2]).toMatchObject({ at: 10_000 });
    expect(viewOf(recording, slow.id).clocks[2]).toMatchObject({ at: 20_000 });
  });
});
