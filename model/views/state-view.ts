/** The session at one moment as rows of a tree: memory beside the store, and who made each part what it is. */
import { type EncodedValue, isTagged, type KeyPathStep } from '../../protocol/index.ts';
import { type Blame, blameAt, blameOfRecord, type Past, pastAt } from '../history/blame.ts';
import { cursorOf, type Moment, sessionAt } from '../history/moment.ts';
import { isSealed, type StoreContent } from '../history/record.ts';
import type { RecordFact } from '../history/record-fact.ts';
import { isDecided, recordNow, type Relation, relate } from '../history/saved.ts';
import { memoryAt } from '../history/sides.ts';
import type { Write } from '../history/writes.ts';
import { namedParts } from '../values/compare.ts';
import { contentOf, cutOf } from '../values/known.ts';
import { isList, mayHold, partName, partsOf } from '../values/parts.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { formatBytes } from '../labels/formats.ts';
import { savedClaim, sizeClaim } from './claims.ts';

/** Parts of one value that have rows of their own: the viewer shows all of a longer one. */
const MAX_PARTS = 1_000;

export interface StateRow {
  path: KeyPathStep[];
  /** The path as text: stable, unique. */
  key: string;
  depth: number;
  name: string;
  /** Absent: only in the store. */
  memory?: EncodedValue;
  /** What the store holds; absent: nothing there. Only reported where `differs`. */
  store?: EncodedValue;
  /** Memory and store are both known and not the same here. */
  differs: boolean;
  /** Memory and store could not be compared here: not all of one of them was sent, or how the store holds it. */
  isNotCompared: boolean;
  saved: Relation['saved'];
  /** Of what is `overwritten`: what wrote or deleted the record since. */
  overwrittenBy?: RecordFact;
  hasParts: boolean;
  isExpanded: boolean;
  /** How many of its parts have rows, where it is open and has more of them. */
  shownParts?: number;
  blame: Blame;
  /** The write that made it what it is, where that is known. */
  lastWrite?: Write;
}

export interface StateView {
  rows: StateRow[];
  /** Top-level keys that were not saved: the store has another value, for sure. */
  differing: string[];
  /** What the request did to its record last, where every one of these was changed only after that. */
  changedAfter?: 'save' | 'touch';
  /** Top-level keys that were saved, and of which the store's format made something else. */
  changedByStore: string[];
  /** Top-level keys that this request loaded or saved so, and that something else wrote or deleted since. */
  overwritten: string[];
  notCompared: string[];
  /** Not all keys were sent: how many were, of how many. */
  notSent?: { given: number; size: number | undefined };
  /** Whose state: fingerprint. */
  session: string | undefined;
  /** Nothing reported what memory holds yet: what is shown is the store's record. */
  isStoreOnly: boolean;
  /** What is known of the store. */
  store: 'known' | 'gone' | 'unreadable' | 'unknown';
  /** Where the record is: in a store, or in the cookie itself. */
  recordIn: 'store' | 'cookie';
  /** Of the record: `412 B`, `about 412 B`; absent where it is not known. */
  recordSize?: string;
  /** The request has ended, and what became of its session is decided. */
  isDecided: boolean;
  /** Nothing is known at all. */
  isUnknown: boolean;
}

/** A save that came before the change could not have it, whatever the library decided then. */
function changedAfter(
  { operations }: ExchangeRecord,
  session: string | undefined,
  keys: readonly string[],
): StateView['changedAfter'] {
  const last = operations.findLast(
    (one) => (one.operation === 'save' || one.operation === 'touch') && one.session === session,
  );
  if (last === undefined || keys.length === 0) return undefined;
  const changes = operations.filter(({ operation, path }) => path !== undefined && CHANGES.has(operation));
  const isLate = (key: string) => {
    const own = changes.filter(({ path }) => path![0] === key);
    return own.length > 0 && own.every(({ seq }) => seq > last.seq);
  };
  return keys.every(isLate) ? (last.operation as 'save' | 'touch') : undefined;
}

const CHANGES: ReadonlySet<string> = new Set(['set', 'delete']);

/** Nested values deeper than this are folded until opened. */
const OPEN_DEPTH = 1;

export function stateView(
  items: readonly TimelineItem[],
  exchange: ExchangeRecord,
  moment: Moment,
  expanded: ReadonlyMap<string, boolean>,
): StateView {
  const cursor = cursorOf(items, moment) ?? { exchange, index: moment.index };
  const session = sessionAt(exchange, moment.index);
  const memory = memoryAt(cursor);
  const { fact, own } = recordNow(items, cursor);
  const store = fact?.is === 'there' ? fact.value : undefined;
  const shown = memory ?? store;
  const rows: StateRow[] = [];
  if (shown !== undefined) {
    const past = pastAt(items, cursor);
    const isStoreOnly = memory === undefined;
    const options: TreeOptions = {
      expanded,
      fact: isStoreOnly ? undefined : fact,
      own,
      blame: (path) => blameFor(past, isStoreOnly ? undefined : cursor, fact, path),
      blameInStore: (path) => blameFor(past, undefined, fact, path),
    };
    pushRows(rows, shown, isStoreOnly ? undefined : (store ?? {}), [], options);
  }
  const saved = savedClaim(items, cursor);
  const notSent = shown === undefined ? undefined : cutOf(shown);
  const size = sizeClaim(items, cursor);
  const late = changedAfter(exchange, session, saved?.notSaved ?? []);
  return {
    rows,
    differing: saved?.notSaved ?? [],
    ...(late === undefined ? {} : { changedAfter: late }),
    changedByStore: saved?.asSomethingElse ?? [],
    overwritten: saved?.overwritten ?? [],
    notCompared: saved?.notCompared ?? [],
    ...(notSent === undefined ? {} : { notSent }),
    ...(size === undefined ? {} : { recordSize: `${size.isAbout ? 'about ' : ''}${formatBytes(size.bytes)}` }),
    recordIn: isSealed(exchange) ? 'cookie' : 'store',
    session,
    isStoreOnly: memory === undefined && store !== undefined,
    store:
      fact === undefined || fact.is === 'unknown'
        ? 'unknown'
        : fact.is === 'there'
          ? 'known'
          : fact.is === 'gone'
            ? 'gone'
            : 'unreadable',
    isDecided: isDecided(exchange),
    isUnknown: shown === undefined,
  };
}

