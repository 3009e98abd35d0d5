/**
 * Values as they travel: JSON says itself; what JSON cannot say is an object whose `$` names it. A program's own
 * object that has a key `$` or `__proto__` travels as `{"$":"object"}` with entries, so that a tag can't be forged
 * and no parser is led to a prototype. `docs/protocol.md`, "Values", is the reference.
 */
import * as v from 'valibot';
import { LIMITS } from './limits.ts';

/** One step from a container to a part of it: an object's or a map's key, or an index. */
export type KeyPathStep = string | number;
export type KeyPath = readonly KeyPathStep[];

export type EncodedValue = null | boolean | number | string | EncodedValue[] | EncodedObject | TaggedValue;
export interface EncodedObject {
  [key: string]: EncodedValue;
}

/** Why a value is not there whole. `bytes` and `nodes` are the budget of the whole encoding. */
export type CutReason = 'depth' | 'nodes' | 'bytes';

export type TaggedValue =
  /** An object that is not plain, has a key `$` or `__proto__`, or has more entries (`size`) than are given. */
  | { $: 'object'; class?: string; entries: [string, EncodedValue][]; size: number; digest?: string }
  /** A list that is not a plain array, or has more items (`size`) than are given. */
  | { $: 'array'; class?: string; items: EncodedValue[]; size: number; digest?: string }
  | { $: 'map'; entries: [EncodedValue, EncodedValue][]; size: number; digest?: string }
  | { $: 'set'; items: EncodedValue[]; size: number; digest?: string }
  /** A long text: its head and tail, `length` in UTF-16 code units, `digest` a keyed hash of the whole. */
  | { $: 'text'; head: string; tail: string; length: number; digest: string }
  /** `iso` is `null` for an invalid date. A zone-less Python datetime has no offset in it. */
  | { $: 'date'; iso: string | null }
  | { $: 'bigint'; digits: string }
  | { $: 'number'; value: 'NaN' | 'Infinity' | '-Infinity' | '-0' }
  | { $: 'undefined' }
  | { $: 'symbol'; description: string }
  | { $: 'function'; name: string }
  /** `length` in bytes; `head` is base64 of the first of them. */
  | { $: 'bytes'; class: string; length: number; head: string; digest?: string }
  | { $: 'error'; name: string; message: string }
  /** The value is its own ancestor: the one at `path` from the encoded root. */
  | { $: 'cycle'; path: KeyPathStep[] }
  /** A getter, which is never called. */
  | { $: 'accessor' }
  /** A value whose content can't be read without running the program's code, or that has none. */
  | { $: 'opaque'; class: string; text?: string }
  /** Left out for a bound. `size`: entries or items of what was left out, where that is known. */
  | {
      $: 'cut';
      kind: 'object' | 'array' | 'map' | 'set' | 'text' | 'other';
      size?: number;
      why: CutReason;
      digest?: string;
    }
  /**
   * The same value as part `part` of event `seq`, which was sent earlier in the same answer or on the same stream:
   * only as a whole `before`, `after`, `state` or `stored`.
   */
  | { $: 'same'; seq: number; part: 'before' | 'after' | 'state' | 'stored' }
  /** Kept on the server. `digest` changes when the value does; `by` names the rule that redacted it. */
  | { $: 'redacted'; digest: string; by: 'name' | 'shape' };

const TAGS: ReadonlySet<string> = new Set<TaggedValue['$']>([
  'object',
  'array',
  'map',
  'set',
  'text',
  'date',
  'bigint',
  'number',
  'undefined',
  'symbol',
  'function',
  'bytes',
  'error',
  'cycle',
  'accessor',
  'opaque',
  'cut',
  'same',
  'redacted',
]);

/** True for what stands for something JSON cannot say; false for scalars, plain arrays and plain objects. */
export function isTagged(value: EncodedValue): value is TaggedValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, '$');
}

const isText = (value: unknown, max: number = LIMITS.textLength): value is string =>
  typeof value === 'string' && value.length <= max;
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isOptional = (value: unknown, check: (value: unknown) => boolean) => value === undefined || check(value);
const isDigest = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{12}$/.test(value);
const isName = (value: unknown): value is string => isText(value, LIMITS.nameLength);

/** A message may carry whole logs of values; a companion's own budget is smaller than this. */
const MAX_CHECKED_NODES = 100_000;
/** Room for a companion that counts levels otherwise. */
const DEPTH_FACTOR = 3;

export interface ValueBounds {
  textLength: number;
  entries: number;
  depth: number;
}

/** Of a value in an event, or in an answer that gives a session. */
export const EVENT_VALUE: ValueBounds = LIMITS;
/** Of a value that was asked for on demand. */
export const FETCHED_VALUE: ValueBounds = {
  textLength: LIMITS.fetchedTextLength,
  entries: LIMITS.fetchedEntries,
  depth: LIMITS.fetchedDepth,
};

