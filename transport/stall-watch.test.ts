import { afterEach, expect, test, vi } from 'vitest';
import { StallWatch } from './stall-watch.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a clock that was set forward and back again does not leave the page busy for as long as it was ahead', () => {
  // Only what time it is: the timers go on.
  vi.useFakeTimers({ toFake: ['Date'] });
  const from = Date.now();
  const stalls = new StallWatch();
  try {
    expect(stalls.wasBusy).toBe(false);
    vi.setSystemTime(from + 3_600_000);
    expect(stalls.wasBusy).toBe(true);
    vi.setSystemTime(from);
    expect(stalls.wasBusy).toBe(true);
    for (let passed = 500; passed < 2_500; passed += 500) {
      vi.setSystemTime(from + passed);
      expect([passed, stalls.wasBusy]).toEqual([passed, passed < 1_000]);
    }
  } finally {
    stalls.stop();
  }
});
