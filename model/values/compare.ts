/**
 * Whether two encoded values are the same: *same*, *different*, or *unknown* where what would decide was not sent. Never
 * `same` for values that may differ, never `different` for values that may be the same.
 */
import { type EncodedValue, isTagged, type KeyPathStep, LIMITS, type TaggedValue } from '../../protocol/index.ts';
import { contentOf, cutOf, digestOf, fetchedOf, keyName, type NotCompared, typedKeyOf } from './known.ts';
import { isList, partsOf } from './parts.ts';

export type Sameness = 'same' | 'different' | 'unknown';

export interface Comparison {
  is: Sameness;
  /** Places that were not compared, the first few; none where `is` is `different` or `same`. */
  notCompared: readonly NotCompared[];
}

/** More places than this are not named: one is enough to say that something was not compared. */
const MAX_PLACES = 8;

const SAME: Comparison = { is: 'same', notCompared: [] };
const DIFFERENT: Comparison = { is: 'different', notCompared: [] };

/** `undefined`: not there, for sure. */
export function compare(a: EncodedValue | undefined, b: EncodedValue | undefined): Comparison {
  const places: NotCompared[] = [];
  const is = compareAt(a, b, [], places);
  return is === 'same' ? SAME : is === 'different' ? DIFFERENT : { is, notCompared: places };
}

/** As `compare`, without the places. */
export const sameness = (a: EncodedValue | undefined, b: EncodedValue | undefined): Sameness =>
  compareAt(a, b, [], undefined);

type Places = NotCompared[] | undefined;

function unknown(places: Places, path: readonly KeyPathStep[], place: Omit<NotCompared, 'path'>): 'unknown' {
  if (places !== undefined && places.length < MAX_PLACES) places.push({ path: [...path], ...place });
  return 'unknown';
}

function compareAt(
  a: EncodedValue | undefined,
  b: EncodedValue | undefined,
  path: KeyPathStep[],
  places: Places,
): Sameness {
  if (a === undefined || b === undefined) return a === b ? 'same' : 'different';
  if (typeof a !== 'object' && typeof b !== 'object') return a === b ? 'same' : 'different';
  const plainly = comparePlainly(a, b);
  if (plainly !== undefined) return plainly;
  const byDigest = compareDigests(a, b);
  if (byDigest !== undefined) return byDigest;
  return compareContents(contentOf(a), contentOf(b), path, places);
}

/**
 * The most of a session is plain JSON: compared as it stands, up to the first difference, with nothing made on the way.
 * `undefined`: something in it bears a tag, or a name that may have been cut, and needs the rules below.
 */
function comparePlainly(a: EncodedValue, b: EncodedValue): 'same' | 'different' | undefined {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    if (a === b) return 'same';
    return isTagged(a) || isTagged(b) ? undefined : 'different';
  }
  if (Array.isArray(a)) {
    if (!Array.isArray(b)) return isTagged(b) ? undefined : 'different';
    if (a.length !== b.length) return 'different';
    for (let index = 0; index < a.length; index++) {
      const own = comparePlainly(a[index]!, b[index]!);
      if (own !== 'same') return own;
    }
    return 'same';
  }
  if (Array.isArray(b)) return isTagged(a) ? undefined : 'different';
  if (isTagged(a) || isTagged(b)) return undefined;
  let left = 0;
  for (const name in a) {
    if (name.length >= LIMITS.nameLength) return undefined;
    left += 1;
  }
  for (const name in b) {
    if (name.length >= LIMITS.nameLength) return undefined;
    left -= 1;
  }
  if (left !== 0) return 'different';
  for (const name in a) {
    if (!Object.hasOwn(b, name)) return 'different';
    const own = comparePlainly(a[name]!, b[name]!);
    if (own !== 'same') return own;
  }
  return 'same';
}

/** What two digests of one family say; `undefined`: nothing. */
function compareDigests(a: EncodedValue, b: EncodedValue): Sameness | undefined {
  const [mine, other] = [digestOf(a), digestOf(b)];
  if (mine === undefined || other === undefined || mine.family !== other.family) return undefined;
  return mine.digest === other.digest ? 'same' : 'different';
}

function compareContents(a: EncodedValue, b: EncodedValue, path: KeyPathStep[], places: Places): Sameness {
  for (const [side, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!isTagged(side)) continue;
    if (side.$ === 'redacted')
      // What is empty or absent is never redacted.
      return isEmpty(other) ? 'different' : unknown(places, path, { why: 'redacted' });
    if (side.$ === 'cut') return compareCut(side, other, path, places);
  }
  if (kindOf(a) !== kindOf(b)) return 'different';
  const [textA, textB] = [textOf(a), textOf(b)];
  if (textA !== undefined && textB !== undefined) return compareTexts(textA, textB, path, places);
  if (isContainer(a) && isContainer(b)) return compareContainers(a, b, path, places);
  if (isTagged(a) && isTagged(b)) return compareLeaves(a, b, path, places);
  return a === b ? 'same' : 'different';
}

