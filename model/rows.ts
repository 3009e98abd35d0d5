/** The timeline as rows: one for each line on screen, cheap to make, so that all of them can be made anew. */
import type { OperationRecorded } from '../protocol/index.ts';
import { type Burst, findBursts } from './bursts.ts';
import { type Filter, isPath, isShown, matchesExchange } from './filter.ts';
import { type EpochRecord, type ExchangeRecord, type GapRecord, type TimelineItem, isRunning } from './timeline.ts';

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
  /** Exchanges that are shown. */
  exchanges: number;
}

/** Runs of fewer than this stay apart. */
const FOLD_FROM = 3;

/** All rows at once. Where they change while being looked at, a `RowList` makes only those that did. */
export const makeRows = (items: readonly TimelineItem[], options: RowsOptions): Rows =>
  new RowList().update(items, 0, options);

/** What stands before an item of the timeline. */
interface Mark {
  rows: number;
  shown: number;
  total: number;
  exchanges: number;
  /** The burst in effect, and the item that it began with. */
  burst: Burst | undefined;
  burstStart: number;
}

const START: Mark = { rows: 0, shown: 0, total: 0, exchanges: 0, burst: undefined, burstStart: 0 };

/** Rows that grow with the timeline: what lies before the first change is kept, row by row the same objects. */
export class RowList {
  /** Before each item, and one after the last. */
  readonly #marks: Mark[] = [START];
  #rows: Row[] = [];

  /** `from`: index of the first item that has changed since the last call; 0 too where the options have. */
  update(items: readonly TimelineItem[], from: number, options: RowsOptions): Rows {
    const { filter, isExpanded, isInScope, now, dropped } = options;
    const marks = this.#marks;
    // A change may stretch the burst before it, and join it with the next.
    const start = marks[Math.min(from, marks.length - 1)]!.burstStart;
    marks.length = start + 1;
    const before = marks[start]!;
    let { shown, total, exchanges, burst, burstStart } = before;
    const rows = this.#rows.slice(0, before.rows);
    if (start === 0 && dropped > 0) rows.push({ kind: 'dropped', key: 'dropped', count: dropped });
    const hits = items.slice(start).map((item) => {
      if (item.kind !== 'exchange' || !isInScope(item) || !isPath(item, filter)) return undefined;
      const operations = shownOperations(item, filter);
      return operations.length === 0 && !matchesExchange(item, filter) ? undefined : operations;
    });
    const bursts = findBursts(
      items
        .slice(start)
        .filter((item, at): item is ExchangeRecord => item.kind === 'exchange' && hits[at] !== undefined),
      now,
    );
    hits.forEach((operations, at) => {
      const item = items[start + at]!;
      if (item.kind === 'gap') rows.push({ kind: 'gap', key: `gap:${item.epoch}:${item.seq}`, gap: item });
      else if (item.kind === 'epoch') rows.push({ kind: 'epoch', key: `epoch:${item.epoch}`, epoch: item });
      else {
        total += item.operations.length;
        if (operations !== undefined) {
          const own = bursts.get(item.id)!;
          if (own !== burst) {
            const pauseMs = burst === undefined ? undefined : own.startAt - burst.endAt;
            rows.push({ kind: 'burst', key: `burst:${item.id}`, burst: own, first: item, pauseMs });
            burst = own;
            burstStart = start + at;
          }
          shown += operations.length;
          exchanges += 1;
          pushExchange(rows, item, own, operations, isExpanded(item));
        }
      }
      marks.push({ rows: rows.length, shown, total, exchanges, burst, burstStart });
    });
    this.#rows = rows;
    return { rows, shown, total, exchanges };
  }
}

function pushExchange(
  rows: Row[],
  exchange: ExchangeRecord,
  burst: Burst,
  operations: readonly number[],
  isExpanded: boolean,
): void {
  rows.push({ kind: 'exchange', key: exchange.id, exchange, burst, isExpanded });
  if (!isExpanded) return;
  pushOperations(rows, exchange, burst, operations);
  if (isRunning(exchange) || exchange.isCutOff) rows.push({ kind: 'running', key: `running:${exchange.id}`, exchange });
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
  const line = a.source?.frames[0];
  const other = b.source?.frames[0];
  return line !== undefined && line.line === other?.line && line.file === other.file;
}
