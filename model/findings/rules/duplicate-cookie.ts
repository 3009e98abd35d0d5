import { earlier, isSameBrowser, middlewareKey } from '../facts.ts';
import { issue, owasp } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { list, say } from '../sentence.ts';

interface Found extends Match {
  isWrong: boolean;
}

/** The browser sent several cookies of the session's name; the server takes one of them. */
export const duplicateCookie = rule<Found>({
  id: 'duplicate-cookie',
  severity: 'warning',
  title: 'Two cookies of one name',
  scope: 'exchange',
  why: 'They differ in path or domain, so neither replaces the other. The server takes one, and sets the other.',
  references: [issue('expressjs/session', 881), owasp('cookies', 'cookies')],
  find(at) {
    const { exchange } = at;
    const { cookie } = exchange.started ?? {};
    if (cookie === undefined || cookie.sent < 2) return [];
    // The session of the browser's last answer is not the one that the server takes.
    let last: string | null | undefined;
    for (const other of earlier(at)) {
      if (!isSameBrowser(other, exchange) || middlewareKey(other) !== middlewareKey(exchange)) continue;
      if (other.finished?.verdict.cookie.outcome !== 'set' || other.finished.seq > exchange.seq) continue;
      last = other.finished.sessionAfter;
      break;
    }
    const isWrong = typeof last === 'string' && last !== cookie.fingerprint;
    return [{ key: middlewareKey(exchange), isWrong, severity: isWrong ? 'problem' : 'warning' }];
  },
  explain({ isWrong }, { exchange }) {
    const { cookie } = exchange.started!;
    const sent = (exchange.har?.sentCookies ?? []).filter(({ name }) => name === cookie.name);
    const places = sent.flatMap(({ path, domain }) =>
      path === undefined ? [] : [`path ${path}${domain === undefined ? '' : ` on ${domain}`}`],
    );
    const set = exchange.finished?.verdict.cookie.attributes;
    return {
      sentence: say`${{ request: exchange }} brought ${cookie.sent} cookies named ${{ code: cookie.name }}, and the server took ${cookie.fingerprint === undefined ? 'none of them' : isWrong ? 'another one than it had set' : 'one'}.`,
      evidence: [
        {
          exchange,
          text: places.length < 2 ? say`sends ${cookie.sent} of that name` : say`sends ${list(places)}`,
          isDecisive: true,
        },
        ...(set === undefined
          ? []
          : [
              {
                exchange,
                text: say`sets ${{ code: set.name }} for path ${set.path ?? '/'}${set.domain === undefined ? '' : ` on ${set.domain}`}`,
              },
            ]),
      ],
      fix: {
        text: say`Write the cookie with one path and domain everywhere, and have the old one dropped once: the same name, path and domain with ${{ code: 'Max-Age=0' }}.`,
      },
    };
  },
});
