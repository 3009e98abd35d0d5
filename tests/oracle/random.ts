/** Chance that is the same from the same seed (mulberry32). */
export interface Chance {
  /** From 0, below `limit`. */
  below(limit: number): number;
  /** Whole, from 0, below `limit`. */
  integer(limit: number): number;
  of<T>(choices: readonly T[]): T;
  /** By weight. */
  among<T>(choices: readonly (readonly [weight: number, choice: T])[]): T;
}

export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (limit: number) => Math.floor(next() * limit);
  return {
    below: (limit) => next() * limit,
    integer,
    of: (choices) => choices[integer(choices.length)]!,
    among(choices) {
      let left = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, choice] of choices) if ((left -= weight) < 0) return choice;
      return choices.findLast(([weight]) => weight > 0)![1];
    },
  };
}
