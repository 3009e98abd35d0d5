/**
 * What the parts of the core owe each other: the log on one side, the endpoint on the other, an adapter between.
 */
import type { EncodedValue, KeyPath, Middleware, Position, SessionscopeEvent } from '../../../../protocol/index.ts';
import type { SentValues } from './sent-values.ts';

/** For whom a value or event leaves the process. Redaction and visibility follow from it. */
export interface Viewer {
  /** Paired: sees every event. */
  readonly all: boolean;
  /** Holder: sees the exchanges that began with these sessions or made them, whole, and their background operations. */
  readonly sessions: ReadonlySet<string>;
  /** Holder: sees these exchanges. */
  readonly exchanges: ReadonlySet<string>;
}

export interface LogReading {
  /**
   * Oldest first; a `gap-opened` stands where events were evicted since `after`, behind the newest `epoch-started` that
   * is among them.
   */
  events: SessionscopeEvent[];
  next: Position;
  more: boolean;
}

/** Bounded by count and by bytes; evicts the oldest; reports every gap. Readers hold positions, not queues. */
export interface EventLog {
  readonly epoch: string;
  /** Of the newest event; 0 where there is none. */
  readonly lastSeq: number;
  /**
   * Reads on after a position; `null`, or one of another epoch, means from the oldest event held. At most `limit`
   * events, and no more once they take `maxBytes` as JSON, roughly, or have taken `maxMs` to redact (default: no bound);
   * at least one, where there is one. `sent`: what this reader has; values that are in it are named, and what is read is
   * added. Never throws.
   */
  read(
    after: Position | null,
    viewer: Viewer,
    limit: number,
    maxBytes?: number,
    maxMs?: number,
    sent?: SentValues,
  ): LogReading;
  /** Resolves, within some 50 ms, once it is known which log this is; absent: it is. Never rejects. */
  ready?(): Promise<void>;
  /** Whether the log holds anything that this viewer may see and not everybody. */
  knows(viewer: Viewer): boolean;
  /** Calls `wake` soon (at once after a pause, else within 10 ms, batched) after something was appended; returns the disposer. Keeps no process alive. */
  subscribe(wake: () => void): () => void;
  /** A recorded value in larger bounds; `undefined`: not (or no longer) held, or not for this viewer. */
  value(
    request: { seq: number; part: 'before' | 'after' | 'state' | 'stored'; path: KeyPath; reveal: boolean },
    viewer: Viewer,
  ): EncodedValue | undefined;
}

/** A look at one session that changed nothing. `key` is the session key and never leaves the process. */
export interface StoreReading {
  outcome: 'found' | 'missing' | 'expired' | 'error' | 'unreadable';
  text?: string;
  state?: EncodedValue;
  bytes?: number;
  digest?: string;
  expiresAt?: number | null;
}

export interface MemoryReading {
  exchange: string;
  at: number;
  state?: EncodedValue;
  bytes?: number;
  digest?: string;
}

/** What one observed session middleware gives the endpoint. Implemented by adapters. */
export interface ObservedMiddleware {
  describe(): Middleware;
  /**
   * Reads a raw cookie as the library would; `all`: every cookie that was sent with it, since a session may span several
   * and one of them alone proves nothing. `undefined`: it names no session of this middleware. A key that is claimed
   * here is not remembered: who asks could make the process forget the others.
   * `key` only where the signature is valid (or the library does not sign).
   */
  prove(
    cookie: { readonly name: string; readonly value: string },
    all: readonly { readonly name: string; readonly value: string }[],
  ): { signature: 'valid' | 'invalid' | 'unsigned' | 'malformed'; key?: string; fingerprint?: string } | undefined;
  /** A pure read of the store, redacted for `viewer`. Never rejects. */
  readStore(key: string, viewer: Viewer): Promise<StoreReading>;
  /** The session objects of this session's open exchanges, encoded without a getter called. */
  readMemory(fingerprint: string, viewer: Viewer): MemoryReading[];
  /** The key of a session that this process has seen, for a paired panel that names it by fingerprint. */
  keyOf(fingerprint: string): string | undefined;
}
