import type { RecordFact } from '../../history/record-fact.ts';
import { factBefore, isSealed } from '../facts.ts';
import { asvs } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  end: RecordFact;
}

/** A key that was replaced or ended opens a session anyway. */
export const oldKeyWorks = rule<Found>({
  id: 'old-key-works',
  severity: 'problem',
  title: 'An old key still works',
  scope: 'operation',
  why: 'Rotation and logout are worth nothing while the old key opens the session: whoever planted or stole it is in.',
  references: [asvs('7.2.4'), asvs('7.4.1')],
  find(at) {
    const { exchange, operation } = at;
    const { session } = operation;
    if (operation.operation !== 'load' || operation.outcome !== 'found' || session === null || isSealed(exchange))
      return [];
    // Of a copy in a cookie, revoked-session-served speaks.
    if (operation.layer === 'cookie') return [];
    const end = factBefore(at, session, operation);
    if (end?.is !== 'gone' || end.operation.from !== session || end.exchange === exchange) return [];
    // Who had begun before it may have read before it, and been recorded later.
    if (end.operation.operation !== 'cycle-key' && end.operation.operation !== 'flush') return [];
    if (exchange.epoch === end.exchange.epoch && exchange.seq < end.operation.seq) return [];
    if (operation.durationMs !== undefined && operation.at - operation.durationMs <= end.operation.at) return [];
    return [{ key: `${session}:${end.operation.seq}`, end }];
  },
  explain({ end, operation }, { exchange }) {
    const [a, b] = [{ request: end.exchange }, { request: exchange }];
    const key = { session: operation!.session! };
    const isRotated = end.operation.operation === 'cycle-key';
    return {
      sentence: say`${b} opened session ${key} by a key that ${a} had ${isRotated ? 'replaced' : 'ended'}.`,
      lines: [{ label: isRotated ? 'Replaced at' : 'Ended at', exchange: end.exchange, operation: end.operation }],
      evidence: [
        {
          exchange: end.exchange,
          operation: end.operation,
          text: isRotated ? say`replaces the key` : say`ends the session`,
        },
        { exchange, operation: operation!, text: say`finds a record by the old key`, isDecisive: true },
      ],
      fix: { text: say`Have the store delete the record, and wait for it before the response is sent.` },
      limits: say`Nothing recorded wrote the record again in between; a store that several processes write may have been written by another.`,
    };
  },
});
