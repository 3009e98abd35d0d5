/** The rows of one request: its own, those of its operations, and what says that it still runs. */
import type { OperationRecorded } from '../../protocol/index.ts';
import { deletedBy } from '../history/lineage.ts';
import type { Write } from '../history/writes.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { type Burst, hasSameScale } from './bursts.ts';
import type { Row } from './rows.ts';

type OperationRow = Extract<Row, { kind: 'operation' }>;

/** Runs of fewer than this stay apart. */
const FOLD_FROM = 3;

/** Where the run that begins at `start` ends: the same operation, done the same way from the same line, is one row. */
function endOfRun({ operations }: ExchangeRecord, indices: readonly number[], start: number): number {
  const first = operations[indices[start]!]!;
  let end = start + 1;
  while (end < indices.length && isRun(first, operations[indices[end]!]!)) end += 1;
  return end - start >= FOLD_FROM ? end : start + 1;
}

/** How many rows these operations have. */
export function countOperations(exchange: ExchangeRecord, indices: readonly number[]): number {
  let count = 0;
  for (let start = 0; start < indices.length; start = endOfRun(exchange, indices, start)) count += 1;
  return count;
}

/** `items`: the recording, in which what took a record away is looked for. */
export function operationRows(
  items: readonly TimelineItem[],
  exchange: ExchangeRecord,
  burst: Burst,
  indices: readonly number[],
): OperationRow[] {
  const rows: OperationRow[] = [];
  for (let start = 0; start < indices.length;) {
    const end = endOfRun(exchange, indices, start);
    const operations = indices.slice(start, end).map((at) => exchange.operations[at]!);
    const by: Write | undefined = deletedBy(items, exchange, operations.at(-1)!);
    rows.push({
      kind: 'operation',
      key: `${exchange.id}:${operations[0]!.seq}`,
      exchange,
      burst,
      operations,
      index: indices[end - 1]!,
      ...(by === undefined ? {} : { deletedBy: by }),
    });
    start = end;
  }
  return rows;
}

/**
 * `rows`, each of `before` that is drawn the same in the place of its like: a request that runs has another row with each
 * event, and the browser is to draw only that one.
 */
export function sameRows(rows: readonly OperationRow[], before: readonly Row[]): Row[] {
  const first = before.findIndex(({ kind }) => kind === 'operation');
  return first < 0
    ? [...rows]
    : rows.map((row, index) => (isLike(row, before[first + index]) ? before[first + index]! : row));
}

const isLike = (row: OperationRow, other: Row | undefined): boolean =>
  other?.kind === 'operation' &&
  other.key === row.key &&
  other.index === row.index &&
  other.deletedBy?.operation === row.deletedBy?.operation &&
  hasSameScale(other.burst, row.burst) &&
  other.operations.length === row.operations.length &&
  other.operations.every((operation, index) => operation === row.operations[index]);

function isRun(a: OperationRecorded, b: OperationRecorded): boolean {
  if (a.operation !== b.operation || a.call !== b.call || a.inferred !== b.inferred || a.hit !== b.hit) return false;
  if (a.path === undefined || b.path === undefined) return false;
  const line = a.source?.frames[0];
  const other = b.source?.frames[0];
  return line !== undefined && line.line === other?.line && line.file === other.file;
}