interface TreeOptions {
  expanded: ReadonlyMap<string, boolean>;
  fact: StoreContent;
  own: RecordFact | undefined;
  blame: (path: KeyPathStep[]) => Blame;
  blameInStore: (path: KeyPathStep[]) => Blame;
}

function blameFor(
  past: Past | undefined,
  cursor: { exchange: ExchangeRecord; index: number } | undefined,
  fact: StoreContent,
  path: KeyPathStep[],
): Blame {
  if (past === undefined) return { kind: 'unknown' };
  if (cursor !== undefined) return blameAt(past, cursor, path);
  return fact?.is === 'there' ? blameOfRecord(past, fact, path) : { kind: 'unknown' };
}

function pushRows(
  rows: StateRow[],
  value: EncodedValue,
  store: EncodedValue | undefined,
  path: KeyPathStep[],
  options: TreeOptions,
): void {
  const parts = partsOf(value) ?? [];
  const isTop = path.length === 0;
  const sorted = isList(value) || !isTop ? parts : [...parts].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  const stored = store === undefined ? undefined : storedBeside(value, store);
  for (const [step, part] of isTop ? sorted : sorted.slice(0, MAX_PARTS))
    pushRow(rows, part, stored?.(step), [...path, step], value, options);
  // Keys that only the store has stand where they would: at the end. Where memory was cut, they may be there too.
  if (store === undefined || isList(value) || isMap(value) || isMap(store)) return;
  const names = new Set(parts.map(([step]) => step));
  for (const [step, stored] of partsOf(store) ?? [])
    if (!names.has(step)) pushRow(rows, undefined, { is: 'there', value: stored }, [...path, step], value, options);
}

const isMap = (value: EncodedValue) => {
  const content = contentOf(value);
  return isTagged(content) && content.$ === 'map';
};

type Stored = { is: 'there'; value: EncodedValue } | { is: 'absent' } | { is: 'unknown' };

/**
 * What the store has where memory has a step: a map's entry by its key, which the store's format may have made a text.
 * Both are gone through once: a list may have ten thousand items.
 */
function storedBeside(memory: EncodedValue, store: EncodedValue): (step: KeyPathStep) => Stored {
  const nameOf = isMap(memory) === isMap(store) ? 'name' : 'text';
  const names = new Map(namedParts(memory).map((part) => [part.step, part[nameOf]]));
  // Of two with one name the first is meant.
  const values = new Map(
    namedParts(store)
      .toReversed()
      .map((part) => [part[nameOf], part.value]),
  );
  const absent: Stored = { is: cutOf(store) === undefined ? 'absent' : 'unknown' };
  return (step) => {
    const value = values.get(names.get(step) ?? '');
    return names.has(step) && value !== undefined ? { is: 'there', value } : absent;
  };
}

function pushRow(
  rows: StateRow[],
  memory: EncodedValue | undefined,
  stored: Stored | undefined,
  path: KeyPathStep[],
  container: EncodedValue,
  options: TreeOptions,
): void {
  const { fact, own } = options;
  const relation = relationOf(memory, stored, path, container, options);
  const differs = relation.is === 'different';
  const key = JSON.stringify(path);
  const hasParts = memory !== undefined && (partsOf(memory)?.length ?? 0) > 0;
  const isExpanded = hasParts && (options.expanded.get(key) ?? (path.length <= OPEN_DEPTH && differs));
  const blame = memory === undefined ? options.blameInStore(path) : options.blame(path);
  rows.push({
    path,
    key,
    depth: path.length - 1,
    name: partName(container, path.at(-1)!),
    differs,
    isNotCompared: fact !== undefined && relation.is === 'unknown',
    saved: relation.saved,
    ...(relation.by === undefined ? {} : { overwrittenBy: relation.by }),
    hasParts,
    isExpanded,
    ...(isExpanded && partsOf(memory)!.length > MAX_PARTS ? { shownParts: MAX_PARTS } : {}),
    blame,
    ...(memory === undefined ? {} : { memory }),
    ...(differs && stored?.is === 'there' ? { store: stored.value } : {}),
    ...(blame.kind === 'write' && blame.write.operation.path !== undefined ? { lastWrite: blame.write } : {}),
  });
  // A store that holds nothing here has nothing to compare the parts with: all of them differ.
  if (isExpanded)
    pushRows(rows, memory, stored === undefined ? undefined : stored.is === 'there' ? stored.value : {}, path, {
      ...options,
      ...(stored?.is === 'unknown' ? { fact: undefined } : {}),
      own,
    });
}

function relationOf(
  memory: EncodedValue | undefined,
  stored: Stored | undefined,
  path: KeyPathStep[],
  container: EncodedValue,
  { fact, own }: TreeOptions,
): Relation {
  if (memory === undefined && mayHold(container, path.slice(-1)) && cutOf(container) !== undefined)
    return { is: 'unknown', saved: 'unknown' };
  if (fact === undefined || stored === undefined || stored.is === 'unknown') return { is: 'unknown', saved: 'unknown' };
  return relate(memory, path, fact, own, stored.is === 'there' ? stored.value : undefined);
}
