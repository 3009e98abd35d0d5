import type { ExchangeRecord } from '../../recording/records.ts';
import { earlier, isSameBrowser, isSafe } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  /** Oldest first. */
  hops: readonly ExchangeRecord[];
}

/** A → B → A → B → A: nobody does that by hand. */
const HOPS = 5;
const WITHIN_MS = 10_000;

const isRedirect = ({ finished }: ExchangeRecord) => {
  const status = finished?.status ?? 0;
  return status >= 300 && status < 400 && status !== 304;
};

/** Two pages redirect to each other. */
export const loginLoop = rule<Found>({
  id: 'login-loop',
  severity: 'problem',
  title: 'Redirect loop',
  scope: 'exchange',
  why: 'The browser gives up after some twenty of them. Mostly the one page logs in and the other does not find it.',
  references: [issue('PowerDNS-Admin/PowerDNS-Admin', 850)],
  find(at) {
    const { exchange } = at;
    if (!isSafe(exchange) || !isRedirect(exchange)) return [];
    const hops = [exchange];
    for (const other of earlier(at, WITHIN_MS)) {
      if (!isSameBrowser(other, exchange)) continue;
      if (!isSafe(other) || !isRedirect(other)) break;
      const expected = hops.at(1)?.started!.path;
      const isTurn =
        other.started!.path !== hops[0]!.started!.path && (expected === undefined || other.started!.path === expected);
      if (!isTurn || !leadsTo(other, hops[0]!)) break;
      hops.unshift(other);
      if (hops.length === HOPS) break;
    }
    const paths = [hops[0]!.started!.path, hops.at(1)?.started!.path].sort();
    return hops.length < HOPS ? [] : [{ key: paths.join(' '), hops }];
  },
  explain({ hops }) {
    const [first, second] = [hops[0]!, hops[1]!];
    return {
      sentence: say`${{ request: first }} and ${{ request: second }} redirect to each other: ${hops.length} times in ${{ ms: hops.at(-1)!.at - first.at }}.`,
      evidence: hops.map((hop) => ({
        exchange: hop,
        text: say`${hop.started!.cookie.sent === 0 ? 'brings no cookie' : 'brings a cookie'}, is sent to ${hop.finished!.location ?? 'the other page'}`,
      })),
      fix: {
        text: say`See what the page that sends to the login looks for in the session, and whether the login saves it before it redirects.`,
      },
    };
  },
});

function leadsTo({ finished }: ExchangeRecord, next: ExchangeRecord): boolean {
  const location = finished?.location;
  return location === undefined || location.replace(/\/$/, '') === next.started!.path.replace(/\/$/, '');
}
