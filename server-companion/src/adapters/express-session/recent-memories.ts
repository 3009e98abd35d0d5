/**
 * What the sessions of the last requests held when they ended. The next request loads the same content as new objects:
 * with the encodings of the last time at hand, most of it need not be encoded, nor kept in the log, twice.
 */
import type { Memory } from './memory.ts';

/** Sessions of as many clients as a developer has browsers and test scripts. */
const MAX_SESSIONS = 64;

/** A larger one is encoded anew: 64 of this size are 4 MiB. */
const MAX_BYTES = 65_536;

export class RecentMemories {
  /** By fingerprint, the oldest first. */
  readonly #memories = new Map<string, Memory>();

  get(fingerprint: string): Memory | undefined {
    return this.#memories.get(fingerprint);
  }

  keep(fingerprint: string, memory: Memory): void {
    if (memory.bytes > MAX_BYTES) {
      this.#memories.delete(fingerprint);
      return;
    }
    if (this.#memories.size >= MAX_SESSIONS && !this.#memories.has(fingerprint))
      this.#memories.delete(this.#memories.keys().next().value!);
    this.#memories.set(fingerprint, memory);
  }
}