const isEmpty = (value: EncodedValue) =>
  value === null ||
  value === '' ||
  (isTagged(value) && (value.$ === 'undefined' || value.$ === 'function' || value.$ === 'number'));

/** Kind and class: what is not of one kind is not the same, whatever is in it. */
function kindOf(value: EncodedValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array ';
  if (typeof value !== 'object') return typeof value === 'string' ? 'text' : typeof value;
  if (!isTagged(value)) return 'object ';
  if (value.$ === 'object' || value.$ === 'array') return `${value.$} ${value.class ?? ''}`;
  return value.$;
}

const isContainer = (value: EncodedValue): boolean =>
  Array.isArray(value) ||
  (value !== null &&
    typeof value === 'object' &&
    (!isTagged(value) || value.$ === 'object' || value.$ === 'array' || value.$ === 'map' || value.$ === 'set'));

type Cut = Extract<TaggedValue, { $: 'cut' }>;

function compareCut(cut: Cut, other: EncodedValue, path: KeyPathStep[], places: Places): Sameness {
  const place = { why: 'cut', given: 0, ...(cut.size === undefined ? {} : { size: cut.size }) } as const;
  if (isTagged(other) && other.$ === 'redacted') return unknown(places, path, place);
  const kind = isTagged(other) && other.$ === 'cut' ? other.kind : (kindOf(other).split(' ')[0] ?? '');
  const isKnownKind = cut.kind !== 'other' && kind !== 'other';
  if (isKnownKind && kind !== cut.kind) return 'different';
  const size = sizeIn(other);
  if (isKnownKind && cut.size !== undefined && size !== undefined && size !== cut.size) return 'different';
  return unknown(places, path, place);
}

/** Parts, or a text's length; `undefined`: not known. */
function sizeIn(value: EncodedValue): number | undefined {
  if (isTagged(value)) {
    if (value.$ === 'text') return value.length;
    return 'size' in value ? value.size : undefined;
  }
  return typeof value === 'string' ? value.length : partsOf(value)?.length;
}

type Text = { head: string; tail: string; length: number; isWhole: boolean };

function textOf(value: EncodedValue): Text | undefined {
  if (typeof value === 'string') return { head: value, tail: value, length: value.length, isWhole: true };
  if (!isTagged(value) || value.$ !== 'text') return undefined;
  return { head: value.head, tail: value.tail, length: value.length, isWhole: false };
}

function compareTexts(a: Text, b: Text, path: KeyPathStep[], places: Places): Sameness {
  if (a.length !== b.length) return 'different';
  if (a.isWhole && b.isWhole) return a.head === b.head ? 'same' : 'different';
  const startsAlike = a.head.startsWith(b.head) || b.head.startsWith(a.head);
  const endsAlike = a.tail.endsWith(b.tail) || b.tail.endsWith(a.tail);
  return startsAlike && endsAlike ? unknown(places, path, { why: 'cut' }) : 'different';
}

/** A name this long may have been cut: two keys may stand behind it. */
const isCutName = (name: string) => name.length >= LIMITS.nameLength;

function compareContainers(a: EncodedValue, b: EncodedValue, path: KeyPathStep[], places: Places): Sameness {
  if (sizeIn(a) !== sizeIn(b)) return 'different';
  const [cutA, cutB] = [cutOf(a), cutOf(b)];
  let is: Sameness = isTagged(a) && a.$ === 'set' ? compareSets(a, b) : compareParts(a, b, path, places);
  if (is === 'different') return is;
  const cut = cutA ?? cutB;
  if (cut !== undefined)
    is = unknown(places, path, {
      why: 'cut',
      given: Math.min(cutA?.given ?? Infinity, cutB?.given ?? Infinity),
      ...(cut.size === undefined ? {} : { size: cut.size }),
    });
  else if (is === 'unknown' && isTagged(a) && a.$ === 'set') unknown(places, path, { why: 'unreadable' });
  return is;
}

