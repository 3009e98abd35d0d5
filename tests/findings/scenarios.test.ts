/** Each bug that is written once, run on each library that can have it: the panel's model names it, and on the fixed app it is silent. */
import { describe, expect, test } from 'vitest';
import { type Finding, type PanelModel, sentenceText, statusLabel } from '../../model/index.ts';
import { SCENARIOS } from '../../playground/scenarios/index.ts';
import { LIBRARIES } from '../../playground/scenarios/scenario.ts';
import { reopened } from '../trace-file.ts';
import { playObserved } from './play-observed.ts';
import { DECIDED, NAMED } from './scenario-findings.ts';

function decidedIn(panel: PanelModel, requirement: string): string {
  const rows = panel.sheet.value!.sections.flatMap(({ rows: all }) => all);
  return statusLabel(rows.find((row) => row.requirement.id === requirement)!.answer);
}

const seriousOf = (panel: PanelModel): Finding[] => panel.findings.value.filter(({ severity }) => severity !== 'note');

for (const library of LIBRARIES)
  describe(library, () => {
    const all = SCENARIOS.filter(({ libraries }) => libraries.includes(library));
    test.each(all.map((scenario) => [scenario.id, scenario] as const))('%s', async (id, scenario) => {
      const named = NAMED[id]?.[library];
      expect(named, 'a scenario without a finding').toBeDefined();
      const { rule, request, key } = named!;
      const broken = await playObserved(library, scenario, false);
      const finding = broken.findings.value.find((found) => found.rule.id === rule);
      expect(finding, broken.findings.value.map((found) => found.rule.id).join()).toBeDefined();
      const { sentence, lines = [] } = broken.explainFinding(finding!)!;
      expect(finding!.seen.map(({ exchange }) => exchange.started?.path)).toContain(request);
      if (key !== undefined) expect(sentenceText(sentence)).toMatch(new RegExp(`\\b${key}\\b`));
      // Whatever line of ours it names is one of the bug itself.
      for (const { operation } of lines) {
        const frames = operation.source?.frames.filter(({ kind }) => kind === 'app') ?? [];
        if (frames.length > 0)
          expect(frames.map(({ file }) => file)).toContain(`playground/scenarios/${scenario.module ?? id}.ts`);
      }
      expect(broken.ruleFaults.value).toEqual([]);
      // Who opens its trace finds the same.
      const again = reopened(broken.traceText());
      const found = again.findings.value.find((other) => other.rule.id === rule);
      expect(found && sentenceText(again.explainFinding(found)!.sentence)).toBe(sentenceText(sentence));
      const fixed = await playObserved(library, scenario, true);
      expect(seriousOf(fixed).map((found) => found.rule.id)).toEqual([]);
      expect(fixed.findings.value.map((found) => found.rule.id)).not.toContain(rule);
      const decided = DECIDED[id];
      if (decided !== undefined)
        expect([decidedIn(broken, decided.requirement), decidedIn(fixed, decided.requirement)]).toEqual(
          decided.by[library],
        );
    });
  });
