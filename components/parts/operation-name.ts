/** What an operation is called on screen: in the library's own word, as its user wrote it. */
import type { OperationRecorded } from '../../protocol/index.ts';

/** Words of the protocol for what the library did by itself: its user never wrote these calls. */
const OWN_CALLS: ReadonlySet<OperationRecorded['operation']> = new Set(['flush', 'cycle-key', 'clear', 'set-expiry']);

export interface OperationName {
  text: string;
  /** The wire's word, and the call where both differ. */
  title: string;
}

/**
 * `regenerate` and `destroy` with express-session, `cycle_key` and `flush` with Django. Reads, writes and the store's
 * own calls keep one word for every library: `get`, `set`, `load`, `save`.
 */
export function operationName({ operation, call, inferred }: OperationRecorded): OperationName {
  const text = OWN_CALLS.has(operation) && call !== '' && !inferred ? call : operation;
  return { text, title: call === operation ? operation : `${operation} (${call})` };
}
