/**
 * What changed between two values: by key in objects, by content in lists, so that an item that moved is one move and
 * an item that changed is compared with itself. `apply(diff(a, b), a)` equals `b`.
 */
import { type EncodedValue, isTagged, type KeyPathStep } from '../protocol/index.ts';
import { isList, type Part, partsOf, withParts } from './parts.ts';

export type Diff =
  | { status: 'same'; value: EncodedValue }
  | { status: 'added'; after: EncodedValue }
  | { status: 'removed'; before: EncodedValue }
  /** Told whole: one of them has no parts, or they are of different kinds. */
  | { status: 'replaced'; before: EncodedValue; after: EncodedValue }
  /** Told by parts, in the order of `after`, removed ones where they stood. `shell` is `after` without its parts. */
  | { status: 'changed'; before: EncodedValue; after: EncodedValue; shell: EncodedValue; parts: DiffPart[] };

export interface DiffPart {
  /** Its step in `before`; absent: added. */
  before?: KeyPathStep;
  /** Its step in `after`; absent: removed. */
  after?: KeyPathStep;
  /** A list item that stands elsewhere among those that stayed. */
  moved: boolean;
  diff: Diff;
}

/** How to get from `before` to `after`; either may be absent. Its time is bounded by the wire's bounds of a value. */
export function diff(before: EncodedValue | undefined, after: EncodedValue | undefined): Diff {
  if (before === undefined)
    return after === undefined ? { status: 'same', value: { $: 'undefined' } } : { status: 'added', after };
  if (after === undefined) return { status: 'removed', before };
  if (before === after || JSON.stringify(before) === JSON.stringify(after)) return { status: 'same', value: after };
  const partsBefore = partsOf(before);
  const partsAfter = partsOf(after);
  if (partsBefore === undefined || partsAfter === undefined || !isSameShape(before, after))
    return { status: 'replaced', before, after };
  const parts = isList(after) ? diffLists(partsBefore, partsAfter) : diffObjects(partsBefore, partsAfter);
  return { status: 'changed', before, after, shell: withParts(after, []), parts };
}

/** Makes `after` from `before` and what `diff` said; `undefined` where `after` was absent. */
export function apply(difference: Diff, before: EncodedValue | undefined): EncodedValue | undefined {
  switch (difference.status) {
    case 'same':
      return before;
    case 'added':
    case 'replaced':
      return difference.after;
    case 'removed':
      return undefined;
    case 'changed': {
      const own = new Map(before === undefined ? [] : (partsOf(before) ?? []));
      const parts = difference.parts.flatMap((part): Part[] => {
        if (part.after === undefined) return [];
        const value = apply(part.diff, part.before === undefined ? undefined : own.get(part.before));
        return value === undefined ? [] : [[part.after, value]];
      });
      return withParts(difference.shell, parts);
    }
  }
}

/** Lists with lists, objects of a class with objects of that class; a map's keys may be values, so maps are told whole. */
function isSameShape(a: EncodedValue, b: EncodedValue): boolean {
  const shapeOf = (value: EncodedValue) =>
    isTagged(value) ? `${value.$} ${'class' in value ? value.class : ''}` : Array.isArray(value) ? 'array' : 'object';
  return shapeOf(a) === shapeOf(b) && !(isTagged(a) && a.$ === 'map');
}

function diffObjects(before: readonly Part[], after: readonly Part[]): DiffPart[] {
  const values = new Map(before);
  const names = new Set(after.map(([step]) => step));
  const parts: DiffPart[] = after.map(([step, value]) => ({
    ...(values.has(step) ? { before: step } : {}),
    after: step,
    moved: false,
    diff: diff(values.get(step), value),
  }));
  // Removed keys stand where they stood: after the key that was before them.
  before.forEach(([step, value], index) => {
    if (names.has(step)) return;
    const previous = before[index - 1]?.[0];
    const at = previous === undefined ? 0 : parts.findIndex((part) => part.before === previous) + 1;
    parts.splice(at, 0, { before: step, moved: false, diff: { status: 'removed', before: value } });
  });
  return parts;
}

