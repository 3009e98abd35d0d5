/** Exchanges that this browser has a proof of, until it is known how they ended: asked for by id, ever more seldom. */
import { LIMITS, type SessionscopeEvent } from '../protocol/index.ts';

/** Time for the stream to bring an exchange by itself before it is asked for by its id. */
const FIRST_ASK_MS = 120;

/** An exchange may end long after its response (a slow store): asked for again, ever more seldom, for a minute. */
const MAX_TRIES = 16;
const AGAIN_MS = 480;
const GROWTH = 1.4;
const LAST_ASK_MS = 6_000;

/**
 * What the stream shows of an exchange ends where its session's key does: a logout or a rotation in another request. One
 * that runs this long is asked for by its id too.
 */
const RUNNING_MS = 1_000;

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
  /** Those of them that have not run for long, oldest first. */
  #begun: { id: string; at: number }[] = [];
  #runningTimer: ReturnType<typeof setTimeout> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #askAt = 0;

  /** Whether the stream shows the sessions of this browser alone. */
  readonly #isOfCookies: () => boolean;

  constructor(ask: (ids: string[]) => Promise<void>, isOfCookies: () => boolean) {
    this.#ask = ask;
    this.#isOfCookies = isOfCookies;
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
      if (event.type === 'exchange-started') this.#begin(event.exchange);
      if (event.type !== 'exchange-finished') continue;
      this.#finished.add(event.exchange);
      this.#running.delete(event.exchange);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#runningTimer);
    this.#wanted.clear();
  }

  #begin(id: string): void {
    if (this.#finished.has(id) || this.#running.has(id)) return;
    this.#running.add(id);
    this.#begun.push({ id, at: Date.now() });
    this.#runningTimer ??= setTimeout(() => this.#askForOldest(), RUNNING_MS);
  }

  #askForOldest(): void {
    const now = Date.now();
    const young = this.#begun.findIndex(({ at }) => at + RUNNING_MS > now);
    for (const { id } of this.#begun.splice(0, young === -1 ? this.#begun.length : young))
      if (this.#running.has(id) && this.#isOfCookies()) this.want(id);
    const [next] = this.#begun;
    this.#runningTimer =
      next === undefined ? undefined : setTimeout(() => this.#askForOldest(), next.at + RUNNING_MS - now);
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
