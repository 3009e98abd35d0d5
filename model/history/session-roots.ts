/** The first key that a session had, as far as it was recorded: over rotations, and where the cookie is the session over saves. */
import { journalOf } from '../recording/journal.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';

interface Roots {
  rewrites: number;
  /** How much of the journal has been taken in. */
  taken: number;
  /** By a key: the one that it came from. */
  from: Map<string, string>;
}

const all = new WeakMap<readonly TimelineItem[], Roots>();

const BECOMES: ReadonlySet<string> = new Set(['cycle-key', 'save']);

/** Brought up to date as a recording grows. */
function rootsOf(items: readonly TimelineItem[]): Roots {
  const { rewrites, entries } = journalOf(items);
  let roots = all.get(items);
  if (roots === undefined || roots.rewrites !== rewrites || roots.taken > entries.length) {
    roots = { rewrites, taken: 0, from: new Map() };
    all.set(items, roots);
  }
  for (; roots.taken < entries.length; roots.taken++) {
    const { operation, from, to } = entries[roots.taken]!.operation;
    if (BECOMES.has(operation) && from && to && from !== to && !roots.from.has(to)) roots.from.set(to, from);
  }
  return roots;
}

/** What a forged recording could make a circle of ends here. */
const MAX_STEPS = 10_000;

export function sessionRoot(items: readonly TimelineItem[], session: string): string {
  const { from } = rootsOf(items);
  let root = session;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const before = from.get(root);
    if (before === undefined || before === session) break;
    root = before;
  }
  return root;
}

/** The session that a request had at its end, or began with; `undefined`: none that has a name. */
export function sessionOf({ started, finished, operations }: ExchangeRecord): string | undefined {
  return (
    finished?.sessionAfter ??
    operations.findLast(({ session }) => session !== null)?.session ??
    started?.cookie.fingerprint ??
    undefined
  );
}
