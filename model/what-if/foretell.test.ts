import { expect, test } from 'vitest';
import type { OperationRecorded, Verdict } from '../../protocol/index.ts';
import { ALICE, BOB, createRecording, timelineOf } from '../recording/recording.cases.ts';
import { foretell } from './foretell.ts';
import type { SettingValues } from './settings.ts';

const EXPRESS = { resave: 'false', rolling: 'false', saveUninitialized: 'false', 'cookie.maxAge': '60000' };
const DJANGO = {
  SESSION_SAVE_EVERY_REQUEST: 'False',
  SESSION_COOKIE_AGE: '60',
  SESSION_EXPIRE_AT_BROWSER_CLOSE: 'False',
};

function begin(library: string, settings: Record<string, string>, store = 'MemoryStore') {
  const recording = createRecording();
  recording.epochStarted({
    middlewares: [{ library, libraryVersion: '1', cookieNames: ['sid'], store, settings }],
  });
  return recording;
}
type Recording = ReturnType<typeof begin>;

type Outcomes = [
  record: Verdict['record']['outcome'],
  reason: string,
  cookie: Verdict['cookie']['outcome'],
  why: string,
];

/** One request to express-session: what it sends, what it finds, what comes of it. */
function request(
  recording: Recording,
  sent: string | null,
  [record, reason, cookie, why]: Outcomes,
  { session = sent ?? ALICE, sets = false, maxAgeMs = 60_000 as number | null } = {},
) {
  const one = recording.start('/', { session: sent });
  if (sent === session) one.load({}, { session, outcome: 'found', keys: 0, actor: 'framework' });
  else one.operation('create', { session, actor: 'framework' });
  if (sets) one.set('a', 1, { session });
  const end = one.finish({
    sessionAfter: record === 'none' ? null : session,
    verdict: { record: { outcome: record, reason }, cookie: { outcome: cookie, reason: why } },
  });
  const endsAt = maxAgeMs === null ? null : end.at + maxAgeMs;
  end.expiry = { sessionAt: endsAt, ...(record === 'none' ? {} : { storeAt: endsAt }) };
  if (cookie === 'set') end.expiry.cookieAt = endsAt;
  return end;
}

const NOTHING: Outcomes = ['none', 'uninitialized', 'none', 'uninitialized'];
const BEGUN: Outcomes = ['saved', 'new-session', 'set', 'new-key'];
const EMPTY: Outcomes = ['saved', 'save-uninitialized', 'set', 'new-key'];
const TOUCHED: Outcomes = ['touched', 'unmodified', 'none', 'kept'];

function foretoldOf(recording: Recording, change: SettingValues) {
  const { items } = timelineOf(recording.events);
  const first = items.find((item) => item.kind === 'exchange')!;
  return foretell(items, first, change)?.map(({ record, cookie }) => `${record.outcome} ${cookie.outcome}`);
}

test('resave writes an unchanged session again, and rolling sends its cookie again', () => {
  const recording = begin('express-session', EXPRESS);
  request(recording, null, BEGUN, { sets: true });
  request(recording, ALICE, TOUCHED);
  expect(foretoldOf(recording, { resave: true })).toEqual(['saved set', 'saved none']);
  expect(foretoldOf(recording, { rolling: true })).toEqual(['saved set', 'touched set']);
});

test('a session that would not have been begun is begun where something is written to it', () => {
  const recording = begin('express-session', { ...EXPRESS, saveUninitialized: 'true' });
  request(recording, null, EMPTY);
  request(recording, ALICE, TOUCHED);
  request(recording, ALICE, ['saved', 'modified', 'set', 'modified'], { sets: true });
  request(recording, ALICE, TOUCHED);
  expect(foretoldOf(recording, { saveUninitialized: false })).toEqual([
    'none none',
    'none none',
    'saved set',
    'touched none',
  ]);
});

test('whether a browser would have sent a cookie that it was never given is not known, and both ways are looked at', () => {
  const recording = begin('express-session', EXPRESS);
  request(recording, null, NOTHING);
  request(recording, null, NOTHING, { session: BOB });
  expect(foretoldOf(recording, { saveUninitialized: true })).toEqual(['saved set', 'unknown unknown']);
  expect(foretoldOf(recording, { saveUninitialized: true, resave: true, rolling: true })).toEqual([
    'saved set',
    'saved set',
  ]);
});

