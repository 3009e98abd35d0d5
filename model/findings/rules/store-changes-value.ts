import { type EncodedValue, isTagged, type OperationRecorded } from '../../../protocol/index.ts';
import { sameness } from '../../values/compare.ts';
import { contentOf } from '../../values/known.ts';
import { valueAt } from '../../values/parts.ts';
import { byFamily, isSaved, keysOf, middlewareKey, writeOf } from '../facts.ts';
import { express, issue } from '../references.ts';
import { type Fix, type Match, rule, type Severity } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  name: string;
  memory: EncodedValue;
  stored: EncodedValue | undefined;
  write: OperationRecorded;
}

/** What the next load gives under a key is another value than the one that was put there. */
export const storeChangesValue = rule<Found>({
  id: 'store-changes-value',
  severity: 'warning',
  title: 'The store makes another value of it',
  scope: 'operation',
  why: 'The code that wrote it sees one type, the next request another: a method is missing, an entry is not found.',
  references: [issue('expressjs/express', 1506), express('store implementation')],
  find(at) {
    const { exchange, operation } = at;
    const { state, stored } = operation;
    if (!isSaved(operation) || state === undefined || stored === undefined) return [];
    return keysOf(state).flatMap((name): Found[] => {
      const write = writeOf(exchange, name, operation);
      if (write === undefined) return [];
      const [memory, kept] = [valueAt(state, [name]), valueAt(stored, [name])];
      if (memory === undefined || memory === 'unknown' || kept === 'unknown' || sameness(memory, kept) !== 'different')
        return [];
      return [
        {
          key: `${middlewareKey(exchange)}:${name}`,
          name,
          memory,
          stored: kept,
          write,
          operation: write,
          severity: severityOf(memory, kept),
        },
      ];
    });
  },
  explain({ name, memory, stored, write }, { exchange }) {
    const key = { path: [name] };
    const becomes = stored === undefined ? say`nothing` : say`${{ value: stored }}`;
    return {
      sentence: say`${{ request: exchange }} put ${{ value: memory }} under ${key}, and the store keeps ${becomes}.`,
      lines: [{ label: 'Written at', exchange, operation: write, isDecisive: true }],
      evidence: [
        { exchange, operation: write, text: say`puts ${{ value: memory }}` },
        {
          exchange,
          operation: exchange.operations.find((one) => isSaved(one) && one.seq > write.seq)!,
          text: say`the record has ${becomes}`,
          isDecisive: true,
        },
      ],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Put what JSON can hold, and make the value from it where it is read.`,
          code: [`- req.session.${name} = value;`, `+ req.session.${name} = Array.from(value);`],
        },
        django: { text: say`Use text keys, lists and ISO dates, and make the value from them where it is read.` },
        other: { text: say`Put what the store's format can hold, and make the value from it where it is read.` },
      }),
    };
  },
});

/** A date that becomes a text is still a date to whoever reads it as one; what loses its content is lost. */
function severityOf(memory: EncodedValue, stored: EncodedValue | undefined): Severity {
  const value = contentOf(memory);
  if (!isTagged(value)) return typeof value === 'object' ? 'note' : 'warning';
  const isLost = stored === undefined || JSON.stringify(stored) === '{}' || stored === null;
  if (value.$ === 'undefined' || value.$ === 'function') return 'note';
  return isLost || value.$ === 'map' ? 'warning' : 'note';
}
