/** Why iron-session began an empty session in the place of the one that was sent. */
import type { OperationRecorded } from '../../../../../protocol/index.ts';
import type { Seal } from '../../kit/iron-seal.ts';

export type Refusal = Exclude<Seal['outcome'], 'open'>;

export const REFUSALS: Readonly<Record<Refusal, Pick<OperationRecorded, 'outcome' | 'reason'>>> = {
  expired: { outcome: 'expired', reason: 'expired' },
  'unknown-password': { outcome: 'invalid-signature', reason: 'other-secret' },
  tampered: { outcome: 'invalid-signature', reason: 'tampered' },
  malformed: { outcome: 'unreadable', reason: 'malformed' },
};
