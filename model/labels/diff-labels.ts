/** What a diff says in sentences below its rows: how much changed, and what is less than certain. */
import type { EncodedValue, KeyPath, OperationRecorded } from '../../protocol/index.ts';
import type { DiffPart } from '../values/diff.ts';
import { cutOf, isKept, type NotCompared } from '../values/known.ts';
import { formatPath, plural } from './formats.ts';

export interface DiffFacts {
  /** Changes, a changed item or value counted once; moves apart. */
  changes: number;
  moves: number;
  keys: Set<string>;
  /** Top-level keys of which a change was found by comparison. */
  inferred: Set<string>;
  /** Values redacted on the server that changed, came or went, as paths. */
  heldBack: Map<string, 'changed' | 'came' | 'went'>;
  /** What was not compared, or changed in a part that was not sent: sentences by path. */
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

/** Takes one part of a diff into account; `write` is what made it. `isOpened`: its own parts are reported instead. */
export function noteChange(
  facts: DiffFacts,
  path: KeyPath,
  { moved, diff }: DiffPart,
  write: OperationRecorded | undefined,
  isOpened: boolean,
): void {
  if ((diff.status === 'same' || diff.status === 'unknown') && !moved) return;
  const key = String(path[0]);
  facts.keys.add(key);
  if (moved) facts.moves += 1;
  if (diff.status !== 'same' && !isOpened) facts.changes += 1;
  if (write?.inferred) facts.inferred.add(key);
  const before = 'before' in diff ? diff.before : undefined;
  const after = 'after' in diff ? diff.after : undefined;
  if (isKept(before) || isKept(after))
    facts.heldBack.set(formatPath(path), before === undefined ? 'came' : after === undefined ? 'went' : 'changed');
}

/** Takes into account what could not be compared below `path`. */
export function noteNotCompared(facts: DiffFacts, path: KeyPath, places: readonly NotCompared[]): void {
  for (const place of places) {
    const name = formatPath([...path, ...place.path]) || 'the session';
    facts.partial.set(name, notComparedText(name, place));
  }
}

/** Takes into account what is known of the parts of a container that were not sent. */
export function noteRest(
  facts: DiffFacts,
  path: KeyPath,
  rest: 'changed' | 'unknown',
  sides: readonly EncodedValue[],
): void {
  const name = formatPath(path) || 'the session';
  const cut = sides.map(cutOf).find((each) => each !== undefined);
  const sent = cut === undefined || cut.size === undefined ? '' : `: only ${cut.given} of ${cut.size} were sent`;
  facts.partial.set(
    name,
    rest === 'changed'
      ? `${name} changed in a part that was not sent${sent}. Its digest says so.`
      : notComparedText(name, {
          path,
          why: 'cut',
          ...(cut?.size === undefined ? {} : { given: cut.given, size: cut.size }),
        }),
  );
  if (rest === 'changed') facts.changes += 1;
  if (rest === 'changed' && path.length > 0) facts.keys.add(String(path[0]));
}

/** One sentence: what was not compared, and why. */
export function notComparedText(name: string, { why, given, size }: NotCompared): string {
  if (why === 'redacted') return `${name} is not compared: it is redacted on one side.`;
  if (why === 'unreadable')
    return `${name} is not compared: what it holds can't be read without running the app's code.`;
  return given === undefined || size === undefined
    ? `${name} is not compared: not all of it was sent.`
    : `${name} is not compared: only the first ${given} of ${size} were sent.`;
}

/** Whole sentences, most specific first; none where nothing differs. */
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
      `Changes under ${[...inferred].join(', ')} are inferred: found by comparison, and dated by when they were found.`,
    );
  for (const [path, how] of heldBack)
    sentences.push(
      how === 'changed'
        ? `${path} is redacted: its hash says that it changed.`
        : `${path} is redacted: it ${how === 'came' ? 'was not there before' : 'is not there any more'}.`,
    );
  sentences.push(...partial.values());
  return sentences;
}
