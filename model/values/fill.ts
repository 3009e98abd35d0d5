/** Puts what was fetched later beside every value that was cut or redacted and has the same digest. */
import { type EncodedValue, isTagged, type KeyPath, type TaggedValue } from '../../protocol/index.ts';
import { digestKey, fetchedOf, withFetched } from './known.ts';
import { partsOf } from './parts.ts';

/** Fetched contents, by `digestKey`. */
export type Contents = ReadonlyMap<string, EncodedValue>;

/** `value` with each content that is known of a part of it; the same one where there is none. */
export function fill(value: EncodedValue, contents: Contents): EncodedValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return mapSame(value, (item) => fill(item, contents));
  if (!isTagged(value)) {
    let changed: Record<string, EncodedValue> | undefined;
    for (const [key, part] of Object.entries(value)) {
      const after = fill(part, contents);
      if (after !== part) (changed ??= { ...value })[key] = after;
    }
    return changed ?? value;
  }
  const key = digestKey(value);
  const content = key === undefined || fetchedOf(value) !== undefined ? undefined : contents.get(key);
  if (content !== undefined) return withFetched(value, content);
  return fillTagged(value, contents);
}

function fillTagged(value: TaggedValue, contents: Contents): EncodedValue {
  if (value.$ === 'object') {
    const entries = mapSame(value.entries, (entry): [string, EncodedValue] => {
      const part = fill(entry[1], contents);
      return part === entry[1] ? entry : [entry[0], part];
    });
    return entries === value.entries ? value : { ...value, entries };
  }
  if (value.$ === 'map') {
    const entries = mapSame(value.entries, (entry): [EncodedValue, EncodedValue] => {
      const part = fill(entry[1], contents);
      return part === entry[1] ? entry : [entry[0], part];
    });
    return entries === value.entries ? value : { ...value, entries };
  }
  if (value.$ === 'array' || value.$ === 'set') {
    const items = mapSame(value.items, (item) => fill(item, contents));
    return items === value.items ? value : { ...value, items };
  }
  return value;
}

function mapSame<T>(list: T[], change: (item: T) => T): T[] {
  let changed: T[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const before = list[index]!;
    const after = change(before);
    if (after !== before) (changed ??= [...list])[index] = after;
  }
  return changed ?? list;
}

/** `value` with the content of one part beside it, where that part has no digest to know it by. */
export function fillAt(value: EncodedValue, path: KeyPath, content: EncodedValue): EncodedValue {
  const [step, ...rest] = path;
  if (step === undefined) return isTagged(value) ? withFetched(value, content) : content;
  const fetched = fetchedOf(value);
  if (fetched !== undefined) return withFetched(value as TaggedValue, fillAt(fetched, path, content));
  const change = (part: EncodedValue, own: string | number) => (own === step ? fillAt(part, rest, content) : part);
  if (Array.isArray(value)) return value.map((item, index) => change(item, index));
  if (value === null || typeof value !== 'object') return value;
  if (!isTagged(value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part, key)]));
  if (partsOf(value) === undefined) return value;
  if (value.$ === 'object')
    return { ...value, entries: value.entries.map(([key, part]): [string, EncodedValue] => [key, change(part, key)]) };
  if (value.$ === 'map')
    return {
      ...value,
      entries: value.entries.map(([key, part], index): [EncodedValue, EncodedValue] => [key, change(part, index)]),
    };
  if (value.$ === 'array' || value.$ === 'set')
    return { ...value, items: value.items.map((item, index) => change(item, index)) };
  return value;
}
