/** Writes JSON as Python's `json.dumps(data, separators=(',', ':'))` does, to the byte, or refuses by key and type. */
import { UnserializableValueError } from '../errors.ts';
import {
  formatFloat,
  formatNumber,
  hasMemory,
  isRememberedFloat,
  MAX_INTEGER_DIGITS,
  orderedKeys,
  PythonFloat,
} from './numbers.ts';
import { PythonTuple } from './python-values.ts';

/** Below what Python's own writer and reader manage, whatever their stack held before. */
export const MAX_WRITE_DEPTH = 900;

/** The first integer with more digits than Python reads. */
const INTEGER_END = 10n ** BigInt(MAX_INTEGER_DIGITS);

const NON_ASCII = /[\u007f-\uffff]/;
const NON_ASCII_ALL = /[\u007f-\uffff]/g;

const escapeNonAscii = (json: string): string =>
  NON_ASCII.test(json)
    ? json.replace(NON_ASCII_ALL, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : json;

/** A longer text is for `JSON.stringify`, which is faster from there on. */
const SHORT = 40;

/** A string as JSON. Names and short values need no more than quotes: a look at each character spares two calls. */
function quote(text: string): string {
  if (text.length > SHORT) return escapeNonAscii(JSON.stringify(text));
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return escapeNonAscii(JSON.stringify(text));
  }
  return `"${text}"`;
}

/** The session's data as JSON, in pure ASCII. */
export function writeSessionJson(data: ReadonlyMap<string, unknown>): string {
  let json = '{';
  for (const [key, value] of data) {
    if (json.length > 1) json += ',';
    json += quote(key);
    json += ':';
    json += writeEntry(data, key, value);
  }
  return `${json}}`;
}

function writeEntry(data: ReadonlyMap<string, unknown>, key: string, value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' && isRememberedFloat(data, key, value)) return formatFloat(value);
  return isPlain(value, 0) ? escapeNonAscii(JSON.stringify(value)) : new Writer(key).value(value, data, key, 0);
}

/** A key that objects hold before all others. */
const MOVED_KEY = /^\d/;

/**
 * JSON that `readPlainJson` reads as the same values, in the same order, nothing shared between them. `undefined` where
 * there is no such JSON, or to find out would take long.
 */
