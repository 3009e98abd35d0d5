/**
 * Whether this page itself was busy: what it reads then has waited here, and not on its way. A timer that comes late
 * shows it. In a hidden page browsers let timers come late: then it counts as busy; and so does a page whose clock is
 * set, since what is measured across that means nothing.
 */

/** How often the timer comes. */
const EVERY_MS = 250;

/** A timer that comes this much later was kept waiting. */
const LATE_MS = 750;

/** What was kept waiting meanwhile is read within this time. */
const CATCH_UP_MS = 1_000;

export class StallWatch {
  #lastAt = Date.now();
  #busyUntil = 0;
  readonly #timer = setInterval(() => this.#look(), EVERY_MS);

  /** Whether the page was busy just now. */
  get wasBusy(): boolean {
    this.#look();
    return Date.now() < this.#busyUntil;
  }

  #look(): void {
    const now = Date.now();
    if (now < this.#lastAt || now - this.#lastAt > EVERY_MS + LATE_MS) this.#busyUntil = now + CATCH_UP_MS;
    this.#lastAt = now;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
