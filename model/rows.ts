/** The timeline as rows: one for each line on screen, cheap to make, so that all of them can be made anew. */
import type { OperationRecorded } from '../protocol/index.ts';
import { type Burst, findBursts } from './bursts.ts';
import { type Filter, isPath, isShown, matchesExchange } from './filter.ts';
import type { EpochRecord, ExchangeRecord, GapRecord, TimelineItem } from './timeline.ts';
import { formatSource } from './words.ts';

export type Row =
  | { kind: 'burst'; key: string; burst: Burst; first: ExchangeRecord; pauseMs: number | undefined }
  | { kind: 'exchange'; key: string; exchange: ExchangeRecord; burst: Burst; isExpanded: boolean }
  /** One operation, or a run of the same from one line; `index`: of the last of them, from 0. */
  | {
      kind: 'operation';
      key: string;
      exchange: ExchangeRecord;
      burst: Burst;
      operations: OperationRecorded[];
      index: number;
    }
  | { kind: 'running'; key: string; exchange: ExchangeRecord }
  | { kind: 'gap'; key: string; gap: GapRecord }
  | { kind: 'epoch'; key: string; epoch: EpochRecord }
  | { kind: 'dropped'; key: string; count: number };

export interface RowsOptions {
  filter: Filter;
  isExpanded: (exchange: ExchangeRecord) => boolean;
  isInScope: (exchange: ExchangeRecord) => boolean;
  now: number;
  /** Exchanges that went because there were too many. */
  dropped: number;
}

export interface Rows {
  rows: Row[];
  /** Operations that the filter lets pass, and all. */
  shown: number;
  total: number;
}

/** Runs of fewer than this stay apart. */
const FOLD_FROM = 3;

export function makeRows(
  items: readonly TimelineItem[],
  { filter, isExpanded, isInScope, now, dropped }: RowsOptions,
): Rows {
  const rows: Row[] = [];
  let shown = 0;
  let total = 0;
  const visible: { exchange: ExchangeRecord; operations: number[] }[] = [];
  const hits = new Map<string, number[]>();
  for (const item of items) {
    if (item.kind !== 'exchange') continue;
    total += item.operations.length;
    if (!isInScope(item) || !isPath(item, filter)) continue;
    const operations = shownOperations(item, filter);
    if (operations.length === 0 && !matchesExchange(item, filter)) continue;
    shown += operations.length;
    visible.push({ exchange: item, operations });
    hits.set(item.id, operations);
  }
  const bursts = findBursts(
    visible.map(({ exchange }) => exchange),
    now,
  );
  if (dropped > 0) rows.push({ kind: 'dropped', key: 'dropped', count: dropped });
  let burst: Burst | undefined;
  for (const item of items) {
    if (item.kind === 'gap') rows.push({ kind: 'gap', key: `gap:${item.epoch}:${item.seq}`, gap: item });
    else if (item.kind === 'epoch') rows.push({ kind: 'epoch', key: `epoch:${item.epoch}`, epoch: item });
    else {
      const operations = hits.get(item.id);
      if (operations === undefined) continue;
      const own = bursts.get(item.id)!;
      if (own !== burst) {
        rows.push({
          kind: 'burst',
          key: `burst:${item.id}`,
          burst: own,
          first: item,
          pauseMs: burst === undefined ? undefined : own.startAt - burst.endAt,
        });
        burst = own;
      }
      const expanded = isExpanded(item);
      rows.push({ kind: 'exchange', key: item.id, exchange: item, burst: own, isExpanded: expanded });
      if (!expanded) continue;
      pushOperations(rows, item, own, operations);
      if (item.finished === undefined && item.started !== undefined)
        rows.push({ kind: 'running', key: `running:${item.id}`, exchange: item });
    }
  }
  return { rows, shown, total };
}

/** Indices of the operations that the filter lets pass. */
function shownOperations({ operations }: ExchangeRecord, filter: Filter): number[] {
  const indices: number[] = [];
  for (let index = 0; index < operations.length; index++) if (isShown(operations[index]!, filter)) indices.push(index);
  return indices;
}

/** Runs of the same operation, done the same way from the same line, become one row. */
function pushOperations(rows: Row[], exchange: ExchangeRecord, burst: Burst, indices: readonly number[]): void {
  for (let start = 0; start < indices.length;) {
    let end = start + 1;
    while (end < indices.length && isRun(exchange.operations[indices[start]!]!, exchange.operations[indices[end]!]!))
      end += 1;
    const isFolded = end - start >= FOLD_FROM;
    if (!isFolded) end = start + 1;
    const index = indices[end - 1]!;
    const operations = indices.slice(start, end).map((at) => exchange.operations[at]!);
    rows.push({ kind: 'operation', key: `${exchange.id}:${operations[0]!.seq}`, exchange, burst, operations, index });
    start = end;
  }
}

function isRun(a: OperationRecorded, b: OperationRecorded): boolean {
  if (a.operation !== b.operation || a.call !== b.call || a.inferred !== b.inferred || a.hit !== b.hit) return false;
  if (a.path === undefined || b.path === undefined) return false;
  const source = formatSource(a.source);
  return source !== undefined && source === formatSource(b.source);
}
