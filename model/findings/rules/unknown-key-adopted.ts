import type { OperationRecorded } from '../../../protocol/index.ts';
import { isSaved, isSealed } from '../facts.ts';
import { asvs, owasp } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  load: OperationRecorded;
}

/** A key that the store did not know became the key of a session. */
export const unknownKeyAdopted = rule<Found>({
  id: 'unknown-key-adopted',
  severity: 'problem',
  title: 'Unknown key adopted',
  scope: 'operation',
  why: 'A key that a visitor invented, or that was planted, names a session from now on (session fixation).',
  references: [
    asvs('7.2.3'),
    owasp(
      'strict session management',
      'session-id-generation-and-verification-permissive-and-strict-session-management',
    ),
  ],
  find(at) {
    const { exchange, operation, place } = at;
    const sent = exchange.started?.cookie.fingerprint;
    if (!isSaved(operation) || sent === undefined || operation.session !== sent || isSealed(exchange)) return [];
    const before = exchange.operations.slice(0, place);
    const load = before.find((one) => one.operation === 'load' && one.session === sent);
    // A record that had expired, or that another request of this recording deleted, was known once.
    if (load?.outcome !== 'missing') return [];
    if (before.some((one) => isSaved(one) && one.session === sent)) return [];
    return [{ key: `${sent}`, load, operation }];
  },
  explain({ load, operation }, { exchange }) {
    const key = { session: operation!.session! };
    return {
      sentence: say`${{ request: exchange }} came with key ${key}, which the store did not know, and saved a session under it.`,
      lines: [{ label: 'Saved at', exchange, operation: operation!, isDecisive: true }],
      evidence: [
        { exchange, operation: load, text: say`finds no record` },
        { exchange, operation: operation!, text: say`saves under the same key`, isDecisive: true },
      ],
      fix: { text: say`Make a new key where the record of the one that was sent is not found.` },
    };
  },
});
