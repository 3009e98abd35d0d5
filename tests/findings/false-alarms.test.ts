/**
 * No false alarm, no false *why*, no false row of the sheet: the rules over random programs of each library. Whatever they call a problem or a warning must be what
 * the program truly does; with its requests in sequence, nothing that needs two at once is found.
 */
import { describe, expect, test } from 'vitest';
import { type PanelModel, sentenceText } from '../../model/index.ts';
import { startApp, whyNot } from '../oracle/app-process.ts';
import { type Library, makeProgram, type Program } from '../oracle/programs.ts';
import { createRunner } from '../oracle/run.ts';
import { SEED } from '../seed.ts';
import { inSequence, whyNotSo } from './so.ts';
import { judgeSheet } from './sheet-so.ts';
import { judgeWhy } from './why-so.ts';

/** `FINDINGS_PROGRAMS` tries more. */
const PROGRAMS = Number(process.env['FINDINGS_PROGRAMS'] ?? 8);
const LIBRARY_MS = 240_000;

const LIBRARIES: readonly Library[] = [
  'express-memory',
  'express-redis',
  'django-sessions-db',
  'django-sessions-signed_cookies',
  'django-db',
  'django-cache',
  'django-signed_cookies',
];

const AT_ONCE: ReadonlySet<string> = new Set([
  'lost-update',
  'sealed-fork',
  'sealed-logout-undone',
  'logout-undone',
  'session-interrupted',
  'redirect-before-save',
  'rotation-race',
]);

function judge(panel: PanelModel, program: Program): { alarms: string[]; found: string[] } {
  while (panel.unchecked.value > 0) panel.checkMore();
  const alarms: string[] = panel.ruleFaults.value.map(({ rule, message }) => `the rule ${rule} failed: ${message}`);
  const found: string[] = [];
  for (const finding of panel.findings.value) {
    const explanation = panel.explainFinding(finding);
    if (explanation === undefined) continue;
    found.push(finding.rule.id);
    const path = explanation.sentence.find((part) => typeof part !== 'string' && 'path' in part);
    const key = typeof path === 'object' && 'path' in path ? String(path.path[0]) : '';
    const why = whyNotSo(program, { finding, evidence: explanation.evidence, key });
    if (why !== undefined)
      alarms.push(`${finding.severity} ${finding.rule.id}: ${sentenceText(explanation.sentence)} (${why})`);
  }
  return { alarms, found };
}

const steps = ({ steps: all }: Program) => all.map((step) => JSON.stringify(step)).join('\n');

describe(`seed ${SEED}`, () => {
  for (const library of LIBRARIES) {
    const missing = whyNot(library);
    test.skipIf(missing !== undefined)(
      `${library}: each problem and warning is so`,
      async () => {
        await using app = await startApp(library);
        const alarms: string[] = [];
        const tally = new Map<string, number>();
        const atOnce = new Set<string>();
        const chains = { closed: 0, open: 0 };
        let isInSequence = false;
        const runner = createRunner(app, undefined, (panel, program) => {
          const judged = judge(panel, program);
          for (const id of judged.found) tally.set(id, (tally.get(id) ?? 0) + 1);
          if (isInSequence) for (const id of judged.found) if (AT_ONCE.has(id)) atOnce.add(id);
          const why = judgeWhy(panel, program);
          chains.closed += why.closed;
          chains.open += why.open;
          if (why.faults.length > 0) alarms.push(`${why.faults[0]!}\nseed ${program.seed}\n${steps(program)}`);
          const sheet = judgeSheet(panel, program);
          for (const row of sheet.decided) tally.set(row, (tally.get(row) ?? 0) + 1);
          judged.alarms.push(...sheet.faults);
          if (judged.alarms.length > 0)
            alarms.push(`${judged.alarms.join('\n')}\nseed ${program.seed}\n${steps(program)}`);
        });
        for (let at = 0; at < PROGRAMS; at++) await runner.run(makeProgram(library, SEED + at));
        isInSequence = true;
        for (let at = 0; at < PROGRAMS; at++) await runner.run(inSequence(makeProgram(library, SEED + 1_000 + at)));
        console.log(library, Object.fromEntries(tally), chains);
        expect(alarms).toEqual([]);
        expect([...atOnce]).toEqual([]);
        // Many ask for keys that nothing ever wrote; but who always gives up says nothing false either.
        expect(chains.closed * 4).toBeGreaterThan(chains.closed + chains.open);
      },
      LIBRARY_MS,
    );
  }
});
