/** What a diff says in sentences below its rows: how much changed, and what is less than certain. */
import { type EncodedValue, isTagged, type KeyPath, type OperationRecorded } from '../protocol/index.ts';
import type { DiffPart } from './diff.ts';
import { partsOf } from './parts.ts';
import { formatPath, plural } from './words.ts';

export interface DiffFacts {
  /** Changes, a changed item or value counted once; moves apart. */
  changes: number;
  moves: number;
  keys: Set<string>;
  /** Top-level keys of which a change was found by comparison. */
  inferred: Set<string>;
  /** Values held back on the server that changed, came or went, as paths. */
  heldBack: Map<string, 'changed' | 'came' | 'went'>;
  /** Lists and objects of which not all parts were sent, as `path: first n of m`. */
  partial: Map<string, string>;
}

export const createFacts = (): DiffFacts => ({
  changes: 0,
  moves: 0,
  keys: new Set(),
  inferred: new Set(),
  heldBack: new Map(),
  partial: new Map(),
});

const isHeldBack = (value: EncodedValue | undefined) =>
  value !== undefined && isTagged(value) && value.$ === 'redacted';

/** Takes one part of a diff into account; `write` is what made it. `isOpened`: its own parts are told instead. */
export function noteChange(
  facts: DiffFacts,
  path: KeyPath,
  { moved, diff }: DiffPart,
  write: OperationRecorded | undefined,
  isOpened: boolean,
): void {
  if (diff.status === 'same' && !moved) return;
  const key = String(path[0]);
  facts.keys.add(key);
  if (moved) facts.moves += 1;
  if (diff.status !== 'same' && !isOpened) facts.changes += 1;
  if (write?.inferred) facts.inferred.add(key);
  const before = 'before' in diff ? diff.before : undefined;
  const after = 'after' in diff ? diff.after : undefined;
  if (isHeldBack(before) || isHeldBack(after))
    facts.heldBack.set(formatPath(path), before === undefined ? 'came' : after === undefined ? 'went' : 'changed');
  for (const value of [before, after]) {
    if (value === undefined || !isTagged(value) || !('size' in value)) continue;
    const shown = partsOf(value)?.length;
    if (shown !== undefined && shown < value.size!)
      facts.partial.set(formatPath(path), `the first ${shown} of ${value.size}`);
  }
}

/** Whole sentences, most telling first; none where nothing differs. */
export function diffSentences({ changes, moves, keys, inferred, heldBack, partial }: DiffFacts): string[] {
  const sentences: string[] = [];
  if (changes + moves > 0) {
    const count = [
      changes > 0 ? plural(changes, 'change') : undefined,
      moves > 0 ? plural(moves, 'move') : undefined,
    ].filter((part) => part !== undefined);
    sentences.push(`${count.join(' and ')} under ${plural(keys.size, 'key')}.`);
  }
  if (inferred.size > 0)
    sentences.push(
      `Changes under ${[...inferred].join(', ')} are inferred: found by comparison, and dated by the get that handed the value out.`,
    );
  for (const [path, how] of heldBack)
    sentences.push(
      how === 'changed'
        ? `${path} is held back on the server: its hash says that it changed.`
        : `${path} is held back on the server: it ${how === 'came' ? 'was not there before' : 'is not there any more'}.`,
    );
  for (const [path, words] of partial)
    sentences.push(`Of ${path} only ${words} were sent: what lies beyond is not compared.`);
  return sentences;
}
