/** A session's record as a store that keeps JSON holds it: what the next load will give, and its true size. */
import type { EncodedValue } from '../../../../protocol/index.ts';
import type { Digest, Encoded } from '../core/encode.ts';
import { encodedState } from '../core/encoded-state.ts';
import { isPlainJson, jsonForm, sizeOf } from './json-form.ts';

export interface StoredState {
  state: EncodedValue;
  /** Bytes of the entries as JSON, without the braces around them; `undefined`: some part is not known. */
  size: number | undefined;
}

/** Encodings that JSON keeps as they are, with their size: most are, and are met again with each request. */
const plain = new WeakMap<Encoded, number>();

/** Bytes of keys as JSON: an app has some dozens. */
const keySizes = new Map<string, number>();
const MAX_KEYS = 1_000;

function keySize(key: string): number {
  let size = keySizes.get(key);
  if (size === undefined) {
    if (keySizes.size >= MAX_KEYS) keySizes.clear();
    keySizes.set(key, (size = sizeOf(key)));
  }
  return size;
}

/**
 * `known`: the keys as they were just looked at, in `data`. `whole`: the same content as one encoding, which is the
 * stored form too where JSON changes nothing.
 */
export function storedState(
  known: ReadonlyMap<string, Encoded>,
  data: { get(key: string): unknown },
  whole: EncodedValue,
  digest: Digest,
): StoredState {
  let size: number | undefined = 0;
  let changed: Map<string, Encoded | undefined> | undefined;
  for (const [key, encoded] of known) {
    let bytes = plainSize(encoded);
    if (bytes === undefined) {
      const form = jsonForm(data.get(key), digest);
      (changed ??= new Map()).set(key, form);
      if (form === undefined) continue;
      bytes = form.size;
    }
    size = size === undefined || bytes === undefined ? undefined : size + bytes + keySize(key) + 2;
  }
  if (size !== undefined && size > 0) size -= 1;
  if (changed === undefined) return { state: whole, size };
  const kept = new Map<string, Encoded>();
  for (const [key, encoded] of known) {
    const form = changed.has(key) ? changed.get(key) : encoded;
    if (form !== undefined) kept.set(key, form);
  }
  return { state: encodedState(kept, digest), size };
}

function plainSize(encoded: Encoded): number | undefined {
  const { value } = encoded;
  // What is made with each request: remembering it would cost more than counting it.
  if (typeof value === 'string') return sizeOf(value);
  if (typeof value === 'number') return String(value).length;
  const cached = plain.get(encoded);
  if (cached !== undefined || !isPlainJson(value)) return cached;
  const size = Buffer.byteLength(JSON.stringify(value));
  plain.set(encoded, size);
  return size;
}