function compareParts(a: EncodedValue, b: EncodedValue, path: KeyPathStep[], places: Places): Sameness {
  const isByPlace = isList(a);
  const others = new Map(namedParts(b).map((part) => [part.name, part]));
  const isPartial = cutOf(b) !== undefined;
  let is: Sameness = 'same';
  const seen = new Set<string>();
  for (const part of namedParts(a)) {
    const other = others.get(part.name);
    path.push(part.step);
    let own: Sameness;
    if (seen.has(part.name)) own = unknown(places, path, { why: 'unreadable' });
    else if (other === undefined)
      // What its container was cut for is said of the container.
      own = isPartial || isByPlace || isCutName(part.text) ? 'unknown' : 'different';
    else if (part.isTyped !== other.isTyped) own = 'different';
    else own = compareAt(part.value, other.value, path, places);
    if (own === 'same' && isCutName(part.text)) own = unknown(places, path, { why: 'cut' });
    path.pop();
    seen.add(part.name);
    if (own === 'different') return own;
    if (own === 'unknown') is = own;
  }
  // Sizes are equal: where all of both is given, as many names in `a` as in `b` are the same names.
  return is;
}

interface NamedPart {
  /** What distinguishes it from the others of its container. */
  name: string;
  /** A key's text; of a list, empty. */
  text: string;
  step: KeyPathStep;
  value: EncodedValue;
  /** The key is not a text on the server. */
  isTyped: boolean;
}

/** Parts by what names them: a list's by place, a map's by key. */
export function namedParts(value: EncodedValue): NamedPart[] {
  const content = contentOf(value);
  if (isTagged(content) && content.$ === 'map')
    return content.entries.map(([key, part], step) => ({
      name: JSON.stringify(key),
      text: keyName(key),
      step,
      value: part,
      isTyped: typeof key !== 'string',
    }));
  const isPlaced = isList(content);
  return (partsOf(content) ?? []).map(([step, part]) => ({
    name: String(step),
    text: isPlaced ? '' : String(step),
    step,
    value: part,
    isTyped: typedKeyOf(content, String(step)) !== undefined,
  }));
}

/** Sets have no order: the same items, however they stand. */
function compareSets(a: EncodedValue, b: EncodedValue): Sameness {
  const itemsOf = (set: EncodedValue) => (partsOf(set) ?? []).map(([, item]) => item);
  const [mine, others] = [itemsOf(a), itemsOf(b)];
  // An item that can't be compared with itself can't be found among others.
  if (cutOf(a) ?? cutOf(b) ?? (sameness(mine, mine) !== 'same' || sameness(others, others) !== 'same'))
    return 'unknown';
  const texts = (items: EncodedValue[]) => items.map((item) => JSON.stringify(item)).sort();
  const [textsA, textsB] = [texts(mine), texts(others)];
  return textsA.every((text, index) => text === textsB[index]) ? 'same' : 'different';
}

/** Bytes that a digest of binary data covers. */
const DIGESTED_BYTES = 1_048_576;

function compareLeaves(a: TaggedValue, b: TaggedValue, path: KeyPathStep[], places: Places): Sameness {
  const decide = (isSame: boolean): Sameness => (isSame ? 'same' : 'different');
  const unreadable = () => unknown(places, path, { why: 'unreadable' });
  if (a.$ === 'bytes' && b.$ === 'bytes') {
    if (a.class !== b.class || a.length !== b.length || a.head !== b.head) return 'different';
    if (a.length <= LIMITS.binaryHead) return 'same';
    if (a.digest === undefined || b.digest === undefined) return unknown(places, path, { why: 'cut' });
    if (a.digest !== b.digest) return 'different';
    return a.length <= DIGESTED_BYTES ? 'same' : unknown(places, path, { why: 'cut' });
  }
  if (a.$ === 'opaque' && b.$ === 'opaque') {
    if (a.class !== b.class) return 'different';
    return a.text === undefined || b.text === undefined ? unreadable() : decide(a.text === b.text);
  }
  if (a.$ === 'function' && b.$ === 'function') return a.name === b.name ? unreadable() : 'different';
  if (a.$ === 'symbol' && b.$ === 'symbol') return a.description === b.description ? unreadable() : 'different';
  if (a.$ === 'accessor' || a.$ === 'same') return unreadable();
  return decide(JSON.stringify(a) === JSON.stringify(b));
}

/** What a store's format may change, or what nobody can say of: a value in memory that a record may not hold as it is. */
export function survivesAnyFormat(value: EncodedValue): boolean {
  const content = contentOf(value);
  if (isTagged(value) && fetchedOf(value) === undefined && value.$ === 'redacted') return value.by === 'shape';
  if (content === null || typeof content !== 'object') return true;
  if (isTagged(content)) return content.$ === 'text';
  return (partsOf(content) ?? []).every(([, part]) => survivesAnyFormat(part));
}
