import { LIMITS } from '../../../../protocol/index.ts';
import type { WritableLog } from './event-log.ts';

/** Reported one by one up to here; past it only counted, so that a fault in a hot hook can't flood the log. */
const MAX_REPORTED = 50;

/** The companion's own faults: caught at its boundary, counted, shown in the panel, never thrown into the app. */
export interface Faults {
  /** Since the epoch started. */
  readonly total: number;
  /** Notes one. Never throws. */
  note(where: string, error: unknown, exchange?: string | null, owner?: string | null): void;
}

export function createFaults(log: WritableLog): Faults {
  let total = 0;
  return {
    get total() {
      return total;
    },
    note(where, error, exchange = null, owner = null) {
      total += 1;
      if (total > MAX_REPORTED) return;
      try {
        const message = error instanceof Error ? `${error.name}: ${error.message}` : 'not an Error';
        log.append(
          { type: 'fault-noted', exchange, where, message: message.slice(0, LIMITS.sentenceLength), total },
          message.length,
          owner,
        );
      } catch {
        // Nothing is left to report it to.
      }
    },
  };
}
