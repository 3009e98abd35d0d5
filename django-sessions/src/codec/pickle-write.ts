/** Writes a session's data as a pickle of protocol 4 (Python 3.4 and later), or refuses by key and type. */
import { UnserializableValueError } from '../errors.ts';
import { describePath, describeType, MAX_WRITE_DEPTH } from './json-write.ts';
import { isRememberedFloat, orderedKeys, PythonFloat } from './numbers.ts';
import { PickleOutput } from './pickle-output.ts';
import { PythonGlobal, PythonObject, PythonTuple } from './python-values.ts';

const MEMOIZE = 0x94;
const MARK = 0x28;

/** The session's data as the `dict` that Django's cache back-end stores. */
export function writePickle(data: ReadonlyMap<string, unknown>): Buffer {
  const pickler = new Pickler();
  pickler.session(data);
  return pickler.end();
}

class Pickler {
  readonly #out = new PickleOutput();
  readonly #memo = new Map<unknown, number>();
  readonly #path: (string | number)[] = [];
  /** Strings that were written: keys repeat from item to item. */
  readonly #texts = new Map<string, number>();
  #memoized = 0;

  session(data: ReadonlyMap<string, unknown>): void {
    this.#byte(0x80);
    this.#byte(4);
    this.#byte(0x7d);
    if (data.size === 0) return;
    this.#byte(MARK);
    for (const [key, value] of data) {
      // Python allows other keys than text in a session that its cache keeps.
      this.#value(key, this, '', 0);
      this.#path.push(String(key));
      this.#value(value, data, key, 0);
      this.#path.pop();
    }
    this.#byte(0x75);
  }

  end(): Buffer {
    this.#byte(0x2e);
    return this.#out.bytes();
  }

