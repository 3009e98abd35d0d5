import { receivedCookie } from '../../recording/received-cookie.ts';
import { middlewareKey } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say, type Sentence } from '../sentence.ts';

interface Found extends Match {
  how: 'removed' | 'renamed' | 'overwritten';
}

/** The library wrote Set-Cookie, and the browser received another one, or none. */
export const setCookieLost = rule<Found>({
  id: 'set-cookie-lost',
  severity: 'problem',
  title: 'Set-Cookie lost on the way',
  scope: 'exchange',
  why: 'The server believes that the browser knows the session; the next request comes without it.',
  references: [issue('expressjs/session', 692), issue('vercel/next.js', 71110)],
  find({ exchange }) {
    const { finished, har } = exchange;
    const attributes = finished!.verdict.cookie.attributes;
    if (attributes === undefined || har === undefined || har.hidesSetCookies === true || har.isMatchedWithoutHeader)
      return [];
    if (finished!.verdict.cookie.outcome !== 'set') return [];
    const received = receivedCookie(exchange);
    const how =
      received === undefined
        ? 'removed'
        : received.isRenamed
          ? 'renamed'
          : received.isOverwritten
            ? 'overwritten'
            : undefined;
    // What is in the jar has arrived, whatever else was seen.
    if (how === undefined || received?.fate?.outcome === 'kept') return [];
    return [{ key: `${middlewareKey(exchange)}:${how}`, how }];
  },
  explain({ how }, { exchange }) {
    const { name } = exchange.finished!.verdict.cookie.attributes!;
    const received = receivedCookie(exchange);
    const what: Record<Found['how'], Sentence> = {
      removed: say`and the browser received none`,
      renamed: say`and the browser received it as ${{ code: received?.line.name ?? '' }}`,
      overwritten: say`and another Set-Cookie of that name follows it, which the browser keeps`,
    };
    return {
      sentence: say`${{ request: exchange }} set ${{ code: name }}, ${what[how]}.`,
      evidence: [
        { exchange, text: say`the session library writes Set-Cookie for ${{ code: name }}` },
        { exchange, text: what[how], isDecisive: true },
      ],
      fix: {
        text:
          how === 'overwritten'
            ? say`Look for code that sets ${{ code: name }} too, or that replaces the whole header in place of adding to it.`
            : say`Look for a proxy or middleware between server and browser that changes response headers.`,
        ...(how === 'removed'
          ? { code: ["- response.setHeader('Set-Cookie', other);", "+ response.append('Set-Cookie', other);"] }
          : {}),
      },
    };
  },
});
