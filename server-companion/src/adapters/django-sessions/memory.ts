/** What a session held at the last look, encoded: the `before` of each operation, and what a checkpoint compares. */
import type { EncodedValue } from '../../../../protocol/index.ts';
import { type Change, findChanges, isUnchanged } from '../../core/changes.ts';
import { type Digest, encode, type Encoded } from '../../core/encode.ts';
import { encodedState } from '../../core/encoded-state.ts';

const NO_CHANGES: Change[] = [];

export class Memory {
  readonly #digest: Digest;
  readonly #known = new Map<string, Encoded>();
  /** Built when it is asked for and kept until something changes. */
  #state: EncodedValue | undefined;
  #bytes = 2;

  constructor(digest: Digest, data?: ReadonlyMap<string, unknown>) {
    this.#digest = digest;
    if (data !== undefined) for (const [key, value] of data) this.take(key, value);
  }

  /** Top-level keys. */
  get size(): number {
    return this.#known.size;
  }

  /** Approximate bytes of the state as JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): EncodedValue | undefined {
    return this.#known.get(key)?.value;
  }

  /** `value` encoded as the new content of `key`: the last encoding is used again where it says the same. */
  take(key: string, value: unknown): Encoded {
    const known = this.#known.get(key);
    if (known !== undefined && isUnchanged(value, known.value)) return known;
    const encoded = encode(value, this.#digest);
    this.#state = undefined;
    this.#bytes += encoded.bytes + (known === undefined ? key.length + 4 : -known.bytes);
    this.#known.set(key, encoded);
    return encoded;
  }

  delete(key: string): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#state = undefined;
    this.#bytes -= known.bytes + key.length + 4;
    this.#known.delete(key);
  }

  /** Keys and values as one encoded object. Its values are shared with what was recorded and never changed in place. */
  state(): EncodedValue {
    return (this.#state ??= encodedState(this.#known));
  }

  /** Looks at one key again: what changed inside it since. The new content is kept. */
  look(key: string, live: unknown): Change[] {
    const known = this.#known.get(key);
    if (known !== undefined && isUnchanged(live, known.value)) return NO_CHANGES;
    const encoded = this.take(key, live);
    if (known === undefined) return [{ path: [key], after: encoded.value }];
    return findChanges(known.value, encoded.value, [key]);
  }

  /** Looks at all of `data` again: keys that came and went, and what changed inside those that stayed. */
  compare(data: ReadonlyMap<string, unknown>): Change[] {
    let changes = NO_CHANGES;
    for (const [key, live] of data) {
      const found = this.look(key, live);
      if (found.length > 0) changes = changes.concat(found);
    }
    if (data.size === this.#known.size) return changes;
    const gone: Change[] = [];
    for (const [key, { value }] of this.#known) {
      if (data.has(key)) continue;
      gone.push({ path: [key], before: value });
      this.delete(key);
    }
    return [...changes, ...gone];
  }
}
