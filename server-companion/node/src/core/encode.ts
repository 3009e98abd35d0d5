/**
 * Any value of the program as an `EncodedValue`, in bounds, without running a line of the program: no getter, no
 * `toJSON`, no proxy trap, no iterator is called. What was cut is marked and keeps a keyed digest of the whole, so that
 * a change in a part that was left out is still known as a change.
 */
import { types } from 'node:util';
import { type EncodedValue, type KeyPathStep, LIMITS, type TaggedValue } from '../../../../protocol/index.ts';
import { keyStep } from './key-step.ts';
import type { Digest } from './digest.ts';
import { classOf, encodeLeaf, functionName } from './encode-leaf.ts';

export type { Digest };

export interface EncodeBounds {
  nodes: number;
  depth: number;
  entries: number;
  /** UTF-16 code units of one text; a longer one keeps `textHead` and `textTail`. */
  textLength: number;
  textHead: number;
  textTail: number;
  /** Approximate bytes of the whole. */
  bytes: number;
}

/** What an event shows of one value: the wire's own bounds, 64 KiB. */
export const EVENT_BOUNDS: EncodeBounds = {
  nodes: LIMITS.nodes,
  depth: LIMITS.depth,
  entries: LIMITS.entries,
  textLength: LIMITS.textLength,
  textHead: LIMITS.textHead,
  textTail: LIMITS.textTail,
  bytes: 65_536,
};

/** Approximate bytes that the log keeps of one value: a list of 10,000 small items, and a sixteenth of the log. */
const LOG_VALUE_BYTES = 524_288;

/** What the log keeps of one value, and gives on demand. */
export const LOG_BOUNDS: EncodeBounds = {
  ...EVENT_BOUNDS,
  nodes: LIMITS.fetchedNodes,
  depth: LIMITS.fetchedDepth,
  entries: LIMITS.fetchedEntries,
  textLength: LIMITS.fetchedTextLength,
  bytes: LOG_VALUE_BYTES,
};

/**
 * How far a container that is cut is walked for its digest: some milliseconds at most, once for each value that is
 * encoded. A larger one has no digest, and nothing is said of what was left out of it.
 */
export const DIGEST_NODES = 50_000;
const DIGEST_BOUNDS: EncodeBounds = {
  ...LOG_BOUNDS,
  nodes: DIGEST_NODES,
  depth: 200,
  entries: DIGEST_NODES,
  bytes: 2 ** 21,
};

export interface Encoded {
  value: EncodedValue;
  /** Approximate bytes as JSON, for the log's account. */
  bytes: number;
}

/** One encoding under way. */
interface Run {
  bounds: EncodeBounds;
  digest: Digest;
  nodes: number;
  bytes: number;
  ancestors: object[];
  path: KeyPathStep[];
  /** Of long texts met so far: the same one may stand in many places. */
  digests: Map<string, string> | undefined;
  /** Nodes that may still be walked for digests. */
  digestNodes: number;
  /** Something was left out, or can't be looked at. */
  isCut: boolean;
}

/**
 * Encodes `value`. Never throws, never runs code of the program. The result is bounded by `bounds`, and so is the work,
 * but for what must be looked at whole: the keys of a visited object are listed, a long text is read once for its digest.
 */
export function encode(value: unknown, digest: Digest, bounds: EncodeBounds = LOG_BOUNDS): Encoded {
  // The hot cases: most session values are short scalars.
  if (value === null || typeof value === 'boolean') return { value, bytes: 5 };
  if (typeof value === 'string' && value.length <= bounds.textLength) return { value, bytes: value.length + 2 };
  const run = newRun(bounds, digest, DIGEST_NODES);
  try {
    return { value: encodeNode(value, run), bytes: run.bytes };
  } catch {
    // What even reflection refuses to look at: a module's namespace before its bindings are there.
    return { value: { $: 'opaque', class: 'unknown' }, bytes: 32 };
  }
}

const newRun = (bounds: EncodeBounds, digest: Digest, digestNodes: number): Run => ({
  bounds,
  digest,
  nodes: 0,
  bytes: 0,
  ancestors: [],
  path: [],
  digests: undefined,
  digestNodes,
  isCut: false,
});

