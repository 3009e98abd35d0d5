/**
 * `npm run fuzz -- [--programs=1000] [--minutes=5] [--seed=…] [--django=52] [--store=file]`: programs through real Django
 * and ours until one differs, or as many, or for as many minutes, as the arguments say, for each back-end. A seed that was printed
 * runs the same programs again.
 */
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import { runProgram } from './differential.ts';
import { program } from './programs.ts';
import { type DjangoVersion, djangoPython } from './python.ts';
import { startRig } from './rig.ts';
import { STORE_NAMES, type StoreName } from './stores.ts';

const { values } = parseArgs({
  options: {
    programs: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    django: { type: 'string', default: '52' },
    store: { type: 'string', multiple: true },
  },
});
const seed = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(values.seed);
const version = values.django as DjangoVersion;
const python = djangoPython(version);
if (python === undefined) process.exit(1);
/** With a time alone, as many as fit into it. */
const programs = values.programs === undefined ? (values.minutes === undefined ? 1_000 : 1e9) : Number(values.programs);
const limitMs = values.minutes === undefined ? undefined : Number(values.minutes) * 60_000;
const amount = limitMs === undefined ? `${programs} programs` : `${values.minutes} minutes`;
console.log(`Django ${version}, ${amount} for each back-end, --seed=${seed}`);
for (const name of (values.store as StoreName[] | undefined) ?? STORE_NAMES) {
  const rig = await startRig(name, python, version);
  if (rig === undefined) continue;
  const from = performance.now();
  let requests = 0;
  const result = await fc.check(
    fc.asyncProperty(program, async (each) => {
      requests += each.requests.length * 3;
      await runProgram(rig, each);
    }),
    { numRuns: programs, seed, ...(limitMs === undefined ? {} : { interruptAfterTimeLimit: limitMs }) },
  );
  await rig.close();
  const seconds = ((performance.now() - from) / 1000).toFixed(0);
  if (result.failed) {
    console.log(
      `${name}: a difference, --seed=${seed}\n${fc.defaultReportMessage(result)}\n${String(result.errorInstance)}`,
    );
    process.exitCode = 1;
  } else console.log(`${name}: ${result.numRuns} programs, ${requests} requests, no difference (${seconds} s)`);
}
