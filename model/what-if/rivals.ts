/** Requests that ran while another did, of the same session. */
import type { TimelineItem } from '../recording/records.ts';
import { type Facts, factsOf } from './facts.ts';

/** Requests that still run beside one that began so many later are none of a person's. */
const MAX_LOOK_BACK = 300;

export interface Rival {
  session: string | undefined;
  /** It took one of the sessions away. */
  deletes: boolean;
}
export type Rivals = readonly Rival[];

/** `index`: of the request, in `items`. */
export function rivalsOf(items: readonly TimelineItem[], facts: Facts, index: number): Rivals {
  const names = new Set([facts.sent, facts.session].filter((name) => name !== undefined));
  const found: Rival[] = [];
  const look = (item: TimelineItem) => {
    const rival = rivalOf(item, facts, names);
    if (rival !== undefined) found.push(rival);
  };
  for (let at = index - 1; at >= Math.max(0, index - MAX_LOOK_BACK); at--) look(items[at]!);
  for (let at = index + 1; at < items.length && items[at]!.at <= facts.endedAt; at++) look(items[at]!);
  return found;
}

function rivalOf(item: TimelineItem, { exchange, endedAt }: Facts, names: ReadonlySet<string>): Rival | undefined {
  if (item.kind !== 'exchange' || item.started === undefined) return undefined;
  const to = item.finished === undefined ? Number.POSITIVE_INFINITY : item.at + item.finished.durationMs;
  if (item.at > endedAt || to < exchange.at) return undefined;
  const own = item.operations.flatMap(({ session }) => (session === null ? [] : [session]));
  if (![item.started.cookie.fingerprint ?? '', ...own].some((name) => names.has(name))) return undefined;
  const deletes = item.operations.some(
    ({ operation, from, session }) =>
      (operation === 'flush' || operation === 'cycle-key') && names.has(from ?? session ?? ''),
  );
  return { session: factsOf(item)?.session, deletes };
}
