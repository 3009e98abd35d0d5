/** Two moments side by side, as rows. */
import type { EncodedValue, KeyPathStep } from '../protocol/index.ts';
import { type Diff, diff, type DiffPart } from './diff.ts';
import { type Piece, piecesOf } from './diff-pieces.ts';
import { createFacts, type DiffFacts, noteChange } from './diff-words.ts';
import { lastWriteOf, type Write } from './history.ts';
import { isList, partsOf } from './parts.ts';

/** One side of a row: cut into what is the same, what differs, and the rest. */
export interface DiffCell {
  name: string;
  value: EncodedValue;
  /** Of a text or a small object that changed: what it reads as, with the parts that differ told apart. */
  pieces?: readonly Piece[];
}

export type DiffRow =
  /** Unchanged keys of an object, or unchanged items of a list. */
  | { kind: 'fold'; key: string; depth: number; of: 'keys' | 'items'; names: string[] }
  | { kind: 'open'; key: string; depth: number; name: string; before: EncodedValue; after: EncodedValue }
  | {
      kind: 'line';
      key: string;
      depth: number;
      status: 'same' | 'added' | 'removed' | 'changed' | 'moved';
      before?: DiffCell;
      after?: DiffCell;
      /** `to [2]` on the left, `from [0]` on the right. */
      movedTo?: string;
      movedFrom?: string;
      write?: Write;
    };

export interface DiffView {
  rows: DiffRow[];
  /** Top-level keys that differ. */
  changed: number;
  facts: DiffFacts;
}

export function diffView(
  before: EncodedValue | undefined,
  after: EncodedValue | undefined,
  writes: readonly Write[],
  showsUnchanged: boolean,
): DiffView {
  const difference = diff(before ?? {}, after ?? {});
  if (difference.status !== 'changed') {
    const names = difference.status === 'same' ? (partsOf(difference.value) ?? []).map(([step]) => String(step)) : [];
    const rows: DiffRow[] = [];
    if (names.length > 0 && showsUnchanged && difference.status === 'same')
      for (const [step, value] of partsOf(difference.value) ?? []) rows.push(sameLine(step, value));
    else if (names.length > 0) rows.push({ kind: 'fold', key: 'fold', depth: 0, of: 'keys', names });
    return { rows, changed: 0, facts: createFacts() };
  }
  const rows: DiffRow[] = [];
  const facts = createFacts();
  pushParts(rows, difference.parts, [], { writes, showsUnchanged, isList: false, facts });
  return { rows, changed: difference.parts.filter((part) => part.diff.status !== 'same').length, facts };
}

interface Options {
  writes: readonly Write[];
  showsUnchanged: boolean;
  isList: boolean;
  facts: DiffFacts;
}

const isUnchanged = ({ diff: { status }, moved }: DiffPart) => status === 'same' && !moved;

function pushParts(rows: DiffRow[], parts: readonly DiffPart[], path: readonly KeyPathStep[], options: Options): void {
  const { showsUnchanged, isList: isOfList } = options;
  const fold = (folded: readonly DiffPart[], of: 'keys' | 'items') => {
    if (folded.length === 0) return;
    const names = folded.map((part) => nameOf((part.after ?? part.before)!));
    rows.push({ kind: 'fold', key: `fold:${JSON.stringify(path)}:${names[0]}`, depth: path.length, of, names });
  };
  if (showsUnchanged) for (const part of parts) pushPart(rows, part, path, options);
  else if (isOfList) {
    for (const run of runsOf(parts)) {
      if (Array.isArray(run)) fold(run, 'items');
      else pushPart(rows, run, path, options);
    }
  } else {
    fold(parts.filter(isUnchanged), 'keys');
    for (const part of parts) if (!isUnchanged(part)) pushPart(rows, part, path, options);
  }
}

/** Unchanged items this near to a change are shown: they say where it is. */
const NEIGHBOURS = 1;
const FOLD_FROM = 3;

