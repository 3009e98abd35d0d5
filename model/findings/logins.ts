/** What means a login or a logout in a session: taken from the names under which apps keep who is logged in. */
import type { EncodedValue, OperationRecorded } from '../../protocol/index.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { isKept, isUndefined } from '../values/known.ts';
import { isUserKey } from './facts.ts';

const isNothing = (value: EncodedValue | undefined) =>
  value === undefined || value === null || value === false || value === '' || isUndefined(value);

/** The write that put a user into a session that held none; `undefined`: none is known to. */
export const loginIn = ({ operations }: ExchangeRecord): OperationRecorded | undefined =>
  operations.find(
    (operation) =>
      operation.operation === 'set' &&
      operation.actor === 'app' &&
      isUserKey(operation.path) &&
      isNothing(operation.before) &&
      !isNothing(operation.after) &&
      !isKept(operation.before),
  );
