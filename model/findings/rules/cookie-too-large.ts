import { MAX_COOKIE_BYTES } from '../../recording/browser-rules.ts';
import { receivedCookie } from '../../recording/received-cookie.ts';
import { middlewareKey } from '../facts.ts';
import { asvs, issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

/** Share of the bound from which on a cookie is near it. */
const NEAR = 0.9;

/** The session's cookie is larger than browsers take, or will be soon. */
export const cookieTooLarge = rule<Match>({
  id: 'cookie-too-large',
  severity: 'problem',
  title: 'Cookie too large',
  scope: 'exchange',
  why: 'Browsers drop a cookie of more than 4,096 bytes without a word: the session stays as it was before.',
  references: [asvs('3.3.5'), issue('vvo/iron-session', 101)],
  find({ exchange }) {
    const { outcome, attributes } = exchange.finished!.verdict.cookie;
    if (outcome !== 'set' || attributes === undefined || attributes.bytes <= MAX_COOKIE_BYTES * NEAR) return [];
    const isOver = attributes.bytes > MAX_COOKIE_BYTES;
    // The jar knows better than the rule.
    if (isOver && receivedCookie(exchange)?.fate?.outcome === 'kept') return [];
    return [{ key: `${middlewareKey(exchange)}:${isOver}`, severity: isOver ? 'problem' : 'warning' }];
  },
  explain(_, { exchange }) {
    const { name, bytes } = exchange.finished!.verdict.cookie.attributes!;
    const isOver = bytes > MAX_COOKIE_BYTES;
    const save = exchange.operations.findLast(({ operation }) => operation === 'save');
    const write = exchange.operations.findLast(({ operation, actor }) => operation === 'set' && actor === 'app');
    return {
      sentence: isOver
        ? say`${{ request: exchange }} set ${{ code: name }} with ${bytes} bytes, and browsers take 4,096: it is dropped.`
        : say`${{ request: exchange }} set ${{ code: name }} with ${bytes} of the 4,096 bytes that browsers take.`,
      lines: write === undefined ? [] : [{ label: 'Last written at', exchange, operation: write }],
      evidence: [
        ...(save === undefined ? [] : [{ exchange, operation: save, text: say`saves the session` }]),
        { exchange, text: say`Set-Cookie of ${bytes} bytes`, isDecisive: true },
      ],
      fix: { text: say`Keep ids in the session and load what they name, or keep the session in a store.` },
    };
  },
});
