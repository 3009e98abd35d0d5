/** What a session held at the last look, encoded: the `before` of each operation, and what a checkpoint compares. */
import type { EncodedValue } from '../../../../protocol/index.ts';
import { type Change, findChanges, isUnchanged } from '../core/changes.ts';
import { type Digest, encode, type Encoded } from '../core/encode.ts';
import { encodedState } from '../core/encoded-state.ts';
import { keyStep } from '../core/key-step.ts';
import { ACCESSOR } from './json-form.ts';
import { isStoredAlike } from './stored-alike.ts';
import { storedState, type StoredState } from './stored-state.ts';

/** A session's data as it is now, read with no code of the program run; `ACCESSOR` stands for a getter's value. */
export interface LiveData {
  keys(): Iterable<string>;
  has(key: string): boolean;
  get(key: string): unknown;
}

/** A record that its store has just decoded: nobody but the library has had the values in it. */
export interface DecodedRecord {
  /** The text that it was decoded from, where that can be seen. */
  readonly text: string | undefined;
}

/** Past it all of them are compared, as without: a list is searched for each. */
const MAX_HANDED_OUT = 32;

export class KnownValues {
  readonly #digest: Digest;
  #known: Map<string, Encoded>;
  /** Others have the same map: it is copied before a change. */
  #isShared = false;
  /** Keys that changed since `fill`, and what they held then: a few, and two lists are less to make than a map. */
  #changed: string[] | undefined;
  #began: (EncodedValue | undefined)[] | undefined;
  /** Built when it is asked for and kept until something changes. */
  #state: EncodedValue | undefined;
  /** The same of the record, where JSON changes nothing in it. */
  #stored: StoredState | undefined;
  #bytes = 2;
  /** Nobody but the library has had the values of the record, those of `#handedOut` aside: they hold what they held. */
  #isWithheld: boolean;
  #handedOut: string[] | undefined;
  /** The record's text, of which this is the content. */
  #text: string | undefined;

