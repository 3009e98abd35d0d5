import { expect, test } from 'vitest';
import type { CookieChange } from '../recording/cookie-changes.ts';
import { REQUEST_KINDS } from '../recording/future-request.ts';
import type { HarExchange } from '../recording/har.ts';
import type { KeptCookie } from '../recording/jar.ts';
import { createRecording, timelineOf } from '../recording/recording.cases.ts';
import { defaultQuestion, sendingView } from './sending-view.ts';

const NOW = 1_000_000;
const KEPT: KeptCookie = {
  name: 'sid',
  path: '/',
  domain: 'localhost',
  secure: false,
  httpOnly: true,
  sameSite: 'lax',
  expiresAt: null,
};
const LINE = { name: 'sid', valueLength: 32, attributes: '; Path=/; HttpOnly; SameSite=Lax' };
const CROSS_POST = {
  url: 'http://localhost:3000/',
  page: 'http://127.0.0.1:5173/',
  kind: 'form-post',
  at: NOW,
} as const;
const LINK = { url: 'http://localhost:3000/', page: 'http://localhost:3000/', kind: 'link', at: NOW } as const;

/** One request, as this browser saw it. */
function recorded(har?: Partial<HarExchange>) {
  const recording = createRecording();
  const first = recording.start('/login', { session: null });
  first.finish();
  const timeline = timelineOf(recording.events);
  if (har !== undefined)
    timeline.see({
      exchanges: [first.id],
      url: 'http://localhost:3000/login',
      method: 'GET',
      status: 200,
      startedAt: NOW - 1_000,
      durationMs: 10,
      setCookies: [],
      fromCache: false,
      browser: 'chromium',
      ...har,
    });
  return { items: timeline.items, exchange: timeline.exchange(first.id)! };
}

const ask = (
  { items, exchange }: ReturnType<typeof recorded>,
  request: Parameters<typeof sendingView>[1] = LINK,
  jar?: readonly KeptCookie[],
  changes: readonly CookieChange[] = [],
) => sendingView(exchange, request, { items, changes, jar })!;

test('the jar as it is now goes before what was recorded', () => {
  const seen = recorded({ setCookies: [LINE] });
  const view = ask(seen, CROSS_POST, [{ ...KEPT, sameSite: 'none' }]);
  expect(view).toMatchObject({ name: 'sid', source: "From the browser's jar, as it is now." });
  expect(view.answers).toMatchObject([{ answer: 'yes', rule: 'same-site-none', place: 'path / on localhost' }]);
  expect(ask(seen, LINK, []).answers).toMatchObject([{ answer: 'no', rule: 'no-cookie' }]);
});

test('what the jar said after a response, where it can`t be read now', () => {
  const seen = (jar: HarExchange['jar']) => recorded({ setCookies: [LINE], jar: jar! });
  const kept = ask(seen([{ name: 'sid', outcome: 'kept', cookie: KEPT }]));
  expect(kept).toMatchObject({ source: "From the browser's jar, as it was after #1.", answers: [{ answer: 'yes' }] });
  expect(ask(seen([{ name: 'sid', outcome: 'absent' }])).answers).toMatchObject([
    { answer: 'no', rule: 'no-cookie', text: 'There is no sid to send. It held none after #1.' },
  ]);
});

test('a header alone is assumed, and what browsers refuse is not there', () => {
  const seen = recorded({ setCookies: [LINE] });
  expect(ask(seen).source).toBe('Assumed: as the Set-Cookie of #1 says. The jar was not asked.');
  expect(ask(seen, CROSS_POST).answers).toMatchObject([{ answer: 'no', rule: 'same-site-lax-post' }]);
  const refused = recorded({ setCookies: [{ ...LINE, attributes: '; SameSite=None' }] });
  expect(ask(refused).answers).toMatchObject([{ answer: 'no', rule: 'none-without-secure' }]);
  const dropped = recorded({ setCookies: [{ ...LINE, attributes: '; Max-Age=0' }] });
  expect(ask(dropped).answers).toMatchObject([
    { answer: 'no', text: expect.stringContaining('#1 dropped it') as string },
  ]);
});

test('nothing was seen, and the jar can`t be read: not known', () => {
  expect(ask(recorded()).answers).toMatchObject([{ answer: 'unknown', rule: 'not-read' }]);
  expect(ask(recorded({})).answers).toMatchObject([{ answer: 'unknown', rule: 'not-read' }]);
});

test('of several cookies of one name each has its answer, what is sent first; those of other hosts only alone', () => {
  const seen = recorded({});
  const deep = { ...KEPT, path: '/deep' };
  const other = { ...KEPT, domain: '127.0.0.1' };
  expect(ask(seen, LINK, [deep, other, KEPT]).answers).toMatchObject([
    { answer: 'yes', place: 'path / on localhost' },
    { answer: 'no', rule: 'path', place: 'path /deep on localhost' },
  ]);
  expect(ask(seen, LINK, [other]).answers).toMatchObject([{ answer: 'no', rule: 'host-only' }]);
});

test('how old a cookie is comes from the jar`s own reports, or from a response to a request without one', () => {
  const { sameSite: _sameSite, ...absent } = KEPT;
  const change = (at: number, kind: CookieChange['kind']): CookieChange => ({ at, cookie: absent, kind });
  const answerOf = (changes: readonly CookieChange[], har: Partial<HarExchange> = {}) =>
    ask(recorded(har), CROSS_POST, [absent], changes).answers[0]!.answer;
  expect(answerOf([])).toBe('unknown');
  expect(answerOf([change(NOW - 10_000, 'set')])).toBe('yes');
  expect(answerOf([change(NOW - 200_000, 'set')])).toBe('no');
  expect(answerOf([change(NOW - 200_000, 'set'), change(NOW - 10_000, 'replaced')])).toBe('unknown');
  expect(answerOf([], { setCookies: [LINE], cookieNames: [] })).toBe('yes');
  expect(answerOf([], { setCookies: [LINE], cookieNames: ['sid'] })).toBe('unknown');
});

test.each(['strict', 'lax', 'none'] as const)('what if it had %s: as a cookie that was set so', (setWith) => {
  const seen = recorded({});
  const { sameSite: _sameSite, ...absent } = KEPT;
  const so = { ...KEPT, sameSite: setWith, secure: setWith === 'none' };
  for (const kind of REQUEST_KINDS)
    for (const page of ['http://localhost:5173/', 'http://127.0.0.1:3000/']) {
      const request = { ...CROSS_POST, kind, page };
      const view = sendingView(seen.exchange, request, { items: seen.items, changes: [], jar: [absent] }, setWith)!;
      expect(view.answers).toEqual(ask(seen, request, [so]).answers);
      expect(view.source).toContain('What if: as though');
    }
});

test('the question begins with the request`s own URL and the inspected page', () => {
  const { exchange } = recorded({ pageOrigin: 'http://localhost:5173' });
  expect(defaultQuestion(exchange, undefined)).toEqual({
    url: 'http://localhost:3000/login',
    page: 'http://localhost:5173/',
  });
  expect(defaultQuestion(exchange, 'http://localhost:8000').page).toBe('http://localhost:8000/');
});
