import { expect, test } from 'vitest';
import { HeldEvents, MAX_HELD } from './held-events.ts';
import { createRecording } from './recording.cases.ts';

test('what waits is bounded, and what was discarded to keep to the bound is one gap for each server', () => {
  const held = new HeldEvents();
  const [one, other] = [createRecording('epoch00001'), createRecording('epoch00002')];
  for (let turn = 0; turn < MAX_HELD; turn++) {
    held.add([one.background('touch')]);
    if (turn < 10) held.add([other.background('touch')]);
  }
  const before = held.count;
  for (let turn = 0; turn < MAX_HELD; turn++) held.add([one.background('touch')]);
  expect(before).toBe(MAX_HELD + 10);
  expect(held.count).toBeLessThan(MAX_HELD * 1.1);
  const all = held.take();
  const gaps = all.filter((event) => event.type === 'gap-opened');
  const kept = all.filter((event) => event.type !== 'gap-opened');
  expect(gaps).toMatchObject([
    { epoch: 'epoch00001', fromSeq: 1, cause: 'slow-reader' },
    { epoch: 'epoch00002', fromSeq: 1, seq: 10, count: 10 },
  ]);
  // Nothing is missing that no gap names.
  expect(gaps[0]!.seq + 1).toBe(kept[0]!.seq);
  expect(gaps[0]!.count + kept.length).toBe(MAX_HELD * 2);
  expect(held.count).toBe(0);
});
