import { expect, test } from 'vitest';
import type { EncodedValue } from '../../protocol/index.ts';
import { mayBecome } from './store-format.ts';

const UNDEFINED: EncodedValue = { $: 'undefined' };
const MAP: EncodedValue = { $: 'map', entries: [[12, 1]], size: 1 };
const TUPLE: EncodedValue = { $: 'array', class: 'tuple', items: [1, 2], size: 2 };

test.each<[EncodedValue, EncodedValue | undefined, boolean]>([
  [UNDEFINED, undefined, true],
  [{ $: 'function', name: 'f' }, undefined, true],
  [UNDEFINED, 1, false],
  [{ $: 'number', value: 'NaN' }, null, true],
  [{ $: 'number', value: '-0' }, 0, true],
  [{ $: 'number', value: 'NaN' }, 'text', false],
  // JSON makes 0 of it, and a 0 under a secret's name is redacted.
  [{ $: 'number', value: '-0' }, { $: 'redacted', digest: '014759c91f9e', by: 'name' }, true],
  [{ $: 'number', value: 'NaN' }, { $: 'redacted', digest: '014759c91f9e', by: 'name' }, false],
  [{ $: 'date', iso: '2026-01-02T00:00:00Z' }, '2026-01-02T00:00:00Z', true],
  [{ $: 'date', iso: '2026-01-02T00:00:00Z' }, undefined, false],
  [MAP, {}, true],
  [MAP, { '12': 1 }, true],
  [MAP, undefined, false],
  [TUPLE, [1, 2], true],
  [TUPLE, [1, 3], false],
  [{ a: UNDEFINED, b: 1 }, { b: 1 }, true],
  [{ a: UNDEFINED, b: 1 }, { b: 2 }, false],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [1, 2, false],
  ['text', undefined, false],
])('%j may be stored as %j: %s', (memory, stored, may) => {
  expect(mayBecome(memory, stored)).toBe(may);
});