test('a record that would have ended is missing, and what a write would then come to is not known', () => {
  const recording = begin('express-session', EXPRESS);
  request(recording, null, BEGUN, { sets: true });
  recording.wait(10_000);
  request(recording, ALICE, TOUCHED);
  expect(foretoldOf(recording, { 'cookie.maxAge': 5_000 })).toEqual(['saved set', 'none none']);
  expect(foretoldOf(recording, { 'cookie.maxAge': 20_000 })).toEqual(['saved set', 'touched none']);
  // To the second: nobody can say.
  expect(foretoldOf(recording, { 'cookie.maxAge': 10_000 })?.[1]).toBe('unknown none');
  recording.wait(10_000);
  request(recording, ALICE, ['saved', 'modified', 'set', 'modified'], { sets: true });
  expect(foretoldOf(recording, { 'cookie.maxAge': 5_000 })?.[2]).toBe('unknown unknown');
});

test('of a store whose touch was not seen, it is not known what is done in the place of a save', () => {
  const recording = begin('express-session', { ...EXPRESS, resave: 'true' }, 'SomeStore');
  request(recording, null, BEGUN, { sets: true });
  request(recording, ALICE, ['saved', 'resave', 'none', 'kept']);
  expect(foretoldOf(recording, { resave: false })).toEqual(['saved set', 'unknown none']);
});

test('after lost events nothing is known of the sessions that were there', () => {
  const recording = begin('express-session', EXPRESS);
  request(recording, null, BEGUN, { sets: true });
  recording.gap();
  request(recording, ALICE, TOUCHED);
  // Nothing was written, and so no cookie sent, whichever session it was.
  expect(foretoldOf(recording, { resave: true })).toEqual(['saved set', 'unknown none']);
  expect(foretoldOf(recording, { rolling: true })).toEqual(['saved set', 'unknown unknown']);
});

function django(
  recording: Recording,
  [record, reason, cookie, why]: Outcomes,
  { operations = [], status = 200 }: { operations?: Partial<OperationRecorded>[]; status?: number } = {},
) {
  const one = recording.start('/', { session: ALICE });
  one.load({ a: [1] }, { session: ALICE, outcome: 'found', keys: 1, actor: 'framework' });
  for (const { operation = 'set', ...fields } of operations) one.operation(operation, { session: ALICE, ...fields });
  one.finish({
    status,
    sessionAfter: ALICE,
    verdict: { record: { outcome: record, reason }, cookie: { outcome: cookie, reason: why } },
  });
}

test('Django: saved with every request, a server error aside', () => {
  const recording = begin('django.contrib.sessions', DJANGO, 'db');
  django(recording, ['unchanged', 'not-modified', 'none', 'not-modified']);
  django(recording, ['unchanged', 'not-modified', 'none', 'not-modified'], { status: 500 });
  expect(foretoldOf(recording, { SESSION_SAVE_EVERY_REQUEST: true })).toEqual(['saved set', 'unchanged none']);
});

test('Django: what lies inside a value is kept, and is lost, with the setting', () => {
  const nested = { operations: [{ path: ['a', 0], inferred: true }] };
  const lost = begin('django.contrib.sessions', DJANGO, 'db');
  django(lost, ['not-saved', 'nested-change', 'none', 'not-modified'], nested);
  expect(foretoldOf(lost, { SESSION_SAVE_EVERY_REQUEST: true })).toEqual(['saved set']);
  const kept = begin('django.contrib.sessions', { ...DJANGO, SESSION_SAVE_EVERY_REQUEST: 'True' }, 'db');
  django(kept, ['saved', 'save-every-request', 'set', 'save-every-request'], nested);
  expect(foretoldOf(kept, { SESSION_SAVE_EVERY_REQUEST: false })).toEqual(['not-saved none']);
});

test('a library whose rules are not known here, or settings that can`t be read, get no answer', () => {
  for (const [library, settings] of [
    ['cookie-session', EXPRESS],
    ['express-session', { ...EXPRESS, resave: 'perhaps' }],
  ] as const) {
    const recording = begin(library, settings);
    request(recording, null, NOTHING);
    expect(foretoldOf(recording, { resave: true })).toBeUndefined();
  }
});
