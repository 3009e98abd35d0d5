import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Listed, OpenList } from './open-list.ts';

test('holds what a set would hold, whatever is added and deleted in which order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(20))), (steps) => {
      const items = Array.from({ length: 21 }, (): Listed => ({ listedAt: -1 }));
      const list = new OpenList<Listed>();
      const set = new Set<Listed>();
      for (const [isAdded, at] of steps) {
        const item = items[at]!;
        if (!isAdded) list.delete(item);
        else if (!set.has(item)) list.add(item);
        if (isAdded) set.add(item);
        else set.delete(item);
        expect(new Set(list)).toStrictEqual(set);
      }
    }),
  );
});
