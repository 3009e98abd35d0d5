/** Operations that write, and who wrote what. */
import type { OperationRecorded } from '../../protocol/index.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { isCookie } from './memory.ts';

/** An operation, with its exchange. */
export interface Write {
  exchange: ExchangeRecord;
  operation: OperationRecorded;
}

/** What puts a value under a key, or takes it away. */
const WRITES: ReadonlySet<string> = new Set(['set', 'delete', 'set-expiry']);

/** What empties a session, or puts another in its place. */
const WHOLES: ReadonlySet<string> = new Set(['clear', 'flush', 'cycle-key', 'create']);

/** Whether an operation changes something of the session's content under a key. To delete what is not there changes nothing. */
export const isWrite = ({ operation, path, hit }: OperationRecorded): boolean =>
  WRITES.has(operation) &&
  path !== undefined &&
  !(operation !== 'delete' && isCookie(path)) &&
  !(operation === 'delete' && hit === false);

/** Whether an operation may take away whatever there is. */
export const isWhole = ({ operation }: OperationRecorded): boolean => WHOLES.has(operation);
