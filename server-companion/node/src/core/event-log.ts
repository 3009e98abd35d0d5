/** The log of one epoch in one process: it numbers and dates what is recorded, and holds it for who reads. */
import { randomBytes } from 'node:crypto';
import type { SessionscopeEvent } from '../../../../protocol/index.ts';
import type { EventLog } from './contract.ts';
import type { HeldEvent, KeyedOperation } from './event-ring.ts';
import { createHeldEvents, type HeldEvents } from './held-events.ts';
import type { LogLimits } from './options.ts';
import type { Redaction } from './redaction.ts';
import { mapSentences } from './sentences.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'epoch' | 'seq' | 'at'> : never;
/** An event before the log has numbered and dated it. */
export type NewEvent = Unnumbered<Exclude<SessionscopeEvent, { type: 'gap-opened' }>>;

export interface WritableLog extends EventLog {
  /**
   * Numbers, dates and keeps an event; returns its `seq`. `bytes`: of the values in it. `owner`: the session with
   * which its exchange began.
   */
  append(event: NewEvent, bytes: number, owner: string | null): number;
  /** As `append`, of a read, write or deletion of one key: `operation` is copied and may be filled again. */
  appendKeyed(operation: KeyedOperation, bytes: number, owner: string | null): number;
  readonly heldBytes: number;
  readonly heldEvents: number;
}

export interface LogOptions {
  redaction: Redaction;
  limits?: Partial<LogLimits>;
  /** Epoch ms; default the system's clock. */
  now?: () => number;
  epoch?: string;
}

export function createEventLog({
  redaction,
  limits,
  now = Date.now,
  epoch = randomBytes(6).toString('hex'),
}: LogOptions): WritableLog & HeldEvents {
  const held = createHeldEvents({ redaction, limits, now, epoch });
  return Object.assign(held, {
    append(event: NewEvent, bytes: number, owner: string | null) {
      const dated = event as HeldEvent;
      // Now, since a key that is known today may be forgotten when somebody reads this.
      mapSentences(dated, redaction.withoutKeys);
      dated.at = now();
      return held.put(dated, bytes, owner);
    },
    appendKeyed: (operation: KeyedOperation, bytes: number, owner: string | null) =>
      held.putKeyed(now(), operation, bytes, owner),
  });
}
