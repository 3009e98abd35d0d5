/** Moving over rows: which of them is a moment, which is selected, and which comes next. */
import type { Cursor, Moment } from '../history/moment.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import type { Row, RowSequence } from './rows.ts';

/** The moment that a row stands for; `undefined` for what lies between exchanges. */
export function momentOfRow(row: Row): Moment | undefined {
  if (row.kind === 'operation') return { exchange: row.exchange.id, index: row.index + 1 };
  if (row.kind === 'exchange') return { exchange: row.exchange.id, index: row.exchange.operations.length };
  // A closed run is represented by its newest; of an open one each has a row of its own.
  if (row.kind === 'folded' && !row.isExpanded) {
    const { id, operations } = row.exchanges.at(-1)!;
    return { exchange: id, index: operations.length };
  }
  return undefined;
}

/** Where a step ends: a row that is a moment; an open exchange is represented by its operations. */
const isStop = (row: Row): boolean => momentOfRow(row) !== undefined && !(row.kind === 'exchange' && row.isExpanded);

/** The row of a moment: its operation, the run that holds it, or its exchange. −1: it is not shown. */
export function rowOf(rows: RowSequence, cursor: Cursor | undefined): number {
  const block = cursor === undefined ? -1 : rows.blockOf(cursor.exchange);
  if (cursor === undefined || block < 0) return -1;
  const { exchange, index } = cursor;
  let best = -1;
  for (let at = rows.firstOf(block + 1) - 1; at >= rows.firstOf(block); at--) {
    const row = rows.get(at)!;
    if (row.kind === 'folded' && !row.isExpanded && row.exchanges.includes(exchange)) return at;
    if (!('exchange' in row) || row.exchange !== exchange) continue;
    if (row.kind === 'operation' && row.index + 1 >= index && row.index + 1 - row.operations.length < index) return at;
    if (row.kind === 'exchange') best = at;
  }
  return best;
}

/** The row of the request that the operation of a row belongs to. */
export const rowOfRequest = (rows: RowSequence, from: number): number =>
  find(rows, from - 1, -1, ({ kind }) => kind === 'exchange') ?? -1;

/** The next (1) or previous (−1) row that is a moment, from `from`; `from` itself at the end. */
export const nextRow = (rows: RowSequence, from: number, by: 1 | -1): number =>
  find(rows, from + by, by, (row) => momentOfRow(row) !== undefined) ?? from;

/** The first row at which steps end. */
export const firstStop = (rows: RowSequence): Row | undefined => rowAt(rows, find(rows, 0, 1, isStop));

/** The next (1) or previous (−1) row at which steps end, from a moment; at the end the one that it stands at. */
export function nextStop(rows: RowSequence, cursor: Cursor, by: 1 | -1): Row | undefined {
  const block = rows.blockOf(cursor.exchange);
  const isHere = (row: Row) => {
    const moment = isStop(row) ? momentOfRow(row) : undefined;
    return moment !== undefined && moment.exchange === cursor.exchange.id && moment.index >= cursor.index;
  };
  let here: number | undefined;
  if (block >= 0)
    for (let at = rows.firstOf(block); here === undefined && at < rows.firstOf(block + 1); at++)
      if (isHere(rows.get(at)!)) here = at;
  if (here === undefined) return rowAt(rows, find(rows, rows.length - 1, -1, isStop));
  return rowAt(rows, find(rows, here + by, by, isStop) ?? here);
}

/** The row of the next (1) or previous (−1) request that `accepts`, from the row `from`; `from` itself where there is none. */
export function nextRequest(
  rows: RowSequence,
  from: number,
  by: 1 | -1,
  accepts: (exchange: ExchangeRecord) => boolean,
): number {
  // Rows of what lies between are not made.
  for (let block = from < 0 ? (by > 0 ? 0 : -1) : rows.blockAt(from); block >= 0 && block < rows.blocks; block += by) {
    const exchange = rows.requestOf(block);
    const at = rows.firstOf(block) + rows.shapeOf(block).lead.indexOf('exchange');
    if (exchange !== undefined && (at - from) * by > 0 && accepts(exchange)) return at;
  }
  return from;
}

function find(rows: RowSequence, from: number, by: 1 | -1, accepts: (row: Row) => boolean): number | undefined {
  for (let at = from; at >= 0 && at < rows.length; at += by) if (accepts(rows.get(at)!)) return at;
  return undefined;
}

const rowAt = (rows: RowSequence, index: number | undefined): Row | undefined =>
  index === undefined ? undefined : rows.get(index);
