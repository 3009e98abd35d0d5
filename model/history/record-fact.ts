/** What one operation says of a record in the store. */
import type { EncodedValue, OperationRecorded } from '../../protocol/index.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { memoriesOf } from './memory.ts';

/** What an operation says of a record. */
export type RecordFact = { exchange: ExchangeRecord; operation: OperationRecorded } & (
  | {
      is: 'there';
      value: EncodedValue;
      /**
       * `stored`: as the store holds it. `memory`: as memory held it when it was saved; what the store's format made of
       * it is not known.
       */
      form: 'stored' | 'memory';
      /** It wrote the record, so that memory had it then; a load only read it. */
      isWritten: boolean;
    }
  /** `isExpired`: nobody deleted it; its end has passed. */
  | { is: 'gone'; isExpired?: boolean }
  /** There is a record that could not be decoded. */
  | { is: 'unreadable' }
  /**
   * Something was written, and what was not reported. `isTouched`: the record was deleted and then touched, by a store of
   * which it is not known whether that writes it again.
   */
  | { is: 'unknown'; isTouched?: boolean }
);

const OF_RECORD: ReadonlySet<string> = new Set(['load', 'create', 'save', 'touch', 'expire', 'flush', 'cycle-key']);

/** Whether an operation may say anything of a record. */
export const isOfRecord = ({ operation }: OperationRecorded): boolean => OF_RECORD.has(operation);

/** What one operation says of the record of session `fingerprint`; `undefined`: nothing. */
export function recordFact(
  exchange: ExchangeRecord,
  operation: OperationRecorded,
  fingerprint: string,
): RecordFact | undefined {
  const { from, session, outcome, state, stored, expiry } = operation;
  const of = { exchange, operation };
  const isDone = outcome !== 'error';
  // A cookie that is the session, sealed twice in one second, keeps its name: nothing is taken away then.
  const isLeft = from === fingerprint && operation.to !== fingerprint;
  if ((operation.operation === 'flush' || operation.operation === 'cycle-key') && isLeft)
    return isDone ? { ...of, is: 'gone' } : undefined;
  if (session !== fingerprint) return undefined;
  switch (operation.operation) {
    case 'expire':
      return { ...of, is: 'gone' };
    case 'touch':
      return outcome === 'gone' ? { ...of, is: 'gone' } : undefined;
    case 'load':
      if (outcome === 'unreadable') return { ...of, is: 'unreadable' };
      if (outcome === 'missing' || outcome === 'expired') return { ...of, is: 'gone' };
      return state === undefined || outcome === 'error'
        ? undefined
        : { ...of, is: 'there', value: state, form: 'stored', isWritten: false };
    case 'create':
    case 'cycle-key':
      return stored === undefined || !isDone
        ? undefined
        : { ...of, is: 'there', value: stored, form: 'stored', isWritten: true };
    case 'save': {
      if (!isDone) return undefined;
      if (outcome === 'gone') return { ...of, is: 'gone' };
      // Saved with an end that had passed: the store drops it at once.
      if (typeof expiry?.storeAt === 'number' && expiry.storeAssumed !== true && expiry.storeAt <= operation.at)
        return { ...of, is: 'gone' };
      if (stored !== undefined) return { ...of, is: 'there', value: stored, form: 'stored', isWritten: true };
      const memory = state ?? memoryThen(exchange, operation);
      return memory === undefined
        ? { ...of, is: 'unknown' }
        : { ...of, is: 'there', value: memory, form: 'memory', isWritten: true };
    }
    default:
      return undefined;
  }
}

/** The session in memory right after an operation. */
function memoryThen(exchange: ExchangeRecord, operation: OperationRecorded): EncodedValue | undefined {
  return memoriesOf(exchange)[exchange.operations.indexOf(operation) + 1];
}

/** What memory held when a fact was reported; `undefined`: not known. */
export function memoryOfFact(fact: RecordFact): EncodedValue | undefined {
  if (fact.is === 'gone') return {};
  if (fact.is !== 'there') return undefined;
  return fact.isWritten ? (fact.operation.state ?? memoryThen(fact.exchange, fact.operation)) : fact.value;
}
