/** Which requests truly ran at once. */
import { type ExchangeRecord, isRunning } from '../recording/records.ts';

/** When an exchange ended, or was heard of last where its end was never reported; `now` while it runs. */
export const endOf = (exchange: ExchangeRecord, now: number): number =>
  exchange.finished
    ? exchange.at + exchange.finished.durationMs
    : isRunning(exchange)
      ? Math.max(now, exchange.at)
      : (exchange.operations.at(-1)?.at ?? exchange.at);

/** An end is noted a moment after the last byte has gone: a browser may have sent its next request by then. */
const NOTED_LATE_MS = 1;

/** Whether `later`, which began after `earlier`, began before that had ended. */
export function overlaps(earlier: ExchangeRecord, later: ExchangeRecord, now: number): boolean {
  const isOfOne = earlier.epoch === later.epoch;
  // The first part is the cheaper one, and decides for most: each request is asked about those before it.
  if (isOfOne && lastSeqOf(earlier) > later.seq && workedAfter(earlier, later)) return true;
  if (endOf(earlier, now) - later.at <= NOTED_LATE_MS) return false;
  // Of one server, the numbers of its events decide; a clock that jumped makes nothing overlap.
  return !isOfOne || isRunning(earlier) || lastSeqOf(earlier) > later.seq;
}

/** Whether it did something, before it ended, that came after `later` had begun: however short, that was at once. */
function workedAfter({ operations, finished }: ExchangeRecord, { seq }: ExchangeRecord): boolean {
  const last = operations.findLast((operation) => finished === undefined || operation.seq < finished.seq);
  return last !== undefined && last.seq > seq;
}

/** Number of the last of its events. */
export const lastSeqOf = ({ finished, operations, seq }: ExchangeRecord): number =>
  finished?.seq ?? operations.at(-1)?.seq ?? seq;
