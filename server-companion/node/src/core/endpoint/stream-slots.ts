/** The streams that are open: a bounded number of slots, and who gives one up when they are all taken. */
import type { EventLog, Viewer } from '../contract.ts';
import { CallRefused } from './body.ts';

/** Streams at once: one for each browser and app, shared by its windows; a few browsers. */
const MAX_STREAMS = 16;

export interface StreamSlot {
  /** Has to go: another took the slot. */
  readonly isEvicted: boolean;
  leave(): void;
}

export interface StreamSlots {
  /** @throws CallRefused where all are taken by streams that prove as much. */
  take(viewer: Viewer): StreamSlot;
}

/** 2: paired. 1: sees something in the log. 0: what it proves may be invented, and is nothing that happened here. */
const rankOf = (viewer: Viewer, log: Pick<EventLog, 'knows'>): number => (viewer.all ? 2 : log.knows(viewer) ? 1 : 0);

export function createStreamSlots(log: Pick<EventLog, 'knows'>): StreamSlots {
  /** Oldest first. */
  const open = new Set<{ viewer: Viewer; isEvicted: boolean }>();

  function makeRoom(viewer: Viewer): void {
    if (open.size < MAX_STREAMS) return;
    const rank = rankOf(viewer, log);
    for (const lower of [0, 1])
      for (const slot of open)
        if (lower < rank && rankOf(slot.viewer, log) === lower) {
          slot.isEvicted = true;
          open.delete(slot);
          return;
        }
    throw new CallRefused({
      status: 429,
      code: 'too-many-streams',
      message: `${MAX_STREAMS} streams are open.`,
      fix: 'Close other DevTools windows, or poll (wait: false).',
    });
  }

  return {
    take(viewer) {
      makeRoom(viewer);
      const slot = { viewer, isEvicted: false };
      open.add(slot);
      return {
        get isEvicted() {
          return slot.isEvicted;
        },
        leave: () => open.delete(slot),
      };
    },
  };
}