/** The parts of a list in order, with each run of unchanged ones that is far from any change as a list of its own. */
function runsOf(parts: readonly DiffPart[]): (DiffPart | DiffPart[])[] {
  const runs: (DiffPart | DiffPart[])[] = [];
  parts.forEach((part, index) => {
    const isNear = parts
      .slice(Math.max(0, index - NEIGHBOURS), index + NEIGHBOURS + 1)
      .some((near) => !isUnchanged(near));
    const last = runs.at(-1);
    if (isNear) runs.push(part);
    else if (Array.isArray(last)) last.push(part);
    else runs.push([part]);
  });
  // A fold of one or two would take as much room as they do.
  return runs.flatMap((run) => (Array.isArray(run) && run.length < FOLD_FROM ? run : [run]));
}

const nameOf = (step: KeyPathStep) => (typeof step === 'number' ? `[${step}]` : step);

function pushPart(rows: DiffRow[], part: DiffPart, parent: readonly KeyPathStep[], options: Options): void {
  const path = [...parent, (part.after ?? part.before)!];
  const { diff: difference } = part;
  const depth = parent.length;
  const key = `${JSON.stringify(parent)}:${part.before}:${part.after}`;
  const write = lastWriteOf(options.writes, path);
  const line = { kind: 'line', key, depth, ...(write === undefined ? {} : { write }) } as const;
  const cell = (step: KeyPathStep, value: EncodedValue): DiffCell => ({ name: nameOf(step), value });
  const isOpened =
    !part.moved && difference.status === 'changed' && !(isFlat(difference.before) && isFlat(difference.after));
  noteChange(options.facts, path, part, write?.operation, isOpened);
  if (part.moved && part.before !== undefined && part.after !== undefined) {
    const [before, after] = sidesOf(difference);
    rows.push({
      ...line,
      status: 'moved',
      before: cell(part.before, before),
      movedTo: nameOf(part.after),
      key: `${key}:from`,
    });
    rows.push({
      ...line,
      status: 'moved',
      after: cell(part.after, after),
      movedFrom: nameOf(part.before),
      key: `${key}:to`,
    });
    return;
  }
  switch (difference.status) {
    case 'same':
      rows.push({
        kind: 'line',
        key,
        depth,
        status: 'same',
        before: cell((part.before ?? part.after)!, difference.value),
        after: cell((part.after ?? part.before)!, difference.value),
      });
      return;
    case 'added':
      rows.push({ ...line, status: 'added', after: cell(part.after!, difference.after) });
      return;
    case 'removed':
      rows.push({ ...line, status: 'removed', before: cell(part.before!, difference.before) });
      return;
    case 'replaced':
      rows.push({ ...line, status: 'changed', ...changedCells(part, difference) });
      return;
    case 'changed':
      if (!isOpened) {
        rows.push({
          ...line,
          status: 'changed',
          ...changedCells(part, difference),
        });
        return;
      }
      rows.push({
        kind: 'open',
        key,
        depth,
        name: nameOf(path.at(-1)!),
        before: difference.before,
        after: difference.after,
      });
      pushParts(rows, difference.parts, path, { ...options, isList: isList(difference.after) });
  }
}

function sameLine(step: KeyPathStep, value: EncodedValue): DiffRow {
  const same = { name: nameOf(step), value };
  return { kind: 'line', key: JSON.stringify([step]), depth: 0, status: 'same', before: same, after: same };
}

function changedCells(
  part: DiffPart,
  { before, after }: { before: EncodedValue; after: EncodedValue },
): { before: DiffCell; after: DiffCell } {
  const cellOf = (step: KeyPathStep, value: EncodedValue, other: EncodedValue): DiffCell => {
    const pieces = piecesOf(value, other);
    return { name: nameOf(step), value, ...(pieces === undefined ? {} : { pieces }) };
  };
  return { before: cellOf(part.before!, before, after), after: cellOf(part.after!, after, before) };
}

const sidesOf = (difference: Diff): [EncodedValue, EncodedValue] =>
  difference.status === 'same'
    ? [difference.value, difference.value]
    : difference.status === 'changed' || difference.status === 'replaced'
      ? [difference.before, difference.after]
      : [null, null];

/** A small object of scalars reads better in one line than in several. */
function isFlat(value: EncodedValue): boolean {
  if (isList(value)) return false;
  const parts = partsOf(value);
  return (
    parts !== undefined &&
    parts.length <= 4 &&
    parts.every(([, part]) => typeof part !== 'object' || part === null) &&
    JSON.stringify(value).length <= 60
  );
}
