/**
 * Which item of one list is which of another: the same in its place among the others, the same elsewhere (it moved), or
 * alike (it changed). Most lists differ in one place: what is the same before and behind it needs no search.
 */
import { type EncodedValue, isTagged } from '../../protocol/index.ts';
import { sameness } from './compare.ts';
import { isList, partsOf } from './parts.ts';

export interface ListMatch {
  /** For each index of `after` that has one: the index of `before` that it comes from. */
  origin: ReadonlyMap<number, number>;
  /** Indexes of `before` that kept their order among each other. */
  stayed: ReadonlySet<number>;
  /** How many items are the same at both ends: they need not be compared again. */
  head: number;
  tail: number;
}

/** `byPlace`: what is left over is matched with what stands at its place. */
export function matchLists(
  before: readonly EncodedValue[],
  after: readonly EncodedValue[],
  byPlace: boolean,
): ListMatch {
  const origin = new Map<number, number>();
  const taken = new Set<number>();
  const match = (from: number, to: number) => {
    origin.set(to, from);
    taken.add(from);
  };
  const isSame = (from: number, to: number) => sameness(before[from], after[to]) === 'same';

  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isSame(head, head)) match(head, head++);
  let tail = 0;
  while (tail < shorter - head && isSame(before.length - 1 - tail, after.length - 1 - tail)) {
    tail += 1;
    match(before.length - tail, after.length - tail);
  }

  // In lists as long as each other, what is the same thing at the same place is not looked for elsewhere.
  if (before.length === after.length)
    for (let index = head; index < shorter - tail; index++)
      if (isSame(index, index) || isSameThing(before[index]!, after[index]!)) match(index, index);

  if (origin.size < shorter) matchElsewhere(before, after, { head, tail, origin, taken, match });
  if (byPlace)
    for (let index = head; index < shorter - tail; index++)
      if (!origin.has(index) && !taken.has(index)) match(index, index);

  return { origin, stayed: longestRising([...origin].sort((x, y) => x[0] - y[0]).map(([, from]) => from)), head, tail };
}

/** What is matched so far. */
interface Matching {
  head: number;
  tail: number;
  origin: ReadonlyMap<number, number>;
  taken: ReadonlySet<number>;
  match(from: number, to: number): void;
}

function matchElsewhere(before: readonly EncodedValue[], after: readonly EncodedValue[], matching: Matching): void {
  const { head, tail, origin, taken, match } = matching;
  const left = (list: readonly EncodedValue[], isMatched: (index: number) => boolean) =>
    Array.from({ length: list.length - tail - head }, (_item, index) => head + index).filter(
      (index) => !isMatched(index),
    );
  let froms = left(before, (index) => taken.has(index));
  let tos = left(after, (index) => origin.has(index));
  const a = froms.map((from) => JSON.stringify(before[from]));
  const b = tos.map((to) => JSON.stringify(after[to]));
  for (const [from, to] of commonOrder(a, b)) match(froms[from]!, tos[to]!);
  // The same content elsewhere has moved.
  const places = new Map<string, number[]>();
  for (let index = a.length - 1; index >= 0; index--) {
    if (taken.has(froms[index]!)) continue;
    const known = places.get(a[index]!);
    if (known === undefined) places.set(a[index]!, [froms[index]!]);
    else known.push(froms[index]!);
  }
  b.forEach((text, index) => {
    const from = origin.has(tos[index]!) ? undefined : places.get(text)?.pop();
    if (from !== undefined) match(from, tos[index]!);
  });
  froms = froms.filter((from) => !taken.has(from));
  tos = tos.filter((to) => !origin.has(to));
  matchAlike(before, after, froms, tos, matching);
}

/** Pairs of items that are looked at for likeness; beyond, each is compared with its near neighbors only. */
const MAX_PAIRS = 20_000;

