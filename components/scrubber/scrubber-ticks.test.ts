import { expect, test } from 'vitest';
import { ticksOf } from './scrubber-ticks.ts';

const START = new Date(2026, 10, 23, 14, 2, 0, 300).getTime();

test.each([
  [4_000, ['14:02:01', ':02', ':03']],
  [50_000, ['14:02:10', ':20', ':30', ':40']],
  [20 * 60_000, ['14:05', ':10', ':15', ':20']],
  [9 * 3_600_000, ['16:00', '18:00', '20:00', '22:00']],
])('a recording of %d ms', (spanMs, labels) => {
  expect(ticksOf(START, spanMs).map(({ label }) => label)).toEqual(labels);
});

test('never more than fit, and none where nothing is recorded', () => {
  for (let spanMs = 1_000; spanMs < 1e10; spanMs *= 1.7) expect(ticksOf(START, spanMs).length).toBeLessThanOrEqual(6);
  expect(ticksOf(0, 1_000)).toEqual([]);
});
