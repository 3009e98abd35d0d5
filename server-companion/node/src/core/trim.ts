/** Makes a recorded value fit where it goes: an event shows less than the log holds, the rest is fetched on demand. */
import { type EncodedObject, type EncodedValue, isTagged, type TaggedValue } from '../../../../protocol/index.ts';
import { type Digest, type EncodeBounds, EVENT_BOUNDS } from './encode.ts';

/** One trimming under way. */
interface Run {
  bounds: EncodeBounds;
  digest: Digest;
  nodes: number;
  bytes: number;
}

type Cut = Extract<TaggedValue, { $: 'cut' }>;

/** What has been trimmed so far, in approximate bytes as JSON. */
export interface Meter {
  bytes: number;
}

/**
 * `value` within `bounds`, cut as `encode` would have cut it: marked, with the size of the whole. What fits is given
 * back as it is, not copied. `digest` is asked for texts that are cut only now. Adds to `meter` what is given back.
 */
export function trim(
  value: EncodedValue,
  digest: Digest,
  bounds: EncodeBounds = EVENT_BOUNDS,
  meter?: Meter,
): EncodedValue {
  // The hot case: most session values are short scalars.
  if (value === null || (typeof value !== 'object' && typeof value !== 'string')) return value;
  if (typeof value === 'string' && value.length <= bounds.textLength) {
    if (meter !== undefined) meter.bytes += value.length;
    return value;
  }
  const run: Run = { bounds, digest, nodes: 0, bytes: 0 };
  const trimmed = trimNode(value, 0, run);
  if (meter !== undefined) meter.bytes += run.bytes;
  return trimmed;
}

function trimNode(value: EncodedValue, depth: number, run: Run): EncodedValue {
  run.nodes += 1;
  if (typeof value === 'string') return trimText(value, run);
  run.bytes += 8;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value))
    return (
      cutOf('array', value.length, value, depth, run) ??
      trimList(value, depth, run, (items) => ({
        $: 'array',
        items,
        size: value.length,
        ...digestOf(value, run),
      }))
    );
  if (isTagged(value)) return trimTagged(value, depth, run);
  return trimPlain(value, depth, run);
}

function trimPlain(value: EncodedObject, depth: number, run: Run): EncodedValue {
  const keys = Object.keys(value);
  const cut = cutOf('object', keys.length, value, depth, run);
  if (cut !== undefined) return cut;
  /** Parts that changed: most values fit, and nothing is made for them. */
  let changed: EncodedObject | undefined;
  for (let index = 0; index < keys.length; index++) {
    if (isSpent(index, run)) {
      const whole = changed ?? value;
      return {
        $: 'object',
        entries: keys.slice(0, index).map((key): [string, EncodedValue] => [key, whole[key]!]),
        size: keys.length,
        ...digestOf(value, run),
      };
    }
    const key = keys[index]!;
    run.bytes += key.length + 4;
    const before = value[key]!;
    const after = trimNode(before, depth + 1, run);
    if (after !== before) (changed ??= { ...value })[key] = after;
  }
  return changed ?? value;
}

function trimTagged(value: TaggedValue, depth: number, run: Run): EncodedValue {
  run.bytes += 24;
  switch (value.$) {
    case 'text':
      run.bytes += value.head.length + value.tail.length;
      return value;
    case 'object': {
      const cut = cutOf('object', value.size, value, depth, run);
      if (cut !== undefined) return cut;
      const entries = trimParts(value.entries, run, (entry) => trimEntry(entry, depth, run));
      return entries === value.entries
        ? value
        : { ...value, entries, ...(entries.length < value.entries.length ? digestOf(value, run) : {}) };
    }
    case 'map': {
      const cut = cutOf('map', value.size, value, depth, run);
      if (cut !== undefined) return cut;
      const entries = trimParts(value.entries, run, (entry): [EncodedValue, EncodedValue] => {
        const [key, part] = entry;
        const [keyAfter, partAfter] = [trimNode(key, depth + 1, run), trimNode(part, depth + 1, run)];
        return keyAfter === key && partAfter === part ? entry : [keyAfter, partAfter];
      });
      return entries === value.entries
        ? value
        : { ...value, entries, ...(entries.length < value.entries.length ? digestOf(value, run) : {}) };
    }
    case 'array':
    case 'set':
      return (
        cutOf(value.$, value.size, value, depth, run) ??
        trimList(
          value.items,
          depth,
          run,
          (items) => ({ ...value, items, ...(items.length < value.items.length ? digestOf(value, run) : {}) }),
          value,
        )
      );
    default:
      return value;
  }
}

