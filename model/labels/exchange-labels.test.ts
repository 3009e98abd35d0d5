import { describe, expect, test } from 'vitest';
import {
  COOKIE_OUTCOMES,
  type OperationName,
  type OperationRecorded,
  OPERATIONS,
  RECORD_OUTCOMES,
} from '../../protocol/index.ts';
import {
  changesOf,
  cookieLabel,
  momentLabel,
  operationLabels,
  recordLabel,
  requestOf,
  sessionLabel,
  sourceLabel,
} from './exchange-labels.ts';
import { ALICE, BOB, createRecording, exchangeIn, timelineOf } from '../recording/recording.cases.ts';
import type { ExchangeRecord } from '../recording/records.ts';

const UNDEFINED = { $: 'undefined' } as const;
const SECRET = { $: 'redacted', digest: '0123456789ab', by: 'name' } as const;

/** The record of one exchange, built by `build`. */
function exchangeOf(
  build: (exchange: ReturnType<ReturnType<typeof createRecording>['start']>) => void,
  session: string | null = ALICE,
): ExchangeRecord {
  const recording = createRecording();
  const exchange = recording.start('/cart', { method: 'POST', session });
  build(exchange);
  return exchangeIn(timelineOf(recording.events));
}

describe('the verdict in one word, with the reason on hover', () => {
  const RECORD_LABELS = {
    saved: ['saved', 'strong'],
    touched: ['touched', 'quiet'],
    unchanged: ['unchanged', 'quiet'],
    deleted: ['deleted', 'strong'],
    missing: ['missing', 'strong'],
    'not-saved': ['not saved', 'bad'],
    'not-compared': ['not compared', 'strong'],
    failed: ['failed', 'bad'],
    unreadable: ['unreadable', 'bad'],
    pending: ['not yet', 'waiting'],
    none: ['–', 'quiet'],
  } as const;

  test.each(RECORD_OUTCOMES)('record %s', (outcome) => {
    const exchange = exchangeOf((own) => own.finish({ verdict: { record: { outcome, text: 'Because.' } } }));
    const [text, weight] = RECORD_LABELS[outcome];
    expect(recordLabel(exchange)).toEqual({ text, weight, title: 'Because.' });
  });

  const COOKIE_LABELS = {
    set: ['set', 'strong'],
    expired: ['expired', 'strong'],
    'not-set': ['not set', 'quiet'],
    pending: ['not yet', 'waiting'],
    none: ['–', 'quiet'],
  } as const;

  test.each(COOKIE_OUTCOMES)('cookie %s', (outcome) => {
    const exchange = exchangeOf((own) => own.finish({ verdict: { cookie: { outcome, text: 'Because.' } } }));
    const [text, weight] = COOKIE_LABELS[outcome];
    expect(cookieLabel(exchange)).toEqual({ text, weight, title: 'Because.' });
  });

  test('a cookie that was due and not set is bad', () => {
    const exchange = exchangeOf((own) => own.finish({ verdict: { cookie: { outcome: 'not-set', due: true } } }));
    expect(cookieLabel(exchange).weight).toBe('bad');
  });

  test('while it runs: not yet; where its start is unknown: nothing is claimed', () => {
    const running = exchangeOf(() => {});
    expect([recordLabel(running), cookieLabel(running)]).toMatchObject([{ text: 'not yet' }, { text: 'not yet' }]);
    const { started, ...unknown } = running;
    expect(started).toBeDefined();
    expect([recordLabel(unknown), cookieLabel(unknown)]).toMatchObject([{ text: '–' }, { text: '–' }]);
  });
});

describe('keys changed', () => {
  test.each<[string, Parameters<typeof exchangeOf>[0], string[]]>([
    ['a new key', (own) => own.set('a', 1), ['+a']],
    ['a changed key', (own) => own.set('a', 1, { before: 0 }), ['~a']],
    ['the same value again', (own) => own.set('a', 1, { before: 1 }), []],
    ['a deleted key', (own) => own.operation('delete', { path: ['a'], before: 1 }), ['−a']],
    ['a key that was not there, deleted', (own) => own.operation('delete', { path: ['a'] }), []],
    ['set to undefined', (own) => own.set('a', UNDEFINED, { before: 1 }), ['−a']],
    ['a nested change', (own) => own.operation('set', { path: ['cart', 'qty'], after: 1 }), ['~cart']],
    [
      'new, then changed, then gone',
      (own) => {
        own.set('a', 1);
        own.set('a', 2, { before: 1 });
        own.operation('delete', { path: ['a'], before: 2 });
      },
      [],
    ],
    [
      'gone and back',
      (own) => {
        own.operation('delete', { path: ['a'], before: 1 });
        own.set('a', 2);
      },
      ['~a'],
    ],
    ['reads and saves', (own) => (own.get('a', 1), own.save({})), []],
  ])('%s', (_name, build, expected) => {
    expect(changesOf(exchangeOf((own) => void build(own)))).toEqual(expected);
  });
});

