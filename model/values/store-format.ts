/** What a store's format may make of a value: JSON's and its like, of which the panel knows no more than this. */
import { type EncodedValue, isTagged } from '../../protocol/index.ts';
import { sameness } from './compare.ts';
import { contentOf } from './known.ts';
import { isList, partsOf } from './parts.ts';

/** Whether `stored` may be what a format made of `memory`; `undefined`: nothing there. Never `false` where it may. */
export function mayBecome(memory: EncodedValue, stored: EncodedValue | undefined): boolean {
  const value = contentOf(memory);
  if (isTagged(value))
    switch (value.$) {
      case 'undefined':
      case 'function':
      case 'symbol':
        return stored === undefined || stored === null;
      case 'number':
        if (value.value === '-0' && stored !== undefined && isTagged(stored) && stored.$ === 'redacted') return true;
        return stored === null || stored === 0 || (stored !== undefined && sameness(memory, stored) !== 'different');
      case 'date':
        return stored === null || typeof stored === 'string';
      case 'object':
      case 'array':
      case 'text':
        break;
      default:
        return stored !== undefined;
    }
  if (stored === undefined) return false;
  const is = sameness(memory, stored);
  if (is !== 'different') return true;
  const [parts, others] = [partsOf(value), partsOf(contentOf(stored))];
  if (parts === undefined || others === undefined || isList(value) !== isList(contentOf(stored))) return false;
  const there = new Map(others);
  const here = new Map(parts);
  return parts.every(([step, part]) => mayBecome(part, there.get(step))) && others.every(([step]) => here.has(step));
}
