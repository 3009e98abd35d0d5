import { expect, test } from 'vitest';
import { ALICE, createRecording, timelineOf } from '../recording/recording.cases.ts';
import { whatIfView } from './what-if-view.ts';

const SETTINGS = { resave: 'false', rolling: 'false', saveUninitialized: 'false', 'cookie.maxAge': '60000' };

/** A session that is begun, and one request that only reads it. */
function recorded(library = 'express-session', settings: Record<string, string> = SETTINGS) {
  const recording = createRecording();
  recording.epochStarted({
    middlewares: [{ library, libraryVersion: '1.19.0', cookieNames: ['sid'], store: 'MemoryStore', settings }],
  });
  const begun = recording.start('/login', { session: null });
  begun.operation('create', { session: ALICE, actor: 'framework' });
  begun.set('user', 'alice', { session: ALICE });
  const first = begun.finish({
    sessionAfter: ALICE,
    verdict: { record: { outcome: 'saved', reason: 'new-session' }, cookie: { outcome: 'set', reason: 'new-key' } },
  });
  first.expiry = { sessionAt: first.at + 60_000, storeAt: first.at + 60_000, cookieAt: first.at + 60_000 };
  recording.wait(5_000);
  const read = recording.start('/cart', { session: ALICE });
  read.load({ user: 'alice' }, { session: ALICE, outcome: 'found', keys: 1, actor: 'framework' });
  const second = read.finish({
    sessionAfter: ALICE,
    verdict: { record: { outcome: 'touched', reason: 'unmodified' }, cookie: { outcome: 'none', reason: 'kept' } },
  });
  second.expiry = { sessionAt: second.at + 60_000, storeAt: second.at + 60_000 };
  recording.start('/slow', { session: ALICE });
  const timeline = timelineOf(recording.events);
  return { items: timeline.items, exchange: timeline.exchange(read.id)! };
}

test('the settings are those that the server reports, and nothing is answered before something is asked', () => {
  const { items, exchange } = recorded();
  const view = whatIfView(items, exchange, {})!;
  expect(view.library).toBe('express-session 1.19.0');
  expect(view.settings.map(({ text }) => text)).toEqual([
    'resave: false',
    'rolling: false',
    'saveUninitialized: false',
    'cookie.maxAge: 60000',
  ]);
  expect(view.answer).toBeUndefined();
  // The value that it has already is no question.
  expect(whatIfView(items, exchange, { resave: false })?.answer).toBeUndefined();
});

test('says what would come out differently, by which setting, and counts the rest', () => {
  const { items, exchange } = recorded();
  const { rows, summary } = whatIfView(items, exchange, { resave: true, rolling: true })!.answer!;
  expect(summary).toBe('Of 2 requests, 1 is known to come out differently, 1 as recorded, 1 not ended yet');
  expect(rows).toMatchObject([
    {
      exchange: { number: 2 },
      parts: [
        { what: 'Record', was: 'touched', is: 'saved', setting: 'resave: true' },
        { what: 'Cookie', was: '–', is: 'set', setting: 'rolling: true' },
        { what: 'Cookie ends', was: expect.stringMatching(/^in 55 s$/) as string, is: 'in 1 min' },
      ],
    },
  ]);
});

test('an end that comes sooner is said of record and cookie; an outcome that nobody knows has none', () => {
  const { items, exchange } = recorded();
  const { rows } = whatIfView(items, exchange, { 'cookie.maxAge': 5_500 })!.answer!;
  expect(rows[0]).toMatchObject({
    parts: [
      { what: 'Record ends', was: 'in 1 min', is: 'in 5.5 s' },
      { what: 'Cookie ends', was: 'in 1 min', is: 'in 5.5 s' },
    ],
  });
  expect(rows[1]!.why).toContain('too close to say');
  expect(rows[1]!.parts[0]).toMatchObject({ what: 'Record', was: 'touched', is: undefined });
});

test('without an age of its own, the cookie goes with the browser', () => {
  const { items, exchange } = recorded();
  const { rows } = whatIfView(items, exchange, { 'cookie.maxAge': null })!.answer!;
  expect(rows[0]!.parts).toMatchObject([
    { what: 'Record ends', is: 'never by itself' },
    { what: 'Cookie ends', is: 'with the browser' },
  ]);
});

test('of a library without such settings there is no question', () => {
  const { items, exchange } = recorded('cookie-session');
  expect(whatIfView(items, exchange, {})).toBeUndefined();
});
