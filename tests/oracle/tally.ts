/** What was claimed of a program, and how each claim stood beside the truth. */

export const CLAIM_KINDS = [
  'request',
  'session',
  'memory',
  'store',
  'saved',
  'last written',
  'history',
  'diff',
  'record outcome',
  'cookie outcome',
  'size',
  'clock',
  'at once',
  'server',
  'deleted by',
  'sentence',
  'cookie step',
  'jar',
  'session end',
  'lineage',
] as const;
export type ClaimKind = (typeof CLAIM_KINDS)[number];

/** One claim that is not so. */
export interface FalseClaim {
  kind: ClaimKind;
  /** After which step of the program it was made, from 0. */
  step: number;
  /** The request whose moment was looked at. */
  request: number;
  says: string;
  isSo: string;
}

export interface Counts {
  right: number;
  unknown: number;
  false: number;
}

export class Tally {
  readonly counts = new Map<ClaimKind, Counts>(CLAIM_KINDS.map((kind) => [kind, { right: 0, unknown: 0, false: 0 }]));
  readonly falseClaims: FalseClaim[] = [];
  /** Sentences that no rule is known of. */
  readonly unjudged = new Set<string>();

  right(kind: ClaimKind): void {
    this.counts.get(kind)!.right += 1;
  }
  /** Says that it is not known, or not compared. `text`: a sentence that nobody can judge. */
  unknown(kind: ClaimKind, text?: string): void {
    this.counts.get(kind)!.unknown += 1;
    if (text !== undefined) this.unjudged.add(text);
  }
  false(claim: FalseClaim): void {
    this.counts.get(claim.kind)!.false += 1;
    this.falseClaims.push(claim);
  }
  add(other: Tally): void {
    for (const [kind, { right, unknown, false: wrong }] of other.counts) {
      const own = this.counts.get(kind)!;
      own.right += right;
      own.unknown += unknown;
      own.false += wrong;
    }
    this.falseClaims.push(...other.falseClaims);
    for (const text of other.unjudged) this.unjudged.add(text);
  }
}
