import type { ExchangeRecord } from '../../recording/records.ts';
import { earlier, isSameBrowser, middlewareKey } from '../facts.ts';
import { issue, mdn } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  before: ExchangeRecord;
}

/** A POST from another site came without the cookie, and its answer set another one over it. */
export const crossSitePost = rule<Found>({
  id: 'cross-site-post',
  severity: 'problem',
  title: 'A POST from another site replaced the session',
  scope: 'exchange',
  why: 'Browsers send no Lax cookie with it; the empty session that is begun for it takes the place of the good one.',
  references: [mdn('SameSite'), issue('better-auth/better-auth', 5322)],
  find(at) {
    const { exchange } = at;
    const { started, har, finished } = exchange;
    const site = started?.site ?? har?.site;
    if (started?.method !== 'POST' || site !== 'cross-site' || started.cookie.sent !== 0) return [];
    if (finished!.verdict.cookie.outcome !== 'set' || typeof finished!.sessionAfter !== 'string') return [];
    for (const other of earlier(at, 60 * 60_000)) {
      if (!isSameBrowser(other, exchange) || middlewareKey(other) !== middlewareKey(exchange)) continue;
      const had = other.finished?.sessionAfter;
      if (typeof had !== 'string') return [];
      const sameSite = lastSameSite(at, had);
      return sameSite === 'none' ? [] : [{ key: started.path, before: other }];
    }
    return [];
  },
  explain({ before }, { exchange }) {
    const [had, has] = [before.finished!.sessionAfter!, exchange.finished!.sessionAfter!];
    return {
      sentence: say`${{ request: exchange }} came from another site without a cookie, and set that of session ${{ session: has }} over that of ${{ session: had }}.`,
      evidence: [
        { exchange: before, text: say`has session ${{ session: had }}` },
        { exchange, text: say`brings no cookie, and sets another`, isDecisive: true },
      ],
      fix: {
        text: say`Answer such a POST without touching the session: redirect to a GET of your own, which brings the cookie. Or keep the login's state in a cookie of its own with ${{ code: 'SameSite=None; Secure' }}.`,
      },
    };
  },
});

/** As the cookie of a session was set last; `undefined`: not seen, or not named. */
function lastSameSite(at: Parameters<typeof earlier>[0], session: string): 'strict' | 'lax' | 'none' | undefined {
  for (const other of earlier(at))
    if (other.finished?.sessionAfter === session && other.finished.verdict.cookie.attributes !== undefined)
      return other.finished.verdict.cookie.attributes.sameSite;
  return undefined;
}