/**
 * Reports whether `value` (just parsed from JSON) is an encoded value within the wire's bounds. Iterates, never
 * recurses, never throws, and stops at the first fault.
 */
export function isEncodedValue(value: unknown, bounds: ValueBounds = EVENT_VALUE): value is EncodedValue {
  const todo: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let nodes = 0; todo.length > 0; nodes++) {
    const node = todo.pop()!;
    if (nodes > MAX_CHECKED_NODES || node.depth > bounds.depth * DEPTH_FACTOR) return false;
    const push = (child: unknown) => todo.push({ value: child, depth: node.depth + 1 });
    if (!checkNode(node.value, bounds, push)) return false;
  }
  return true;
}

function checkNode(node: unknown, bounds: ValueBounds, push: (child: unknown) => void): boolean {
  if (node === null || typeof node === 'boolean') return true;
  if (typeof node === 'number') return Number.isFinite(node);
  if (typeof node === 'string') return node.length <= bounds.textLength;
  if (Array.isArray(node)) return node.length <= bounds.entries && (node.forEach(push), true);
  if (typeof node !== 'object') return false;
  if (Object.hasOwn(node, '__proto__')) return false;
  if (Object.hasOwn(node, '$')) return checkTag(node as Record<string, unknown>, bounds, push);
  const keys = Object.keys(node);
  if (keys.length > bounds.entries) return false;
  for (const key of keys) {
    if (key.length > LIMITS.nameLength) return false;
    push((node as Record<string, unknown>)[key]);
  }
  return true;
}

function checkTag(node: Record<string, unknown>, bounds: ValueBounds, push: (child: unknown) => void): boolean {
  const tag = node['$'];
  if (typeof tag !== 'string' || !TAGS.has(tag)) return false;
  const list = (items: unknown, pairs: false | 'named' | 'any') => {
    if (!Array.isArray(items) || items.length > bounds.entries) return false;
    for (const item of items) {
      if (!pairs) push(item);
      else if (!Array.isArray(item) || item.length !== 2 || (pairs === 'named' && !isName(item[0]))) return false;
      else {
        if (pairs === 'any') push(item[0]);
        push(item[1]);
      }
    }
    return isCount(node['size']) && node['size'] >= items.length && isOptional(node['digest'], isDigest);
  };
  switch (tag as TaggedValue['$']) {
    case 'object':
      return isOptional(node['class'], isName) && list(node['entries'], 'named');
    case 'array':
      return isOptional(node['class'], isName) && list(node['items'], false);
    case 'map':
      return list(node['entries'], 'any');
    case 'set':
      return list(node['items'], false);
    case 'text':
      return isText(node['head']) && isText(node['tail']) && isCount(node['length']) && isDigest(node['digest']);
    case 'date':
      return node['iso'] === null || isText(node['iso'], 40);
    case 'bigint':
      return typeof node['digits'] === 'string' && /^-?\d{1,2048}$/.test(node['digits']);
    case 'number':
      return ['NaN', 'Infinity', '-Infinity', '-0'].includes(node['value'] as string);
    case 'symbol':
      return isName(node['description']);
    case 'function':
      return isName(node['name']);
    case 'bytes':
      return (
        isName(node['class']) && isCount(node['length']) && isText(node['head']) && isOptional(node['digest'], isDigest)
      );
    case 'error':
      return isName(node['name']) && isText(node['message']);
    case 'cycle':
      return isKeyPath(node['path']);
    case 'opaque':
      return isName(node['class']) && isOptional(node['text'], isText);
    case 'cut':
      return (
        ['object', 'array', 'map', 'set', 'text', 'other'].includes(node['kind'] as string) &&
        ['depth', 'nodes', 'bytes'].includes(node['why'] as string) &&
        isOptional(node['size'], isCount) &&
        isOptional(node['digest'], isDigest)
      );
    case 'same':
      return isCount(node['seq']) && ['before', 'after', 'state', 'stored'].includes(node['part'] as string);
    case 'redacted':
      return isDigest(node['digest']) && (node['by'] === 'name' || node['by'] === 'shape');
    case 'undefined':
    case 'accessor':
      return true;
  }
}

export function isKeyPath(value: unknown): value is KeyPathStep[] {
  return (
    Array.isArray(value) && value.length <= LIMITS.keyPathSteps && value.every((step) => isName(step) || isCount(step))
  );
}

export const encodedValue = v.custom<EncodedValue>(
  (value) => isEncodedValue(value),
  'not an encoded value within bounds',
);
export const fetchedValue = v.custom<EncodedValue>(
  (value) => isEncodedValue(value, FETCHED_VALUE),
  'not an encoded value within bounds',
);
export const keyPath = v.custom<KeyPathStep[]>(isKeyPath, 'not a key path');
