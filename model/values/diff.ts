/**
 * What changed between two values: by key in objects, by content in lists, so that an item that moved is one move and
 * an item that changed is compared with itself. `apply(diff(a, b), a)` equals `b`. What was not sent is not
 * compared, and marked so.
 */
import { type EncodedValue, isTagged, type KeyPathStep } from '../../protocol/index.ts';
import { compare, namedParts } from './compare.ts';
import { contentOf, cutOf, digestOf, type NotCompared } from './known.ts';
import { matchLists } from './match-lists.ts';
import { isList, type Part, partsOf, withParts } from './parts.ts';

export type Diff =
  | { status: 'same'; value: EncodedValue }
  | { status: 'added'; after: EncodedValue }
  | { status: 'removed'; before: EncodedValue }
  /** Described whole: one of them has no parts, or they are of different kinds. */
  | { status: 'replaced'; before: EncodedValue; after: EncodedValue }
  /**
   * Described by parts, in the order of `after`, removed ones where they stood. `shell` is `after` without its parts. `rest`:
   * what is known of the parts that were not sent; absent where all were.
   */
  | {
      status: 'changed';
      before: EncodedValue;
      after: EncodedValue;
      shell: EncodedValue;
      parts: DiffPart[];
      rest?: 'same' | 'changed' | 'unknown';
    }
  /** Not compared: what would decide was not sent. A side may be known to be absent, or not known to be there. */
  | {
      status: 'unknown';
      before: EncodedValue | undefined;
      after: EncodedValue | undefined;
      notCompared: readonly NotCompared[];
      /** Of a container: those that were sent. */
      parts?: DiffPart[];
    };

export interface DiffPart {
  /** Its step in `before`; absent: added. */
  before?: KeyPathStep;
  /** Its step in `after`; absent: removed. */
  after?: KeyPathStep;
  /** What it is called, where that is not its step: a map's key. */
  name?: string;
  /** A list item that stands elsewhere among those that stayed. */
  moved: boolean;
  diff: Diff;
}

/** How to get from `before` to `after`; either may be absent. Its time is bounded by the wire's bounds of a value. */
export function diff(before: EncodedValue | undefined, after: EncodedValue | undefined): Diff {
  if (before === undefined)
    return after === undefined ? { status: 'same', value: { $: 'undefined' } } : { status: 'added', after };
  if (after === undefined) return { status: 'removed', before };
  const { is, notCompared } = compare(before, after);
  if (is === 'same') return { status: 'same', value: after };
  const partsBefore = partsOf(before);
  const partsAfter = partsOf(after);
  if (partsBefore === undefined || partsAfter === undefined || !isSameShape(before, after))
    return is === 'unknown' ? { status: 'unknown', before, after, notCompared } : { status: 'replaced', before, after };
  const isPartial = { before: cutOf(before) !== undefined, after: cutOf(after) !== undefined };
  const parts = isList(after)
    ? diffLists(partsBefore, partsAfter, isPartial)
    : diffNamed(namedParts(before), namedParts(after), isPartial);
  if (is === 'unknown') return { status: 'unknown', before, after, notCompared, parts };
  const rest = isPartial.before || isPartial.after ? restOf(parts) : undefined;
  return {
    status: 'changed',
    before,
    after,
    shell: withParts(after, []),
    parts,
    ...(rest === undefined ? {} : { rest }),
  };
}

/** What is known of the parts that were not sent, of a container that differs, where those that were sent say this. */
const restOf = (parts: readonly DiffPart[]): 'changed' | 'unknown' =>
  parts.every((part) => part.diff.status === 'same' && !part.moved) ? 'changed' : 'unknown';

/** Makes `after` from `before` and what `diff` said; `undefined` where `after` was absent. */
export function apply(difference: Diff, before: EncodedValue | undefined): EncodedValue | undefined {
  switch (difference.status) {
    case 'same':
      return before === undefined ? undefined : difference.value;
    case 'added':
    case 'replaced':
    case 'unknown':
      return difference.after;
    case 'removed':
      return undefined;
    case 'changed': {
      // What is reported by name is in the order of `after`; what was not sent is there as it was given.
      const own = new Map(before === undefined ? [] : (partsOf(before) ?? []));
      const parts = difference.parts.flatMap((part): Part[] => {
        if (part.after === undefined) return [];
        const value = apply(part.diff, part.before === undefined ? undefined : own.get(part.before));
        return value === undefined ? [] : [[part.after, value]];
      });
      return withPartsOf(difference.after, parts);
    }
  }
}

/** `container` with these parts in the place of its own: size, digest and a map's keys are its own. */
function withPartsOf(container: EncodedValue, parts: readonly Part[]): EncodedValue {
  const made = withParts(container, parts);
  const known = digestOf(container);
  return isTagged(made) && known !== undefined && isTagged(container) && !('fetched' in container)
    ? ({ ...made, digest: known.digest } as EncodedValue)
    : made;
}

