/**
 * What a store that keeps JSON makes of a value: `JSON.parse(JSON.stringify(value))`, read from the value itself. No
 * code of the program runs: what its `toJSON` or getter would give is not known, and marked so.
 */
import { types } from 'node:util';
import { type EncodedValue, isTagged } from '../../../../protocol/index.ts';
import { isAccessor } from '../core/changes.ts';
import { type Digest, encode, type Encoded, LOG_BOUNDS } from '../core/encode.ts';
import { classOf } from '../core/encode-leaf.ts';
import { keyStep } from '../core/key-step.ts';
import { trim } from '../core/trim.ts';

/** Values that are walked at most: some milliseconds. Of a larger one the stored form is not known. */
const MAX_NODES = 50_000;
const MAX_DEPTH = 200;

interface Walk {
  readonly digest: Digest;
  nodes: number;
  /** Of the text that JSON.stringify makes, in UTF-8. */
  size: number;
  /** Something of it is not known. */
  isPartial: boolean;
}

export interface JsonForm extends Encoded {
  /** Bytes of it as JSON; `undefined`: some part of it is not known. */
  size: number | undefined;
}

/** Stands for a property that is a getter: it is never called. */
export const ACCESSOR: unique symbol = Symbol('accessor');

/** Thrown past the bounds, never out of this file. */
const TOO_LARGE = new Error('too large to walk');

/** `undefined`: JSON leaves such a value out of an object. */
export function jsonForm(value: unknown, digest: Digest): JsonForm | undefined {
  const walk: Walk = { digest, nodes: 0, size: 0, isPartial: false };
  try {
    const form = formOf(value, 0, walk);
    if (form === undefined) return undefined;
    const meter = { bytes: 0 };
    return {
      value: trim(form, digest, LOG_BOUNDS, meter),
      bytes: meter.bytes,
      size: walk.isPartial ? undefined : walk.size,
    };
  } catch {
    return { value: { $: 'cut', kind: kindOf(value), why: 'nodes' }, bytes: 32, size: undefined };
  }
}

/** Whether an encoding is the value itself: nothing in it that JSON changes or leaves out, nor that was cut. */
export function isPlainJson(value: EncodedValue): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isPlainJson);
  if (isTagged(value)) return false;
  for (const key in value) if (!isPlainJson((value as Record<string, EncodedValue>)[key]!)) return false;
  return true;
}

const kindOf = (value: unknown) => (Array.isArray(value) ? 'array' : 'object');

function formOf(value: unknown, depth: number, walk: Walk): EncodedValue | undefined {
  walk.nodes += 1;
  if (walk.nodes > MAX_NODES || depth > MAX_DEPTH) throw TOO_LARGE;
  switch (typeof value) {
    case 'string':
      return text(value, walk);
    case 'boolean':
      walk.size += value ? 4 : 5;
      return value;
    case 'number':
      if (!Number.isFinite(value)) return nothing(walk);
      walk.size += String(value + 0).length;
      // -0 becomes 0.
      return value + 0;
    case 'object':
      return value === null ? nothing(walk) : formOfObject(value, depth, walk);
    case 'bigint':
      // JSON.stringify throws: there is no record, unless BigInt.prototype.toJSON is the app's.
      return unknown('BigInt', walk);
    case 'symbol':
      return value === ACCESSOR ? unknown('accessor', walk) : undefined;
    default:
      return undefined;
  }
}

function text(value: string, walk: Walk): EncodedValue {
  walk.size += sizeOf(value);
  return encode(value, walk.digest).value;
}

function nothing(walk: Walk): null {
  walk.size += 4;
  return null;
}

/** Bytes of a text as JSON. */
export const sizeOf = (value: string): number => Buffer.byteLength(JSON.stringify(value));

function formOfObject(object: object, depth: number, walk: Walk): EncodedValue | undefined {
  if (types.isProxy(object)) return unknown('Proxy', walk);
  const replaced = replacementOf(object, walk);
  if (replaced !== KEPT) return replaced;
  if (Array.isArray(object)) return formOfArray(object as unknown[], depth, walk);
  return formOfProperties(object, depth, walk);
}

const href = Object.getOwnPropertyDescriptor(URL.prototype, 'href')!.get!;

/** JSON goes on with the object itself. */
const KEPT = Symbol('kept');

/** What JSON takes in an object's place: what its `toJSON` gives, or the value that it boxes. */
function replacementOf(object: object, walk: Walk): EncodedValue | undefined | typeof KEPT {
  const toJson = inheritedValue(object, 'toJSON');
  if (toJson === ACCESSOR) return unknown(classOf(object), walk);
  if (typeof toJson === 'function') {
    if (toJson === Date.prototype.toJSON && types.isDate(object)) {
      const time = Date.prototype.getTime.call(object);
      return Number.isNaN(time) ? nothing(walk) : text(new Date(time).toISOString(), walk);
    }
    if (toJson === URL.prototype.toJSON && object instanceof URL) return text(href.call(object) as string, walk);
    if (toJson === Buffer.prototype.toJSON && Buffer.isBuffer(object))
      return formOf({ type: 'Buffer', data: [...object.subarray(0, MAX_NODES + 1)] }, 0, walk);
    return unknown(classOf(object), walk);
  }
  if (!types.isBoxedPrimitive(object)) return KEPT;
  if (types.isStringObject(object)) return text(String.prototype.valueOf.call(object), walk);
  if (types.isNumberObject(object)) return formOf(Number.prototype.valueOf.call(object), 0, walk);
  if (types.isBooleanObject(object)) return formOf(Boolean.prototype.valueOf.call(object), 0, walk);
  return KEPT;
}

function formOfArray(array: unknown[], depth: number, walk: Walk): EncodedValue {
  if (array.length > MAX_NODES) throw TOO_LARGE;
  walk.size += 1 + Math.max(1, array.length);
  return Array.from({ length: array.length }, (_, index) => {
    if (isAccessor(array, index)) return unknown('Array', walk);
    const form = formOf(array[index], depth + 1, walk);
    return form === undefined ? nothing(walk) : form;
  });
}

/** Own enumerable properties: all that JSON keeps of a map, a set or an error, too. */
function formOfProperties(object: object, depth: number, walk: Walk): EncodedValue {
  const entries: [string, EncodedValue][] = [];
  let isPlain = true;
  for (const key of Object.keys(object)) {
    const form = isAccessor(object, key)
      ? unknown(classOf(object), walk)
      : formOf((object as Record<string, unknown>)[key], depth + 1, walk);
    if (form === undefined) continue;
    walk.size += sizeOf(key) + 2;
    const name = keyStep(key);
    if (name === '$' || name === '__proto__' || name !== key) isPlain = false;
    entries.push([name, form]);
  }
  walk.size += entries.length === 0 ? 2 : 1;
  return isPlain ? Object.fromEntries(entries) : { $: 'object', entries, size: entries.length };
}

function unknown(name: string, walk: Walk): EncodedValue {
  walk.isPartial = true;
  return { $: 'opaque', class: name };
}

/** A property as it would be read, with no getter called and no proxy asked. */
function inheritedValue(object: object, key: string): unknown {
  for (let owner: object | null = object; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    if (types.isProxy(owner)) return ACCESSOR;
    const descriptor = Object.getOwnPropertyDescriptor(owner, key);
    if (descriptor === undefined) continue;
    return 'value' in descriptor ? (descriptor.value as unknown) : ACCESSOR;
  }
  return undefined;
}
