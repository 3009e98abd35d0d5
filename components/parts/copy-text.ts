import { sourceText } from '../../model/index.ts';
import type { OperationRecorded } from '../../protocol/index.ts';

/** The value that an operation is about, as JSON; `undefined` where it is about none. */
export function copyText({ after, before }: OperationRecorded): string | undefined {
  const value = after ?? before;
  return value === undefined ? undefined : sourceText(value);
}
