/** Two moments side by side, as rows. */
import type { EncodedValue, KeyPath, KeyPathStep } from '../../protocol/index.ts';
import type { Sameness } from '../values/compare.ts';
import { type Diff, diff, type DiffPart } from '../values/diff.ts';
import { type Piece, piecesOf } from './diff-pieces.ts';
import type { BlameLabel } from '../labels/blame-labels.ts';
import type { Author, WhoWrote } from './diff-author.ts';
import { createFacts, type DiffFacts, noteChange, noteNotCompared, noteRest } from '../labels/diff-labels.ts';
import type { Write } from '../history/writes.ts';
import { contentOf } from '../values/known.ts';
import { isList, partsOf } from '../values/parts.ts';

/** One side of a row: cut into what is the same, what differs, and the rest. */
export interface DiffCell {
  name: string;
  value: EncodedValue;
  /** Where it stands, as its side or the other names the way to it. */
  path: KeyPath;
  /** Of a text or a small object that changed: what it reads as, with the parts that differ distinguished. */
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
      /** `unknown`: not compared, for what would decide was not sent. */
      status: 'same' | 'added' | 'removed' | 'changed' | 'moved' | 'unknown';
      before?: DiffCell;
      after?: DiffCell;
      /** `to [2]` on the left, `from [0]` on the right. */
      movedTo?: string;
      movedFrom?: string;
      /** The write that made the right side what it is; else `by`, in words. */
      write?: Write;
      by?: BlameLabel;
      /** Of what is `unknown`: where something was not sent. */
      notSent?: readonly KeyPath[];
    }
  /** Parts that were not sent: whether they differ. `notSent`: of what. */
  | {
      kind: 'rest';
      key: string;
      depth: number;
      is: 'changed' | 'unknown';
      text: string;
      notSent: readonly KeyPath[];
    };

export interface DiffView {
  rows: DiffRow[];
  /** Top-level keys that differ, for sure. */
  changed: number;
  /** What can be said of the whole: `unknown` where nothing is known to differ and not all was compared. */
  is: Sameness;
  facts: DiffFacts;
}

export function diffView(
  before: EncodedValue | undefined,
  after: EncodedValue | undefined,
  whoWrote: WhoWrote,
  showsUnchanged: boolean,
): DiffView {
  // Of a side that is not known nothing can be said to differ.
  if (before === undefined || after === undefined) return { rows: [], changed: 0, is: 'unknown', facts: createFacts() };
  const difference = diff(before, after);
  if (difference.status === 'unknown') {
    const facts = createFacts();
    noteNotCompared(facts, [], difference.notCompared);
    const rows: DiffRow[] = [];
    pushParts(rows, difference.parts ?? [], [], { whoWrote, showsUnchanged, isList: false, facts });
    if (difference.notCompared.some(({ path, why }) => path.length === 0 && why === 'cut'))
      rows.push(restRow('unknown', []));
    return { rows, changed: 0, is: 'unknown', facts };
  }
  if (difference.status !== 'changed') {
    const names = difference.status === 'same' ? (partsOf(difference.value) ?? []).map(([step]) => String(step)) : [];
    const rows: DiffRow[] = [];
    if (names.length > 0 && showsUnchanged && difference.status === 'same')
      for (const [step, value] of partsOf(difference.value) ?? []) rows.push(sameLine(step, value));
    else if (names.length > 0) rows.push({ kind: 'fold', key: 'fold', depth: 0, of: 'keys', names });
    return { rows, changed: 0, is: difference.status === 'same' ? 'same' : 'different', facts: createFacts() };
  }
  const rows: DiffRow[] = [];
  const facts = createFacts();
  pushParts(rows, difference.parts, [], { whoWrote, showsUnchanged, isList: false, facts });
  pushRest(rows, difference, [], facts);
  const changed = difference.parts.filter(({ diff: { status } }) => status !== 'same' && status !== 'unknown').length;
  const isUnknown = changed === 0 && difference.rest !== 'changed' && difference.parts.every(({ moved }) => !moved);
  return { rows, changed, is: isUnknown ? 'unknown' : 'different', facts };
}

