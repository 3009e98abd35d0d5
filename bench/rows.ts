/** What a benchmark hands on to `bench/all.ts`, which makes the table of README.md of it. */
import { appendFileSync } from 'node:fs';

/** The variable of the environment that names the file for them: one row in JSON a line. */
export const ROWS_FILE = 'SESSIONSCOPE_BENCH_ROWS';

export interface Row {
  /** What was done: `Express, small session`. */
  what: string;
  /** What the number is: `CPU, bare ÷ observed`. */
  of: string;
  measured: number;
  /** What was wanted of it. */
  atLeast?: number;
  atMost?: number;
  /** All that it stands beside, ours among them, with their units. */
  figures?: Record<string, string>;
}

/** Does nothing where nobody asks for them. */
export function handOn(...rows: readonly Row[]): void {
  const file = process.env[ROWS_FILE];
  if (file !== undefined) appendFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