describe('the session column', () => {
  test.each<[string, string | null, string | null, string]>([
    ['the same', ALICE, ALICE, 'a11c'],
    ['a new one', null, BOB, '→ b0b0'],
    ['a flush', ALICE, null, 'a11c → –'],
    ['none', null, null, '–'],
  ])('%s', (_name, sessionBefore, sessionAfter, text) => {
    expect(sessionLabel(exchangeOf((own) => own.finish({ sessionBefore, sessionAfter }))).text).toBe(text);
  });

  test('a rotation is one session under another key', () => {
    const labels = sessionLabel(
      exchangeOf((own) => {
        own.operation('cycle-key', { session: BOB, from: ALICE, to: BOB });
        own.finish({ sessionAfter: BOB });
      }),
    );
    expect(labels).toMatchObject({ text: 'a11c → b0b0', isRotated: true });
  });

  test('a new session beside a record that is gone is no rotation', () => {
    const labels = sessionLabel(
      exchangeOf((own) => {
        own.operation('load', { outcome: 'missing' });
        own.operation('create', { session: BOB, state: {} });
        own.finish({ sessionAfter: BOB });
      }),
    );
    expect(labels).toMatchObject({ text: '→ b0b0', isRotated: false });
  });

  test('the whole fingerprints on hover', () => {
    const { title } = sessionLabel(exchangeOf((own) => own.finish({ sessionAfter: BOB })));
    expect(title).toContain(ALICE);
    expect(title).toContain(BOB);
  });

  test('while it runs, the newest session known', () => {
    expect(sessionLabel(exchangeOf((own) => own.operation('create', { session: BOB }), null)).text).toBe('→ b0b0');
  });
});

test('the request: as the server reported it, as the browser did, or that nobody did', () => {
  const exchange = exchangeOf(() => {});
  expect(requestOf(exchange)).toEqual({ method: 'POST', path: '/cart' });
  const { started: _started, ...unknown } = exchange;
  expect(requestOf(unknown)).toEqual({ method: '', path: 'request not recorded' });
  const har = {
    exchanges: [],
    url: 'http://a.test/p/q?secret=1#x',
    method: 'GET',
    status: 200,
    startedAt: 0,
    durationMs: 1,
    setCookies: [],
    fromCache: false,
  };
  expect(requestOf({ ...unknown, har })).toEqual({ method: 'GET', path: '/p/q' });
  const background = exchangeOf((own) => own.get('a'));
  expect(requestOf({ ...background, id: 'background:e:1' })).toEqual({ method: '', path: 'background' });
  expect(requestOf({ ...unknown, id: 'background:e:1' })).toEqual({ method: '', path: 'companion fault' });
});

/** One operation in words, as a row shows it. */
function inShort(name: OperationName, fields: Partial<OperationRecorded>): string {
  let recorded: OperationRecorded | undefined;
  exchangeOf((own) => {
    recorded = own.operation(name, { at: 1_000, ...fields });
  });
  const { path, mark, before, after, note } = operationLabels(recorded!);
  return [path, mark && `[${mark.text}]`, before && `${before} →`, after, note && `(${note})`]
    .filter(Boolean)
    .join(' ');
}

