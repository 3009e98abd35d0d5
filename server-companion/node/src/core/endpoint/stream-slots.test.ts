import { expect, test } from 'vitest';
import { A, B, createLog, everything, holderOf, newId, set, witnessOf } from '../event-log.cases.ts';
import { createStreamSlots } from './stream-slots.ts';

/** A log in which something happened to A, and nothing to anybody else. */
function newSlots() {
  const log = createLog();
  log.append(set(newId(), A), 0, A);
  return createStreamSlots(log);
}

const invented = () => witnessOf(newId());

test('sixteen at once: who proves no more than they do is refused', () => {
  for (const viewer of [everything, holderOf(A), invented()]) {
    const slots = newSlots();
    const taken = Array.from({ length: 16 }, () => slots.take(viewer));
    expect(() => slots.take(viewer)).toThrow('16 streams are open.');
    taken[3]!.leave();
    expect(slots.take(viewer).isEvicted).toBe(false);
    expect(taken.every(({ isEvicted }) => !isEvicted)).toBe(true);
  }
});

test('proofs that may be invented give up their slots first, the oldest of them', () => {
  const slots = newSlots();
  const known = slots.take(holderOf(A));
  const strangers = [...Array.from({ length: 14 }, () => slots.take(invented())), slots.take(holderOf(B))];
  const paired = slots.take(everything);
  expect(paired.isEvicted).toBe(false);
  expect(strangers.map(({ isEvicted }) => isEvicted)).toEqual([true, ...Array.from({ length: 14 }, () => false)]);
  slots.take(holderOf(A));
  expect(strangers.slice(0, 3).map(({ isEvicted }) => isEvicted)).toEqual([true, true, false]);
  expect(known.isEvicted).toBe(false);
});

test('who is paired takes the slot of a holder, and a holder not that of who is paired', () => {
  const slots = newSlots();
  const holders = Array.from({ length: 16 }, () => slots.take(holderOf(A)));
  slots.take(everything);
  expect(holders.filter(({ isEvicted }) => isEvicted)).toHaveLength(1);
  const full = newSlots();
  for (let taken = 0; taken < 16; taken++) full.take(everything);
  expect(() => full.take(holderOf(A))).toThrow('16 streams are open.');
});

test('a session of which something happens later is known then', () => {
  const log = createLog();
  const slots = createStreamSlots(log);
  const early = slots.take(holderOf(A));
  for (let taken = 0; taken < 15; taken++) slots.take(invented());
  log.append(set(newId(), A), 0, A);
  slots.take(everything);
  expect(early.isEvicted).toBe(false);
});
