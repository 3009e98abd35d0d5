/** An encoded value as named parts: what a tree, a diff and a path walk over, whatever tag it has. */
import { type EncodedObject, type EncodedValue, isTagged, type KeyPath, type KeyPathStep } from '../protocol/index.ts';

export type Part = readonly [step: KeyPathStep, value: EncodedValue];

/** The parts of a container, in order; `undefined` for a value that has none. */
export function partsOf(value: EncodedValue): Part[] | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return value.map((item, index) => [index, item] as const);
  if (!isTagged(value)) return Object.entries(value);
  if (value.$ === 'object') return value.entries;
  if (value.$ === 'array' || value.$ === 'set') return value.items.map((item, index) => [index, item] as const);
  if (value.$ === 'map')
    return value.entries.map(([key, item], index) => [typeof key === 'string' ? key : index, item] as const);
  return undefined;
}

/** How many parts a container has on the server, those that were not sent included; 0 for a value that has none. */
export function sizeOf(value: EncodedValue): number {
  if (isTagged(value) && 'size' in value) return value.size ?? 0;
  return partsOf(value)?.length ?? 0;
}

/** Whether its parts are told by place, not by name. */
export const isList = (value: EncodedValue): boolean =>
  Array.isArray(value) || (isTagged(value) && (value.$ === 'array' || value.$ === 'set'));

/** The same container with other parts. `value` must have parts. */
export function withParts(value: EncodedValue, parts: readonly Part[]): EncodedValue {
  if (Array.isArray(value)) return parts.map(([, item]) => item);
  if (isTagged(value)) {
    if (value.$ === 'object') {
      const entries = parts.map(([step, item]): [string, EncodedValue] => [String(step), item]);
      return { ...value, entries, size: value.size - value.entries.length + entries.length };
    }
    if (value.$ === 'array' || value.$ === 'set') {
      const items = parts.map(([, item]) => item);
      return { ...value, items, size: value.size - value.items.length + items.length };
    }
    return value;
  }
  return objectOf(parts.map(([step, item]) => [String(step), item]));
}

/** A plain encoded object, or a tagged one where a key would be mistaken. */
export function objectOf(entries: [string, EncodedValue][]): EncodedValue {
  if (entries.some(([key]) => key === '$' || key === '__proto__'))
    return { $: 'object', entries, size: entries.length };
  return Object.fromEntries(entries) as EncodedObject;
}

export const partAt = (value: EncodedValue | undefined, path: KeyPath): EncodedValue | undefined => {
  let part = value;
  for (const step of path) {
    if (part === undefined) return undefined;
    part = partsOf(part)?.find(([own]) => own === step)?.[1];
  }
  return part;
};

/**
 * `value` with the part at `path` put, or taken out where `part` is absent. What the path leads through and is not
 * there is made; where it leads through a value that has no parts, nothing changes.
 */
export function withPart(value: EncodedValue, path: KeyPath, part: EncodedValue | undefined): EncodedValue {
  const [step, ...rest] = path;
  if (step === undefined) return part ?? value;
  const parts = partsOf(value);
  if (parts === undefined) return value;
  const at = parts.findIndex(([own]) => own === step);
  if (rest.length === 0 && part === undefined) return at < 0 ? value : withParts(value, parts.toSpliced(at, 1));
  const before = at < 0 ? undefined : parts[at]![1];
  const after = rest.length === 0 ? part! : withPart(before ?? (typeof rest[0] === 'number' ? [] : {}), rest, part);
  return withParts(value, at < 0 ? [...parts, [step, after]] : parts.with(at, [step, after]));
}
