/**
 * Whether the answers of a stream come in lumps, because something on the way buffers them: some are late, others not.
 * Only how their delays differ counts, since the two clocks may differ. A clock that is set meanwhile changes all delays
 * that follow by one step; what a buffer does is more than one step explains.
 */

/** An answer that was on its way so much longer than another was buffered, or a clock was set between them. */
const LUMP_MS = 2_500;

/** From one answer to the next: more than a network and a busy machine make of it. */
const STEP_MS = LUMP_MS / 2;

export class LumpWatch {
  readonly #longestMs: number;
  #last: number | undefined;
  #shortest = Infinity;
  #longest = -Infinity;
  #largestStep = 0;
  #steps = 0;

  /** `longestMs`: nothing holds an answer back for longer, because the stream would have ended. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** Takes the next answer's delay, in ms by both clocks: it may be negative. */
  take(delay: number): void {
    const step = Math.abs(delay - (this.#last ?? delay));
    this.#last = delay;
    if (step > this.#longestMs) {
      // No buffer did that: what was measured before is of another clock.
      this.#shortest = this.#longest = delay;
      this.#largestStep = this.#steps = 0;
      return;
    }
    this.#shortest = Math.min(this.#shortest, delay);
    this.#longest = Math.max(this.#longest, delay);
    this.#largestStep = Math.max(this.#largestStep, step);
    if (step > STEP_MS) this.#steps += 1;
  }

  get comesInLumps(): boolean {
    const range = this.#longest - this.#shortest;
    return range > LUMP_MS && (this.#steps > 1 || range - this.#largestStep > STEP_MS);
  }
}
