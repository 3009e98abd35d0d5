/** The ways in which a request could have gone, and what they have in common. */
import type { Facts } from './facts.ts';
import type { Case, CookieOutcome, Guess, RecordOutcome } from './rows.ts';

/** One way in which it could have gone. */
export interface Way {
  of: Case;
  record: Guess<RecordOutcome>;
  cookie: Guess<CookieOutcome>;
}

/** Store and browser both have the session then; `undefined`: not known. */
export function isHeldAfter({ of, record, cookie }: Way): boolean | undefined {
  if (record.outcome === 'unknown' || cookie.outcome === 'unknown') return undefined;
  const isKnownToBrowser = !of.isNewKey || cookie.outcome === 'set';
  return isKnownToBrowser && (!of.isNewKey || record.outcome === 'saved');
}

export const isSame = (guess: Guess<string>, { outcome }: { outcome: string }) => guess.outcome === outcome;

/** What the app did after the response may have come between. */
export function unlessLate({ isLate, verdict }: Facts, guess: Guess<RecordOutcome>): Guess<RecordOutcome> {
  if (!isLate || isSame(guess, verdict.record)) return guess;
  return {
    outcome: 'unknown',
    rule: 'late',
    text: 'The app went on with the session after the response had begun: which came first is not recorded.',
  };
}

/** Computed each way: where the outcomes part, it is not known. */
export function merged<Outcome extends string>(guesses: readonly Guess<Outcome>[]): Guess<Outcome> {
  const [first, ...rest] = guesses;
  const other = rest.find(({ outcome }) => outcome !== first!.outcome);
  if (other === undefined) return first!;
  const open = guesses.find(({ outcome }) => outcome === 'unknown');
  if (open !== undefined) return open;
  return {
    outcome: 'unknown',
    rule: 'depends',
    text: `Either ${first!.outcome}: ${first!.text} Or ${other.outcome}: ${other.text}`,
  };
}
