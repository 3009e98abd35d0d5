/**
 * Which values one reader has already been sent, in one answer or on one stream: what is sent again is named by the
 * event that brought it (`docs/protocol.md`, tag `same`). A session's state is the same object in the log for as long as
 * nothing changes it, so that a read-only request costs the wire no second copy.
 */
import type { EncodedValue, KeyPath } from '../../../../protocol/index.ts';

export type Part = 'before' | 'after' | 'state' | 'stored';

/** A value of less JSON costs less than its name. */
export const MIN_BYTES = 80;

/** What a name takes as JSON. */
export const NAME_BYTES = 48;

/** The reader remembers some more operations than these: what is older is sent again. */
const MAX_EVENTS = 4_000;

interface Sent {
  seq: number;
  part: Part;
  /** How many operations had been sent by then. */
  at: number;
}

export class SentValues {
  /** By the value as the log holds it, then by the names under which it was redacted. */
  #sent = new WeakMap<object, Map<string, Sent>>();
  #epoch: string | undefined;
  #count = 0;

  /** What is sent from here on is of this epoch: a number of another one names nothing in it. */
  begin(epoch: string): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#sent = new WeakMap();
  }

  /** An operation is being sent. */
  next(): void {
    this.#count += 1;
  }

  /** The name of a value that was sent before under the same names; `undefined`: it was not, or too long ago. */
  nameOf(value: EncodedValue, path: KeyPath): EncodedValue | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    const sent = this.#sent.get(value)?.get(keyOf(path));
    if (sent === undefined || this.#count - sent.at > MAX_EVENTS) return undefined;
    return { $: 'same', seq: sent.seq, part: sent.part };
  }

  /** Notes that a value of so many bytes was sent. */
  note(value: EncodedValue, path: KeyPath, bytes: number, seq: number, part: Part): void {
    if (typeof value !== 'object' || value === null || bytes < MIN_BYTES) return;
    let byPath = this.#sent.get(value);
    if (byPath === undefined) this.#sent.set(value, (byPath = new Map()));
    byPath.set(keyOf(path), { seq, part, at: this.#count });
  }
}

const keyOf = (path: KeyPath): string => path.join('\0');
