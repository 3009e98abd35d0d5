/** What this process recorded, on its way to Redis: in order, once, and within bounds while Redis does not take it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HeldEvent } from '../event-ring.ts';
import type { RedisLink } from './redis-link.ts';
import { pause } from './redis-link.ts';
import { APPEND, LIFE_S } from './stream-entry.ts';

/** Events that wait for Redis; past it the oldest are dropped, some at once, and that is reported. */
export const MAX_WAITING = 20_000;
const DROPPED_AT_ONCE = 200;

/** Written at once, whichever comes first: between two batches the app's own work goes on. */
const BATCH = { events: 500, bytes: 1024 * 1024, ms: 5 } as const;

/** A Redis that takes nothing for this time is not waited for: a restart is over by then. */
export const LOST_AFTER_MS = 3_000;

/** Between two attempts to reach a Redis that went away. */
export const RETRY_MS = 500;

/** An event that Redis has not numbered yet. */
export interface WaitingEvent {
  /** Its number in this process. */
  readonly local: number;
  readonly event: HeldEvent;
  readonly bytes: number;
  readonly owner: string | null;
}

export interface StreamWriter {
  put(waiting: WaitingEvent): void;
  /**
   * The event of this number, written and not yet read back. Those before it that Redis let go are forgotten: `gone` gets
   * each.
   */
  take(local: number, gone: (event: HeldEvent) => void): WaitingEvent | undefined;
  /** All that Redis is not known to have taken, oldest first; none of it is written any more. */
  giveBack(): WaitingEvent[];
  /** How many were dropped since this was asked last. */
  dropped(): number;
  /** Hands what waits to the kernel: the process ends. */
  postAll(): void;
  readonly hasUnread: boolean;
}

export interface WriterOptions {
  link: RedisLink;
  keys: readonly string[];
  epoch: string;
  /** Names this log's entries. */
  writer: string;
  maxEvents: number;
  maxBytes: number;
  /** The last number that is known here. */
  lastSeq: () => number;
  /** The JSON of an event as it leaves the process. */
  textOf: (event: HeldEvent) => string;
  isOver: () => boolean;
  /** Redis has taken nothing for `LOST_AFTER_MS`, and this is what it said last. */
  onLost: (error: Error) => void;
  /** Redis has taken a batch. */
  onTaken: () => void;
}

export function createStreamWriter(options: WriterOptions): StreamWriter {
  const { link, keys, epoch, maxEvents, maxBytes, textOf, isOver, onLost, onTaken } = options;
  let waiting: WaitingEvent[] = [];
  let waitingBytes = 0;
  const unread = new Map<number, WaitingEvent>();
  let dropped = 0;
  let isWriting = false;
  /** A timer or socket that begins in a request would keep what the app knows of that request. */
  const outside = AsyncLocalStorage.snapshot();

  const commandOf = (parts: (string | number)[]) => [
    'EVAL',
    APPEND,
    keys.length,
    ...keys,
    epoch,
    options.lastSeq(),
    maxEvents,
    LIFE_S,
    options.writer,
    ...parts,
  ];

  /** The next batch, as arguments of the script. */
  function nextBatch(isLast = false): (string | number)[] {
    const parts: (string | number)[] = [];
    const began = performance.now();
    let bytes = 0;
    let count = 0;
    while (count < waiting.length && count < BATCH.events && bytes < BATCH.bytes) {
      if (!isLast && count > 0 && performance.now() - began >= BATCH.ms) break;
      const { local, event, owner } = waiting[count]!;
      const text = textOf(event);
      parts.push(local, owner ?? '', text);
      bytes += text.length;
      count += 1;
    }
    for (const one of waiting.splice(0, count)) {
      waitingBytes -= one.bytes;
      unread.set(one.local, one);
    }
    return parts;
  }

  async function write(): Promise<void> {
    try {
      while (waiting.length > 0 && !isOver()) {
        // What is not read back is held here: no more of it than may wait.
        if (unread.size > MAX_WAITING) await pause(RETRY_MS);
        else if (!(await sendUntilTaken(nextBatch()))) return;
        await nextTurn();
      }
    } finally {
      // Before anything else can put one more.
      isWriting = false;
    }
  }

  /** Whether Redis has taken it. */
  async function sendUntilTaken(parts: (string | number)[]): Promise<boolean> {
    const began = performance.now();
    for (let attempt = 1; !isOver(); attempt++) {
      try {
        await link.ask(commandOf(parts));
        onTaken();
        return true;
      } catch (error) {
        if (isOver()) return false;
        if (attempt > 1 && performance.now() - began >= LOST_AFTER_MS) {
          onLost(error as Error);
          return false;
        }
        await pause(RETRY_MS);
      }
    }
    return false;
  }

  function drop(): void {
    const gone = waiting.splice(0, DROPPED_AT_ONCE);
    dropped += gone.length;
    for (const { bytes } of gone) waitingBytes -= bytes;
  }

  return {
    put(one) {
      waiting.push(one);
      waitingBytes += one.bytes;
      if (waiting.length > MAX_WAITING || (waitingBytes > maxBytes && waiting.length > DROPPED_AT_ONCE)) drop();
      if (isWriting) return;
      isWriting = true;
      outside(() => setImmediate(() => void write()));
    },
    take(local, gone) {
      for (const [number, one] of unread) {
        if (number > local) return undefined;
        unread.delete(number);
        if (number === local) return one;
        gone(one.event);
      }
      return undefined;
    },
    giveBack() {
      const given = [...unread.values(), ...waiting];
      unread.clear();
      waiting = [];
      waitingBytes = 0;
      return given;
    },
    dropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
    postAll() {
      while (waiting.length > 0) link.post(commandOf(nextBatch(true)));
    },
    get hasUnread() {
      return unread.size > 0;
    },
  };
}
