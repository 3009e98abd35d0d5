/** `npm run oracle`: random programs, until a claim is false or as many as asked for. */
import { parseArgs } from 'node:util';
import { startApp, whyNot } from './app-process.ts';
import { largestShares } from './bound-samples.ts';
import { FEWEST } from './bounds.ts';
import { LIBRARIES, type Library, makeProgram } from './programs.ts';
import { failingTrace } from './failing-trace.ts';
import { PanelWire } from './panel-wire.ts';
import { describeProgram, describeTally } from './report.ts';
import { createRunner } from './run.ts';
import { Tally } from './tally.ts';
import { minimize } from './minimize.ts';
import { Score, startWhatIf } from './what-if.ts';

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '100' },
    library: { type: 'string', multiple: true },
    seed: { type: 'string' },
    /** Continue after a false claim, and count. */
    all: { type: 'boolean', default: false },
    /** Print what `bounds.ts` must allow: by how many programs a run of the tests has. */
    bounds: { type: 'string' },
    /** Foretell what other settings would do, run the programs again under them, and compare. */
    'what-if': { type: 'boolean', default: false },
  },
});
const libraries = (values.library ?? LIBRARIES) as Library[];
for (const library of libraries)
  if (!LIBRARIES.includes(library)) throw new Error(`--library=${library}: write one of ${LIBRARIES.join(', ')}.`);
const first = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
const programs = Number(values.programs);
console.log(`seed ${first}, ${programs} programs for each library`);

let failures = 0;
for (const library of libraries) {
  const missing = whyNot(library);
  if (missing !== undefined) {
    console.log(`${library}: not run. ${missing}`);
    continue;
  }
  if (values['what-if']) {
    const { wrong } = await whatIf(library);
    failures += wrong.length;
    continue;
  }
  await using app = await startApp(library);
  const wire = new PanelWire(() => app.terminal());
  const runner = createRunner(app, wire);
  const total = new Tally();
  const begun = performance.now();
  let failed = 0;
  const seen = new Map<string, number>();
  const each: Tally[] = [];
  for (let at = 0; at < programs; at++) {
    const program = makeProgram(library, first + at);
    const tally = await runner.run(program);
    total.add(tally);
    each.push(tally);
    if (tally.falseClaims.length === 0) continue;
    failed += 1;
    const kinds = [...new Set(tally.falseClaims.map(({ kind }) => kind))];
    for (const kind of kinds) seen.set(kind, (seen.get(kind) ?? 0) + 1);
    if (kinds.some((kind) => seen.get(kind) === 1) || !values.all) {
      const shortest = await minimize(
        program,
        (one) => runner.run(one),
        kinds.find((kind) => seen.get(kind) === 1) ?? kinds[0]!,
      );
      console.log(describeProgram(shortest.program, shortest.tally));
      console.log(`  what the panel was given: ${await failingTrace(app, shortest.program, { wire })}`);
    }
    if (!values.all) break;
  }
  failures += failed;
  const ms = Math.round((performance.now() - begun) / Math.max(1, programs));
  console.log(
    `${library}: ${failed} of ${programs} programs show a false claim (${ms} ms each) ${JSON.stringify(Object.fromEntries(seen))}`,
  );
  console.log(describeTally(total));
  if (values.bounds !== undefined)
    console.log(JSON.stringify(Object.fromEntries(largestShares(each, Number(values.bounds), FEWEST))));
  for (const text of total.unjudged) console.log(`  not judged: ${text}`);
}

async function whatIf(library: Library): Promise<Score> {
  await using runner = await startWhatIf(library);
  const total = new Score();
  for (let at = 0; at < programs && (values.all || total.wrong.length === 0); at++)
    total.add(await runner.run(first + at));
  for (const text of total.wrong) console.log(text);
  console.log(`${library}: ${total.describe()}`);
  return total;
}

process.exitCode = failures > 0 ? 1 : 0;
