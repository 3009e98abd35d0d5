/** The shortest program that still shows a false claim of one kind: steps are taken out as long as it does. */
import type { Program, Step } from './programs.ts';
import type { ClaimKind, Tally } from './tally.ts';

/** Runs spent on one program. */
const MAX_RUNS = 150;

export async function minimize(
  program: Program,
  run: (program: Program) => Promise<Tally>,
  kind: ClaimKind,
): Promise<{ program: Program; tally: Tally }> {
  const shows = (tally: Tally) => tally.falseClaims.some((claim) => claim.kind === kind);
  let best = { program, tally: await run(program) };
  let runs = 0;
  const requests = [...new Set(program.steps.flatMap((step) => ('request' in step ? [step.request] : [])))];
  const tries: ((steps: readonly Step[]) => Step[])[] = requests.map(
    (request) => (steps) => steps.filter((step) => !('request' in step) || step.request !== request),
  );
  for (const step of program.steps)
    if (step.do !== 'begin' && step.do !== 'end') tries.push((steps) => steps.filter((other) => other !== step));
  for (let isShorter = true; isShorter && runs < MAX_RUNS;) {
    isShorter = false;
    for (const without of tries) {
      const steps = without(best.program.steps);
      if (steps.length === best.program.steps.length || runs >= MAX_RUNS) continue;
      runs += 1;
      const shorter = { ...best.program, steps };
      const tally = await run(shorter);
      if (!shows(tally)) continue;
      best = { program: shorter, tally };
      isShorter = true;
    }
  }
  return best;
}
