/** The session at one moment as rows of a tree: memory beside the store, and who wrote each part last. */
import type { EncodedValue, KeyPath, KeyPathStep } from '../protocol/index.ts';
import {
  differingKeys,
  isSame,
  lastWriteOf,
  memoryAfter,
  type Moment,
  storeAt,
  touches,
  type Write,
  writesOf,
} from './history.ts';
import { isList, partAt, partsOf } from './parts.ts';
import type { ExchangeRecord, TimelineItem } from './timeline.ts';

export interface StateRow {
  path: KeyPathStep[];
  /** The path as text: stable, unique. */
  key: string;
  depth: number;
  name: string;
  /** Absent: only in the store. */
  memory?: EncodedValue;
  /** What the store holds; absent: nothing there. Only told where `differs`. */
  store?: EncodedValue;
  /** Memory and store are both known and not the same here. */
  differs: boolean;
  hasParts: boolean;
  isExpanded: boolean;
  lastWrite?: Write;
}

export interface StateView {
  rows: StateRow[];
  /** Top-level keys that differ from the store. */
  differing: string[];
  /** Whose state: fingerprint. */
  session: string | undefined;
  /** Nothing told the memory yet: what is shown is the store's record. */
  isStoreOnly: boolean;
  /** What is known of the store. */
  store: 'known' | 'gone' | 'unknown';
  /** Nothing is known at all. */
  isUnknown: boolean;
}

/** Nested values deeper than this are folded until opened. */
const OPEN_DEPTH = 1;

export function stateView(
  items: readonly TimelineItem[],
  exchange: ExchangeRecord,
  moment: Moment,
  expanded: ReadonlyMap<string, boolean>,
): StateView {
  const session = sessionAt(exchange, moment.index);
  const memory = memoryAfter(exchange.operations, moment.index);
  const told = session === undefined ? undefined : storeAt(items, moment, session);
  const store = told === 'gone' || told === undefined ? undefined : told.value;
  const writes = session === undefined ? [] : writesOf(items, moment, session);
  const shown = memory ?? store;
  const isComparable = memory !== undefined && told !== undefined;
  const rows: StateRow[] = [];
  if (shown !== undefined) pushRows(rows, shown, isComparable ? (store ?? {}) : undefined, [], { expanded, writes });
  return {
    rows,
    differing: isComparable ? [...differingKeys(memory, store)] : [],
    session,
    isStoreOnly: memory === undefined && store !== undefined,
    store: told === 'gone' ? 'gone' : told === undefined ? 'unknown' : 'known',
    isUnknown: shown === undefined,
  };
}

/** The session of an exchange after `count` operations: rotation changes it. */
export function sessionAt(exchange: ExchangeRecord, count: number): string | undefined {
  for (let index = Math.min(count, exchange.operations.length) - 1; index >= 0; index--) {
    const { session } = exchange.operations[index]!;
    if (session !== null) return session;
  }
  return exchange.started?.cookie.fingerprint ?? exchange.operations[0]?.session ?? undefined;
}

interface TreeOptions {
  expanded: ReadonlyMap<string, boolean>;
  writes: readonly Write[];
}

function pushRows(
  rows: StateRow[],
  value: EncodedValue,
  store: EncodedValue | undefined,
  path: KeyPathStep[],
  options: TreeOptions,
): void {
  const parts = partsOf(value) ?? [];
  const names = new Set(parts.map(([step]) => step));
  // Keys that only the store has stand where they would: at the end.
  const gone = store === undefined || isList(value) ? [] : (partsOf(store) ?? []).filter(([step]) => !names.has(step));
  const sorted =
    isList(value) || path.length > 0 ? parts : [...parts].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  for (const [step, part] of sorted) pushRow(rows, part, store, [...path, step], options);
  for (const [step] of gone) pushRow(rows, undefined, store, [...path, step], options);
}

function pushRow(
  rows: StateRow[],
  memory: EncodedValue | undefined,
  store: EncodedValue | undefined,
  path: KeyPathStep[],
  options: TreeOptions,
): void {
  const step = path.at(-1)!;
  const stored = store === undefined ? undefined : partAt(store, [step]);
  const differs = store !== undefined && !isSame(memory, stored);
  const key = JSON.stringify(path);
  const hasParts = memory !== undefined && (partsOf(memory)?.length ?? 0) > 0;
  const isExpanded = hasParts && (options.expanded.get(key) ?? (path.length <= OPEN_DEPTH && differs));
  const lastWrite = lastWriteOf(options.writes, path);
  rows.push({
    path,
    key,
    depth: path.length - 1,
    name: String(step),
    differs,
    hasParts,
    isExpanded,
    ...(memory === undefined ? {} : { memory }),
    ...(differs && stored !== undefined ? { store: stored } : {}),
    ...(lastWrite === undefined ? {} : { lastWrite }),
  });
  // A store that holds nothing here has nothing to compare the parts with: all of them differ.
  if (isExpanded) pushRows(rows, memory, store === undefined ? undefined : (stored ?? {}), path, options);
}

/** Writes of one key and of what it holds, newest first. */
export const historyOf = (items: readonly TimelineItem[], moment: Moment, session: string, path: KeyPath): Write[] =>
  writesOf(items, moment, session)
    .filter(({ operation }) => touches(operation.path!, path))
    .toReversed();