/** The mark that stands for a container which does not fit any more; `undefined`: it does. */
function cutOf(kind: Cut['kind'], size: number, value: EncodedValue, depth: number, run: Run): Cut | undefined {
  const { bounds, nodes, bytes } = run;
  const why =
    depth >= bounds.depth ? 'depth' : nodes >= bounds.nodes ? 'nodes' : bytes >= bounds.bytes ? 'bytes' : undefined;
  return why === undefined ? undefined : { $: 'cut', kind, why, size, ...digestOf(value, run) };
}

/**
 * Of a container that is cut here: that of the whole value where it was cut before, else one of what the log has,
 * which is the whole. Nothing where a part of it has none: then a change inside that part could not be known.
 */
function digestOf(value: EncodedValue, run: Run): { digest?: string } {
  const known = (value as { digest?: string }).digest;
  if (isTagged(value) && known !== undefined) return { digest: known };
  return isKnownWhole(value) ? { digest: run.digest(JSON.stringify(value)) } : {};
}

/** Whether an encoding says all of its value, by itself or by digests. */
export function isKnownWhole(value: EncodedValue): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isKnownWhole);
  if (!isTagged(value)) return Object.values(value).every(isKnownWhole);
  switch (value.$) {
    case 'cut':
      return value.digest !== undefined;
    case 'opaque':
      return value.text !== undefined;
    case 'accessor':
      return false;
    case 'object':
      return isGiven(value.entries, value) && value.entries.every(([, part]) => isKnownWhole(part));
    case 'map':
      return isGiven(value.entries, value) && value.entries.every(([key, part]) => [key, part].every(isKnownWhole));
    case 'array':
    case 'set':
      return isGiven(value.items, value) && value.items.every(isKnownWhole);
    default:
      return true;
  }
}

const isGiven = (parts: readonly unknown[], { size, digest }: { size: number; digest?: string }) =>
  parts.length === size || digest !== undefined;

function trimText(text: string, run: Run): EncodedValue {
  const { textLength, textHead, textTail } = run.bounds;
  if (text.length <= textLength) {
    run.bytes += text.length + 2;
    return text;
  }
  run.bytes += textHead + textTail + 64;
  const [head, tail] = [text.slice(0, textHead), text.slice(-textTail)];
  return { $: 'text', head, tail, length: text.length, digest: run.digest(text) };
}

function trimEntry(entry: [string, EncodedValue], depth: number, run: Run): [string, EncodedValue] {
  run.bytes += entry[0].length + 4;
  const after = trimNode(entry[1], depth + 1, run);
  return after === entry[1] ? entry : [entry[0], after];
}

function trimList(
  items: EncodedValue[],
  depth: number,
  run: Run,
  shorter: (items: EncodedValue[]) => EncodedValue,
  whole: EncodedValue = items,
): EncodedValue {
  const after = trimParts(items, run, (item) => trimNode(item, depth + 1, run));
  if (after === items) return whole;
  return after.length < items.length || whole !== items ? shorter(after) : after;
}

/** The first parts, as many as fit, each trimmed; the same list where nothing changes. */
function trimParts<T>(parts: T[], run: Run, trimPart: (part: T) => T): T[] {
  let changed: T[] | undefined;
  for (let index = 0; index < parts.length; index++) {
    if (isSpent(index, run)) return (changed ?? parts).slice(0, index);
    const before = parts[index]!;
    const after = trimPart(before);
    if (after !== before) (changed ??= [...parts])[index] = after;
  }
  return changed ?? parts;
}

/** Whether no part more fits behind `count` of them. */
const isSpent = (count: number, { bounds, nodes, bytes }: Run) =>
  count >= bounds.entries || nodes >= bounds.nodes || bytes >= bounds.bytes;
