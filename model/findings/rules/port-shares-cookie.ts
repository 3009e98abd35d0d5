import type { ExchangeRecord } from '../../recording/records.ts';
import { hostOf } from '../facts.ts';
import { otherPortThatWrote, portOf } from '../other-port.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  writer: ExchangeRecord;
}

/** Cookies know no ports: another server on this host wrote a cookie of the same name over this one's. */
export const portSharesCookie = rule<Found>({
  id: 'port-shares-cookie',
  severity: 'problem',
  title: 'Cookie overwritten by another port',
  scope: 'exchange',
  why: 'Two apps on localhost with one cookie name log each other out.',
  references: [issue('senchalabs/connect', 765), issue('expressjs/session', 409)],
  find(at) {
    const writer = otherPortThatWrote(at);
    if (writer === undefined) return [];
    const { exchange } = at;
    return [{ key: `${hostOf(exchange)}:${hostOf(writer)}:${exchange.started!.cookie.name}`, writer }];
  },
  explain({ writer }, { exchange }) {
    const { name } = exchange.started!.cookie;
    const [a, b] = [hostOf(writer)!, hostOf(exchange)!];
    return {
      sentence: say`${{ request: exchange }} to :${portOf(b)} brought a ${{ code: name }} that ${{ request: writer }} of :${portOf(a)} had set.`,
      evidence: [
        { exchange: writer, text: say`sets ${{ code: name }} at ${a}` },
        { exchange, text: say`brings it to ${b}, which knows no such session`, isDecisive: true },
      ],
      fix: {
        text: say`Give each app a cookie name of its own.`,
        code: [`- session({ name: '${name}' })`, `+ session({ name: '${name}-${portOf(b)}' })`],
      },
    };
  },
});
