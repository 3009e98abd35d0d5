/** Which requests are shown when one session is. */
import { sessionRoot } from '../history/session-roots.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';

/** Whether a request had to do with a session, by any of its keys. */
export function isOfSession(items: readonly TimelineItem[], exchange: ExchangeRecord, root: string): boolean {
  const { started, finished, operations } = exchange;
  const names = new Set([started?.cookie.fingerprint, finished?.sessionBefore, finished?.sessionAfter]);
  for (const { session, from, to } of operations) names.add(session).add(from).add(to);
  // An earlier key of it may have come to be known since.
  const first = sessionRoot(items, root);
  for (const name of names) if (typeof name === 'string' && sessionRoot(items, name) === first) return true;
  return false;
}
