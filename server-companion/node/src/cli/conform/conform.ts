/**
 * `sessionscope conform`: whether an endpoint speaks the protocol, whatever it is written in. It asks as a panel does
 * and as an attacker does, reads only, and changes nothing but what the app's own page changes. `docs/implementers.md`.
 */
import type { ConformContext } from './asking.ts';
import { CHECKS, type ConformResult } from './checks.ts';

export type Outcome = { name: string; result: ConformResult };

/** Runs every check, in order; those that need what an earlier one did not find are skipped, and say so. */
export async function checkConformance(url: string): Promise<Outcome[]> {
  const context: ConformContext = { url };
  const outcomes: Outcome[] = [];
  for (const { name, check } of CHECKS) {
    let result: ConformResult;
    try {
      result = await check(context);
    } catch (error) {
      result = { kind: 'failed', text: (error as Error).message };
    }
    outcomes.push({ name, result });
  }
  return outcomes;
}

/** Prints them; returns the exit code: 1 where one failed or could not be run. */
export async function conform(url: string): Promise<number> {
  const marks = { ok: '✓', failed: '✗', skipped: '·' };
  const outcomes = await checkConformance(url);
  for (const { name, result } of outcomes) {
    console.log(`${marks[result.kind]} ${name}`);
    if (result.kind !== 'ok') console.log(`    ${result.text}`);
  }
  const count = (kind: ConformResult['kind']) => outcomes.filter(({ result }) => result.kind === kind).length;
  console.log(`${count('ok')} passed, ${count('failed')} failed, ${count('skipped')} could not be run.`);
  return count('ok') === outcomes.length ? 0 : 1;
}
