/** What decides how a request's rows stand, found once for each version of it. */
import { hasProblem } from '../labels/exchange-labels.ts';
import { endOf, lastSeqOf } from '../history/overlap.ts';
import { isOfDevtools } from '../recording/devtools-request.ts';
import { type ExchangeRecord, isRunning } from '../recording/records.ts';
import { didNothing, isNoise } from './noise.ts';
import { countOperations } from './request-rows.ts';

/** DevTools' own request, no part of the app's story, unless it did something to a session. */
export const IS_DEVTOOLS_NOISE = 1;
/** It says nothing of the session, and folds with others of its kind. */
export const IS_NOISE = 2;
/** It did more than read, or something went wrong in it. */
export const IS_NOTABLE = 4;

function factsOf(exchange: ExchangeRecord): number {
  const isIdle = didNothing(exchange);
  return (
    (isIdle && isOfDevtools(exchange) ? IS_DEVTOOLS_NOISE : 0) |
    (isIdle && isNoise(exchange) ? IS_NOISE : 0) |
    (!isIdle || exchange.finished === undefined || hasProblem(exchange) ? IS_NOTABLE : 0)
  );
}

/** By place in the timeline: lists, not a table, because they are asked for all requests at once. */
export class FactsOfItems {
  readonly #exchanges: ExchangeRecord[] = [];
  readonly #versions: number[] = [];
  readonly #facts: number[] = [];
  /** Epoch ms; NaN: it runs, so that it depends on the clock. */
  readonly #ends: number[] = [];
  /** Number of the last of its events; without end while it runs. */
  readonly #lastSeqs: number[] = [];
  /** Rows of all its operations; −1: not counted yet. */
  readonly #rows: number[] = [];

  /** Forgets what stood at `length` and after it. */
  trim(length: number): void {
    for (const list of [this.#exchanges, this.#versions, this.#facts, this.#ends, this.#lastSeqs, this.#rows])
      list.length = Math.min(list.length, length);
  }

  /** Of the request at an index. */
  of(exchange: ExchangeRecord, at: number): number {
    if (this.#exchanges[at] !== exchange || this.#versions[at] !== exchange.version) {
      this.#exchanges[at] = exchange;
      this.#versions[at] = exchange.version;
      this.#facts[at] = factsOf(exchange);
      this.#ends[at] = isRunning(exchange) ? Number.NaN : endOf(exchange, 0);
      this.#lastSeqs[at] = isRunning(exchange) ? Number.POSITIVE_INFINITY : lastSeqOf(exchange);
      this.#rows[at] = -1;
    }
    return this.#facts[at]!;
  }

  /** When it ended, `now` while it runs. Asked after `of`. */
  endOf(exchange: ExchangeRecord, at: number, now: number): number {
    const end = this.#ends[at]!;
    return Number.isNaN(end) ? endOf(exchange, now) : end;
  }

  /** Asked after `of`. */
  lastSeqOf(at: number): number {
    return this.#lastSeqs[at]!;
  }

  /** How many rows these of its operations have. Asked after `of`. */
  countRows(exchange: ExchangeRecord, at: number, hits: readonly number[]): number {
    if (hits.length < exchange.operations.length) return countOperations(exchange, hits);
    if (this.#rows[at]! < 0) this.#rows[at] = countOperations(exchange, hits);
    return this.#rows[at]!;
  }
}
