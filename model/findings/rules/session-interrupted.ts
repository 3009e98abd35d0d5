import type { RecordFact } from '../../history/record-fact.ts';
import { factBefore, linesBehind, loadBefore } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  end: RecordFact;
}

/** A request could not save, for another one had deleted its record while it ran. */
export const sessionInterrupted = rule<Found>({
  id: 'session-interrupted',
  severity: 'warning',
  title: 'Session ended while a request ran',
  scope: 'operation',
  why: 'Nothing was written back, which is right; what this request had put into the session is lost, and the user may see an error.',
  references: [
    { text: 'Django ticket 21608', url: 'https://code.djangoproject.com/ticket/21608' },
    issue('expressjs/session', 632),
  ],
  find(at) {
    const { exchange, operation, place } = at;
    const { session } = operation;
    if ((operation.operation !== 'save' && operation.operation !== 'touch') || operation.outcome !== 'gone') return [];
    if (session === null || loadBefore(exchange, place)?.outcome !== 'found') return [];
    const end = factBefore(at, session, operation);
    // By whom it was deleted must be known: else it may have expired.
    if (end?.is !== 'gone' || end.exchange === exchange || end.operation.from !== session) return [];
    return [
      {
        key: `${operation.epoch}:${operation.seq}`,
        end,
        operation,
        severity: operation.operation === 'save' ? 'warning' : 'note',
      },
    ];
  },
  explain({ end, operation }, { exchange }) {
    const [a, b] = [{ request: end.exchange }, { request: exchange }];
    const did = operation!.operation === 'save' ? 'save' : 'touch';
    const { status } = exchange.finished ?? {};
    return {
      sentence: say`${b} could not ${did} its session: ${a} had ended it ${{ ms: operation!.at - end.operation.at }} before.`,
      lines: [
        { label: 'Ended at', exchange: end.exchange, operation: end.operation },
        ...linesBehind(end.exchange, end.operation, 'Cleared at', ['clear', 'delete']),
        { label: 'Refused at', exchange, operation: operation!, isDecisive: true },
        ...linesBehind(exchange, operation!, 'Changed at', ['set', 'delete']),
      ],
      ...(status === 400 ? { because: say`Django answers with SessionInterrupted, a 400.` } : {}),
      evidence: [
        { exchange: end.exchange, operation: end.operation, text: say`deletes the record` },
        { exchange, operation: operation!, text: say`finds no record: nothing is written`, isDecisive: true },
      ],
      fix: {
        text: say`Nothing is wrong with the store. Have the page wait for what it has sent before it logs out, or treat this answer as logged out.`,
      },
    };
  },
});