/** Lists with lists, maps with maps, objects of a class with objects of that class. */
function isSameShape(a: EncodedValue, b: EncodedValue): boolean {
  const shapeOf = (side: EncodedValue) => {
    const value = contentOf(side);
    return isTagged(value)
      ? `${value.$} ${'class' in value ? (value.class ?? '') : ''}`
      : Array.isArray(value)
        ? 'array '
        : 'object ';
  };
  return shapeOf(a) === shapeOf(b);
}

/** Which of two containers were not sent whole: what is not among their parts may be there anyway. */
interface Partial {
  before: boolean;
  after: boolean;
}

type NamedPart = ReturnType<typeof namedParts>[number];

function diffNamed(before: readonly NamedPart[], after: readonly NamedPart[], isPartial: Partial): DiffPart[] {
  const others = new Map(before.map((part) => [part.name, part]));
  const names = new Set(after.map(({ name }) => name));
  const nameOf = ({ text, step, isTyped, name }: NamedPart) =>
    text === String(step) && !isTyped ? {} : { name: isTyped ? text : name };
  const parts: DiffPart[] = after.map((part) => {
    const other = others.get(part.name);
    const own = { after: part.step, ...nameOf(part), moved: false };
    if (other === undefined)
      return {
        ...own,
        diff: isPartial.before ? notSent(undefined, part.value) : { status: 'added', after: part.value },
      };
    const difference = diff(other.value, part.value);
    return {
      ...own,
      before: other.step,
      diff:
        // A key that is not the same on the server: 12 and "12".
        other.isTyped !== part.isTyped ? { status: 'replaced', before: other.value, after: part.value } : difference,
    };
  });
  // Removed keys stand where they stood: behind the key that was before them and is still there.
  const removed = new Map<KeyPathStep | undefined, DiffPart[]>();
  let previous: KeyPathStep | undefined;
  for (const part of before) {
    if (names.has(part.name)) {
      previous = part.step;
      continue;
    }
    const difference: Diff = isPartial.after
      ? notSent(part.value, undefined)
      : { status: 'removed', before: part.value };
    const own: DiffPart = { before: part.step, ...nameOf(part), moved: false, diff: difference };
    const behindIt = removed.get(previous);
    if (behindIt === undefined) removed.set(previous, [own]);
    else behindIt.push(own);
  }
  if (removed.size === 0) return parts;
  const behind = (step: KeyPathStep | undefined) => removed.get(step) ?? [];
  return [
    ...behind(undefined),
    ...parts.flatMap((part) => [part, ...(part.before === undefined ? [] : behind(part.before))]),
  ];
}

/** One side is not among the parts that were sent: it may be there. */
const notSent = (before: EncodedValue | undefined, after: EncodedValue | undefined): Diff => ({
  status: 'unknown',
  before,
  after,
  notCompared: [{ path: [], why: 'cut' }],
});

function diffLists(before: readonly Part[], after: readonly Part[], isPartial: Partial): DiffPart[] {
  const valuesOf = (parts: readonly Part[]) => parts.map(([, value]) => value);
  // Of lists that were cut it is not known what was moved out of sight: what stands at one place is compared there.
  const { origin, stayed, head, tail } = matchLists(
    valuesOf(before),
    valuesOf(after),
    isPartial.before || isPartial.after,
  );
  const taken = new Set(origin.values());
  const parts: DiffPart[] = [];
  let next = 0;
  /** Removed items stand where they stood: before the first one behind them that stayed. */
  const removeUpTo = (end: number) => {
    for (; next < end; next++) {
      if (taken.has(next)) continue;
      const [step, value] = before[next]!;
      const difference: Diff = isPartial.after ? notSent(value, undefined) : { status: 'removed', before: value };
      parts.push({ before: step, moved: false, diff: difference });
    }
  };
  after.forEach(([step, value], to) => {
    const from = origin.get(to);
    if (from === undefined) {
      const difference: Diff = isPartial.before ? notSent(undefined, value) : { status: 'added', after: value };
      parts.push({ after: step, moved: false, diff: difference });
      return;
    }
    const moved = !stayed.has(from);
    if (!moved) removeUpTo(from);
    const isSame = to < head || to >= after.length - tail;
    const difference: Diff = isSame ? { status: 'same', value } : diff(before[from]![1], value);
    parts.push({ before: before[from]![0], after: step, moved, diff: difference });
  });
  removeUpTo(before.length);
  return parts;
}

/** A text cut around what differs from another: `["…the side ", "gate", "; the bell"]`. */
export function differingText(text: string, other: string): [head: string, middle: string, tail: string] {
  let start = 0;
  while (start < text.length && start < other.length && text[start] === other[start]) start += 1;
  let end = 0;
  while (end < text.length - start && end < other.length - start && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [text.slice(0, start), text.slice(start, text.length - end), text.slice(text.length - end)];
}
