/** Words of a text that may be session keys. On the way of every event that leaves: a loop, no regular expression. */

/** Shorter ones are too like the words that people write. */
const MIN_LENGTH = 16;

/** 1 for what a word is made of: A–Z a–z 0–9 _ - */
const IS_PART = new Uint8Array(128);
for (const part of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-') IS_PART[part.charCodeAt(0)] = 1;

const PERCENT = 37;
const BACKSLASH = 92;
const SMALL_U = 117;

const isHex = (code: number) => (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102);

/** The longest word of a key, by which it is found in a text; `undefined`: it has none that is long enough. */
const wordOf = (key: string): string | undefined => {
  const words = key.match(/[A-Za-z0-9_-]{16,}/g) ?? [];
  return words.sort((a, b) => b.length - a.length)[0];
};

/** Session keys, and how they are named. */
export class KeyWords {
  readonly #names = new Map<string, string>();
  /** How many of them begin with two given characters: nearly no other word does, and no other is looked up. */
  readonly #starts = new Uint16Array(128 * 128);

  add(key: string, name: string): void {
    const word = wordOf(key);
    if (word === undefined || this.#names.has(word)) return;
    this.#names.set(word, name);
    this.#starts[startOf(word, 0)]! += 1;
  }

  delete(key: string): void {
    const word = wordOf(key);
    if (word !== undefined && this.#names.delete(word)) this.#starts[startOf(word, 0)]! -= 1;
  }

  /**
   * A JSON text with `(session <name>)` in place of each word that is a key's. What escapes a character, in JSON (`\n`)
   * or in a URL (`%3A`), is no part of the word behind it.
   */
  replaceIn(json: string): string {
    let replaced = '';
    let copied = 0;
    const { length } = json;
    // A word that is long enough has one of any MIN_LENGTH characters in a row: the others are not looked at.
    for (let probe = MIN_LENGTH - 1; probe < length; probe += MIN_LENGTH) {
      if (!isPart(json.charCodeAt(probe))) continue;
      let start = probe;
      while (start > 0 && isPart(json.charCodeAt(start - 1))) start -= 1;
      let end = probe + 1;
      while (end < length && isPart(json.charCodeAt(end))) end += 1;
      start += escapedAt(json, start);
      if (end - start >= MIN_LENGTH && this.#starts[startOf(json, start)]! > 0) {
        const name = this.#names.get(json.slice(start, end));
        if (name !== undefined) {
          replaced += `${json.slice(copied, start)}(session ${name})`;
          copied = end;
        }
      }
      probe = end;
    }
    return copied === 0 ? json : replaced + json.slice(copied);
  }
}

const isPart = (code: number) => code < 128 && IS_PART[code] === 1;

/** How many characters from `start` on belong to an escape that begins before it. */
function escapedAt(json: string, start: number): number {
  const before = start === 0 ? 0 : json.charCodeAt(start - 1);
  if (before === PERCENT) return isHex(json.charCodeAt(start)) && isHex(json.charCodeAt(start + 1)) ? 2 : 0;
  if (before !== BACKSLASH) return 0;
  let first = start - 1;
  while (first > 0 && json.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  // Two of them are one that was written.
  if ((start - first) % 2 === 0) return 0;
  return json.charCodeAt(start) === SMALL_U ? 5 : 1;
}

const startOf = (text: string, at: number) => text.charCodeAt(at) * 128 + text.charCodeAt(at + 1);
