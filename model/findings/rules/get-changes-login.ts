import type { OperationRecorded } from '../../../protocol/index.ts';
import { isSafe } from '../facts.ts';
import type { ExchangeRecord } from '../../recording/records.ts';
import { asvs, issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  end: OperationRecorded;
}

const isPrefetch = ({ started, har }: ExchangeRecord) => (started?.purpose ?? har?.purpose)?.startsWith('pre') === true;

/** A GET ended a session: a link, an image or a prefetch logs the user out. */
export const getChangesLogin = rule<Found>({
  id: 'get-changes-login',
  severity: 'note',
  title: 'A GET logs out',
  scope: 'exchange',
  why: 'Browsers send a GET without asking: to prefetch a link that the mouse is over, or for an image on any page.',
  references: [asvs('3.5.3'), issue('vercel/next.js', 38128)],
  find({ exchange }) {
    if (!isSafe(exchange)) return [];
    const end = exchange.operations.find(
      ({ operation, actor, from, outcome }) =>
        operation === 'flush' && actor === 'app' && typeof from === 'string' && outcome !== 'error',
    );
    // What the framework decides by itself, as for a password that changed, is no act of this request.
    if (end === undefined || end.source?.frames[0]?.kind === 'library') return [];
    return [
      isPrefetch(exchange)
        ? { key: `prefetch:${exchange.id}`, end, operation: end, severity: 'problem' }
        : { key: exchange.started!.path, end, operation: end },
    ];
  },
  explain({ end, severity }, { exchange }) {
    return {
      sentence:
        severity === 'problem'
          ? say`The browser prefetched ${{ request: exchange }}, and that ended session ${{ session: end.from! }}.`
          : say`${{ request: exchange }} ended session ${{ session: end.from! }}.`,
      lines: [{ label: 'Ended at', exchange, operation: end, isDecisive: true }],
      evidence: [{ exchange, operation: end, text: say`ends the session`, isDecisive: true }],
      fix: {
        text: say`Log out by a form that sends a POST.`,
        code: [
          `- <a href="${exchange.started!.path}">Log out</a>`,
          `+ <form method="post" action="${exchange.started!.path}"><button>Log out</button></form>`,
        ],
      },
    };
  },
});
