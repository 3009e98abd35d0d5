/**
 * What an encoded value is besides its content: whole, cut here, kept on the server, fetched later. A value that was
 * fetched stays where it was cut or redacted, digest and all, with its content beside it: so it still compares by its
 * digest with a value of which nothing was fetched.
 */
import { type EncodedValue, isTagged, type KeyPath, type TaggedValue } from '../../protocol/index.ts';

/** A value with what was fetched of it. */
type Fetched = TaggedValue & { fetched: EncodedValue };

/** What was fetched later of a value that was cut or redacted; `undefined`: nothing. */
export const fetchedOf = (value: EncodedValue): EncodedValue | undefined =>
  isTagged(value) && 'fetched' in value ? (value as Fetched).fetched : undefined;

/** The content, as far as it is known: what was fetched where something was, else the value itself. */
export const contentOf = (value: EncodedValue): EncodedValue => fetchedOf(value) ?? value;

/** The same value, with its content beside it. */
export const withFetched = (value: TaggedValue, fetched: EncodedValue): EncodedValue =>
  ({ ...value, fetched }) as EncodedValue;

/** How many parts were given, and how many there are; `undefined` for a value that is whole, or has no parts. */
export function cutOf(value: EncodedValue): { given: number; size: number | undefined } | undefined {
  const content = contentOf(value);
  if (!isTagged(content)) return undefined;
  if (content.$ === 'cut') return { given: 0, size: content.size };
  const parts =
    content.$ === 'object' || content.$ === 'map'
      ? content.entries
      : content.$ === 'array' || content.$ === 'set'
        ? content.items
        : undefined;
  return parts === undefined || !('size' in content) || parts.length >= content.size!
    ? undefined
    : { given: parts.length, size: content.size };
}

/** The server kept it, and nothing was fetched of it. */
export const isKept = (value: EncodedValue | undefined): boolean =>
  value !== undefined && isTagged(value) && value.$ === 'redacted' && fetchedOf(value) === undefined;

/** Encoded as *not there*: a side of an inferred change, or JavaScript's `undefined`. */
export const isUndefined = (value: EncodedValue | undefined): boolean =>
  value === undefined || (isTagged(value) && value.$ === 'undefined');

/** Which digests may be compared with each other: each is over another text. */
type DigestFamily = 'text' | 'redacted' | 'container';

/** The keyed hash of a value that was cut or redacted, with the family that it belongs to. */
export function digestOf(value: EncodedValue): { family: DigestFamily; digest: string } | undefined {
  if (!isTagged(value) || !('digest' in value) || value.digest === undefined) return undefined;
  const { digest } = value;
  switch (value.$) {
    case 'redacted':
      return { family: 'redacted', digest };
    case 'text':
      return { family: 'text', digest };
    case 'cut':
      return { family: value.kind === 'text' ? 'text' : 'container', digest };
    case 'object':
    case 'array':
    case 'map':
    case 'set':
      return { family: 'container', digest };
    default:
      return undefined;
  }
}

/** Names a digest among all. */
export const digestKey = (value: EncodedValue): string | undefined => {
  const known = digestOf(value);
  return known && `${known.family}:${known.digest}`;
};

/** Names of top-level keys that are no texts on the server, of a session that came as a map. */
type NamedMap = Extract<TaggedValue, { $: 'object' }> & { keysOf: Readonly<Record<string, EncodedValue>> };

/** The key behind a name, where it is not that text: `12` for `"12"`. */
export const typedKeyOf = (value: EncodedValue | undefined, name: string): EncodedValue | undefined =>
  value !== undefined && isTagged(value) && 'keysOf' in value && Object.hasOwn((value as NamedMap).keysOf, name)
    ? (value as NamedMap).keysOf[name]
    : undefined;

/** Whether a session's content came as a map, whose parts are asked for by place. */
export const cameAsMap = (value: EncodedValue): boolean => isTagged(value) && 'keysOf' in value;

/**
 * A whole session, its top-level keys as names: a dict with integer keys comes as a map, and its keys are named as text,
 * as every operation on them is.
 */
export function namedSession(value: EncodedValue): EncodedValue {
  if (!isTagged(value) || value.$ !== 'map') return value;
  const keysOf: Record<string, EncodedValue> = Object.create(null) as Record<string, EncodedValue>;
  const texts = new Set(value.entries.flatMap(([key]) => (typeof key === 'string' ? [key] : [])));
  const entries = value.entries.map(([key, part]): [string, EncodedValue] => {
    if (typeof key === 'string') return [key, part];
    const plain = keyName(key);
    // Both 12 and "12" are there: the number is distinguished by its brackets.
    const name = texts.has(plain) ? `[${plain}]` : plain;
    keysOf[name] = key;
    return [name, part];
  });
  const { size, digest } = value;
  return {
    $: 'object',
    entries,
    size,
    ...(digest === undefined ? {} : { digest }),
    keysOf,
  } as NamedMap;
}

/** A map's key as a name: a text as it is, anything else as it reads. */
export function keyName(key: EncodedValue): string {
  if (typeof key === 'string') return key;
  if (key === null || typeof key !== 'object') return String(key);
  if (Array.isArray(key)) return `(${key.map(keyName).join(', ')})`;
  if (!isTagged(key)) return JSON.stringify(key);
  switch (key.$) {
    case 'date':
      return key.iso ?? 'invalid date';
    case 'bigint':
      return key.digits;
    case 'number':
      return key.value;
    case 'text':
      return `${key.head}…`;
    case 'opaque':
      return key.text ?? key.class;
    case 'array':
      return `(${key.items.map(keyName).join(', ')})`;
    default:
      return key.$;
  }
}

/** Where two values could not be compared, and why. */
export interface NotCompared {
  path: KeyPath;
  /** `cut`: not all was sent. `redacted`: one side is kept on the server. `unreadable`: no content can be read. */
  why: 'cut' | 'redacted' | 'unreadable';
  /** With `cut`: how many parts were sent, of how many. */
  given?: number;
  size?: number;
}

/** The same content, with the name of a key that is not a string on the server. */
export function withTypedKey(value: EncodedValue, name: string, key: EncodedValue): EncodedValue {
  if (typedKeyOf(value, name) !== undefined) return value;
  const content = contentOf(value);
  const isObject = isTagged(content) && content.$ === 'object';
  if (content === null || typeof content !== 'object' || Array.isArray(content) || (isTagged(content) && !isObject))
    return value;
  const entries = isObject ? content.entries : Object.entries(content as Record<string, EncodedValue>);
  const known = 'keysOf' in content ? (content as NamedMap).keysOf : {};
  const base = isObject ? content : ({ $: 'object', entries, size: entries.length } as const);
  return { ...base, entries, keysOf: { ...known, [name]: key } } as NamedMap;
}
