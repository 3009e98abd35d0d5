/**
 * The exchange for which express-session's own code is running right now, synchronously: a store call made meanwhile
 * is that exchange's. One for the process, as one store may serve several middlewares.
 */
import type { Exchange } from './exchange.ts';

let current: Exchange | undefined;

export const currentExchange = (): Exchange | undefined => current;

/** The library's code begins to run; give what this returns to `leave` when it has ended. */
export function enter(exchange: Exchange): Exchange | undefined {
  const previous = current;
  current = exchange;
  try {
    exchange.enter();
  } catch (error) {
    exchange.fault('enter', error);
  }
  return previous;
}

export function leave(exchange: Exchange, previous: Exchange | undefined): void {
  try {
    exchange.leave();
  } catch (error) {
    exchange.fault('leave', error);
  }
  current = previous;
}

/** Runs code of the app's that the library has called: observed again, whatever was under way. */
export function asApp<T>(exchange: Exchange, run: () => T): T {
  const { depth, call } = exchange;
  const previous = current;
  current = undefined;
  exchange.call = undefined;
  exchange.depth = 0;
  try {
    exchange.handOver();
  } catch (error) {
    exchange.fault('hand over', error);
  }
  try {
    return run();
  } finally {
    exchange.depth = 0;
    if (depth > 0) {
      enter(exchange);
      exchange.depth = depth;
    }
    exchange.call = call;
    current = previous;
  }
}
