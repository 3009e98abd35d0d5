/**
 * The timeline as rows, one for each line on screen. How many there are and how they stand is known of all of them; a row
 * itself is made when it is asked for: of a hundred thousand, some forty are in sight.
 */
import type { OperationRecorded } from '../../protocol/index.ts';
import type { Write } from '../history/writes.ts';
import type { Burst } from './bursts.ts';
import type { BrowserNote } from '../recording/browser-notes.ts';
import type { Filter } from './filter.ts';
import type { EpochRecord, ExchangeRecord, GapRecord } from '../recording/records.ts';

export type Row =
  | { kind: 'burst'; key: string; burst: Burst; first: ExchangeRecord; pauseMs: number | undefined }
  /** `run`: key of the folded row that it is a part of, where that is open. */
  | { kind: 'exchange'; key: string; exchange: ExchangeRecord; burst: Burst; isExpanded: boolean; run?: string }
  /** One operation, or a run of the same from one line; `index`: of the last of them, from 0. */
  | {
      kind: 'operation';
      key: string;
      exchange: ExchangeRecord;
      burst: Burst;
      operations: OperationRecorded[];
      index: number;
      /** What had taken the record away that it no longer found. */
      deletedBy?: Write;
    }
  /** Static files and dead links in a row, as one. */
  | { kind: 'folded'; key: string; exchanges: ExchangeRecord[]; isExpanded: boolean }
  | { kind: 'running'; key: string; exchange: ExchangeRecord }
  | { kind: 'gap'; key: string; gap: GapRecord }
  | { kind: 'epoch'; key: string; epoch: EpochRecord }
  | { kind: 'dropped'; key: string; count: number }
  /** What the browser did without the server. */
  | { kind: 'browser'; key: string; note: BrowserNote };

/** How the rows of one block stand: some of their own kinds, then its operations, then what says that it still runs. */
export interface Shape {
  /** Names it. */
  id: number;
  lead: readonly Row['kind'][];
  /** Rows after the operations. */
  tail: 0 | 1;
  isExpanded: boolean;
  isRunOpen: boolean;
}

/** Rows in order, in blocks: the top, then one for each item of the timeline, which may have none. */
export interface RowSequence extends Iterable<Row> {
  readonly length: number;
  /** `undefined` outside. */
  get(index: number): Row | undefined;
  readonly blocks: number;
  shapeOf(block: number): Shape;
  /** Index of a block's first row; of `blocks`, past the last one. */
  firstOf(block: number): number;
  /** The block of a row. */
  blockAt(index: number): number;
  /** The block with the row of a request, or with that of the closed run that it is folded into; -1: it has none. */
  blockOf(exchange: ExchangeRecord): number;
  /** The request that has a row of its own in a block. */
  requestOf(block: number): ExchangeRecord | undefined;
  /** Epoch ms where a note may stand before a block, by the browser's clock where that is known. */
  timeOf(block: number): number | undefined;
}

export interface RowsOptions {
  filter: Filter;
  /** `isNotable`: it did more than read, or something went wrong in it. */
  isExpanded: (exchange: ExchangeRecord, isNotable: boolean) => boolean;
  /** Of a run that is folded; default: closed. */
  isRunOpen?: (key: string) => boolean;
  /** Default: each request has a row of its own. */
  foldsNoise?: boolean;
  /** `isDevtoolsNoise`: DevTools sent it, and it did nothing. */
  isInScope: (exchange: ExchangeRecord, isDevtoolsNoise: boolean) => boolean;
  now: number;
  /** Exchanges that were discarded because there were too many. */
  dropped: number;
}

export interface Rows {
  rows: RowSequence;
  /** Operations that the filter lets pass, and all of the requests in scope. */
  shown: number;
  total: number;
  /** Exchanges that are shown, in order; the same list while they are the same. */
  exchanges: readonly ExchangeRecord[];
  /** The same function while no request that was there before is shown or hidden. */
  isShown: (exchange: ExchangeRecord) => boolean;
  /** Exchanges that DevTools sent and that did nothing. */
  noise: number;
}

/** The block of `rows` that a row lies in, or the last that begins at or before it. */
export function blockAt({ blocks, firstOf }: Pick<RowSequence, 'blocks' | 'firstOf'>, index: number): number {
  let [low, high] = [0, blocks - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (firstOf(middle) <= index) low = middle;
    else high = middle - 1;
  }
  return low;
}
