import { isSealed, middlewareKey } from '../facts.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { asvs } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  save: OperationRecorded;
}

/** The store never drops the record by itself. */
export const noIdleTimeout = rule<Found>({
  id: 'no-idle-timeout',
  severity: 'note',
  title: 'Records without an end',
  scope: 'operation',
  why: 'A key that was stolen once works for ever, and the store only grows.',
  references: [asvs('7.3.1')],
  find({ exchange, operation }) {
    const { expiry, outcome } = operation;
    if (
      operation.operation !== 'save' ||
      outcome !== 'done' ||
      expiry?.storeAt !== null ||
      expiry.storeAssumed === true
    )
      return [];
    return isSealed(exchange) ? [] : [{ key: middlewareKey(exchange), save: operation }];
  },
  explain({ save }, { exchange }) {
    return {
      sentence: say`${{ request: exchange }} saved session ${{ session: save.session ?? '' }} with no end: the store keeps its record for ever.`,
      lines: [{ label: 'Saved at', exchange, operation: save }],
      evidence: [{ exchange, operation: save, text: say`the record has no end`, isDecisive: true }],
      fix: { text: say`Give the cookie a ${{ code: 'maxAge' }}, or the store a time to live.` },
    };
  },
});
