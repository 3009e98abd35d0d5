import { attributesOf } from '../../recording/browser-rules.ts';
import type { SetCookie } from '../../recording/har.ts';
import { isSamePlace, receivedCookie } from '../../recording/received-cookie.ts';
import { middlewareKey } from '../facts.ts';
import { issue, owasp } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  lines: readonly SetCookie[];
}

/** One response sets the session's cookie more than once, for the same path and domain. */
export const cookieSetTwice = rule<Found>({
  id: 'cookie-set-twice',
  severity: 'problem',
  title: 'The cookie is set twice',
  scope: 'exchange',
  why: 'Browsers keep the last of them, and proxies may fold or reorder them: what the others said is lost.',
  references: [issue('encode/starlette', 2019), issue('expressjs/express', 802), owasp('cookies', 'cookies')],
  find({ exchange }) {
    const received = receivedCookie(exchange);
    // Where the library's own is not the last one, that is what is found.
    if (received === undefined || received.isOverwritten || received.isRenamed) return [];
    const lines = received.sameName.filter((line) => isSamePlace(line, received.line));
    if (lines.length < 2) return [];
    const [last, ...others] = lines.toReversed().map((line) => isDropped(line, exchange.at));
    const severity = last && others.includes(false) ? 'problem' : 'note';
    return [{ key: `${middlewareKey(exchange)}:${severity}`, lines, severity }];
  },
  explain({ lines, severity }, { exchange }) {
    const { name } = lines[0]!;
    const { path = '/' } = attributesOf(lines[0]!.attributes);
    return {
      sentence: say`${{ request: exchange }} set ${{ code: name }} ${lines.length} times for path ${path}: ${severity === 'problem' ? 'the last one drops it' : 'browsers keep the last one'}.`,
      evidence: lines.map((line, index) => ({
        exchange,
        text: say`Set-Cookie: ${{ code: `${name}=…${line.attributes}` }} with ${{ bytes: name.length + 1 + line.valueLength }}`,
        isDecisive: index === lines.length - 1,
      })),
      fix: {
        text: say`Set it once, after all that changes the session has run; what an older version left is dropped in a response of its own.`,
      },
    };
  },
});

/** It has browsers forget the cookie. `at`: epoch ms. */
const isDropped = ({ attributes }: SetCookie, at: number): boolean => {
  const { maxAge, expiresAt } = attributesOf(attributes);
  return maxAge === undefined ? expiresAt !== undefined && expiresAt <= at : maxAge <= 0;
};
