/**
 * Session keys in a text, wherever they stand in it: alone, behind a prefix (`sess_<key>`), before a suffix, glued to
 * other characters. On the way of everything that leaves: a loop, no regular expression, linear in the text.
 */

/** Shorter ones are too like the words that people write. */
const MIN_LENGTH = 16;

/** 1 for what a word is made of: A–Z a–z 0–9 _ - */
const IS_PART = new Uint8Array(128);
for (const part of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-') IS_PART[part.charCodeAt(0)] = 1;

const isPart = (code: number) => code < 128 && IS_PART[code] === 1;

/** The longest word of a key, by which it is found in a text; `undefined`: it has none that is long enough. */
const wordOf = (key: string): string | undefined => {
  const words = key.match(/[A-Za-z0-9_-]{16,}/g) ?? [];
  return words.sort((a, b) => b.length - a.length)[0];
};

/**
 * The last six characters as a number: 5 bits of shift for each, in 30. Enough to recognize nearly every place where no key
 * begins.
 */
const roll = (hash: number, code: number) => ((hash << 5) ^ code) & 0x3fff_ffff;
const START_LENGTH = 6;
const STARTS = 1 << 18;
const slotOf = (hash: number) => (hash ^ (hash >>> 12)) & (STARTS - 1);

/** Words that begin with the same 16 characters, and the lengths that they have: one, for the keys of one library. */
interface Bucket {
  names: Map<string, string>;
  /** Descending: the longest that fits is meant. */
  lengths: number[];
}

/** Session keys, and how they are named. */
export class KeyWords {
  readonly #names = new Map<string, string>();
  readonly #buckets = new Map<string, Bucket>();
  /** How many of them begin so; a count that has reached the end of its byte stays there. */
  readonly #starts = new Uint8Array(STARTS);

  add(key: string, name: string): void {
    const word = wordOf(key);
    if (word === undefined || this.#names.has(word)) return;
    this.#names.set(word, name);
    const start = word.slice(0, MIN_LENGTH);
    const bucket = this.#buckets.get(start) ?? { names: new Map<string, string>(), lengths: [] };
    this.#buckets.set(start, bucket);
    bucket.names.set(word, name);
    if (!bucket.lengths.includes(word.length)) {
      bucket.lengths.push(word.length);
      bucket.lengths.sort((a, b) => b - a);
    }
    const slot = startSlotOf(word);
    if (this.#starts[slot]! < 255) this.#starts[slot]! += 1;
  }

  delete(key: string): void {
    const word = wordOf(key);
    if (word === undefined || !this.#names.delete(word)) return;
    const start = word.slice(0, MIN_LENGTH);
    const bucket = this.#buckets.get(start)!;
    bucket.names.delete(word);
    if (bucket.names.size === 0) this.#buckets.delete(start);
    const slot = startSlotOf(word);
    if (this.#starts[slot]! < 255) this.#starts[slot]! -= 1;
  }

  /**
   * A text with `(session <name>)` in place of each key in it (`(<name>)`, of one shorter than 22 characters). In a text that `isJson` what escapes a character is no
   * part of what stands behind it (`\n`, `\u001f`): to replace that would leave no JSON.
   */
  replaceIn(text: string, isJson = false): string {
    if (this.#names.size === 0) return text;
    let replaced = '';
    let copied = 0;
    const { length } = text;
    // A run that is long enough has one of any MIN_LENGTH characters in a row: the others are not looked at.
    for (let probe = MIN_LENGTH - 1; probe < length; probe += MIN_LENGTH) {
      if (!isPart(text.charCodeAt(probe))) continue;
      let start = probe;
      while (start > copied && isPart(text.charCodeAt(start - 1))) start -= 1;
      let hash = 0;
      let at = start;
      for (; at < length && isPart(text.charCodeAt(at)); at++) {
        hash = roll(hash, text.charCodeAt(at));
        const from = at - START_LENGTH + 1;
        if (from < start || this.#starts[slotOf(hash)] === 0) continue;
        const found = this.#at(text, from);
        if (found === undefined || (isJson && isInEscape(text, from))) continue;
        replaced += text.slice(copied, from) + shown(this.#names.get(found)!, found.length);
        copied = start = from + found.length;
        at = copied - 1;
        hash = 0;
      }
      probe = Math.max(probe, at);
    }
    return copied === 0 ? text : replaced + text.slice(copied);
  }

  #at(text: string, from: number): string | undefined {
    const bucket = this.#buckets.get(text.slice(from, from + MIN_LENGTH));
    if (bucket === undefined) return undefined;
    for (const length of bucket.lengths) {
      const word = text.slice(from, from + length);
      if (bucket.names.has(word)) return word;
    }
    return undefined;
  }
}

/** Never longer than the key was: a text within the wire's bounds stays within them. */
const shown = (name: string, length: number) => (length < 22 ? `(${name})` : `(session ${name})`);

const BACKSLASH = 92;
const SMALL_U = 117;

/** Whether the character at `at` belongs to an escape of JSON that begins before it. */
function isInEscape(json: string, at: number): boolean {
  for (let before = at - 1; before >= Math.max(0, at - 5); before--) {
    if (json.charCodeAt(before) !== BACKSLASH) continue;
    let first = before;
    while (first > 0 && json.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    // Two of them are one that was written.
    if ((before - first) % 2 === 1) return false;
    return before === at - 1 || json.charCodeAt(before + 1) === SMALL_U;
  }
  return false;
}

function startSlotOf(word: string): number {
  let hash = 0;
  for (let at = 0; at < START_LENGTH; at++) hash = roll(hash, word.charCodeAt(at));
  return slotOf(hash);
}
