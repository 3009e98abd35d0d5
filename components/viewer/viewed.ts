/** What the viewer is opened with, from wherever a value stands. */
import { numberText, formatPath, type ExchangeRecord, type ValuePart, type ViewedValue } from '../../model/index.ts';
import type { OperationRecorded } from '../../protocol/index.ts';
import { operationName } from '../parts/operation-name.ts';

/** The newest first: what an operation left, then what it found. */
const PARTS: readonly ValuePart[] = ['after', 'before', 'state'];

/** The value that an operation is about; `undefined` where it is about none. */
export function viewedOf(exchange: ExchangeRecord, operation: OperationRecorded): ViewedValue | undefined {
  const part = PARTS.find((name) => operation[name] !== undefined);
  if (part === undefined) return undefined;
  const name = operation.path === undefined ? 'session' : formatPath(operation.path);
  return {
    title: `${name}, ${part === 'before' ? 'before ' : ''}${numberText(exchange)} ${operationName(operation).text}`,
    value: operation[part]!,
    origin: { operation, part, path: [] },
  };
}