/** Of a whole container, what the encoding leaves out included; nothing where it is too large to walk. */
function wholeDigest(value: object, run: Run, size: number): { digest?: string } {
  run.isCut = true;
  if (size >= run.digestNodes) return {};
  const whole = newRun({ ...DIGEST_BOUNDS, nodes: run.digestNodes }, run.digest, 0);
  whole.digests = run.digests ??= new Map();
  const encoded = encodeObject(value, whole);
  run.digestNodes -= whole.nodes;
  return whole.isCut ? {} : { digest: run.digest(JSON.stringify(encoded)) };
}

function encodeNode(value: unknown, run: Run): EncodedValue {
  run.nodes += 1;
  switch (typeof value) {
    case 'string':
      return encodeText(value, run);
    case 'number':
      run.bytes += 8;
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { $: 'number', value: Object.is(value, -0) ? '-0' : (String(value) as 'NaN') };
    case 'boolean':
      run.bytes += 5;
      return value;
    case 'undefined':
      run.bytes += 16;
      return { $: 'undefined' };
    case 'bigint': {
      // A bigint of a megabyte takes seconds to print: what is longer than the wire takes is only named.
      if (value > MAX_BIGINT || value < -MAX_BIGINT) {
        run.isCut = true;
        return tag(run, { $: 'cut', kind: 'other', why: 'bytes' });
      }
      return tag(run, { $: 'bigint', digits: String(value) });
    }
    case 'symbol':
      return tag(run, { $: 'symbol', description: (value.description ?? '').slice(0, LIMITS.nameLength) });
    case 'function':
      return tag(run, { $: 'function', name: types.isProxy(value) ? '' : functionName(value) });
    case 'object':
      if (value === null) {
        run.bytes += 4;
        return null;
      }
      return encodeObject(value, run);
  }
}

/** The wire takes 2,048 digits. */
const MAX_BIGINT = 10n ** 2_000n;

function tag(run: Run, value: TaggedValue): TaggedValue {
  run.bytes += 32;
  return value;
}

function encodeText(text: string, run: Run): EncodedValue {
  const { textLength, textHead, textTail } = run.bounds;
  if (text.length <= textLength) {
    run.bytes += text.length + 2;
    return text;
  }
  run.bytes += textHead + textTail + 64;
  return {
    $: 'text',
    head: text.slice(0, textHead),
    tail: text.slice(-textTail),
    length: text.length,
    digest: digestOf(text, run),
  };
}

function digestOf(text: string, run: Run): string {
  run.digests ??= new Map();
  const known = run.digests.get(text);
  if (known !== undefined) return known;
  const made = run.digest(text);
  run.digests.set(text, made);
  return made;
}

function accessor(run: Run): TaggedValue {
  run.isCut = true;
  return tag(run, { $: 'accessor' });
}

type CutKind = Extract<TaggedValue, { $: 'cut' }>['kind'];

function encodeObject(value: object, run: Run): EncodedValue {
  if (types.isProxy(value)) {
    run.isCut = true;
    return tag(run, { $: 'opaque', class: 'Proxy' });
  }
  const ancestor = run.ancestors.indexOf(value);
  if (ancestor >= 0) return tag(run, { $: 'cycle', path: run.path.slice(0, ancestor) });
  const leaf = encodeLeaf(value, run.digest);
  if (leaf !== undefined) {
    if (leaf.$ === 'opaque' && leaf.text === undefined) run.isCut = true;
    return tag(run, leaf);
  }
  const kind: CutKind = Array.isArray(value)
    ? 'array'
    : types.isMap(value)
      ? 'map'
      : types.isSet(value)
        ? 'set'
        : 'object';
  const { bounds } = run;
  const why =
    run.ancestors.length >= bounds.depth
      ? 'depth'
      : run.nodes >= bounds.nodes
        ? 'nodes'
        : run.bytes >= bounds.bytes
          ? 'bytes'
          : undefined;
  if (why !== undefined) {
    const size = sizeOf(value, kind);
    return tag(run, { $: 'cut', kind, why, ...size, ...wholeDigest(value, run, size.size ?? 0) });
  }
  run.ancestors.push(value);
  const encoded =
    kind === 'array'
      ? encodeArray(value as unknown[], run)
      : kind === 'map'
        ? encodeMap(value as Map<unknown, unknown>, run)
        : kind === 'set'
          ? encodeSet(value as Set<unknown>, run)
          : encodeProperties(value, run);
  run.ancestors.pop();
  return encoded;
}

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size')!.get!;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size')!.get!;

