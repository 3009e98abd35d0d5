import type { OperationRecorded } from '../../../protocol/index.ts';
import { overwroteUnreadable } from '../../history/lineage.ts';
import { middlewareKey } from '../facts.ts';
import { django } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  load: OperationRecorded;
  save: OperationRecorded | undefined;
}

/** There is a record, and it could not be decoded. */
export const recordUnreadable = rule<Found>({
  id: 'record-unreadable',
  severity: 'problem',
  title: 'Record that cannot be read',
  scope: 'exchange',
  why: 'The session begins empty, and the next save writes over what the record held.',
  references: [django('session serialization', 'session-serialization')],
  find({ exchange }) {
    const load = exchange.operations.find(({ operation, outcome }) => operation === 'load' && outcome === 'unreadable');
    if (load === undefined) return [];
    const save = exchange.operations.find((operation) => overwroteUnreadable(exchange, operation));
    return [{ key: `${middlewareKey(exchange)}:${load.reason ?? ''}`, load, save, operation: save ?? load }];
  },
  explain({ load, save }, { exchange }) {
    const { record } = exchange.finished!.verdict;
    return {
      sentence:
        save === undefined
          ? say`${{ request: exchange }} could not read the record of session ${{ session: load.session ?? '' }} and went on with an empty one.`
          : say`${{ request: exchange }} could not read the record of session ${{ session: load.session ?? '' }}, and its save wrote over it.`,
      because: say`${record.text}`,
      lines: save === undefined ? [] : [{ label: 'Overwritten at', exchange, operation: save, isDecisive: true }],
      evidence: [
        { exchange, operation: load, text: say`finds a record that it cannot decode`, isDecisive: save === undefined },
        ...(save === undefined ? [] : [{ exchange, operation: save, text: say`writes over it`, isDecisive: true }]),
      ],
      fix: { text: say`${record.fix ?? 'Read it with the serializer and the secret that wrote it, or delete it.'}` },
    };
  },
});
