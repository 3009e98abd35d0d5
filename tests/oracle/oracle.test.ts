/** Random programs for each library: no claim of the panel is false. `npm run oracle` runs as many as you like. */
import { describe, expect, test } from 'vitest';
import { startApp, whyNot } from './app-process.ts';
import { tooMuchUnknown } from './bounds.ts';
import { failingTrace } from './failing-trace.ts';
import { minimize } from './minimize.ts';
import { GROUPS, type Library, makeProgram } from './programs.ts';
import { PanelWire } from './panel-wire.ts';
import { SEED } from '../seed.ts';
import { describeProgram, describeTally } from './report.ts';
import { createRunner } from './run.ts';
import { Tally } from './tally.ts';

/** Of each library; the engines of one share them. */
const PROGRAMS = 50;
/** All of one library's programs, on a machine that does other work besides. */
const LIBRARY_MS = 300_000;

async function runPrograms(library: Library, first: number, count: number): Promise<Tally> {
  await using app = await startApp(library);
  const wire = new PanelWire(() => app.terminal());
  const runner = createRunner(app, wire);
  const total = new Tally();
  for (let at = 0; at < count; at++) {
    const program = makeProgram(library, first + at);
    const tally = await runner.run(program);
    if (tally.falseClaims.length > 0) {
      const shortest = await minimize(program, (one) => runner.run(one), tally.falseClaims[0]!.kind);
      const trace = await failingTrace(app, shortest.program, { wire });
      throw new Error(
        `The panel claims what is not so (${trace}).\n${describeProgram(shortest.program, shortest.tally)}`,
      );
    }
    total.add(tally);
  }
  return total;
}

describe(`seed ${SEED}`, () => {
  for (const [name, libraries] of Object.entries(GROUPS)) {
    const count = Math.ceil(PROGRAMS / libraries.length);
    const total = new Tally();
    for (const [at, library] of libraries.entries()) {
      const missing = whyNot(library);
      test.skipIf(missing !== undefined)(
        `${name}: no claim about ${library} is false`,
        async () => {
          // Each engine has programs of its own.
          const own = await runPrograms(library, SEED + at * count, count);
          console.log(`${library}\n${describeTally(own)}`);
          total.add(own);
          // A few programs of one engine say little of what is known in all.
          if (at === libraries.length - 1) expect(tooMuchUnknown(total, library)).toEqual([]);
        },
        LIBRARY_MS,
      );
    }
  }
});
