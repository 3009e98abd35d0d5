/** What the engine reports of its collections of the young heap (`--trace-gc --trace-gc-nvp`), summed up. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface Promoted {
  count: number;
  /** Taken over into the old heap, all of them together. */
  promotedBytes: number;
  /** Allocated between them. */
  allocatedBytes: number;
}

/** The first ones find the modules that the app has loaded: they are left out. */
const WARM_UP = 10;

/** Resolves when the process has ended. */
export async function promotedOf(output: Readable): Promise<Promoted> {
  const sum: Promoted = { count: 0, promotedBytes: 0, allocatedBytes: 0 };
  let seen = 0;
  const numberIn = (line: string, name: string) => Number(new RegExp(` ${name}=(\\d+)`).exec(line)?.[1] ?? 0);
  for await (const line of createInterface({ input: output })) {
    if (!line.includes(' gc=s ') || ++seen <= WARM_UP) continue;
    sum.count += 1;
    sum.promotedBytes += numberIn(line, 'promoted');
    sum.allocatedBytes += numberIn(line, 'allocated');
  }
  return sum;
}
