/** Why h3 began an empty session in the place of the one that was sent, and why it could not seal one. */
import type { OperationRecorded } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import type { Taken } from './library.ts';
import type { Failure } from './verdict.ts';

export const REFUSALS: Readonly<Record<Exclude<Taken, 'open'>, Pick<OperationRecorded, 'outcome' | 'reason'>>> = {
  expired: { outcome: 'expired', reason: 'expired' },
  tampered: { outcome: 'invalid-signature', reason: 'tampered' },
  malformed: { outcome: 'unreadable', reason: 'malformed' },
};

/** By the words of the library, of Node and of JSON. */
export function failureOf(error: unknown): Failure {
  const { message } = describeError(error);
  if (/Cannot set chunked cookie/.test(message)) return 'cookie-too-large';
  if (/serialize a BigInt|circular structure/i.test(message)) return 'not-serializable';
  if (/headers after they are sent/.test(message)) return 'too-late';
  if (/Password string too short|Empty password/.test(message)) return 'password-refused';
  return 'error';
}