interface Options {
  whoWrote: WhoWrote;
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
  const isDifferent = difference.status !== 'same' && difference.status !== 'unknown';
  const author: Author = isDifferent ? options.whoWrote(path) : {};
  const line = { kind: 'line', key, depth, ...author } as const;
  const cell = (step: KeyPathStep, value: EncodedValue): DiffCell => ({
    name: part.name ?? nameOf(step),
    value,
    path: [...parent, step],
  });
  const cellsOf = ({ before, after }: { before: EncodedValue; after: EncodedValue }) => ({
    before: cell(part.before!, before),
    after: cell(part.after!, after),
  });
  const isOpened =
    !part.moved && difference.status === 'changed' && !(isFlat(difference.before) && isFlat(difference.after));
  noteChange(options.facts, path, part, author.write?.operation, isOpened);
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
    case 'unknown':
      noteNotCompared(options.facts, path, difference.notCompared);
      rows.push({
        kind: 'line',
        key,
        depth,
        status: 'unknown',
        notSent: difference.notCompared.flatMap((place) => (place.why === 'cut' ? [[...path, ...place.path]] : [])),
        ...(difference.before === undefined ? {} : { before: cell((part.before ?? part.after)!, difference.before) }),
        ...(difference.after === undefined ? {} : { after: cell((part.after ?? part.before)!, difference.after) }),
      });
      return;
    case 'added':
      rows.push({ ...line, status: 'added', after: cell(part.after!, difference.after) });
      return;
    case 'removed':
      rows.push({ ...line, status: 'removed', before: cell(part.before!, difference.before) });
      return;
    case 'replaced':
      rows.push({ ...line, status: 'changed', ...changedCells(difference, cellsOf(difference)) });
      return;
    case 'changed':
      if (!isOpened) {
        rows.push({ ...line, status: 'changed', ...changedCells(difference, cellsOf(difference)) });
        return;
      }
      rows.push({
        kind: 'open',
        key,
        depth,
        name: part.name ?? nameOf(path.at(-1)!),
        before: difference.before,
        after: difference.after,
      });
      pushParts(rows, difference.parts, path, { ...options, isList: isList(difference.after) });
      pushRest(rows, difference, path, options.facts);
  }
}

/** Says of a container that was not sent whole whether what was not sent differs. */
function pushRest(
  rows: DiffRow[],
  { rest, before, after }: Extract<Diff, { status: 'changed' }>,
  path: readonly KeyPathStep[],
  facts: DiffFacts,
): void {
  if (rest === undefined || rest === 'same') return;
  rows.push(restRow(rest, path));
  noteRest(facts, path, rest, [before, after]);
}

const restRow = (is: 'changed' | 'unknown', path: readonly KeyPathStep[]): DiffRow => ({
  kind: 'rest',
  key: `rest:${JSON.stringify(path)}`,
  depth: path.length,
  is,
  text: is === 'changed' ? 'Changed in a part that was not sent.' : 'What was not sent is not compared.',
  notSent: [[...path]],
});

function sameLine(step: KeyPathStep, value: EncodedValue): DiffRow {
  const same = { name: nameOf(step), value, path: [step] };
  return { kind: 'line', key: JSON.stringify([step]), depth: 0, status: 'same', before: same, after: same };
}

function changedCells(
  { before, after }: { before: EncodedValue; after: EncodedValue },
  cells: { before: DiffCell; after: DiffCell },
): { before: DiffCell; after: DiffCell } {
  const withPieces = (cell: DiffCell, other: EncodedValue): DiffCell => {
    const pieces = piecesOf(cell.value, other);
    return pieces === undefined ? cell : { ...cell, pieces };
  };
  return { before: withPieces(cells.before, after), after: withPieces(cells.after, before) };
}

const sidesOf = (difference: Diff): [EncodedValue, EncodedValue] =>
  difference.status === 'same'
    ? [difference.value, difference.value]
    : difference.status === 'changed' || difference.status === 'replaced' || difference.status === 'unknown'
      ? [difference.before ?? null, difference.after ?? null]
      : [null, null];

/** A small object of scalars reads better in one line than in several. */
function isFlat(value: EncodedValue): boolean {
  if (isList(value)) return false;
  const parts = partsOf(value);
  return (
    parts !== undefined &&
    parts.length <= 4 &&
    parts.every(([, part]) => typeof part !== 'object' || part === null) &&
    JSON.stringify(contentOf(value)).length <= 60
  );
}