describe('operations in words', () => {
  test.each<[string, OperationName, Partial<OperationRecorded>]>([
    ['cart {items: [2]}', 'get', { path: ['cart'], hit: true, after: { items: [1, 2] } }],
    ['favorite (miss)', 'get', { path: ['favorite'], hit: false }],
    ['(all keys · 3 keys)', 'get', { call: 'keys', keys: 3 }],
    ['a (in the session: no)', 'get', { call: 'in', path: ['a'], hit: false }],
    ['a (in the session: yes)', 'get', { call: 'in', path: ['a'], hit: true }],
    [
      'pin [redacted]',
      'get',
      { path: ['pin'], hit: true, after: { $: 'redacted', digest: '0123456789ab', by: 'name' } },
    ],
    ['pin [redacted] absent → redacted', 'set', { path: ['pin'], after: SECRET }],
    [
      'pin [redacted] (changed)',
      'set',
      { path: ['pin'], before: SECRET, after: { ...SECRET, digest: 'fedcba987654' } },
    ],
    ['pin [redacted] redacted (the same value again)', 'set', { path: ['pin'], before: SECRET, after: SECRET }],
    ['a absent → 1', 'set', { path: ['a'], after: 1 }],
    ['a 1 → 2', 'set', { path: ['a'], before: 1, after: 2 }],
    ['a 2 (the same value again)', 'set', { path: ['a'], before: 2, after: 2 }],
    [
      'cart.items[0].qty [inferred] 1 → 2',
      'set',
      { path: ['cart', 'items', 0, 'qty'], before: 1, after: 2, inferred: true },
    ],
    [
      'cart.promo [inferred] "X" → absent',
      'set',
      { path: ['cart', 'promo'], before: 'X', after: UNDEFINED, inferred: true },
    ],
    [
      'cart.note [inferred] absent → "X"',
      'set',
      { path: ['cart', 'note'], before: UNDEFINED, after: 'X', inferred: true },
    ],
    ['promo "SPRING"', 'delete', { path: ['promo'], before: 'SPRING' }],
    ['promo (was not there)', 'delete', { path: ['promo'], hit: false }],
    ['14 d → 10 s', 'set-expiry', { expiryBefore: { sessionAt: 1_209_601_000 }, expiry: { sessionAt: 11_000 } }],
    ['no end', 'set-expiry', { expiry: { sessionAt: null } }],
    ['browser close', 'set-expiry', { expiry: { sessionAt: null, cookieAt: null } }],
    ['(ends in 10 s · 2.0 ms)', 'touch', { expiry: { sessionAt: 11_000 }, durationMs: 2 }],
    ['(the record had expired and was dropped)', 'expire', {}],
    ['(9 keys · 2.1 KB · 1.6 ms)', 'load', { outcome: 'found', keys: 9, bytes: 2_100, durationMs: 1.6 }],
    ['(no such record · 1.0 ms)', 'load', { outcome: 'missing', durationMs: 1 }],
    ['(the record had expired)', 'load', { outcome: 'expired' }],
    ['(a new, empty session)', 'create', {}],
    ['(a11c → b0b0 · 2 keys kept)', 'cycle-key', { from: ALICE, to: BOB, keys: 2 }],
    ['(a11c → b0b0 · 0 keys kept · 1 key dropped)', 'cycle-key', { from: ALICE, to: BOB, keys: 0, before: { a: 1 } }],
    ['(2 keys · the record is deleted)', 'flush', { before: { a: 1, b: 2 } }],
    ['(3 keys · 38 B · 2.0 ms)', 'save', { keys: 3, bytes: 38, durationMs: 2 }],
    [
      '(failed: RedisError: gone · 2.0 ms)',
      'save',
      { outcome: 'error', error: { name: 'RedisError', message: 'gone' }, durationMs: 2 },
    ],
  ])('%s', (text, name, fields) => {
    expect(inShort(name, fields)).toBe(text);
  });

  test.each(OPERATIONS)('%s has words though nothing is reported but its name', (name) => {
    expect(() => inShort(name, {})).not.toThrow();
  });

  test('tagged states are counted like plain ones', () => {
    const before = { $: 'object' as const, entries: [['$', 1]] as [string, number][], size: 48 };
    expect(inShort('flush', { before })).toBe('(48 keys · the record is deleted)');
    expect(inShort('cycle-key', { from: ALICE, to: BOB, keys: 0, before })).toContain('48 keys dropped');
  });
});

describe('who did it', () => {
  const frame = { file: 'cart.ts', line: 4, kind: 'app' as const };
  const sourceOf = (name: OperationName, fields: Partial<OperationRecorded>) => {
    let recorded: OperationRecorded | undefined;
    exchangeOf((own) => {
      recorded = own.operation(name, fields);
    });
    return sourceLabel(recorded!);
  };
  test.each<[string, ReturnType<typeof sourceOf>, ReturnType<typeof sourceLabel>]>([
    ['the app`s line', sourceOf('set', { source: { frames: [frame] } }), { link: 'cart.ts:4' }],
    [
      'a library`s line',
      sourceOf('set', { source: { frames: [{ ...frame, kind: 'library' }] } }),
      { link: 'cart.ts:4', note: 'library' },
    ],
    ['the framework by itself', sourceOf('load', {}), { note: 'framework' }],
    [
      'the framework, led by the app',
      sourceOf('save', { source: { frames: [frame] } }),
      { link: 'cart.ts:4', note: 'framework' },
    ],
    ['over the budget', sourceOf('set', { source: { frames: [], omitted: 'budget' } }), { note: 'over budget' }],
    ['the background', sourceOf('expire', { actor: 'background' }), { note: 'background' }],
    ['an edit from the panel', sourceOf('set', { actor: 'panel' }), { note: 'panel' }],
  ])('%s', (_name, labels, expected) => {
    expect(labels).toEqual(expected);
  });
});

test('a moment in words', () => {
  const exchange = exchangeOf((own) => {
    own.load({}, { offsetMs: 1 });
    own.save({}, { offsetMs: 223 });
  });
  expect(momentLabel(exchange, 2)).toEqual({ number: '#1', request: 'POST /cart', when: '+223 ms, save' });
  expect(momentLabel(exchange, 0).when).toBe('before anything happened');
});
