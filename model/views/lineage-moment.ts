/** One thing that became of a key of a family: what a lineage has a row for. */
import type { OperationRecorded } from '../../protocol/index.ts';
import type { FamilyLink } from '../history/family.ts';
import type { EventPosition } from '../history/moment.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import type { Users } from './lineage-users.ts';

/** How a key began. `brought`: a request came with it, and who made it was not seen. */
export type Beginning = 'made' | 'adopted' | 'brought' | FamilyLink['is'];

export type LineageMoment = {
  session: string;
  exchange: ExchangeRecord;
  /** Absent: the request as a whole. */
  operation?: OperationRecorded;
  at: EventPosition;
} & (
  | {
      is: 'begun';
      how: Beginning;
      /** What it came from. */
      link?: FamilyLink;
      /** Events were lost, or a server was restarted, before it. */
      isAfterBreak: boolean;
      /** Requests before it are left out: it is none of its beginning. */
      isCut: boolean;
    }
  /** A request led to it that did not make it. */
  | { is: 'joined'; link: FamilyLink }
  | { is: 'user'; users: Users; isLoaded: boolean }
  | { is: 'ended' | 'expired' }
  /**
   * `since`: what had taken the record away; absent: that was not seen. `emptied`: the store that a restart emptied.
   */
  | { is: 'missing'; since?: OperationRecorded; emptied?: string }
  /** Saved, or found, after this had ended it. */
  | { is: 'revived' | 'works'; since: OperationRecorded }
  | { is: 'brought' }
  | { is: 'set' }
);

/** The same session under another key. */
export const isContinued = ({ is }: FamilyLink): boolean => is !== 'replaced' && is !== 'next';

export const linkPosition = ({ operation, exchange }: FamilyLink): EventPosition =>
  operation ?? exchange.finished ?? exchange;
