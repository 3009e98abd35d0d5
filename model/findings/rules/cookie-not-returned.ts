import type { ExchangeRecord } from '../../recording/records.ts';
import { isPathCovered } from '../../recording/browser-rules.ts';
import { answeredAt, earlier, hostname, hostOf, isSameBrowser, middlewareKey } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  /** Oldest first, this one last. */
  visits: readonly ExchangeRecord[];
}

/** Once may be a cookie that was cleared, twice another window; three times in a row is the rule. */
const LEAST = 3;
const WITHIN_MS = 60_000;

/** The server sets a cookie again and again, and the browser never brings one. */
export const cookieNotReturned = rule<Found>({
  id: 'cookie-not-returned',
  severity: 'problem',
  title: 'Cookie not sent back',
  scope: 'exchange',
  why: 'Each request begins a session of its own: nothing that one of them stores is seen by the next.',
  references: [issue('expressjs/session', 374), issue('expressjs/session', 794)],
  find(at) {
    const { exchange } = at;
    if (!isFresh(exchange)) return [];
    const visits = [exchange];
    for (const other of earlier(at, WITHIN_MS)) {
      if (!isSameBrowser(other, exchange) || middlewareKey(other) !== middlewareKey(exchange)) continue;
      // The two ran at once: the later one could not know.
      const answered = answeredAt(other);
      if (answered === undefined || answered > visits[0]!.at || !isCovered(other, visits[0]!)) continue;
      if (!isFresh(other)) break;
      visits.unshift(other);
      if (visits.length === LEAST) break;
    }
    if (visits.length < LEAST) return [];
    // What this tab did not see may be a client that keeps no cookies: curl, a health check, a server.
    const isOfTab = visits.every(({ har }) => har !== undefined);
    return [{ key: middlewareKey(exchange), visits: visits.slice(), severity: isOfTab ? 'problem' : 'note' }];
  },
  explain({ visits }, { exchange }) {
    const { name } = exchange.started!.cookie;
    const site = exchange.har?.site ?? exchange.started!.site;
    const isCross = site === 'cross-site' || site === 'same-site';
    return {
      sentence: say`${visits.length} sessions began in ${{ ms: exchange.at - visits[0]!.at }}, for no request brought back ${{ code: name }}, which the one before had set.`,
      because: isCross
        ? say`The requests are ${site}: without ${{ code: 'credentials: "include"' }} a fetch neither sends nor keeps a cookie.`
        : say`The browser did not keep the cookie, or it belongs to another host or path, or the client keeps none (curl, a test, a server).`,
      evidence: visits.map((visit, index) => ({
        exchange: visit,
        text: say`brings no cookie, and gets that of session ${{ session: visit.finished!.sessionAfter! }}`,
        isDecisive: index === visits.length - 1,
      })),
      fix: isCross
        ? {
            text: say`Have the page send cookies, and the server allow it.`,
            code: [
              "+ fetch(url, { credentials: 'include' })",
              '+ app.use(cors({ origin: pageOrigin, credentials: true }));',
            ],
          }
        : { text: say`See ${{ code: 'Cookie & expiry' }} of the first of them: it shows where the cookie stopped.` },
    };
  },
});

/** Came without a cookie, and was given one of a new session. */
const isFresh = ({ started, finished }: ExchangeRecord): boolean =>
  started?.cookie.sent === 0 &&
  typeof finished?.sessionAfter === 'string' &&
  finished.verdict.cookie.outcome === 'set' &&
  // It was gone before it could come back.
  !(finished.verdict.cookie.attributes?.maxAge !== undefined && finished.verdict.cookie.attributes.maxAge < 60);

function isCovered(from: ExchangeRecord, to: ExchangeRecord): boolean {
  const { path = '/' } = from.finished!.verdict.cookie.attributes ?? {};
  const [a, b] = [hostOf(from), hostOf(to)];
  return isPathCovered(path, to.started!.path) && (a === undefined || b === undefined || hostname(a) === hostname(b));
}
