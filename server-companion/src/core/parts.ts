import { type EncodedValue, isTagged, type KeyPath, type KeyPathStep } from '../../../protocol/index.ts';

/** As `path`, with the text keys of the maps on the way in place of their entries' indices. */
export function namesOn(value: EncodedValue, path: KeyPath): KeyPathStep[] {
  let part: EncodedValue | undefined = value;
  return path.map((step) => {
    const whole: EncodedValue | undefined = part;
    part = whole === undefined ? undefined : partAt(whole, [step]);
    if (whole === undefined || whole === null || typeof whole !== 'object' || Array.isArray(whole)) return step;
    const key = isTagged(whole) && whole.$ === 'map' ? whole.entries[Number(step)]?.[0] : undefined;
    return typeof key === 'string' ? key : step;
  });
}

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
