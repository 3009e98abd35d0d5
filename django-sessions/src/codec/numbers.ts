/**
 * What distinguishes Python's `1.0` from its `1` while JavaScript holds both as `1`: each container that was read with such a
 * number remembers where it stood, for as long as that number stands there.
 */

/** Container (object, list, session map) → where it holds an integral float, and which. */
const floats = new WeakMap<object, Map<string | number, number>>();
/** Object → its keys in the order of the record, where JavaScript would order them otherwise (`"2"` before `"a"`). */
const orders = new WeakMap<object, readonly string[]>();
let isUsed = false;

/** A number that Python reads as `float` although it is integral: `new PythonFloat(1)` is written `1.0`. */
export class PythonFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  valueOf(): number {
    return this.value;
  }
  toJSON(): number {
    return this.value;
  }
}

export function rememberFloat(container: object, at: string | number, value: number): void {
  isUsed = true;
  let places = floats.get(container);
  if (places === undefined) floats.set(container, (places = new Map()));
  places.set(at, value);
}

/** Takes what `from` remembers over to `to`, which holds the same entries. */
export function moveMemory(from: object, to: object): void {
  const places = floats.get(from);
  if (places !== undefined) floats.set(to, places);
}

export const isRememberedFloat = (container: object, at: string | number, value: number): boolean =>
  isUsed && floats.get(container)?.get(at) === value;

export function rememberOrder(object: object, keys: readonly string[]): void {
  isUsed = true;
  orders.set(object, keys);
}

/** The object's keys, first those that were read in the order in which they were, then those added since. */
export function orderedKeys(object: object): string[] {
  const keys = Object.keys(object);
  const order = isUsed ? orders.get(object) : undefined;
  if (order === undefined) return keys;
  const present = new Set(keys);
  const known = order.filter((key) => present.delete(key));
  return [...known, ...present];
}

/** Whether a value below needs its memory to be written right. */
export const hasMemory = (container: object): boolean => isUsed && (floats.has(container) || orders.has(container));

/** As Python's `repr` of the float: `1e-05`, `1e+16`, `1.0`, `-0.0`, `NaN`, `Infinity`. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  const plain = String(value);
  // Python writes an exponent below 1e-4 and from 1e16 on, JavaScript below 1e-6 and from 1e21 on.
  if (magnitude >= 1e-4 && magnitude < 1e16) return plain.includes('.') ? plain : `${plain}.0`;
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Safe integers are Python's `int`; every other number is its `float`. */
export const formatNumber = (value: number): string =>
  Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : formatFloat(value);

/** CPython refuses to read or write integers of more digits (`sys.int_max_str_digits`). */
export const MAX_INTEGER_DIGITS = 4300;
