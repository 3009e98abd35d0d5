import type { ExchangeRecord } from '../../recording/records.ts';
import type { OperationRecorded } from '../../../protocol/index.ts';
import { earlier, factBefore, isSealed, middlewareKey, middlewareOf } from '../facts.ts';
import { issue } from '../references.ts';
import { type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  missing: readonly { exchange: ExchangeRecord; load: OperationRecorded; session: string }[];
}

const LEAST = 3;
const WITHIN_MS = 60_000;

/** Several records that had time left are gone at once, and nobody is seen to have deleted them. */
export const recordsVanished = rule<Found>({
  id: 'records-vanished',
  severity: 'problem',
  title: 'Records vanished',
  scope: 'exchange',
  why: 'A cache that was cleared or is full, or a job that cleans up too much, logs many users out at once.',
  references: [issue('openedx/edx-platform', 32984)],
  find(at) {
    const own = vanished(at, at.exchange);
    if (own === undefined) return [];
    const missing = [own];
    for (const other of earlier(at, WITHIN_MS)) {
      if (middlewareKey(other) !== middlewareKey(at.exchange) || other.epoch !== at.exchange.epoch) continue;
      const found = vanished(at, other);
      if (found !== undefined && !missing.some(({ session }) => session === found.session)) missing.unshift(found);
      if (missing.length === LEAST) return [{ key: `${middlewareKey(at.exchange)}:${at.exchange.epoch}`, missing }];
    }
    return [];
  },
  explain({ missing }, { exchange }) {
    return {
      sentence: say`The records of ${missing.length} sessions were gone within ${{ ms: exchange.at - missing[0]!.exchange.at }}, though each had time left and nothing recorded deleted them.`,
      evidence: missing.map((one, index) => ({
        exchange: one.exchange,
        operation: one.load,
        text: say`does not find session ${{ session: one.session }}`,
        isDecisive: index === missing.length - 1,
      })),
      fix: {
        text: say`Keep sessions apart from a cache that is cleared or evicts: another database, another prefix, a policy that drops nothing.`,
      },
      limits: say`Another process may have deleted them: its events are not in this recording.`,
      because: say`${middlewareOf(exchange)?.store ?? 'The store'} lost them.`,
    };
  },
});

/** The record was there, with time left, and is missing now. */
function vanished(
  at: Parameters<typeof factBefore>[0],
  exchange: ExchangeRecord,
): Found['missing'][number] | undefined {
  const session = exchange.started?.cookie.fingerprint;
  if (session === undefined || isSealed(exchange)) return undefined;
  const load = exchange.operations.find(({ operation, session: of }) => operation === 'load' && of === session);
  if (load?.outcome !== 'missing') return undefined;
  const fact = factBefore({ ...at, exchange }, session, load);
  const storeAt = fact?.operation.expiry?.storeAt;
  const hasTimeLeft =
    storeAt === null ||
    (typeof storeAt === 'number' && fact?.operation.expiry?.storeAssumed !== true && storeAt > load.at);
  return fact?.is === 'there' && hasTimeLeft ? { exchange, load, session } : undefined;
}