  /** Takes all of `data` in, as it is now. `earlier`: what was known of it before. `record`: what `data` was made of. */
  constructor(digest: Digest, data?: LiveData, earlier?: KnownValues, record?: DecodedRecord) {
    this.#digest = digest;
    this.#isWithheld = record !== undefined;
    this.#text = record?.text;
    if (earlier !== undefined && this.#text !== undefined && earlier.#text === this.#text) {
      this.#known = earlier.#known;
      this.#isShared = earlier.#isShared = true;
      this.#bytes = earlier.#bytes;
      this.#state = earlier.#state;
      this.#stored = earlier.#stored;
      return;
    }
    this.#known = new Map();
    if (data !== undefined) this.#fill(data, earlier);
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

  /** `earlier`: what was known of the same session; its encodings are used again where they still say the same. */
  #fill(data: LiveData, earlier: KnownValues | undefined): void {
    let isAlike = earlier !== undefined;
    for (const key of data.keys()) {
      const value = data.get(key);
      const known = earlier === undefined ? undefined : earlier.#known.get(key);
      const isKnown = known !== undefined && value !== ACCESSOR && isUnchanged(value, known.value);
      const encoded = isKnown ? known : this.encode(value);
      if (!isKnown) isAlike = false;
      this.#bytes += encoded.bytes + key.length + 4;
      this.#known.set(key, encoded);
    }
    if (isAlike && earlier!.size === this.size && isInOrder(earlier!.#known, this.#known)) {
      this.#state = earlier!.#state;
      this.#stored = earlier!.#stored;
    }
  }

  /** Code of the program has the value of this key from now on, and may change it. */
  handOut(key: string): void {
    if (!this.#isWithheld) return;
    this.#handedOut ??= [];
    if (this.#handedOut.includes(key)) return;
    if (this.#handedOut.length < MAX_HANDED_OUT) this.#handedOut.push(key);
    else this.#isWithheld = false;
  }

  /** As `handOut`, of every key. */
  handOutAll(): void {
    this.#isWithheld = false;
  }

  /** A store that keeps JSON has just written this, of which `text` is known to be the record of `bytes`. */
  storedAs(text: string, bytes: number): void {
    // Only where JSON changes nothing in it. The size: not where a `toJSON` has made another text of it.
    this.#text = this.#stored !== undefined && Buffer.byteLength(text) === bytes ? text : undefined;
  }

  encode(value: unknown): Encoded {
    return value === ACCESSOR ? ENCODED_ACCESSOR : encode(value, this.#digest);
  }

  /** `value` encoded as the new content of `key`: the last encoding is used again where it says the same. */
  take(key: string, value: unknown): Encoded {
    this.handOut(key);
    const known = this.#known.get(key);
    if (known !== undefined && isUnchanged(value, known.value)) return known;
    const encoded = this.encode(value);
    this.#change(key, known);
    this.#bytes += encoded.bytes + (known === undefined ? key.length + 4 : -known.bytes);
    this.#known.set(key, encoded);
    return encoded;
  }

  delete(key: string): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#change(key, known);
    this.#bytes -= known.bytes + key.length + 4;
    this.#known.delete(key);
  }

  #change(key: string, known: Encoded | undefined): void {
    if (this.#isShared) {
      this.#known = new Map(this.#known);
      this.#isShared = false;
    }
    this.#state = undefined;
    this.#stored = undefined;
    this.#text = undefined;
    if (this.#changed === undefined) {
      this.#changed = [key];
      this.#began = [known?.value];
    } else if (!this.#changed.includes(key)) {
      this.#changed.push(key);
      this.#began!.push(known?.value);
    }
  }

  /** Whether the content makes other JSON than at `fill`, as far as the encodings' bounds let it be seen. */
  get isModified(): boolean {
    return this.#changed?.some((key, at) => !isStoredAlike(this.#began![at], this.get(key))) ?? false;
  }

  /**
   * The session's keys and values as one encoded object. The values are shared with what was recorded: they are
   * never changed in place.
   */
  state(): EncodedValue {
    return (this.#state ??= encodedState(this.#known, this.#digest));
  }

  /** The record that a store which keeps JSON makes of `data`, as it was at the last look. */
  stored(data: LiveData): StoredState {
    if (this.#stored !== undefined) return this.#stored;
    const state = this.state();
    const stored = storedState(this.#known, data, state, this.#digest);
    // Else it depends on more than what is known of `data`.
    if (stored.state === state) this.#stored = stored;
    return stored;
  }

  /** Looks at one key again, whose value is `live` now: what changed inside it since. The new content is kept. */
  look(key: string, live: unknown): Change[] {
    const known = this.#known.get(key);
    if (known !== undefined && this.#isWithheld && this.#handedOut?.includes(key) !== true) return NO_CHANGES;
    if (known !== undefined && (known === ENCODED_ACCESSOR ? live === ACCESSOR : isUnchanged(live, known.value)))
      return NO_CHANGES;
    const encoded = this.take(key, live);
    if (known === undefined) return [{ path: [keyStep(key)], after: encoded.value }];
    return findChanges(known.value, encoded.value, [keyStep(key)]);
  }

  /** Looks at all of `data` again: keys that came and went, and what changed inside those that stayed. */
  compare(data: LiveData): Change[] {
    let changes = NO_CHANGES;
    if (this.#isWithheld) {
      for (const key of this.#handedOut ?? []) {
        // What comes, goes or is replaced is reported as it happens.
        if (!isContainer(this.get(key))) continue;
        const found = this.look(key, data.get(key));
        if (found.length > 0) changes = changes.concat(found);
      }
      return changes;
    }
    let seen = 0;
    for (const key of data.keys()) {
      seen += 1;
      const found = this.look(key, data.get(key));
      if (found.length > 0) changes = changes.concat(found);
    }
    if (seen === this.#known.size) return changes;
    for (const [key, { value }] of this.#known) {
      if (data.has(key)) continue;
      changes = changes.concat([{ path: [keyStep(key)], before: value }]);
      this.delete(key);
    }
    return changes;
  }
}

const NO_CHANGES: Change[] = [];

const isContainer = (value: EncodedValue | undefined): boolean => typeof value === 'object' && value !== null;

const ENCODED_ACCESSOR: Encoded = { value: { $: 'accessor' }, bytes: 16 };

function isInOrder(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  const keys = a.keys();
  for (const key of b.keys()) if (keys.next().value !== key) return false;
  return true;
}
