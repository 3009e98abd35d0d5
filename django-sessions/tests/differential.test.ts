import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runProgram } from './differential.ts';
import { program } from './programs.ts';
import { DJANGO_VERSIONS, djangoPython } from './python.ts';
import { startRig } from './rig.ts';
import { STORE_NAMES } from './stores.ts';

/** Programs for each back-end: `npm run fuzz -w django-sessions` goes on. */
const PROGRAMS = { '52': 12, '42': 5, '61': 5 };
/** Running them and shrinking one that fails, on a machine that does other work besides. */
const LIMIT_MS = 400_000;

for (const version of DJANGO_VERSIONS) {
  const python = djangoPython(version);
  describe.skipIf(python === undefined)(`as Django ${version}`, () => {
    test.each(STORE_NAMES)(
      '%s: the same programs of requests have the same effects, alone and on a shared store',
      async (name) => {
        const rig = await startRig(name, python!, version);
        if (rig === undefined) return;
        try {
          let count = 0;
          await fc.assert(
            fc.asyncProperty(program, async (each) => {
              count += 1;
              await runProgram(rig, each);
            }),
            { numRuns: PROGRAMS[version] },
          );
          expect(count).toBe(PROGRAMS[version]);
        } finally {
          await rig.close();
        }
      },
      LIMIT_MS,
    );
  });
}
