/** The sessions of a recording, to choose one from. */
import { formatTime, plural, previewValue, shortSession } from '../labels/formats.ts';
import { sessionOf, sessionRoot } from '../history/session-roots.ts';
import { isOfDevtools } from '../recording/devtools-request.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { usersIn } from './lineage-users.ts';

export interface SessionChoice {
  /** Its first key: it names the session over rotations. */
  root: string;
  /** Its newest key. */
  name: string;
  requests: number;
  /** Epoch ms, of its newest request. */
  lastAt: number;
  /** In words: who is in it, how much it did, when last. */
  title: string;
}

/** Nobody reads more; of more, those that were used last. */
export const MAX_CHOICES = 40;

/** Used last, first. */
export function sessionChoices(items: readonly TimelineItem[]): SessionChoice[] {
  const all = new Map<string, { name: string; requests: number; last: ExchangeRecord }>();
  for (const item of items) {
    if (item.kind !== 'exchange' || isOfDevtools(item)) continue;
    const name = sessionOf(item);
    if (name === undefined) continue;
    const root = sessionRoot(items, name);
    all.set(root, { name, requests: (all.get(root)?.requests ?? 0) + 1, last: item });
  }
  return [...all]
    .toSorted(([, a], [, b]) => b.last.at - a.last.at)
    .slice(0, MAX_CHOICES)
    .map(([root, { name, requests, last }]) => {
      const lastAt = last.at;
      const parts = [
        shortSession(name),
        whoIs(last, name),
        plural(requests, 'request'),
        formatTime(lastAt).slice(0, 8),
      ];
      return { root, name, requests, lastAt, title: parts.filter((part) => part !== undefined).join(' · ') };
    });
}

/** Who is logged in, by a key whose name means a user. */
function whoIs(exchange: ExchangeRecord, session: string): string | undefined {
  const { loaded, changed } = usersIn(exchange, session);
  const [first] = (changed ?? loaded)?.users ?? [];
  return first && `${first[0]} ${previewValue(first[1])}`;
}
