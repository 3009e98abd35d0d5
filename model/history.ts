/** What a session held at any moment: in memory during an exchange, and in the store. Rebuilt, never guessed. */
import { type EncodedValue, isTagged, type KeyPath, type OperationRecorded } from '../protocol/index.ts';
import { partAt, partsOf, withPart } from './parts.ts';
import type { ExchangeRecord, TimelineItem } from './timeline.ts';

/** A place in the recording: after `index` operations of an exchange. */
export interface Moment {
  exchange: string;
  /** How many of its operations have happened. */
  index: number;
}

/** A session's content; `undefined` where it is not known. */
export interface Content {
  value: EncodedValue;
  /** The operation that told it. */
  since: OperationRecorded;
}

const isAbsent = (value: EncodedValue | undefined) =>
  value === undefined || (isTagged(value) && value.$ === 'undefined');

/** The session in memory after `count` operations of an exchange; `undefined` before anything told it. */
export function memoryAfter(operations: readonly OperationRecorded[], count: number): EncodedValue | undefined {
  let state: EncodedValue | undefined;
  const end = Math.min(count, operations.length);
  for (let index = 0; index < end; index++) state = applyOperation(state, operations[index]!);
  return state;
}

/** What puts a value under a key, or takes it away. */
const WRITES: ReadonlySet<string> = new Set(['set', 'delete', 'set-expiry']);

/** The session in memory after one more operation. */
export function applyOperation(
  state: EncodedValue | undefined,
  operation: OperationRecorded,
): EncodedValue | undefined {
  const { path, after, inferred } = operation;
  switch (operation.operation) {
    case 'load':
      if (operation.state !== undefined) return operation.state;
      return operation.outcome === 'found' ? state : {};
    case 'create':
    case 'clear':
    case 'cycle-key':
      return operation.state ?? (operation.operation === 'cycle-key' ? state : {});
    case 'flush':
      return {};
    case 'set-expiry':
      // Django keeps it in the session's data, under a key of its own; without a new value the key is gone.
      if (path === undefined || isCookie(path)) return state;
      return withPart(state ?? {}, path, after);
    case 'set':
      if (path === undefined || isCookie(path)) return state;
      // An inferred change says "not there any more" with an undefined of its own.
      return withPart(state ?? {}, path, inferred && isAbsent(after) ? undefined : after);
    case 'delete':
      return path === undefined ? state : withPart(state ?? {}, path, undefined);
    default:
      return state;
  }
}

/** Which of an operation's values. */
export type ValuePart = 'before' | 'after' | 'state';

/** Where a part of a session was told: in which operation's value, and where in it. */
export interface Origin {
  operation: OperationRecorded;
  part: ValuePart;
  path: KeyPath;
}

/** What told the value at `path` of the session in memory after `count` operations. */
export function originOf(operations: readonly OperationRecorded[], count: number, path: KeyPath): Origin | undefined {
  for (let index = Math.min(count, operations.length) - 1; index >= 0; index--) {
    const operation = operations[index]!;
    const { path: written, state } = operation;
    if (STATES.has(operation.operation) && state !== undefined) return { operation, part: 'state', path };
    if (operation.operation === 'set' && written && written.length <= path.length && touches(written, path))
      return { operation, part: 'after', path: path.slice(written.length) };
  }
  return undefined;
}

/** Operations that tell the whole session. */
const STATES: ReadonlySet<string> = new Set(['load', 'create', 'clear', 'cycle-key']);

/** `session.cookie` is about the session, not in it. */
const isCookie = (path: KeyPath) => path[0] === 'cookie' && path.length > 1;

/** What an operation says of the record in the store, of the session `fingerprint`. */
function recordAfter(operation: OperationRecorded, fingerprint: string): Content | 'gone' | undefined {
  const { from, session, state, outcome } = operation;
  if (operation.operation === 'flush' || operation.operation === 'cycle-key')
    return from === fingerprint && outcome !== 'error' ? 'gone' : undefined;
  if (session !== fingerprint) return undefined;
  if (operation.operation === 'expire') return 'gone';
  if (operation.operation === 'load')
    return state === undefined
      ? outcome === 'missing' || outcome === 'expired'
        ? 'gone'
        : undefined
      : { value: state, since: operation };
  if (operation.operation === 'save' && outcome !== 'error' && state !== undefined)
    return { value: state, since: operation };
  return undefined;
}

