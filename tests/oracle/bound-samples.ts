/** How much of each kind may be *not known* in a run of a certain size: drawn again and again from programs that were run. */
import { createChance } from './random.ts';
import { CLAIM_KINDS, type ClaimKind, Tally } from './tally.ts';

const DRAWS = 5_000;

/**
 * The largest share of each kind in runs of `size` programs that are drawn from these, with returns; absent: too few
 * claims in any of them to say.
 */
export function largestShares(programs: readonly Tally[], size: number, fewest: number): Map<ClaimKind, number> {
  const chance = createChance(1);
  const largest = new Map<ClaimKind, number>();
  for (let draw = 0; draw < DRAWS; draw++) {
    const run = new Tally();
    for (let at = 0; at < size; at++) run.add(chance.of(programs));
    for (const kind of CLAIM_KINDS) {
      const { right, unknown } = run.counts.get(kind)!;
      if (right + unknown >= fewest) largest.set(kind, Math.max(largest.get(kind) ?? 0, unknown / (right + unknown)));
    }
  }
  return largest;
}
