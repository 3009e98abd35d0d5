import { expect, test } from 'vitest';
import { A, B, C, createLog, holderOf, newId, readAll, set, witnessOf } from './event-log.cases.ts';
import type { OperationRecorded } from '../../../../protocol/index.ts';
import { createRevocations } from './revocations.ts';

const operation = (
  name: OperationRecorded['operation'],
  exchange: string | null,
  session: string | null,
  more: Partial<OperationRecorded> = {},
): OperationRecorded => ({ ...(set(exchange, session) as OperationRecorded), operation: name, ...more });

test('a rotation hides what comes after it from the old key, in that exchange and in all others', () => {
  const log = createLog();
  const [before, login, other, late] = [newId(), newId(), newId(), newId()];
  log.append(set(before, A, 'before'), 0, A);
  log.append(set(login, A, 'in-login'), 0, A);
  log.append(operation('cycle-key', login, B, { from: A, to: B }), 0, A);
  log.append(set(login, B, 'logged-in'), 0, A);
  log.append(set(other, A, 'under-way'), 0, A);
  log.append(set(late, A, 'late'), 0, A);
  const keys = (viewer: Parameters<typeof readAll>[1]) =>
    readAll(log, viewer).flatMap((event) => (event.type === 'operation-recorded' ? [event.path?.[0] ?? '-'] : []));
  expect(keys(holderOf(A))).toEqual(['before', 'in-login']);
  expect(keys(witnessOf(login))).toEqual(['in-login', 'n', 'logged-in']);
  expect(keys(witnessOf(late))).toEqual(['late']);
});

test('an end that failed, a load that found nothing and a save change nothing', () => {
  const revocations = createRevocations();
  revocations.note(operation('flush', null, A, { outcome: 'error' }), 1);
  revocations.note(operation('save', null, A, { outcome: 'done' }), 2);
  expect(revocations.hides(A, null, 3)).toBe(false);
  revocations.note(operation('flush', null, A, { outcome: 'done' }), 4);
  revocations.note(operation('load', null, A, { outcome: 'missing' }), 5);
  expect(revocations.hides(A, null, 3)).toBe(false);
  expect(revocations.hides(A, null, 4)).toBe(true);
  expect(revocations.hides(A, null, 99)).toBe(true);
  expect(revocations.hides(B, null, 99)).toBe(false);
});

test('a key that comes back opens what happens from then on, and not what was hidden meanwhile', () => {
  const revocations = createRevocations();
  const login = newId();
  revocations.note(operation('cycle-key', login, B, { from: A, to: B }), 10);
  revocations.note(operation('load', null, A, { outcome: 'found' }), 20);
  expect([9, 10, 19, 20, 21].map((seq) => revocations.hides(A, null, seq))).toEqual([false, true, true, false, false]);
  // The exchange in which it was rotated is another session's to its end.
  expect(revocations.hides(A, login, 21)).toBe(true);
  for (let turn = 0; turn < 100; turn++) {
    revocations.note(operation('flush', null, A), 30 + 2 * turn);
    revocations.note(operation('load', null, A, { outcome: 'found' }), 31 + 2 * turn);
  }
  expect(revocations.hides(A, null, 15)).toBe(true);
  expect(revocations.hides(A, null, 228)).toBe(true);
  expect(revocations.hides(A, null, 229)).toBe(false);
});

test('a log that takes the place of another knows which keys open nothing, and which exchanges changed hands', () => {
  const [earlier, later] = [createRevocations(), createRevocations()];
  const [login, other] = [newId(), newId()];
  earlier.note(operation('cycle-key', login, B, { from: A, to: B }), 10);
  earlier.note(operation('flush', other, C, { from: C }), 11);
  earlier.note(operation('load', null, C, { outcome: 'found' }), 12);
  later.inherit(earlier, 5);
  expect([4, 5, 99].map((seq) => later.hides(A, null, seq))).toEqual([false, true, true]);
  expect(later.hides(B, login, 5)).toBe(true);
  // This one came back before.
  expect(later.hides(C, null, 99)).toBe(false);
  later.note(operation('load', null, A, { outcome: 'found' }), 20);
  expect([19, 20].map((seq) => later.hides(A, null, seq))).toEqual([true, false]);
});
