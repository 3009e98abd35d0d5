import { type EncodedValue, LIMITS } from '../../../protocol/index.ts';
import type { Encoded } from './encode.ts';

/** A session's keys and values as one encoded object, which shares the values. */
export function encodedState(entries: ReadonlyMap<string, Encoded>): EncodedValue {
  const plain: Record<string, EncodedValue> = {};
  let isPlain = entries.size <= LIMITS.fetchedEntries;
  if (isPlain)
    for (const [key, { value }] of entries) {
      if (key === '$' || key === '__proto__' || key.length > LIMITS.nameLength) {
        isPlain = false;
        break;
      }
      plain[key] = value;
    }
  if (isPlain) return plain;
  const listed: [string, EncodedValue][] = [];
  for (const [key, { value }] of entries) {
    if (listed.length === LIMITS.fetchedEntries) break;
    listed.push([key.slice(0, LIMITS.nameLength), value]);
  }
  return { $: 'object', entries: listed, size: entries.size };
}
