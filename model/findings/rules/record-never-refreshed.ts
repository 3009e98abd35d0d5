import type { ExchangeRecord } from '../../recording/records.ts';
import { earlier, expiriesBefore, isBroken, isSealed, middlewareKey } from '../facts.ts';
import { express, issue } from '../references.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  savedIn: ExchangeRecord;
  save: OperationRecorded;
  refreshes: number;
}

/** Responses that renewed the cookie while the record's end stayed. */
const LEAST = 3;

/** Each response gives the cookie a new end, and the record ends as it was first said. */
export const recordNeverRefreshed = rule<Found>({
  id: 'record-never-refreshed',
  severity: 'warning',
  title: 'The record runs out while the user works',
  scope: 'exchange',
  why: 'The browser brings a cookie that was renewed a moment ago, and the store has dropped the session: the user is logged out in the middle of work.',
  references: [issue('tj/connect-redis', 251), issue('jdesboeufs/connect-mongo', 351), express('rolling')],
  find(at) {
    const { exchange, items } = at;
    const { finished } = exchange;
    const session = finished!.sessionAfter;
    if (typeof session !== 'string' || isSealed(exchange) || !isRenewal(exchange, session)) return [];
    let saved: { exchange: ExchangeRecord; operation: OperationRecorded } | undefined;
    for (const one of expiriesBefore(items, session, finished!)) {
      const { operation, outcome } = one.operation;
      if ((operation !== 'save' && operation !== 'touch') || outcome !== 'done') continue;
      saved = { exchange: one.exchange, operation: one.operation };
      break;
    }
    const storeAt = saved?.operation.expiry?.storeAt;
    if (saved === undefined || typeof storeAt !== 'number' || saved.operation.expiry!.storeAssumed === true) return [];
    // Half of it is gone: what follows will not move it either.
    if (exchange.at - saved.operation.at < (storeAt - saved.operation.at) / 2) return [];
    if (isBroken(items, saved.operation, finished!)) return [];
    let refreshes = 1;
    for (const other of earlier(at)) {
      if (other === saved.exchange) break;
      if (other.finished?.sessionAfter === session && isRenewal(other, session)) refreshes += 1;
    }
    return refreshes < LEAST
      ? []
      : [{ key: middlewareKey(exchange), savedIn: saved.exchange, save: saved.operation, refreshes }];
  },
  explain({ savedIn, save, refreshes }, { exchange }) {
    const { cookieAt } = exchange.finished!.expiry!;
    const { storeAt } = save.expiry!;
    return {
      sentence: say`${{ request: exchange }} set a cookie for another ${{ ms: cookieAt! - exchange.at }}; the record that ${{ request: savedIn }} had saved still ends in ${{ ms: Math.max(0, storeAt! - exchange.at) }}.`,
      because: say`${refreshes} responses in a row renewed the cookie and left the record alone.`,
      lines: [{ label: 'Saved at', exchange: savedIn, operation: save }],
      evidence: [
        { exchange: savedIn, operation: save, text: say`gives the record ${{ ms: storeAt! - save.at }}` },
        { exchange, text: say`renews the cookie alone`, isDecisive: true },
      ],
      fix: {
        text: say`Use a store that can ${{ code: 'touch' }} a record, and leave its touch on: not ${{ code: 'disableTouch: true' }}, not a long ${{ code: 'touchAfter' }}.`,
      },
    };
  },
});

/** It set the cookie with an end, and neither saved nor touched the record. */
const isRenewal = ({ finished, operations }: ExchangeRecord, session: string): boolean =>
  finished?.verdict.cookie.outcome === 'set' &&
  typeof finished.expiry?.cookieAt === 'number' &&
  operations.some(({ operation, outcome }) => operation === 'load' && outcome === 'found') &&
  !operations.some(({ operation, session: of }) => of === session && (operation === 'save' || operation === 'touch'));
