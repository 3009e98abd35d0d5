/** Moving over rows: which of them is a moment, which is selected, and which comes next. */
import { isAmiss } from './exchange-words.ts';
import type { Cursor } from './diff-sides.ts';
import type { Moment } from './history.ts';
import type { Row } from './rows.ts';

/** The moment that a row stands for; `undefined` for what lies between exchanges. */
export function momentOfRow(row: Row): Moment | undefined {
  if (row.kind === 'operation') return { exchange: row.exchange.id, index: row.index + 1 };
  if (row.kind === 'exchange') return { exchange: row.exchange.id, index: row.exchange.operations.length };
  return undefined;
}

/** Rows that are moments, in order; an open exchange is told by its operations. */
export const stopsOf = (rows: readonly Row[]): Moment[] =>
  rows.flatMap((row) => (row.kind === 'exchange' && row.isExpanded ? [] : (momentOfRow(row) ?? [])));

/** The row of a moment: its operation, the run that holds it, or its exchange. −1: it is not shown. */
export function rowOf(rows: readonly Row[], cursor: Cursor | undefined): number {
  if (cursor === undefined) return -1;
  const { exchange, index } = cursor;
  let best = -1;
  // From the end: what is looked at is mostly new.
  for (let at = rows.length - 1; at >= 0; at--) {
    const row = rows[at]!;
    if (!('exchange' in row) || row.exchange.id !== exchange.id) {
      if (best >= 0) break;
      continue;
    }
    if (row.kind === 'operation' && row.index + 1 >= index && row.index + 1 - row.operations.length < index) return at;
    if (row.kind === 'exchange') best = at;
  }
  return best;
}

/** The next (1) or previous (−1) row that is a moment, from `from`; `from` itself at the end. */
export function nextRow(rows: readonly Row[], from: number, by: 1 | -1, accepts: (row: Row) => boolean): number {
  for (let at = from + by; at >= 0 && at < rows.length; at += by)
    if (momentOfRow(rows[at]!) !== undefined && accepts(rows[at]!)) return at;
  return from;
}

export const isAmissRow = (row: Row): boolean => row.kind === 'exchange' && isAmiss(row.exchange);
