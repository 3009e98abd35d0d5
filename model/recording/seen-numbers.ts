/** Numbers that were seen, kept as the stretches that they make: events of one server come numbered in order. */
export class SeenNumbers {
  /** Stretches in order, both ends included. */
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  /** Returns whether it was new. */
  add(number: number): boolean {
    const [firsts, lasts] = [this.#firsts, this.#lasts];
    /** The first stretch that ends at the number, or after it. */
    let at = lasts.length;
    if (at > 0 && number <= lasts[at - 1]!) {
      let low = 0;
      while (low < at) {
        const middle = (low + at) >> 1;
        if (lasts[middle]! < number) low = middle + 1;
        else at = middle;
      }
      if (firsts[at]! <= number) return false;
    }
    const endsBefore = at > 0 && lasts[at - 1] === number - 1;
    const beginsAfter = at < firsts.length && firsts[at] === number + 1;
    if (endsBefore && beginsAfter) {
      lasts[at - 1] = lasts[at]!;
      firsts.splice(at, 1);
      lasts.splice(at, 1);
    } else if (endsBefore) lasts[at - 1] = number;
    else if (beginsAfter) firsts[at] = number;
    else {
      firsts.splice(at, 0, number);
      lasts.splice(at, 0, number);
    }
    return true;
  }
}
