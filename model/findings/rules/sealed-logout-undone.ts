import type { ExchangeRecord } from '../../recording/records.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { isSaved, isSealed, linesBehind, overlapping } from '../facts.ts';
import { asvs, issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  other: ExchangeRecord;
  end: OperationRecorded;
  save: OperationRecorded;
}

/** A slow request seals the session of a cookie that another response has taken from the browser meanwhile. */
export const sealedLogoutUndone = rule<Found>({
  id: 'sealed-logout-undone',
  severity: 'problem',
  title: 'Logout undone by a cookie',
  scope: 'exchange',
  why: 'Where the cookie is the session, a logout only takes it from the browser: an answer that comes later brings it back.',
  references: [asvs('7.4.1'), issue('encode/starlette', 2019)],
  find(at) {
    const { exchange } = at;
    const { finished, started } = exchange;
    const sent = started?.cookie.fingerprint;
    if (sent === undefined || !isSealed(exchange) || finished?.verdict.cookie.outcome !== 'set') return [];
    const save = exchange.operations.findLast(isSaved);
    // Its own logout, and a login after it.
    if (save === undefined || exchange.operations.some(isEnd)) return [];
    for (const other of overlapping(at)) {
      if (other.started?.cookie.fingerprint !== sent || other.finished.seq > finished.seq) continue;
      const end = other.operations.findLast(isEnd);
      if (end !== undefined && other.finished.verdict.cookie.outcome === 'expired')
        return [{ key: exchange.id, other, end, save, operation: save }];
    }
    return [];
  },
  explain({ other, end, save }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} set a cookie with the session that ${{ request: other }} had ended while it ran: the browser has it again.`,
      lines: [
        { label: 'Sealed at', exchange, operation: save, isDecisive: true },
        ...linesBehind(exchange, save, 'Changed at', ['set', 'delete']),
        { label: 'Ended at', exchange: other, operation: end },
        ...linesBehind(other, end, 'Cleared at', ['clear', 'delete']),
      ],
      because: say`Both requests brought the same cookie, and the answer that came last set it.`,
      evidence: [
        { exchange, text: say`begins with the cookie` },
        { exchange: other, operation: end, text: say`takes the cookie from the browser` },
        { exchange, operation: save, text: say`seals its copy, and answers last`, isDecisive: true },
      ],
      fix: { text: say`Have a slow request set no cookie, or keep in a database which sessions have ended.` },
      limits: say`Which of two answers the browser took last is taken from when they left the server.`,
    };
  },
});

const isEnd = ({ operation, to }: OperationRecorded): boolean => operation === 'flush' && to === null;
