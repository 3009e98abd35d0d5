/** Who made the right side of a diff what it is, as far as the recording says. */
import type { KeyPath } from '../../protocol/index.ts';
import { type Blame, blameAt, type Past, pastAt } from '../history/blame.ts';
import { replacesMemory } from '../history/memory.ts';
import { type Cursor, type EventPosition, isBefore, isUpTo, positionAt } from '../history/moment.ts';
import type { Write } from '../history/writes.ts';
import { type BlameLabel, blameLabel } from '../labels/blame-labels.ts';
import type { TimelineItem } from '../recording/records.ts';

export interface Author {
  /** The write that made it, for sure. */
  write?: Write;
  /** Where that is not known to be one write, or nothing between the two moments wrote it: in words. */
  by?: BlameLabel;
}

/** Who made the part at a path what it is on the right side. */
export type WhoWrote = (path: KeyPath) => Author;

const AS_LOADED: BlameLabel = {
  text: 'as loaded',
  title: 'Nothing between the two moments wrote it: it is as the record had it when it was loaded.',
};
const NOT_KNOWN: Author = { by: { text: 'not known', title: 'Nothing recorded says who wrote it.' } };

/** `at`: the right side; `since`: where the left side stands, where that is known. */
export function whoWroteSince(
  items: readonly TimelineItem[],
  at: Cursor | undefined,
  since: EventPosition | undefined,
): WhoWrote {
  const past = at && pastAt(items, at);
  if (at === undefined || past === undefined || since === undefined) return () => NOT_KNOWN;
  return (path) => authorOf(past, at, since, path);
}

function authorOf(past: Past, at: Cursor, since: EventPosition, path: KeyPath): Author {
  const blame = blameAt(past, at, path);
  if (isUpTo(since, positionAt(at)) && isAsLoaded(blame, at, since)) return { by: AS_LOADED };
  const label = blameLabel(blame);
  if (label !== undefined) return { by: label };
  return blame.kind === 'write' ? { write: blame.write } : NOT_KNOWN;
}

/** It came with the load of this very request, and what had made it stands before both moments. */
function isAsLoaded(blame: Blame, { exchange, index }: Cursor, since: EventPosition): boolean {
  if (blame.kind === 'record') return blame.from.operation.operation === 'load';
  if (blame.kind !== 'write' || !blame.isCertain || !isUpTo(blame.write.operation, since)) return false;
  const { operation } = blame.write;
  return exchange.operations
    .slice(0, index)
    .some((one) => one.operation === 'load' && replacesMemory(one) && isBefore(operation, one));
}