export function writePlainJson(data: ReadonlyMap<string, unknown>): string | undefined {
  const seen = new Set<object>();
  let json = '{';
  for (const [key, value] of data) {
    if (typeof key !== 'string' || MOVED_KEY.test(key) || !isPlain(value, 0, seen)) return undefined;
    if (typeof value === 'number' && isRememberedFloat(data, key, value)) return undefined;
    json += `${json.length > 1 ? ',' : ''}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return `${json}}`;
}

/** What `writePlainJson` wrote. */
export function readPlainJson(json: string): Map<string, unknown> {
  return new Map(Object.entries(JSON.parse(json) as Record<string, unknown>));
}

/**
 * Whether `JSON.stringify` writes what Python would: a quick look that may say `false` for more than it must. With
 * `seen`, not what is there, or in the value, a second time.
 */
function isPlain(value: unknown, depth: number, seen?: Set<object>): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isPlainNumber(value);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > 100 || hasMemory(value)) return false;
  if (seen !== undefined) {
    if (seen.has(value)) return false;
    seen.add(value);
  }
  if (Array.isArray(value)) {
    if (Object.getPrototypeOf(value) !== Array.prototype) return false;
    for (let index = 0; index < value.length; index++) if (!isPlain(value[index], depth + 1, seen)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // Counts no symbols: an object with one goes the slow way through the key check below.
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  // Spares a list of keys; where something put a key on Object.prototype, it is looked at once more than it must.
  for (const key in value) if (!isPlain((value as Record<string, unknown>)[key], depth + 1, seen)) return false;
  return true;
}

function isPlainNumber(value: number): boolean {
  if (Number.isInteger(value)) return Number.isSafeInteger(value) && !Object.is(value, -0);
  const magnitude = Math.abs(value);
  return magnitude >= 1e-4 && magnitude < 1e16;
}

class Writer {
  readonly #path: (string | number)[];
  readonly #open = new Set<object>();

  constructor(key: string) {
    this.#path = [key];
  }

  value(value: unknown, container: object, at: string | number, depth: number): string {
    switch (typeof value) {
      case 'string':
        return quote(value);
      case 'boolean':
        return String(value);
      case 'number':
        return isRememberedFloat(container, at, value) ? formatFloat(value) : formatNumber(value);
      case 'bigint':
        return this.#bigint(value);
      case 'object':
        return value === null ? 'null' : this.#object(value, depth);
      default:
        throw this.#refuse(value);
    }
  }

  #bigint(value: bigint): string {
    // Compared first: to write out a long one takes time with the square of its length.
    if (value >= INTEGER_END || value <= -INTEGER_END)
      throw this.#refuseAs('bigint', `Python reads integers of up to ${MAX_INTEGER_DIGITS} digits.`);
    return String(value);
  }

  #object(value: object, depth: number): string {
    if (value instanceof PythonFloat) return formatFloat(value.value);
    const list = value instanceof PythonTuple ? value.items : value;
    if (this.#open.has(value)) throw this.#refuseAs('a cycle', 'It holds itself: store the parts that do not.');
    if (depth > MAX_WRITE_DEPTH)
      throw this.#refuseAs('nesting', `Python reads at most about ${MAX_WRITE_DEPTH} levels: store it flatter.`);
    this.#open.add(value);
    const json = Array.isArray(list) ? this.#list(list, depth) : this.#members(value, depth);
    this.#open.delete(value);
    return json;
  }

  #list(list: readonly unknown[], depth: number): string {
    if (Object.getPrototypeOf(list) !== Array.prototype) throw this.#refuse(list);
    const parts: string[] = [];
    for (let index = 0; index < list.length; index++)
      parts.push(this.#inside(index, () => this.value(list[index], list, index, depth + 1)));
    return `[${parts.join(',')}]`;
  }

  #members(value: object, depth: number): string {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw this.#refuse(value);
    const [symbol] = Object.getOwnPropertySymbols(value);
    if (symbol !== undefined) throw this.#refuseAs('an object with a symbol as key', 'Use strings as keys.');
    const parts = orderedKeys(value).map(
      (key) =>
        `${quote(key)}:${this.#inside(key, () => this.value((value as Record<string, unknown>)[key], value, key, depth + 1))}`,
    );
    return `{${parts.join(',')}}`;
  }

  #inside(step: string | number, write: () => string): string {
    this.#path.push(step);
    const json = write();
    this.#path.pop();
    return json;
  }

  #refuse(value: unknown): UnserializableValueError {
    const type = describeType(value);
    return this.#refuseAs(type, HINTS[type] ?? 'Store plain objects, lists, strings, numbers, booleans and null.');
  }

  #refuseAs(type: string, hint: string): UnserializableValueError {
    return new UnserializableValueError(describePath(this.#path), type, hint);
  }
}

const HINTS: Record<string, string> = {
  Date: 'Store date.toISOString(), or its getTime().',
  undefined: 'Store null, or delete the key.',
  Map: 'Store Object.fromEntries(map).',
  Set: 'Store [...set].',
  function: 'Store what it would give.',
};

/** For messages: what JavaScript or the app calls it. */
export function describeType(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  const name: unknown = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor
    ?.name;
  return typeof name === 'string' && name !== '' ? name : 'object';
}

/** `cart.items[2]["odd key"]`. */
export function describePath([key, ...steps]: readonly (string | number)[]): string {
  return steps.reduce<string>(
    (path, step) =>
      typeof step === 'number'
        ? `${path}[${step}]`
        : /^[A-Za-z_$][\w$]*$/.test(step)
          ? `${path}.${step}`
          : `${path}[${JSON.stringify(step)}]`,
    String(key),
  );
}
