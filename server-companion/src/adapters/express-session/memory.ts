/** What a session held at the last look, encoded: the `before` of each operation, and what a checkpoint compares. */
import type { EncodedValue } from '../../../../protocol/index.ts';
import { type Change, findChanges, isAccessor, isUnchanged } from '../../core/changes.ts';
import { type Digest, encode, type Encoded } from '../../core/encode.ts';
import { encodedState } from '../../core/encoded-state.ts';
import { isData } from './methods.ts';
import { isStoredAlike } from './stored-form.ts';

/** Gives an own property's value with no getter called; `ACCESSOR` stands for one that is a getter. */
export type ReadProperty = (session: object, key: string) => unknown;

export class Memory {
  readonly #digest: Digest;
  readonly #read: ReadProperty;
  readonly #known = new Map<string, Encoded>();
  /** Of each key that changed since `fill`, what it held then. */
  #began: Map<string, EncodedValue | undefined> | undefined;
  /** Built when it is asked for and kept until something changes. */
  #state: EncodedValue | undefined;
  #bytes = 2;

  constructor(digest: Digest, read: ReadProperty = readProperty) {
    this.#digest = digest;
    this.#read = read;
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

  /**
   * Takes all of `session` in, as it is now; once, of an empty memory. `earlier`: what was known of the same session;
   * its encodings are used again where they still say the same.
   */
  fill(session: object, earlier?: Memory): void {
    let isAlike = earlier !== undefined;
    for (const key of Object.keys(session)) {
      if (!isData(key)) continue;
      const value = this.#read(session, key);
      const known = earlier === undefined ? undefined : earlier.#known.get(key);
      const isKnown = known !== undefined && value !== ACCESSOR && isUnchanged(value, known.value);
      const encoded = isKnown ? known : this.encode(value);
      if (!isKnown) isAlike = false;
      this.#bytes += encoded.bytes + key.length + 4;
      this.#known.set(key, encoded);
    }
    if (isAlike && earlier!.size === this.size && isInOrder(earlier!.#known, this.#known))
      this.#state = earlier!.#state;
  }

  encode(value: unknown): Encoded {
    return value === ACCESSOR ? ENCODED_ACCESSOR : encode(value, this.#digest);
  }

  /** `value` encoded as the new content of `key`: the last encoding is used again where it says the same. */
  take(key: string, value: unknown): Encoded {
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
    this.#state = undefined;
    this.#began ??= new Map();
    if (!this.#began.has(key)) this.#began.set(key, known?.value);
  }

  /** Whether the content makes other JSON than at `fill`, as far as the encodings' bounds let it be seen. */
  get isModified(): boolean {
    if (this.#began === undefined) return false;
    for (const [key, value] of this.#began) if (!isStoredAlike(value, this.get(key))) return true;
    return false;
  }

  /**
   * The session's keys and values as one encoded object. The values are shared with what was recorded: they are
   * never changed in place.
   */
  state(): EncodedValue {
    return (this.#state ??= encodedState(this.#known));
  }

  /** Looks at one key again: what changed inside it since. The new content is kept. */
  look(session: object, key: string): Change[] {
    const live = this.#read(session, key);
    const known = this.#known.get(key);
    if (known !== undefined && (known === ENCODED_ACCESSOR ? live === ACCESSOR : isUnchanged(live, known.value)))
      return NO_CHANGES;
    const encoded = this.take(key, live);
    if (known === undefined) return [{ path: [key], after: encoded.value }];
    return findChanges(known.value, encoded.value, [key]);
  }

  /** Looks at the whole session again: keys that came and went, and what changed inside those that stayed. */
  compare(session: object): Change[] {
    const changes: Change[] = [];
    let seen = 0;
    for (const key of Object.keys(session)) {
      if (!isData(key)) continue;
      seen += 1;
      changes.push(...this.look(session, key));
    }
    if (seen === this.#known.size) return changes;
    for (const [key, { value }] of this.#known) {
      if (Object.prototype.propertyIsEnumerable.call(session, key)) continue;
      changes.push({ path: [key], before: value });
      this.delete(key);
    }
    return changes;
  }
}

const NO_CHANGES: Change[] = [];

/** Stands for a property that is a getter: it is never called. */
const ACCESSOR = Symbol('accessor');
const ENCODED_ACCESSOR: Encoded = { value: { $: 'accessor' }, bytes: 16 };

export const readProperty: ReadProperty = (session, key) =>
  isAccessor(session, key) ? ACCESSOR : (session as Record<string, unknown>)[key];

function isInOrder(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  const keys = a.keys();
  for (const key of b.keys()) if (keys.next().value !== key) return false;
  return true;
}