function diffLists(before: readonly Part[], after: readonly Part[]): DiffPart[] {
  const texts = (parts: readonly Part[]) => parts.map(([, value]) => JSON.stringify(value));
  const a = texts(before);
  const b = texts(after);
  /** For each index of `after`, the index of `before` that it comes from. */
  const origin = new Map<number, number>();
  const taken = new Set<number>();
  const match = (from: number, to: number) => {
    origin.set(to, from);
    taken.add(from);
  };
  for (const [from, to] of longestCommon(a, b)) match(from, to);
  // The same content elsewhere has moved.
  b.forEach((text, to) => {
    if (origin.has(to)) return;
    const from = a.findIndex((other, index) => other === text && !taken.has(index));
    if (from >= 0) match(from, to);
  });
  // What is left and alike has changed: the most alike first.
  const pairs = b
    .flatMap((_text, to) => (origin.has(to) ? [] : a.map((_other, from) => ({ from, to }))))
    .filter(({ from }) => !taken.has(from))
    .map(({ from, to }) => ({
      from,
      to,
      alike: likeness(before[from]![1], after[to]![1]) - Math.abs(from - to) / 1_000,
    }))
    .filter(({ alike }) => alike > 0)
    .sort((x, y) => y.alike - x.alike);
  for (const { from, to } of pairs) if (!origin.has(to) && !taken.has(from)) match(from, to);

  const stayed = new Set(increasing([...origin.entries()].sort((x, y) => x[0] - y[0]).map(([, from]) => from)));
  const parts: DiffPart[] = after.map(([step, value], to) => {
    const from = origin.get(to);
    if (from === undefined) return { after: step, moved: false, diff: { status: 'added', after: value } };
    return { before: before[from]![0], after: step, moved: !stayed.has(from), diff: diff(before[from]![1], value) };
  });
  before.forEach(([step, value], from) => {
    if (taken.has(from)) return;
    const at = parts.findIndex((part) => typeof part.before === 'number' && part.before > from && !part.moved);
    parts.splice(at < 0 ? parts.length : at, 0, {
      before: step,
      moved: false,
      diff: { status: 'removed', before: value },
    });
  });
  return parts;
}

/** Names that say which thing an object is: two objects that share one are the same thing, changed. */
const IDENTITIES: ReadonlySet<string> = new Set(['id', '_id', 'uuid', 'key', 'sku', 'slug', 'name', 'code', 'email']);

/** 0: nothing in common; above it, the more the more alike. */
function likeness(a: EncodedValue, b: EncodedValue): number {
  const partsA = partsOf(a);
  const partsB = partsOf(b);
  if (partsA === undefined || partsB === undefined || isList(a) !== isList(b)) return 0;
  const other = new Map(partsB.map(([step, value]) => [step, JSON.stringify(value)]));
  const shared = partsA
    .filter(([step, value]) => other.get(step) === JSON.stringify(value))
    .map(([step]) => String(step));
  const size = Math.max(partsA.length, partsB.length, 1);
  return shared.length / size + (shared.some((step) => IDENTITIES.has(step)) ? 1 : 0);
}

/** Index pairs of a longest common subsequence. Lists have at most a hundred items on the wire. */
function longestCommon(a: readonly string[], b: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i]![j] = a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) i += 1;
    else j += 1;
  }
  return pairs;
}

/** A longest increasing subsequence: the items of a list that kept their order. */
function increasing(values: readonly number[]): number[] {
  const best: number[][] = [];
  for (const value of values) {
    const at = best.findIndex((run) => run.at(-1)! >= value);
    const run = [...(at === 0 ? [] : (best[(at < 0 ? best.length : at) - 1] ?? [])), value];
    best[at < 0 ? best.length : at] = run;
  }
  return best.at(-1) ?? [];
}

/** A text cut around what differs from another: `["…the side ", "gate", "; the bell"]`. */
export function differingText(text: string, other: string): [head: string, middle: string, tail: string] {
  let start = 0;
  while (start < text.length && start < other.length && text[start] === other[start]) start += 1;
  let end = 0;
  while (end < text.length - start && end < other.length - start && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [text.slice(0, start), text.slice(start, text.length - end), text.slice(text.length - end)];
}
