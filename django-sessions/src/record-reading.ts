/** A record, read without changing anything: nothing is loaded, filled, deleted or made by it. */
export type RecordReading =
  | { outcome: 'found' | 'expired'; data: ReadonlyMap<string, unknown>; bytes?: number; expiresAt: Date | null }
  | { outcome: 'missing' }
  | { outcome: 'unreadable'; why: string };
