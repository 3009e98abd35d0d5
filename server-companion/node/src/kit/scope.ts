/** What a surface, a store or a session may know of the exchange around it. */
import type { Companion } from '../core/companion.ts';

export interface ExchangeScope {
  /** `null`: the background. */
  readonly id: string | null;
  /** Fingerprint of the session with which the exchange began. */
  readonly owner: string | null;
  /** Milliseconds since the exchange started. */
  readonly offsetMs: number | undefined;
  /** The library's own code is running: what it does to the session is not the app's doing. */
  readonly isLibraryRunning: boolean;
  readonly companion: Pick<Companion, 'identity' | 'log' | 'sources'>;
  /** Notes a fault of the companion's own. Never throws. */
  fault(where: string, error: unknown): void;
}

/** The function of ours that the app called: the source is its caller's line. */
export type Below = (...args: never[]) => unknown;

/** Runs what must not reach the app: a fault in it is noted. */
export function guard<T>(scope: Pick<ExchangeScope, 'fault'>, where: string, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    scope.fault(where, error);
    return undefined;
  }
}

/** Microseconds are as fine as the clock is honest. */
export const round = (ms: number): number => Math.round(ms * 1000) / 1000;
