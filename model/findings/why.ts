/** Why: the answer as a chain of events, from what is asked about back to its cause, or to where it was not seen any more. */
import type { OperationRecorded } from '../../protocol/index.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import type { Sentence } from './sentence.ts';

/** One event of the chain. */
export interface WhyLink {
  exchange: ExchangeRecord;
  /** Absent: the request itself. */
  operation?: OperationRecorded;
  text: Sentence;
}

export interface Why {
  question: Sentence;
  /** Newest first: each was caused by the next. */
  links: readonly WhyLink[];
  /** What was not seen, so that the chain stops; absent: its last link is the cause. */
  open?: Sentence;
}
