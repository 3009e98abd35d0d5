/** An encoded value as named parts: what a tree, a diff and a path walk over, whatever tag it has. */
import {
  type EncodedObject,
  type EncodedValue,
  isTagged,
  type KeyPath,
  type KeyPathStep,
  type TaggedValue,
} from '../../protocol/index.ts';
import { contentOf, cutOf, fetchedOf, isKept, keyName } from './known.ts';

export type Part = readonly [step: KeyPathStep, value: EncodedValue];

/** The parts of a container, in order, as far as they were given; `undefined` for a value that has none. */
export function partsOf(value: EncodedValue): Part[] | undefined {
  const content = contentOf(value);
  if (content === null || typeof content !== 'object') return undefined;
  if (Array.isArray(content)) return content.map((item, index) => [index, item] as const);
  if (!isTagged(content)) return Object.entries(content);
  if (content.$ === 'object') return content.entries;
  if (content.$ === 'array' || content.$ === 'set') return content.items.map((item, index) => [index, item] as const);
  // A map's keys may be any values: on the wire its parts are named by place.
  if (content.$ === 'map') return content.entries.map(([, item], index) => [index, item] as const);
  return undefined;
}

/** What a part is called: a map's by its key, a text key in quotes. */
export function partName(container: EncodedValue | undefined, step: KeyPathStep): string {
  const content = container === undefined ? undefined : contentOf(container);
  if (content !== undefined && isTagged(content) && content.$ === 'map') {
    const key = content.entries[Number(step)]?.[0];
    if (key !== undefined) return typeof key === 'string' ? JSON.stringify(key) : keyName(key);
  }
  return String(step);
}

/** How many parts a container has on the server, those that were not sent included; 0 for a value that has none. */
export function sizeOf(value: EncodedValue): number {
  const content = contentOf(value);
  if (isTagged(content) && 'size' in content) return content.size ?? 0;
  return partsOf(content)?.length ?? 0;
}

/** Whether its parts are named by position, not by key. */
export const isList = (value: EncodedValue): boolean => {
  const content = contentOf(value);
  return Array.isArray(content) || (isTagged(content) && (content.$ === 'array' || content.$ === 'set'));
};

/** Whether the rest of it can be asked for: not all was sent, and nothing was fetched yet. */
export const isLoadable = (value: EncodedValue): boolean =>
  isTagged(value) &&
  value.$ !== 'redacted' &&
  fetchedOf(value) === undefined &&
  (value.$ === 'text' || cutOf(value) !== undefined);

/** The same container with other parts. `value` must have parts; a digest that it had is no longer its own. */
export function withParts(value: EncodedValue, parts: readonly Part[]): EncodedValue {
  const content = contentOf(value);
  if (Array.isArray(content)) return parts.map(([, item]) => item);
  if (isTagged(content)) {
    const { digest: _of, ...own } = content as TaggedValue & { digest?: string };
    if (own.$ === 'object') {
      const entries = parts.map(([step, item]): [string, EncodedValue] => [String(step), item]);
      return { ...own, entries, size: own.size - own.entries.length + entries.length };
    }
    if (own.$ === 'array' || own.$ === 'set') {
      const items = parts.map(([, item]) => item);
      return { ...own, items, size: own.size - own.items.length + items.length };
    }
    if (own.$ === 'map') {
      const entries = parts.map(([step, item]): [EncodedValue, EncodedValue] => [
        own.entries[Number(step)]?.[0] ?? step,
        item,
      ]);
      return { ...own, entries, size: own.size - own.entries.length + entries.length };
    }
    return content;
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

/** Whether a part that is not among those given may be there anyway: not all were sent, or none is known. */
export function mayHold(value: EncodedValue | undefined, path: KeyPath): boolean {
  let part = value;
  for (const step of path) {
    if (part === undefined) return false;
    const found = partsOf(part)?.find(([own]) => own === step);
    if (found === undefined) return isKept(part) || cutOf(part) !== undefined;
    [, part] = found;
  }
  return true;
}

/**
 * `value` with the part at `path` put, or taken out where `part` is absent. What the path leads through and is not
 * there is made; where it leads through a value that has no parts, nothing changes. Of a container that was cut, a part
 * that was not given is put or taken out by name where it has one; what is left is as unknown as it was.
 * `wasThere`: the part replaces another.
 */
export function withPart(
  value: EncodedValue,
  path: KeyPath,
  part: EncodedValue | undefined,
  wasThere = false,
): EncodedValue {
  const [step, ...rest] = path;
  if (step === undefined) return part ?? value;
  const parts = partsOf(value);
  // A change inside what is kept or was cut away: its digest is no longer the value's.
  if (parts === undefined) return withoutDigest(value);
  const at = parts.findIndex(([own]) => own === step);
  const cut = cutOf(value);
  if (at < 0 && cut !== undefined && rest.length > 0) return withoutDigest(value);
  // Behind what was given of a list: what is there is as unknown as it was, and how long it is now is known.
  if (at < 0 && cut !== undefined && isList(value)) return withLength(value, Number(step), part !== undefined);
  if (rest.length === 0 && part === undefined) {
    if (at >= 0) return withParts(value, parts.toSpliced(at, 1));
    return cut === undefined ? value : resized(value, -1);
  }
  const before = at < 0 ? undefined : parts[at]![1];
  const after =
    rest.length === 0 ? part! : withPart(before ?? (typeof rest[0] === 'number' ? [] : {}), rest, part, wasThere);
  const changed = withParts(value, at < 0 ? [...parts, [step, after]] : parts.with(at, [step, after]));
  return at < 0 && cut !== undefined && wasThere ? resized(changed, -1) : changed;
}

/** A list that was cut, once an item at `index` was put there or taken away. */
function withLength(value: EncodedValue, index: number, isPut: boolean): EncodedValue {
  const content = withoutDigest(contentOf(value));
  if (!isTagged(content) || content.$ !== 'array') return content;
  return { ...content, size: isPut ? Math.max(content.size, index + 1) : Math.min(content.size, index) };
}

const resized = (value: EncodedValue, by: number): EncodedValue => {
  const content = withoutDigest(contentOf(value));
  return isTagged(content) && 'size' in content && content.size !== undefined
    ? ({ ...content, size: Math.max(0, content.size + by) } as EncodedValue)
    : content;
};

/** The same, of which it is not known any more what it holds where it was not given. */
function withoutDigest(value: EncodedValue): EncodedValue {
  if (!isTagged(value)) return value;
  if (value.$ === 'redacted') return { $: 'cut', kind: 'other', why: 'bytes' };
  const { digest: _of, fetched: _with, ...own } = value as TaggedValue & { digest?: string; fetched?: EncodedValue };
  return (own.$ === 'text' ? { $: 'cut', kind: 'text', why: 'bytes' } : own) as EncodedValue;
}

/** The value at a path; `undefined`: not there, for sure. `unknown`: it may be there, and was not sent. */
export function valueAt(content: EncodedValue | undefined, path: KeyPath): EncodedValue | undefined | 'unknown' {
  if (content === undefined) return 'unknown';
  const value = partAt(content, path);
  return value === undefined && mayHold(content, path) ? 'unknown' : value;
}
