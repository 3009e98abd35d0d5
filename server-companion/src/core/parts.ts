import { type EncodedValue, isTagged, type KeyPath } from '../../../protocol/index.ts';

/** The part of an encoded value at `path`, by own keys and indices only; `undefined` where there is none. */
export function partAt(value: EncodedValue, path: KeyPath): EncodedValue | undefined {
  let part: EncodedValue | undefined = value;
  for (const step of path) {
    if (part === undefined || part === null || typeof part !== 'object') return undefined;
    if (Array.isArray(part)) part = typeof step === 'number' ? part[step] : undefined;
    else if (!isTagged(part)) part = Object.hasOwn(part, String(step)) ? part[String(step)] : undefined;
    else if (part.$ === 'object') part = part.entries.find(([key]) => key === step)?.[1];
    else if (part.$ === 'array' || part.$ === 'set') part = typeof step === 'number' ? part.items[step] : undefined;
    else if (part.$ === 'map') part = typeof step === 'number' ? part.entries[step]?.[1] : undefined;
    else return undefined;
  }
  return part;
}
