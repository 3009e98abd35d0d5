/** How a load went, on the wire; and why a save failed. */
import type { OperationOutcome } from '../../../../../../protocol/index.ts';
import { describeError } from '../../../core/describe-error.ts';
import type { Facts, Failure } from './verdict.ts';

type Load = NonNullable<Facts['load']>;

export const LOADS: Readonly<Record<Load, { readonly outcome: OperationOutcome; readonly reason?: string }>> = {
  found: { outcome: 'found' },
  refreshed: { outcome: 'found', reason: 'refreshed' },
  missing: { outcome: 'missing' },
  expired: { outcome: 'expired', reason: 'expired' },
  invalid: { outcome: 'invalid-signature' },
  malformed: { outcome: 'unreadable', reason: 'malformed' },
};

/** By the words of JSON and of Hono. */
export function failureOf(error: unknown): Failure {
  const { message } = describeError(error);
  if (/serialize a BigInt|circular structure/i.test(message)) return 'not-serializable';
  return /Cookies (?:Max-Age|Expires)/.test(message) ? 'too-long' : 'save-failed';
}
