/** What changed inside a value between two looks at it: how nested changes are found at a checkpoint. */
import { types } from 'node:util';
import { type EncodedValue, isTagged, type KeyPathStep, LIMITS } from '../../../../protocol/index.ts';

export interface Change {
  path: KeyPathStep[];
  /** Absent: was not there. */
  before?: EncodedValue;
  /** Absent: is not there any more. */
  after?: EncodedValue;
}

/** Finds a getter without calling it, and unlike a property's descriptor allocates nothing. */
const lookupGetter = (Object.prototype as unknown as { __lookupGetter__(key: PropertyKey): unknown }).__lookupGetter__;

/** Whether reading an own property of what is no proxy would run a getter. */
export const isAccessor = (object: object, key: PropertyKey): boolean => lookupGetter.call(object, key) !== undefined;

/**
 * Reports whether a live value is, for sure, what `encoded` says: allocates nothing and runs no code of the program.
 * `false` only means that it must be encoded again and compared.
 */
export function isUnchanged(live: unknown, encoded: EncodedValue, depth = 0): boolean {
  // `Object.is`: 0 and -0 are not the same, and are encoded differently.
  if (live === null || typeof live !== 'object') return live !== undefined && Object.is(live, encoded);
  if (depth === 0) namesInUse = 0;
  if (encoded === null || typeof encoded !== 'object' || depth > LIMITS.fetchedDepth || types.isProxy(live))
    return false;
  if (Array.isArray(live)) {
    if (!Array.isArray(encoded) || encoded.length !== live.length || Object.getPrototypeOf(live) !== Array.prototype)
      return false;
    for (let index = 0; index < live.length; index++)
      if (isAccessor(live, index) || !isUnchanged(live[index], encoded[index]!, depth + 1)) return false;
    return true;
  }
  if (Array.isArray(encoded)) return false;
  if (isTagged(encoded)) {
    return (
      encoded.$ === 'date' &&
      types.isDate(live) &&
      encoded.iso !== null &&
      Date.prototype.getTime.call(live) === Date.parse(encoded.iso)
    );
  }
  const prototype: unknown = Object.getPrototypeOf(live);
  return (prototype === Object.prototype || prototype === null) && hasSameProperties(live, encoded, depth);
}

/** Names of the encodings under comparison, from the outermost in: `Object.keys` of each would make two lists. */
const names: string[] = [];
let namesInUse = 0;

/** The same names in the same order, with the same values. */
function hasSameProperties(live: object, encoded: Record<string, EncodedValue>, depth: number): boolean {
  const first = namesInUse;
  // An encoding of a plain object has no other properties than its own.
  // oxlint-disable-next-line guard-for-in
  for (const key in encoded) names[namesInUse++] = key;
  const end = namesInUse;
  let at = first;
  let isAlike = true;
  for (const key in live) {
    if (at === end || key !== names[at] || isAccessor(live, key)) {
      isAlike = false;
      break;
    }
    at += 1;
    const part = (live as Record<string, unknown>)[key];
    const known = encoded[key]!;
    // Most parts are scalars: compared here, they cost no call.
    if (
      typeof part === 'object' ? !isUnchanged(part, known, depth + 1) : part === undefined || !Object.is(part, known)
    ) {
      isAlike = false;
      break;
    }
  }
  namesInUse = first;
  return isAlike && at === end;
}

/** A change that has more parts than this is reported as one change of what holds them. */
export const MAX_CHANGES = 8;

/**
 * The parts in which two encodings differ, each with its path below `path`; empty where they say the same. Lists of
 * different length are compared item by item as far as both go; more than `MAX_CHANGES` parts are reported as one.
 */
export function findChanges(before: EncodedValue, after: EncodedValue, path: readonly KeyPathStep[] = []): Change[] {
  const changes: Change[] = [];
  collect(before, after, [...path], changes);
  if (changes.length <= MAX_CHANGES) return changes;
  return [{ path: [...path], before, after }];
}

function collect(before: EncodedValue, after: EncodedValue, path: KeyPathStep[], changes: Change[]): void {
  if (before === after || changes.length > MAX_CHANGES) return;
  const partsBefore = partsOf(before);
  const partsAfter = partsOf(after);
  if (
    partsBefore === undefined ||
    partsAfter === undefined ||
    path.length >= LIMITS.keyPathSteps ||
    Array.isArray(before) !== Array.isArray(after)
  ) {
    if (!isSame(before, after)) changes.push({ path: [...path], before, after });
    return;
  }
  for (const [step, value] of partsBefore) {
    path.push(step);
    const other = partsAfter.get(step);
    if (other === undefined) changes.push({ path: [...path], before: value });
    else collect(value, other, path, changes);
    path.pop();
  }
  for (const [step, value] of partsAfter)
    if (!partsBefore.has(step)) changes.push({ path: [...path, step], after: value });
}

/** The parts of a plain list or object; `undefined` for what is compared whole. */
function partsOf(value: EncodedValue): Map<KeyPathStep, EncodedValue> | undefined {
  if (value === null || typeof value !== 'object' || isTagged(value)) return undefined;
  if (Array.isArray(value)) return new Map(value.map((item, index) => [index, item]));
  return new Map(Object.entries(value));
}

/** Whether two encodings say the same. */
export const isSame = (a: EncodedValue, b: EncodedValue): boolean =>
  a === b || (isObject(a) && isObject(b) && JSON.stringify(a) === JSON.stringify(b));

/** The JSON of anything else is the same only where it is the same. */
const isObject = (value: EncodedValue): boolean => typeof value === 'object' && value !== null;
