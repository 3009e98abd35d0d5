/**
 * What the sessions of the last requests held when they ended. The next request loads the same content as new objects:
 * with the encodings of the last time at hand, most of it need not be encoded, nor kept in the log, twice.
 */
import type { KnownValues } from './known-values.ts';

/** Sessions of as many clients as a developer has browsers and test scripts. */
const MAX_SESSIONS = 64;

/** A larger one is encoded again: 64 of this size are 4 MiB. */
const MAX_BYTES = 65_536;

export class RecentValues {
  /** By fingerprint, the oldest first. */
  readonly #values = new Map<string, KnownValues>();

  get(fingerprint: string): KnownValues | undefined {
    return this.#values.get(fingerprint);
  }

  keep(fingerprint: string, known: KnownValues): void {
    if (known.bytes > MAX_BYTES) {
      this.#values.delete(fingerprint);
      return;
    }
    if (this.#values.size >= MAX_SESSIONS && !this.#values.has(fingerprint))
      this.#values.delete(this.#values.keys().next().value!);
    this.#values.set(fingerprint, known);
  }
}