  #byte(byte: number): void {
    this.#out.byte(byte);
  }

  #memoize(value: unknown): void {
    this.#memo.set(value, this.#memoized++);
    this.#byte(MEMOIZE);
  }

  #recall(at: number): void {
    if (at < 256) this.#out.pair(0x68, at);
    else this.#out.uint32(0x6a, at);
  }

  #value(value: unknown, container: object, at: string | number, depth: number): void {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'boolean':
        return this.#byte(value ? 0x88 : 0x89);
      case 'number':
        return Number.isSafeInteger(value) && !Object.is(value, -0) && !isRememberedFloat(container, at, value)
          ? this.#integer(value)
          : this.#float(value);
      case 'bigint':
        return this.#long(value);
      case 'object':
        return value === null ? this.#byte(0x4e) : this.#object(value, depth);
      default:
        throw this.#refuse(value);
    }
  }

  #integer(value: number): void {
    if (value >= 0 && value < 256) this.#out.pair(0x4b, value);
    else if (value >= -0x80000000 && value <= 0x7fffffff) this.#out.uint32(0x4a, value >>> 0);
    else this.#long(BigInt(value));
  }

  /** Two's complement, little endian, with a byte for the sign where the highest bit is none. */
  #long(value: bigint): void {
    const length = Math.floor((value < 0n ? -value : value).toString(16).length / 2) + 1;
    const hex = BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0');
    const bytes = Buffer.from(Uint8Array.from(Buffer.from(hex, 'hex')).toReversed());
    if (length < 256) this.#out.pair(0x8a, length);
    else this.#out.uint32(0x8b, length);
    this.#out.append(bytes);
  }

  #float(value: number): void {
    this.#out.double(0x47, value);
  }

  #text(text: string): void {
    const known = this.#texts.get(text);
    if (known !== undefined) return this.#recall(known);
    if (text.isWellFormed()) this.#out.text(text);
    else {
      const bytes = encodeSurrogates(text);
      if (bytes.length < 256) this.#out.pair(0x8c, bytes.length);
      else this.#out.uint32(0x58, bytes.length);
      this.#out.append(bytes);
    }
    this.#texts.set(text, this.#memoized++);
    this.#byte(MEMOIZE);
  }

  #bytes(bytes: Uint8Array): void {
    this.#out.uint32(0x42, bytes.length);
    this.#out.append(bytes);
  }

  #object(value: object, depth: number): void {
    if (value instanceof PythonFloat) return this.#float(value.value);
    const known = this.#memo.get(value);
    if (known !== undefined) return this.#recall(known);
    if (depth > MAX_WRITE_DEPTH)
      throw this.#refuseAs('nesting', `Python reads at most about ${MAX_WRITE_DEPTH} levels: store it flatter.`);
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (value instanceof PythonTuple) return this.#tuple(value, depth);
    if (value instanceof PythonGlobal) return this.#global(value);
    if (value instanceof PythonObject) return this.#pythonObject(value, depth);
    if (Array.isArray(value)) return this.#list(value, depth);
    if (value instanceof Map) return this.#map(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw this.#refuse(value);
    const [symbol] = Object.getOwnPropertySymbols(value);
    if (symbol !== undefined) throw this.#refuseAs('an object with a symbol as key', 'Use strings as keys.');
    this.#byte(0x7d);
    this.#memoize(value);
    const keys = orderedKeys(value);
    if (keys.length === 0) return;
    this.#byte(MARK);
    for (const key of keys) {
      this.#text(key);
      this.#inside(key, (value as Record<string, unknown>)[key], value, depth);
    }
    this.#byte(0x75);
  }

  #inside(step: string | number, value: unknown, container: object, depth: number): void {
    this.#path.push(step);
    this.#value(value, container, step, depth + 1);
    this.#path.pop();
  }

  #items(items: readonly unknown[], depth: number): void {
    for (let index = 0; index < items.length; index++) this.#inside(index, items[index], items, depth);
  }

  #list(list: readonly unknown[], depth: number): void {
    if (Object.getPrototypeOf(list) !== Array.prototype) throw this.#refuse(list);
    this.#byte(0x5d);
    this.#memoize(list);
    if (list.length === 0) return;
    this.#byte(MARK);
    this.#items(list, depth);
    this.#byte(0x65);
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    this.#byte(0x7d);
    this.#memoize(map);
    this.#byte(MARK);
    for (const [key, value] of map) {
      this.#value(key, map, '', depth + 1);
      this.#inside(String(key), value, map, depth);
    }
    this.#byte(0x75);
  }

  #tuple(tuple: PythonTuple, depth: number): void {
    this.#byte(MARK);
    this.#items(tuple.items, depth);
    this.#byte(0x74);
    this.#memoize(tuple);
  }

  #global({ module, qualifiedName }: PythonGlobal): void {
    this.#text(module);
    this.#text(qualifiedName);
    this.#byte(0x93);
  }

  #pythonObject(value: PythonObject, depth: number): void {
    const { callable, args, kwargs, how } = value;
    this.#value(callable, value, 'callable', depth + 1);
    this.#value(args, value, 'args', depth + 1);
    if (kwargs !== undefined) this.#value(kwargs, value, 'kwargs', depth + 1);
    this.#byte(how === 'reduce' ? 0x52 : kwargs === undefined ? 0x81 : 0x92);
    this.#memoize(value);
    for (const step of value.steps) {
      if (step.step === 'build') {
        this.#value(step.state, value, 'state', depth + 1);
        this.#byte(0x62);
        continue;
      }
      this.#byte(MARK);
      if (step.step === 'set') for (const entry of step.entries) this.#items(entry, depth);
      else this.#items(step.items, depth);
      this.#byte(step.step === 'set' ? 0x75 : step.step === 'append' ? 0x65 : 0x90);
    }
  }

  #refuse(value: unknown): UnserializableValueError {
    return this.#refuseAs(
      describeType(value),
      'Store plain objects, lists, strings, numbers, booleans and null, whose meaning Python shares.',
    );
  }

  #refuseAs(type: string, hint: string): UnserializableValueError {
    return new UnserializableValueError(describePath(this.#path), type, hint);
  }
}

/** UTF-8 with lone surrogates let through (Python's `surrogatepass`). */
function encodeSurrogates(text: string): Buffer {
  const parts = Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    return code >= 0xd800 && code <= 0xdfff
      ? Buffer.from([0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)])
      : Buffer.from(character);
  });
  return Buffer.concat(parts);
}
