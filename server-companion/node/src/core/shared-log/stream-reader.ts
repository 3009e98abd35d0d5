/** What Redis has numbered, of every process, as it comes. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pause, type RedisLink } from './redis-link.ts';
import { entriesOf, type StreamEntry } from './stream-entry.ts';
import { LOST_AFTER_MS, RETRY_MS } from './stream-writer.ts';

/** Read at once; between two such turns the app's own work goes on. */
const COUNT = 100;
const TURN_MS = 5;

/** What Redis waits for something new. */
const BLOCK_MS = 1_000;

export interface ReaderOptions {
  /** Of its own: a read that waits would hold up a write. */
  link: RedisLink;
  stream: string;
  take: (entry: StreamEntry) => void;
  /** So many entries that no companion wrote were removed. */
  onForeign: (count: number) => void;
  isOver: () => boolean;
  /** Redis has not answered for `LOST_AFTER_MS`. */
  onLost: (error: Error) => void;
}

export interface StreamReader {
  /** Reads what there is; resolves once all of it was taken. Rejects where Redis does not answer. */
  catchUp(): Promise<void>;
  /** Reads on until it is over. Never rejects. */
  readOn(): Promise<void>;
}

export function createStreamReader({ link, stream, take, onForeign, isOver, onLost }: ReaderOptions): StreamReader {
  let last = '0-0';
  let removed = 0;

  /** Reads once; returns how many there were. */
  async function read(blockMs: number): Promise<number> {
    const block = blockMs > 0 ? ['BLOCK', blockMs] : [];
    const entries = entriesOf(await link.ask(['XREAD', 'COUNT', COUNT, ...block, 'STREAMS', stream, last], blockMs));
    const foreign = entries.filter(({ entry }) => entry === undefined);
    let began = performance.now();
    for (const { id, entry } of entries) {
      if (entry === undefined || isOver()) continue;
      last = id;
      take(entry);
      if (performance.now() - began < TURN_MS) continue;
      await nextTurn();
      began = performance.now();
    }
    if (foreign.length > 0) {
      await link.ask(['XDEL', stream, ...foreign.map(({ id }) => id)]);
      removed += foreign.length;
    } else if (removed > 0) {
      onForeign(removed);
      removed = 0;
    }
    return entries.length;
  }

  return {
    async catchUp() {
      while (!isOver() && (await read(0)) > 0);
    },
    async readOn() {
      let answeredAt = performance.now();
      let attempt = 0;
      while (!isOver()) {
        try {
          await read(BLOCK_MS);
          answeredAt = performance.now();
          attempt = 0;
          await nextTurn();
        } catch (error) {
          attempt += 1;
          if (isOver()) return;
          if (attempt > 1 && performance.now() - answeredAt >= LOST_AFTER_MS) return onLost(error as Error);
          await pause(RETRY_MS);
        }
      }
    },
  };
}
