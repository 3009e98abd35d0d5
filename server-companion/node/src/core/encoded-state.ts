import { type EncodedValue, LIMITS } from '../../../../protocol/index.ts';
import { keyStep } from './key-step.ts';
import type { Digest, Encoded } from './encode.ts';
import { isKnownWhole } from './trim.ts';

/** A session's keys and values as one encoded object, which shares the values; cut and digested where there are too many. */
export function encodedState(entries: ReadonlyMap<string, Encoded>, digest: Digest): EncodedValue {
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
    listed.push([keyStep(key), value]);
  }
  if (listed.length === entries.size) return { $: 'object', entries: listed, size: entries.size };
  const all = [...entries].map(([key, { value }]): [string, EncodedValue] => [key, value]);
  const whole = all.every(([, value]) => isKnownWhole(value)) ? { digest: digest(JSON.stringify(all)) } : {};
  return { $: 'object', entries: listed, size: entries.size, ...whole };
}
