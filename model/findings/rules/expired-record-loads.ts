import type { Write } from '../../history/writes.ts';
import { expiriesBefore, isBroken } from '../facts.ts';
import { asvs } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  reported: Write;
}

/** ms; stores look for what has expired in their own time, and clocks differ. */
const SLACK_MS = 10_000;

/** A record that should have been gone was loaded. */
export const expiredRecordLoads = rule<Found>({
  id: 'expired-record-loads',
  severity: 'warning',
  title: 'An expired record loads',
  scope: 'operation',
  why: 'A session that should have ended goes on: whoever has its key is still logged in.',
  references: [asvs('7.4.1')],
  find({ items, operation }) {
    const { session } = operation;
    if (
      operation.operation !== 'load' ||
      operation.outcome !== 'found' ||
      session === null ||
      operation.layer === 'cookie'
    )
      return [];
    let reported: Write | undefined;
    for (const one of expiriesBefore(items, session, operation)) {
      const writes = one.operation.operation === 'save' || one.operation.operation === 'touch';
      if (!writes || one.operation.outcome !== 'done') continue;
      reported = one;
      break;
    }
    const storeAt = reported?.operation.expiry?.storeAt;
    if (reported === undefined || typeof storeAt !== 'number' || reported.operation.expiry!.storeAssumed === true)
      return [];
    if (
      reported.operation.epoch !== operation.epoch ||
      operation.at - (operation.durationMs ?? 0) <= storeAt + SLACK_MS
    )
      return [];
    return isBroken(items, reported.operation, operation)
      ? []
      : [{ key: `${session}:${reported.operation.seq}`, reported }];
  },
  explain({ reported, operation }, { exchange }) {
    const { storeAt } = reported.operation.expiry!;
    return {
      sentence: say`${{ request: exchange }} loaded session ${{ session: operation!.session! }} ${{ ms: operation!.at - storeAt! }} after its record had expired.`,
      evidence: [
        {
          exchange: reported.exchange,
          operation: reported.operation,
          text: say`gives the record ${{ ms: storeAt! - reported.operation.at }}`,
        },
        { exchange, operation: operation!, text: say`finds it`, isDecisive: true },
      ],
      fix: { text: say`Have the store compare the time as it reads, and not only as it cleans up.` },
    };
  },
});
