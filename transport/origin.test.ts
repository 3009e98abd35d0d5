import { expect, test } from 'vitest';
import { readFixtures } from '../protocol/fixture-notation.cases.ts';
import type { Discovery } from '../protocol/index.ts';
import { isLoopbackOrigin } from './origin.ts';

interface Accepted {
  name: string;
  items: Discovery[];
  isLoopback: boolean;
}

test.each(readFixtures<{ accepted: Accepted[] }>('discovery').accepted)(
  'knows whether an accepted header points at this machine: $name',
  ({ items, isLoopback }) => {
    for (const { at } of items) expect(at !== undefined && isLoopbackOrigin(at)).toBe(isLoopback);
  },
);