/** The record in the store as it was last told before `moment`: `gone`, or `undefined` where nothing told it. */
export function storeAt(
  items: readonly TimelineItem[],
  moment: Moment,
  fingerprint: string,
): Content | 'gone' | undefined {
  const limit = sequenceOf(items, moment);
  if (limit === undefined) return undefined;
  let told: Content | 'gone' | undefined;
  /** What was told before a gap may have changed in it. */
  let since = 0;
  // From the end: what was told last is mostly near. Exchanges overlap, so that it is last by sequence, not by the
  // exchange that it stands in: older ones are passed over only where they had ended before it.
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at]!;
    if (item.epoch !== limit.epoch || item.seq > limit.seq) continue;
    if (item.kind === 'gap') since = Math.max(since, item.seq);
    if (item.kind !== 'exchange' || (item.finished !== undefined && item.finished.seq < since)) continue;
    for (const operation of digestOf(item).ofRecord) {
      if (operation.seq > limit.seq || operation.seq < since) continue;
      const after = recordAfter(operation, fingerprint);
      if (after === undefined) continue;
      since = operation.seq;
      told = after;
    }
  }
  return told;
}

/** The last sequence number that has happened at a moment. */
export function sequenceOf(
  items: readonly TimelineItem[],
  { exchange, index }: Moment,
): { epoch: string; seq: number } | undefined {
  const record = items.findLast((item): item is ExchangeRecord => item.kind === 'exchange' && item.id === exchange);
  if (record === undefined) return undefined;
  const operation = record.operations[Math.min(index, record.operations.length) - 1];
  const isLast = index >= record.operations.length;
  const seq = isLast && record.finished ? record.finished.seq : (operation?.seq ?? record.seq);
  return { epoch: record.epoch, seq };
}

/** Who last wrote what, up to a moment, for one session. */
export interface Write {
  exchange: ExchangeRecord;
  operation: OperationRecorded;
}

/** Writes of a session up to a moment, oldest first. */
export function writesOf(items: readonly TimelineItem[], moment: Moment, fingerprint: string): Write[] {
  const limit = sequenceOf(items, moment);
  if (limit === undefined) return [];
  const writes: Write[] = [];
  for (const item of items) {
    if (item.kind !== 'exchange') continue;
    for (const operation of digestOf(item).writes) {
      if ((operation.session ?? madeIn(item)) !== fingerprint) continue;
      if (item.epoch === limit.epoch && operation.seq > limit.seq) continue;
      writes.push({ exchange: item, operation });
    }
  }
  return writes.sort((a, b) => a.operation.at - b.operation.at || a.operation.seq - b.operation.seq);
}

/** The operations of an exchange that a question about all of them looks at. */
interface Digest {
  version: number;
  writes: OperationRecorded[];
  /** They say what the store holds. */
  ofRecord: OperationRecorded[];
  /** They say when something runs out. */
  ofExpiry: OperationRecorded[];
}

const digests = new WeakMap<ExchangeRecord, Digest>();

const OF_RECORD: ReadonlySet<string> = new Set(['load', 'save', 'expire', 'flush', 'cycle-key']);

/** Made once for each version of an exchange: a hundred thousand operations are not gone through for each new one. */
export function digestOf(exchange: ExchangeRecord): Digest {
  let digest = digests.get(exchange);
  if (digest === undefined || digest.version !== exchange.version) {
    const { operations, version } = exchange;
    digest = {
      version,
      writes: operations.filter(({ operation, path }) => WRITES.has(operation) && path !== undefined),
      ofRecord: operations.filter(({ operation }) => OF_RECORD.has(operation)),
      ofExpiry: operations.filter(({ expiry }) => expiry !== undefined),
    };
    digests.set(exchange, digest);
  }
  return digest;
}

/** The session that an exchange made: with Django, what was set before the first save has no name yet. */
const madeIn = ({ finished, operations }: ExchangeRecord) =>
  finished?.sessionAfter ?? operations.find(({ from, to }) => from === null && to)?.to;

/** The write that made the value at `path` what it is: of the path itself, of a part of it, or of what holds it. */
export function lastWriteOf(writes: readonly Write[], path: KeyPath): Write | undefined {
  for (let index = writes.length - 1; index >= 0; index--)
    if (touches(writes[index]!.operation.path!, path)) return writes[index];
  return undefined;
}

/** Whether a write at `written` says something of the value at `path`. */
export const touches = (written: KeyPath, path: KeyPath): boolean => {
  const shared = Math.min(written.length, path.length);
  for (let index = 0; index < shared; index++) if (written[index] !== path[index]) return false;
  return true;
};

/** Top-level keys in which two states differ. */
export function differingKeys(a: EncodedValue | undefined, b: EncodedValue | undefined): Set<string> {
  const keys = new Set<string>();
  const partsA = (a === undefined ? undefined : partsOf(a)) ?? [];
  const partsB = (b === undefined ? undefined : partsOf(b)) ?? [];
  for (const [step] of [...partsA, ...partsB]) {
    const key = String(step);
    if (!isSame(a === undefined ? undefined : partAt(a, [step]), b === undefined ? undefined : partAt(b, [step])))
      keys.add(key);
  }
  return keys;
}

export const isSame = (a: EncodedValue | undefined, b: EncodedValue | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));
