/** The exchange for which koa-session's own code is running right now, synchronously: a store call meanwhile is its. */
import type { Exchange } from './exchange.ts';

let running: Exchange | undefined;

export const runningExchange = (): Exchange | undefined => running;

/** `undefined`: code of nobody that is observed. */
export function asLibrary<T>(exchange: Exchange | undefined, run: () => T): T {
  const before = running;
  running = exchange;
  try {
    return run();
  } finally {
    running = before;
  }
}
