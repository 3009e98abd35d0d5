import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeenNumbers } from './seen-numbers.ts';

test('each number is new once, in whatever order they come', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 120 }), (numbers) => {
      const seen = new SeenNumbers();
      const known = new Set<number>();
      for (const number of numbers) {
        expect(seen.add(number)).toBe(!known.has(number));
        known.add(number);
      }
    }),
  );
});
