/** One key over all requests of a session: what it held after each, and where it changed. */
import type { EncodedValue, KeyPath } from '../../protocol/index.ts';
import { memoriesOf } from '../history/memory.ts';
import { sessionAt } from '../history/moment.ts';
import { sameness, type Sameness } from '../values/compare.ts';
import { partAt } from '../values/parts.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';

export interface WatchRow {
  exchange: ExchangeRecord;
  /** After the exchange; absent: the key was not there. */
  value?: EncodedValue;
  /** Beside what the request before left; the first that is known counts as the same. */
  is: Sameness;
}

/** Requests that are looked at, the newest: a watch is for what happens now. */
const NEWEST = 200;

/** Newest first. `session` and those that it was made from or became, by a change of its key. */
export function watchRows(items: readonly TimelineItem[], session: string | undefined, path: KeyPath): WatchRow[] {
  const exchanges = items.filter((item): item is ExchangeRecord => item.kind === 'exchange').slice(-NEWEST);
  const family = familyOf(exchanges, session);
  const rows: WatchRow[] = [];
  let before: EncodedValue | undefined;
  for (const exchange of exchanges) {
    const { operations } = exchange;
    const own = sessionAt(exchange, operations.length);
    if (own === undefined || !family.has(own)) continue;
    const memory = memoriesOf(exchange).at(-1);
    if (memory === undefined) continue;
    const value = partAt(memory, path);
    rows.push({
      exchange,
      is: rows.length === 0 ? 'same' : sameness(before, value),
      ...(value === undefined ? {} : { value }),
    });
    before = value;
  }
  return rows.toReversed();
}

/** Fingerprints that one session had: a rotation names the same one again. */
function familyOf(exchanges: readonly ExchangeRecord[], session: string | undefined): Set<string> {
  const family = new Set(session === undefined ? [] : [session]);
  const links = exchanges.flatMap(({ operations }) =>
    operations.flatMap(({ operation, from, to }) =>
      operation === 'cycle-key' && from && to ? [[from, to] as const] : [],
    ),
  );
  for (let size = -1; size !== family.size;) {
    ({ size } = family);
    for (const [from, to] of links) if (family.has(from) || family.has(to)) family.add(from).add(to);
  }
  return family;
}
