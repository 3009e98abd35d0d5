/**
 * A stream of events. It holds a position, not a queue: what a slow reader does not take waits in the log, and what
 * the log had to drop meanwhile is told as a gap.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventsAnswer, Position } from '../../../../protocol/index.ts';
import { LIMITS } from '../../../../protocol/index.ts';
import type { EventLog, Viewer } from '../contract.ts';

/** An answer with no events says that the way is open; late or in lumps, it shows a proxy that buffers. */
export const HEARTBEAT_MS = 5_000;

/** How often a stream looks whether its server still listens: a shutdown is held up no longer than this. */
const LOOK_MS = 250;

/**
 * Events in one answer of a stream: what is redacted and written in one turn of the app's event loop, and what a
 * reader that takes nothing keeps from being freed.
 */
const EVENTS_PER_TURN = 250;

/** Of one answer, roughly: a session of 64 KiB may be told with each of two thousand events. */
const ANSWER_BYTES = 4 * 1024 * 1024;

export function answerFrom(
  log: EventLog,
  after: Position | null,
  viewer: Viewer,
  limit: number = LIMITS.eventsPerAnswer,
): EventsAnswer {
  return { ...log.read(after, viewer, limit, ANSWER_BYTES), sentAt: Date.now() };
}

export interface StreamOptions {
  log: EventLog;
  after: Position | null;
  viewer: Viewer;
  /** Writes one answer; resolves once the reader can take more. */
  write: (answer: EventsAnswer) => Promise<unknown>;
  isOpen: () => boolean;
}

/**
 * Writes answers for as long as `isOpen`; resolves within a quarter of a second when it is not: `stalled` where the
 * reader has not taken what was written last.
 */
export async function pump({ log, after, viewer, write, isOpen }: StreamOptions): Promise<'ended' | 'stalled'> {
  let position = after;
  let lastWrittenAt = 0;
  let isWoken = false;
  /** Ends the wait under way: for the reader, or for something to tell. */
  let goOn = () => {};
  const unsubscribe = log.subscribe(() => {
    isWoken = true;
    if (!isWriting) goOn();
  });
  let isWriting = false;
  // A stream keeps no process alive.
  const look = setInterval(() => {
    if (!isOpen() || (!isWriting && Date.now() - lastWrittenAt >= HEARTBEAT_MS)) goOn();
  }, LOOK_MS).unref();
  try {
    while (isOpen()) {
      isWoken = false;
      const answer = answerFrom(log, position, viewer, EVENTS_PER_TURN);
      position = answer.next;
      if (answer.events.length > 0 || Date.now() - lastWrittenAt >= HEARTBEAT_MS) {
        let isTaken = false;
        isWriting = true;
        await new Promise<void>((resolve, reject) => {
          goOn = resolve;
          void write(answer)
            .then(() => (isTaken = true))
            .then(() => resolve(), reject);
        });
        isWriting = false;
        if (!isTaken) return 'stalled';
        lastWrittenAt = Date.now();
      }
      // The app's own work goes first.
      if (answer.more) await nextTurn();
      else if (!isWoken)
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
    }
    return 'ended';
  } finally {
    clearInterval(look);
    unsubscribe();
  }
}
