/**
 * Reads JSON as Python's `json.loads` does: `NaN` and `Infinity` are numbers, integers beyond 2^53 become `bigint`,
 * `1.0` stays a float when it is written again, keys keep their order.
 */
import { MalformedRecordError } from '../errors.ts';
import { isPlainJson } from './json-scan.ts';
import { MAX_INTEGER_DIGITS, rememberFloat, rememberOrder } from './numbers.ts';

/** Python's parser gives up at its recursion limit of 1,000 frames, of which a request has used some. */
export const MAX_DEPTH = 960;

const INTEGER_LIKE = /^(?:0|[1-9]\d*)$/;

/**
 * A session's data: an object's entries in the order of the text, which is Latin-1. Throws `MalformedRecordError` for
 * all else.
 */
export function readSessionJson(bytes: Buffer): Map<string, unknown> {
  const text = bytes.toString('latin1');
  if (isPlainJson(bytes, MAX_DEPTH)) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // NaN, Infinity, or no JSON: the slow way finds out.
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const data = new Map<string, unknown>();
      for (const key of Object.keys(value)) data.set(key, (value as Record<string, unknown>)[key]);
      return data;
    }
  }
  return new Reader(text).session();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /(-?(?:0|[1-9]\d*))(\.\d+)?([eE][+-]?\d+)?/y;
const CONSTANTS = new Map<string, unknown>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
const CONSTANT = /null|true|false|NaN|-?Infinity/y;

class Reader {
  readonly #text: string;
  #at = 0;
  #isFloat = false;

  constructor(text: string) {
    this.#text = text;
  }

  session(): Map<string, unknown> {
    this.#skip();
    if (this.#text[this.#at] !== '{') throw this.#fault('it must be an object');
    const data = new Map<string, unknown>();
    const end = this.#members(1, data, (key, value) => data.set(key, value));
    this.#at = end;
    this.#skip();
    if (this.#at !== this.#text.length) throw this.#fault('extra data');
    return data;
  }

  #fault(why: string): MalformedRecordError {
    return new MalformedRecordError(`The record is not a session: ${why} (at character ${this.#at}).`);
  }

  #skip(): void {
    WHITESPACE.lastIndex = this.#at;
    WHITESPACE.test(this.#text);
    this.#at = WHITESPACE.lastIndex;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw this.#fault('nested too deeply');
    this.#isFloat = false;
    this.#skip();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#list(depth);
    if (first === '"') return this.#string();
    const constant = this.#match(CONSTANT);
    if (constant !== null) return CONSTANTS.get(constant[0]);
    return this.#number();
  }

  #string(): string {
    // Looked for by hand: an expression that repeats a choice needs memory for each character.
    const from = this.#at;
    if (this.#text.charCodeAt(from) !== QUOTE) throw this.#fault('a string is expected');
    let end = this.#text.indexOf('"', from + 1);
    while (end !== -1 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end === -1) throw this.#fault('a string does not end');
    let text: unknown;
    try {
      text = JSON.parse(this.#text.slice(from, end + 1));
    } catch {
      throw this.#fault('a string holds a control character, or an escape that JSON does not have');
    }
    this.#at = end + 1;
    return text as string;
  }

  /** Whether an odd number of backslashes stands before. */
  #isEscaped(at: number): boolean {
    let first = at;
    while (this.#text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    return (at - first) % 2 === 1;
  }

  #number(): number | bigint {
    const match = this.#match(NUMBER);
    if (match === null) throw this.#fault('a value is expected');
    const [text, integer = ''] = match;
    if (text === integer) {
      if (text.length - (text.startsWith('-') ? 1 : 0) > MAX_INTEGER_DIGITS)
        throw this.#fault('an integer has too many digits');
      const value = Number(text);
      if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
      return BigInt(text);
    }
    const value = Number(text);
    this.#isFloat = Number.isSafeInteger(value) && !Object.is(value, -0);
    return value;
  }

  #list(depth: number): unknown[] {
    const list: unknown[] = [];
    this.#at += 1;
    this.#skip();
    if (this.#text[this.#at] === ']') {
      this.#at += 1;
      return list;
    }
    for (;;) {
      const value = this.#value(depth + 1);
      if (this.#isFloat) rememberFloat(list, list.length, value as number);
      this.#isFloat = false;
      list.push(value);
      this.#skip();
      const next = this.#text[this.#at];
      this.#at += 1;
      if (next === ']') return list;
      if (next !== ',') throw this.#fault("',' or ']' is expected");
    }
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const keys: string[] = [];
    let hasIntegerKey = false;
    this.#at = this.#members(depth, object, (key, value) => {
      if (!Object.hasOwn(object, key)) {
        keys.push(key);
        hasIntegerKey ||= INTEGER_LIKE.test(key);
      }
      if (key === '__proto__')
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      else object[key] = value;
    });
    if (hasIntegerKey && keys.length > 1) rememberOrder(object, keys);
    return object;
  }

  /** From `{` to past `}`; returns where that is. */
  #members(depth: number, container: object, put: (key: string, value: unknown) => void): number {
    this.#at += 1;
    this.#skip();
    if (this.#text[this.#at] === '}') {
      this.#isFloat = false;
      return this.#at + 1;
    }
    for (;;) {
      this.#skip();
      const key = this.#string();
      this.#skip();
      if (this.#text[this.#at] !== ':') throw this.#fault("':' is expected");
      this.#at += 1;
      const value = this.#value(depth + 1);
      if (this.#isFloat) rememberFloat(container, key, value as number);
      this.#isFloat = false;
      put(key, value);
      this.#skip();
      const next = this.#text[this.#at];
      this.#at += 1;
      if (next === '}') return this.#at;
      if (next !== ',') throw this.#fault("',' or '}' is expected");
    }
  }
}
