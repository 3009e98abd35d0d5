import type { ExchangeRecord } from '../../recording/records.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { sameness } from '../../values/compare.ts';
import { valueAt } from '../../values/parts.ts';
import { isSaved, isSealed, keysOf, loadBefore, overlapping, writeOf } from '../facts.ts';
import { issue } from '../references.ts';
import { type Evidence, type Match, rule } from '../rule.ts';
import { list, say } from '../sentence.ts';

interface Found extends Match {
  other: ExchangeRecord;
  theirs: OperationRecorded;
  mine: OperationRecorded;
  lost: readonly string[];
}

/** Two requests sealed a cookie from the same one: the browser keeps the one that comes last. */
export const sealedFork = rule<Found>({
  id: 'sealed-fork',
  severity: 'problem',
  title: 'Lost update in the cookie',
  scope: 'exchange',
  why: 'Where the cookie is the session, each answer replaces all of it: what the other answer had put in is gone.',
  references: [issue('encode/starlette', 2019), issue('rack/rack-session', 24)],
  find(at) {
    const { exchange } = at;
    const { finished, started } = exchange;
    const sent = started?.cookie.fingerprint;
    if (sent === undefined || !isSealed(exchange) || finished?.verdict.cookie.outcome !== 'set') return [];
    const mine = lastSave(exchange);
    if (mine?.state === undefined) return [];
    for (const other of overlapping(at)) {
      const theirs = lastSave(other);
      if (other.started?.cookie.fingerprint !== sent || theirs?.state === undefined) continue;
      // Its own answer came later.
      if (other.finished.verdict.cookie.outcome !== 'set' || other.finished.seq > finished.seq) continue;
      const base = loadBefore(exchange, exchange.operations.length)?.state;
      const lost = keysOf(theirs.state).filter((key) => {
        const [a, b, c] = [valueAt(base, [key]), valueAt(theirs.state, [key]), valueAt(mine.state, [key])];
        if (a === 'unknown' || b === 'unknown' || c === 'unknown') return false;
        return sameness(a, b) === 'different' && sameness(a, c) === 'same' && writeOf(exchange, key) === undefined;
      });
      if (lost.length > 0) return [{ key: exchange.id, other, theirs, mine, lost, operation: mine }];
    }
    return [];
  },
  explain({ other, theirs, mine, lost }, { exchange }) {
    const [first] = lost;
    const write = writeOf(other, first!);
    const evidence: Evidence[] = [
      { exchange: other, text: say`begins from the same cookie` },
      { exchange, text: say`begins from the same cookie` },
      ...(write === undefined
        ? []
        : [{ exchange: other, operation: write, text: say`changes ${{ path: write.path! }}` }]),
      { exchange: other, operation: theirs, text: say`seals a cookie with it` },
      { exchange, operation: mine, text: say`seals one without it, and answers last`, isDecisive: true },
    ];
    return {
      sentence: say`${{ request: exchange }} set a cookie without ${list(lost.map((key) => ({ path: [key] })))}, which ${{ request: other }} had set while it ran.`,
      lines: [
        { label: 'Sealed at', exchange, operation: mine, isDecisive: true },
        ...(write === undefined ? [] : [{ label: 'Lost write', exchange: other, operation: write }]),
      ],
      evidence,
      fix: { text: say`Have a request that changes nothing set no cookie, or keep the session in a store.` },
      limits: say`Which of two answers the browser took last is taken from when they left the server.`,
    };
  },
});

const lastSave = ({ operations }: ExchangeRecord): OperationRecorded | undefined => operations.findLast(isSaved);