function sizeOf(value: object, kind: CutKind): { size?: number } {
  if (kind === 'array') return { size: (value as unknown[]).length };
  // The built-in getters, called on what is known to be a built-in: a subclass may have put its own in their place.
  if (kind === 'map') return { size: mapSize.call(value) as number };
  if (kind === 'set') return { size: setSize.call(value) as number };
  return {};
}

/** One part of a container, with its step on the path. */
function encodePart(value: unknown, step: KeyPathStep, run: Run): EncodedValue {
  if (value === null || typeof value !== 'object') return encodeNode(value, run);
  run.path.push(step);
  const encoded = encodeNode(value, run);
  run.path.pop();
  return encoded;
}

const spent = (run: Run) => run.nodes >= run.bounds.nodes || run.bytes >= run.bounds.bytes;

function encodeArray(array: unknown[], run: Run): EncodedValue {
  const items: EncodedValue[] = [];
  const size = array.length;
  const count = Math.min(size, run.bounds.entries);
  for (let index = 0; index < count && !spent(run); index++) {
    const descriptor = Object.getOwnPropertyDescriptor(array, index);
    items.push(
      descriptor === undefined
        ? tag(run, { $: 'undefined' })
        : descriptor.get || descriptor.set
          ? accessor(run)
          : encodePart(descriptor.value, index, run),
    );
  }
  run.bytes += items.length + 2;
  const isPlain = Object.getPrototypeOf(array) === Array.prototype;
  if (isPlain && items.length === size) return items;
  return tag(run, {
    $: 'array',
    ...(isPlain ? {} : { class: classOf(array) }),
    items,
    size,
    ...(items.length < size ? wholeDigest(array, run, size) : {}),
  });
}

function encodeMap(map: Map<unknown, unknown>, run: Run): EncodedValue {
  const entries: [EncodedValue, EncodedValue][] = [];
  const size = mapSize.call(map) as number;
  const iterator = Map.prototype.entries.call(map) as MapIterator<[unknown, unknown]>;
  for (let index = 0; index < run.bounds.entries && !spent(run); index++) {
    const next = iterator.next();
    if (next.done) break;
    const [key, value] = next.value;
    entries.push([encodePart(key, index, run), encodePart(value, index, run)]);
  }
  return tag(run, { $: 'map', entries, size, ...(entries.length < size ? wholeDigest(map, run, size) : {}) });
}

function encodeSet(set: Set<unknown>, run: Run): EncodedValue {
  const items: EncodedValue[] = [];
  const size = setSize.call(set) as number;
  const iterator = Set.prototype.values.call(set) as SetIterator<unknown>;
  for (let index = 0; index < run.bounds.entries && !spent(run); index++) {
    const next = iterator.next();
    if (next.done) break;
    items.push(encodePart(next.value, index, run));
  }
  return tag(run, { $: 'set', items, size, ...(items.length < size ? wholeDigest(set, run, size) : {}) });
}

function encodeProperties(object: object, run: Run): EncodedValue {
  const keys = Object.keys(object);
  const count = Math.min(keys.length, run.bounds.entries);
  const entries: [string, EncodedValue][] = [];
  let isPlain = isPlainPrototype(Object.getPrototypeOf(object));
  const className = isPlain ? undefined : classOf(object);
  run.bytes += 2;
  for (let index = 0; index < count && !spent(run); index++) {
    const key = keys[index]!;
    const descriptor = Object.getOwnPropertyDescriptor(object, key)!;
    const name = keyStep(key);
    if (key === '$' || key === '__proto__' || name !== key) isPlain = false;
    run.bytes += name.length + 4;
    entries.push([name, descriptor.get || descriptor.set ? accessor(run) : encodePart(descriptor.value, name, run)]);
  }
  if (isPlain && entries.length === keys.length) return Object.fromEntries(entries);
  return tag(run, {
    $: 'object',
    ...(className === undefined ? {} : { class: className }),
    entries,
    size: keys.length,
    ...(entries.length < keys.length ? wholeDigest(object, run, keys.length) : {}),
  });
}

const isPlainPrototype = (prototype: unknown) => prototype === Object.prototype || prototype === null;
