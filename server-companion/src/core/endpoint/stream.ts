/**
 * A stream of events. It holds a position, not a queue: what a slow reader does not take waits in the log, and what
 * the log had to drop meanwhile is told as a gap.
 */
import type { EventsAnswer, Position } from '../../../../protocol/index.ts';
import { LIMITS } from '../../../../protocol/index.ts';
import type { EventLog, Viewer } from '../contract.ts';

/** An answer with no events says that the way is open; late or in lumps, it shows a proxy that buffers. */
export const HEARTBEAT_MS = 5_000;

/** How often a stream looks whether its server still listens: a shutdown is held up no longer than this. */
const LOOK_MS = 250;

export function answerFrom(log: EventLog, after: Position | null, viewer: Viewer): EventsAnswer {
  return { ...log.read(after, viewer, LIMITS.eventsPerAnswer), sentAt: Date.now() };
}

export interface StreamOptions {
  log: EventLog;
  after: Position | null;
  viewer: Viewer;
  /** Writes one answer; resolves once the reader can take more. */
  write: (answer: EventsAnswer) => Promise<void>;
  isOpen: () => boolean;
}

/** Writes answers for as long as `isOpen`; resolves when it is not. */
export async function pump({ log, after, viewer, write, isOpen }: StreamOptions): Promise<void> {
  let position = after;
  let lastWrittenAt = 0;
  let wake = () => {};
  let isWoken = false;
  const unsubscribe = log.subscribe(() => {
    isWoken = true;
    wake();
  });
  try {
    while (isOpen()) {
      isWoken = false;
      const answer = answerFrom(log, position, viewer);
      position = answer.next;
      if (answer.events.length > 0 || Date.now() - lastWrittenAt >= HEARTBEAT_MS) {
        await write(answer);
        lastWrittenAt = Date.now();
      }
      if (answer.more || isWoken) continue;
      await new Promise<void>((resolve) => {
        // A stream keeps no process alive.
        const timer = setTimeout(resolve, LOOK_MS).unref();
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    unsubscribe();
  }
}
