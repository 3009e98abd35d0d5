/** What each back-end gives `createSessions`. */
import type { ExchangeObserver } from '../observer.ts';
import type { Session } from '../session.ts';

/** A record, read without a trace: nothing is loaded, filled, deleted or made by it. */
export type RecordReading =
  | { outcome: 'found' | 'expired'; data: ReadonlyMap<string, unknown>; bytes: number; expiresAt: Date | null }
  | { outcome: 'missing' }
  | { outcome: 'unreadable'; why: string };

export interface Engine {
  open(sessionKey: string | null | undefined, observer: ExchangeObserver | undefined): Session;
  /** Deletes what has expired. How many records went; `undefined`: the store does it by itself. */
  clearExpired(): Promise<number | undefined>;
  /** A look at a record that changes nothing. */
  peek(sessionKey: string): Promise<RecordReading>;
  /** `db` and `cached_db`: makes Django's table where there is none. */
  createTable(): Promise<void>;
  /** Closes the connections that were opened here; those that were given stay open. */
  close(): Promise<void>;
}
