/**
 * A stream of events. It holds a position, not a queue: what a slow reader does not take waits in the log, and what
 * the log had to drop meanwhile is reported as a gap.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventsAnswer, Position } from '../../../../../protocol/index.ts';
import { LIMITS } from '../../../../../protocol/index.ts';
import type { EventLog, Viewer } from '../contract.ts';
import { SentValues } from '../sent-values.ts';

/** An answer with no events says that the way is open; late or in lumps, it shows a proxy that buffers. */
export const HEARTBEAT_MS = 5_000;

/** How often a stream looks whether its server still listens: a shutdown is held up no longer than this. */
const LOOK_MS = 250;

/**
 * What is redacted and written in one turn of the app's event loop, whichever comes first. It is also what a reader that
 * takes nothing keeps from being freed.
 */
const TURN = { events: 250, bytes: 1024 * 1024, ms: 10 } as const;

/** Of one poll's answer, roughly: a session of 64 KiB may stand in each of two thousand events. */
const POLL_BYTES = 4 * 1024 * 1024;

/** What there is to read now, no more than one turn's work. `sent`: the values that the reader has. */
export function answerFrom(
  log: EventLog,
  after: Position | null,
  viewer: Viewer,
  sent: SentValues,
  limit: number = TURN.events,
): EventsAnswer {
  return { ...log.read(after, viewer, limit, TURN.bytes, TURN.ms, sent), sentAt: Date.now() };
}

/**
 * One poll's answer as JSON, read turn by turn: between them the app's own work goes on. `write` makes JSON of a turn's
 * events.
 */
export async function pollAnswer(
  log: EventLog,
  after: Position | null,
  viewer: Viewer,
  write: (events: EventsAnswer['events']) => string,
): Promise<string> {
  const parts: string[] = [];
  const sent = new SentValues();
  let position = after;
  let count = 0;
  let bytes = 0;
  for (;;) {
    const { events, next, more, sentAt } = answerFrom(
      log,
      position,
      viewer,
      sent,
      Math.min(TURN.events, LIMITS.eventsPerAnswer - count),
    );
    position = next;
    count += events.length;
    if (events.length > 0) {
      // Without the brackets of the list.
      const part = write(events).slice(1, -1);
      parts.push(part);
      bytes += part.length;
    }
    if (!more || count >= LIMITS.eventsPerAnswer || bytes >= POLL_BYTES)
      return `{"events":[${parts.join(',')}],"next":${JSON.stringify(next)},"more":${more},"sentAt":${sentAt}}`;
    await nextTurn();
  }
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
  const sent = new SentValues();
  let position = after;
  let lastWrittenAt = 0;
  let isWoken = false;
  /** Ends the wait under way: for the reader, or for something to report. */
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
      const answer = answerFrom(log, position, viewer, sent);
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
