/** Exchanges that this browser has a proof of, until it is known how they ended: asked for by id, ever more seldom. */
import { LIMITS, type SessionscopeEvent } from '../protocol/index.ts';

/** Time for the stream to bring an exchange by itself before it is asked for by its id. */
const FIRST_ASK_MS = 120;

/** An exchange may end long after its response (a slow store): asked for again, ever more seldom, for a minute. */
const MAX_TRIES = 16;
const AGAIN_MS = 480;
const GROWTH = 1.4;
const LAST_ASK_MS = 6_000;

/** Exchange ids asked for at once: the stream brings what belongs to the cookie, these bring the rest. */
const MAX_PROOFS = Math.min(40, LIMITS.proofs);

/** Exchange ids waited for: a page with all its parts, some times over. */
const MAX_WANTED = 1_000;

export class WantedExchanges {
  /** Asks for everything of these exchanges; `take` takes what comes of it. */
  readonly #ask: (ids: string[]) => Promise<void>;
  /** By id, how often it was asked for. */
  readonly #wanted = new Map<string, number>();
  readonly #finished = new Set<string>();
  readonly #running = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #askAt = 0;

  constructor(ask: (ids: string[]) => Promise<void>) {
    this.#ask = ask;
  }

  /** To be asked for, if the stream does not bring it by itself. */
  want(id: string): void {
    if (this.#finished.has(id) || this.#wanted.has(id)) return;
    this.#wanted.set(id, 0);
    if (this.#wanted.size > MAX_WANTED) this.#wanted.delete(this.#wanted.keys().next().value!);
    this.#askIn(FIRST_ASK_MS);
  }

  /** All that were seen to begin and not to end: the stream that would have reported it is closed. */
  wantRunning(): void {
    for (const id of this.#running) this.want(id);
  }

  /** Notes what came, by whatever way. */
  take(events: readonly SessionscopeEvent[]): void {
    for (const event of events) {
      if (event.type === 'exchange-started' && !this.#finished.has(event.exchange)) this.#running.add(event.exchange);
      if (event.type !== 'exchange-finished') continue;
      this.#finished.add(event.exchange);
      this.#running.delete(event.exchange);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#wanted.clear();
  }

  /** Then at the latest. */
  #askIn(ms: number): void {
    const at = Date.now() + ms;
    if (this.#timer !== undefined && this.#askAt <= at) return;
    clearTimeout(this.#timer);
    this.#askAt = at;
    this.#timer = setTimeout(() => void this.#askNow(), ms);
  }

  async #askNow(): Promise<void> {
    this.#timer = undefined;
    const missing = [...this.#wanted.keys()].filter((id) => !this.#finished.has(id));
    for (let from = 0; from < missing.length; from += MAX_PROOFS)
      await this.#ask(missing.slice(from, from + MAX_PROOFS));
    let fewest = Infinity;
    for (const id of this.#wanted.keys()) {
      const tries = this.#wanted.get(id)! + (missing.includes(id) ? 1 : 0);
      if (this.#finished.has(id) || tries >= MAX_TRIES) this.#wanted.delete(id);
      else {
        this.#wanted.set(id, tries);
        fewest = Math.min(fewest, tries);
      }
    }
    if (this.#wanted.size > 0) this.#askIn(Math.min(AGAIN_MS * GROWTH ** fewest, LAST_ASK_MS));
  }
}
