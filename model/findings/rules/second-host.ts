import type { ExchangeRecord } from '../../recording/records.ts';
import { isLocalHost } from '../../recording/browser-rules.ts';
import { earlier, hostname, hostOf, middlewareKey } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  before: ExchangeRecord;
}

/** One app by two names of one machine: the browser keeps two cookies, and there are two sessions. */
export const secondHost = rule<Found>({
  id: 'second-host',
  severity: 'warning',
  title: 'localhost and 127.0.0.1 are two sessions',
  scope: 'exchange',
  why: 'To a browser they are two sites. What was logged in at the one is a stranger at the other.',
  references: [issue('spring-projects/spring-security', 8377)],
  find(at) {
    const { exchange } = at;
    const host = hostOf(exchange);
    if (
      host === undefined ||
      !isLocalHost(hostname(host)) ||
      exchange.started?.cookie.sent !== 0 ||
      exchange.har === undefined
    )
      return [];
    for (const other of earlier(at)) {
      const otherHost = hostOf(other);
      if (otherHost === undefined || other.har === undefined || middlewareKey(other) !== middlewareKey(exchange))
        continue;
      // It was here before, without a session: nobody has gone from one to the other.
      if (hostname(otherHost) === hostname(host)) return [];
      if (!isLocalHost(hostname(otherHost))) return [];
      if (typeof other.finished?.sessionAfter !== 'string') continue;
      return [{ key: middlewareKey(exchange), before: other }];
    }
    return [];
  },
  explain({ before }, { exchange }) {
    const [a, b] = [hostname(hostOf(before)!), hostname(hostOf(exchange)!)];
    return {
      sentence: say`${{ request: exchange }} went to ${b} and brought no cookie: the session ${{ session: before.finished!.sessionAfter! }} belongs to ${a}.`,
      evidence: [
        { exchange: before, text: say`has session ${{ session: before.finished!.sessionAfter! }} at ${a}` },
        { exchange, text: say`comes to ${b} without a cookie`, isDecisive: true },
      ],
      fix: { text: say`Use one name everywhere: in links, in redirects, in the addresses that the page fetches from.` },
    };
  },
});
