/** What became of each key of a family, in order: what a lineage has rows for. Recorded facts only. */
import type { Family, FamilyLink } from '../history/family.ts';
import { byPosition, isBefore } from '../history/moment.ts';
import type { TimelineItem } from '../recording/records.ts';
import { type LineageMoment, linkPosition } from './lineage-moment.ts';
import { momentsOfKey } from './lineage-of-key.ts';
import type { Users } from './lineage-users.ts';

export function lineageMoments(items: readonly TimelineItem[], family: Family): LineageMoment[] {
  const begins = beginsOf(family);
  const usersOf = new Map<string, Users>();
  const moments: LineageMoment[] = [];
  // Parents before their children: where the cookie is the session, who is logged in is handed down with each save.
  for (const session of inBirthOrder(family, begins)) {
    const begin = begins.get(session);
    const handedDown = begin?.is === 'sealed' ? usersOf.get(begin.from) : undefined;
    const own = momentsOfKey(items, family, session, { begin, users: handedDown ?? new Map() });
    usersOf.set(session, own.findLast((moment) => moment.is === 'user')?.users ?? handedDown ?? new Map());
    moments.push(...own);
  }
  return moments.sort((a, b) => byPosition(a.at, b.at));
}

/** The link by which each key began: the first, where nothing had come with the key before. */
function beginsOf({ links, requests, cut }: Family): Map<string, FamilyLink> {
  const first = new Map<string, FamilyLink>();
  for (const link of links) {
    if (cut.has(link.to) || link.exchange !== requests.get(link.to)![0]) continue;
    const known = first.get(link.to);
    if (known === undefined || isBefore(linkPosition(link), linkPosition(known))) first.set(link.to, link);
  }
  return first;
}

function inBirthOrder({ sessions }: Family, begins: ReadonlyMap<string, FamilyLink>): Set<string> {
  const ordered = new Set<string>();
  for (const session of sessions) {
    const chain = new Set<string>();
    for (let at: string | undefined = session; at !== undefined && !ordered.has(at); at = begins.get(at)?.from) {
      if (chain.has(at)) break;
      chain.add(at);
    }
    for (const one of [...chain].toReversed()) ordered.add(one);
  }
  return ordered;
}
