/** Events that wait while the panel is paused: bounded, and what was discarded to keep to the bound is a gap. */
import type { GapOpened, SessionscopeEvent } from '../../protocol/index.ts';

/** Events that wait: some minutes of a busy app, some 10 MB. Past it the oldest go. */
export const MAX_HELD = 20_000;

export class HeldEvents {
  #events: SessionscopeEvent[] = [];
  /** By epoch, the stretch that was discarded. */
  readonly #lost = new Map<string, GapOpened>();

  get count(): number {
    return this.#events.length;
  }

  add(events: readonly SessionscopeEvent[]): void {
    this.#events.push(...events);
    // Some at once: taking one at a time from the start of a long list is slow.
    if (this.#events.length < MAX_HELD * 1.1) return;
    for (const event of this.#events.splice(0, this.#events.length - MAX_HELD)) this.#lose(event);
  }

  #lose({ epoch, seq, at }: SessionscopeEvent): void {
    const known = this.#lost.get(epoch);
    const fromSeq = Math.min(known?.fromSeq ?? seq, seq);
    const last = Math.max(known?.seq ?? seq, seq);
    const count = (known?.count ?? 0) + 1;
    this.#lost.set(epoch, { type: 'gap-opened', epoch, seq: last, at, fromSeq, count, cause: 'slow-reader' });
  }

  /** All that waited, the gaps first; none waits any more. */
  take(): SessionscopeEvent[] {
    const all = [...this.#lost.values(), ...this.#events];
    this.clear();
    return all;
  }

  clear(): void {
    this.#events = [];
    this.#lost.clear();
  }
}
