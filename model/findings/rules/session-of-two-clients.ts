import type { OperationRecorded } from '../../../protocol/index.ts';
import type { ExchangeRecord } from '../../recording/records.ts';
import { earlier, isSealed, middlewareKey } from '../facts.ts';
import { issue, owasp } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  ended: ExchangeRecord;
  flush: OperationRecorded;
  load: OperationRecorded;
}

const WITHIN_MS = 60 * 60_000;

/** Two clients had one session, and one of them ended it for the other. */
export const sessionOfTwoClients = rule<Found>({
  id: 'session-of-two-clients',
  severity: 'warning',
  title: 'Two clients with one session',
  scope: 'exchange',
  why: 'Tests that share one stored login log each other out. Outside of tests it means that the cookie was copied.',
  references: [
    issue('microsoft/playwright', 28095),
    owasp('session ID guessing and binding', 'binding-the-session-id-to-other-user-properties'),
  ],
  find(at) {
    const { exchange } = at;
    const { client, cookie } = exchange.started ?? {};
    const sent = cookie?.fingerprint;
    if (client === undefined || sent === undefined || isSealed(exchange)) return [];
    const load = exchange.operations.find(({ operation }) => operation === 'load');
    if (load?.outcome !== 'missing') return [];
    const before = [...earlier(at, WITHIN_MS)].filter((other) => middlewareKey(other) === middlewareKey(exchange));
    const ended = before.find(({ operations }) => operations.some((operation) => isEnd(operation, sent)));
    // This client had it too before it was ended: else it may have got a new name in between.
    const hadIt = before.some(
      (other) =>
        other.started?.client === client &&
        other.seq < (ended?.seq ?? 0) &&
        (other.finished?.sessionAfter === sent || other.started.cookie.fingerprint === sent),
    );
    if (ended === undefined || !hadIt) return [];
    const by = ended.started?.client;
    if (by === undefined || by === client || ended.epoch !== exchange.epoch) return [];
    const flush = ended.operations.find((operation) => isEnd(operation, sent))!;
    return [{ key: sent, ended, flush, load }];
  },
  explain({ ended, flush, load }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} brought session ${{ session: flush.from! }}, which another client had ended by ${{ request: ended }}.`,
      lines: [{ label: 'Ended at', exchange: ended, operation: flush, isDecisive: true }],
      evidence: [
        { exchange: ended, operation: flush, text: say`a client ends the session` },
        { exchange, operation: load, text: say`another one had it too, and does not find it`, isDecisive: true },
      ],
      fix: { text: say`Log in once for each client: in tests, once for each worker that runs at the same time.` },
      limits: say`Two clients are distinguished by their user agent and address: a browser that was made to report another one counts as two.`,
    };
  },
});

const isEnd = ({ operation, from, outcome, actor }: OperationRecorded, session: string): boolean =>
  operation === 'flush' && from === session && outcome !== 'error' && actor === 'app';
