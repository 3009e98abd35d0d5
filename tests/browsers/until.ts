import { setTimeout as wait } from 'node:timers/promises';

/** How long what must come may take on a machine that is busy with other work. */
export const PATIENCE_MS = 90_000;

/** Asks until the answer is truthy, and gives it; after `ms` fails with `what` it waited for. */
export async function until<T>(
  probe: () => T | Promise<T>,
  what: string,
  ms = PATIENCE_MS,
): Promise<NonNullable<Awaited<T>>> {
  let last: unknown;
  for (const start = Date.now(); Date.now() - start < ms; await wait(50)) {
    try {
      const found = await probe();
      if (found) return found as NonNullable<Awaited<T>>;
    } catch (error) {
      last = error;
    }
  }
  throw new Error(`timed out after ${ms} ms waiting for ${what}${last instanceof Error ? `: ${last.message}` : ''}`);
}
