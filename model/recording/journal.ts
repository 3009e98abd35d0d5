/** All operations of a recording in one row, for questions about its past. */
import type { OperationRecorded } from '../../protocol/index.ts';
import type { ExchangeRecord, TimelineItem } from './records.ts';

/** All operations of a recording in one row. */
export interface Journal {
  /** How often what was recorded has become another than it was: what was derived of the past is stale. */
  rewrites: number;
  /** In order; it only grows, while `rewrites` stays. */
  entries: readonly { exchange: ExchangeRecord; operation: OperationRecorded }[];
}

/** Journals of timelines, by their items. */
const journals = new WeakMap<readonly TimelineItem[], () => Journal>();

/** The journal of a timeline's items; of any other list of items, one made for this call. */
export const journalOf = (items: readonly TimelineItem[]): Journal =>
  journals.get(items)?.() ?? { rewrites: -1, entries: entriesOf(items) };

export function entriesOf(
  items: readonly TimelineItem[],
): { exchange: ExchangeRecord; operation: OperationRecorded }[] {
  return items
    .flatMap((exchange) =>
      exchange.kind === 'exchange' ? exchange.operations.map((operation) => ({ exchange, operation })) : [],
    )
    .sort(({ operation: a }, { operation: b }) => (a.epoch === b.epoch ? a.seq - b.seq : a.at - b.at || a.seq - b.seq));
}

/** Says how the journal of a timeline's items is had. */
export const keepJournal = (items: readonly TimelineItem[], journal: () => Journal): void => {
  journals.set(items, journal);
};