/** What is left and alike has changed: the most alike first, and of those the nearest. */
function matchAlike(
  before: readonly EncodedValue[],
  after: readonly EncodedValue[],
  froms: readonly number[],
  tos: readonly number[],
  { origin, taken, match }: Matching,
): void {
  const reach = froms.length * tos.length <= MAX_PAIRS ? Infinity : MAX_PAIRS / Math.max(1, tos.length);
  const pairs = tos
    .flatMap((to) => froms.filter((from) => Math.abs(from - to) <= reach).map((from) => ({ from, to })))
    .map((pair) => ({ ...pair, alike: likeness(before[pair.from]!, after[pair.to]!) - distance(pair) }))
    .filter(({ alike }) => alike > 0)
    .sort((x, y) => y.alike - x.alike);
  for (const { from, to } of pairs) if (!origin.has(to) && !taken.has(from)) match(from, to);
}

const distance = ({ from, to }: { from: number; to: number }) => Math.abs(from - to) / 1_000;

/** Names that say which thing an object is: two objects that share one are the same thing, changed. */
const IDENTITIES: ReadonlySet<string> = new Set(['id', '_id', 'uuid', 'key', 'sku', 'slug', 'name', 'code', 'email']);

/** Two plain objects that have such a name, and the same text or number under it. */
function isSameThing(a: EncodedValue, b: EncodedValue): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object' || isTagged(a) || isTagged(b))
    return false;
  const [one, other] = [a as Record<string, EncodedValue>, b as Record<string, EncodedValue>];
  for (const name in one)
    if (IDENTITIES.has(name) && typeof one[name] !== 'object' && one[name] === other[name]) return true;
  return false;
}

/** 0: nothing in common; above it, the more the more alike. */
function likeness(a: EncodedValue, b: EncodedValue): number {
  const partsA = partsOf(a);
  const partsB = partsOf(b);
  if (partsA === undefined || partsB === undefined || isList(a) !== isList(b)) return 0;
  const others = new Map(partsB);
  const shared = partsA.filter(([step, value]) => others.has(step) && sameness(others.get(step), value) === 'same');
  const size = Math.max(partsA.length, partsB.length, 1);
  return shared.length / size + (shared.some(([step]) => IDENTITIES.has(String(step))) ? 1 : 0);
}

/** Cells of the table that finds a longest common subsequence: beyond, it is found among the texts that are unique. */
const MAX_CELLS = 1_000_000;

/** Index pairs that rise on both sides: a longest common subsequence, or for long lists nearly one. */
function commonOrder(a: readonly string[], b: readonly string[]): [number, number][] {
  return a.length * b.length <= MAX_CELLS ? longestCommon(a, b) : commonUnique(a, b);
}

function longestCommon(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i += 1;
    else j += 1;
  }
  return pairs;
}

/** Of the texts that stand once on either side, those that kept their order. */
function commonUnique(a: readonly string[], b: readonly string[]): [number, number][] {
  const placesOf = (texts: readonly string[]) => {
    const places = new Map<string, number>();
    // -1: it stands there twice.
    texts.forEach((text, index) => places.set(text, places.has(text) ? -1 : index));
    return places;
  };
  const [placesA, placesB] = [placesOf(a), placesOf(b)];
  const pairs = b.flatMap((text, to): [number, number][] => {
    const from = placesA.get(text) ?? -1;
    return from >= 0 && placesB.get(text) === to ? [[from, to]] : [];
  });
  const kept = longestRising(pairs.map(([from]) => from));
  return pairs.filter(([from]) => kept.has(from));
}

/** A longest rising subsequence of distinct numbers. */
function longestRising(values: readonly number[]): Set<number> {
  /** Per length, the index of the smallest value that such a subsequence can end with. */
  const ends: number[] = [];
  const previous: number[] = [];
  values.forEach((value, index) => {
    let low = 0;
    for (let high = ends.length; low < high;) {
      const middle = (low + high) >> 1;
      if (values[ends[middle]!]! < value) low = middle + 1;
      else high = middle;
    }
    previous[index] = low === 0 ? -1 : ends[low - 1]!;
    ends[low] = index;
  });
  const kept = new Set<number>();
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index]!) kept.add(values[index]!);
  return kept;
}
