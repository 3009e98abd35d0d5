import type { ExchangeRecord } from '../../recording/records.ts';
import { earlier } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  parent: ExchangeRecord;
}

/** While it answered a request with a session, the server asked itself without its cookie. */
export const selfRequestWithoutCookie = rule<Found>({
  id: 'self-request-without-cookie',
  severity: 'problem',
  title: 'Server asks itself without the cookie',
  scope: 'exchange',
  why: 'The page is rendered for a stranger, or a second session is begun: a fetch on the server has no jar.',
  references: [issue('atinux/nuxt-auth-utils', 97), issue('nuxt/nuxt', 24813)],
  find(at) {
    const { exchange } = at;
    const { parent: id, cookie } = exchange.started ?? {};
    if (id === undefined || cookie?.sent !== 0) return [];
    for (const other of earlier(at, 60_000))
      if (other.id === id)
        return (other.started?.cookie.sent ?? 0) > 0 ? [{ key: exchange.started!.path, parent: other }] : [];
    return [];
  },
  explain({ parent }, { exchange }) {
    return {
      sentence: say`${{ request: parent }} asked ${{ request: exchange }} of the same server and did not pass its cookie on.`,
      evidence: [
        { exchange: parent, text: say`came with ${{ code: parent.started!.cookie.name }}` },
        { exchange, text: say`came without`, isDecisive: true },
      ],
      fix: {
        text: say`Pass the header on.`,
        code: ['- await fetch(url);', '+ await fetch(url, { headers: { cookie: request.headers.cookie } });'],
      },
    };
  },
});
