/**
 * `docs/problems.md` is the list of problems with what stands for each, and the list leaves nothing out.
 * `vitest run tests/findings/problems.test.ts -u` writes it.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RULES } from '../../model/findings/rules/index.ts';
import { SCENARIOS } from '../../playground/scenarios/index.ts';
import { PROBLEM_ROWS, type ProblemRow } from '../../playground/scenarios/problems.ts';
import { ROOT } from '../../scripts/project.ts';
import { NAMED } from './scenario-findings.ts';

const HEAD = `# Problems
What sessions are asked about in public, most frequent first, and where each is staged and named here. A *scenario* is the bug written once, in [playground/scenarios](../playground/scenarios): a client shows the symptom with no panel, the panel names it, and both are silent once it is fixed. A *rule* is what the panel says: [findings](findings.md).

| # | problem | scenarios | rules | remarks |
| --- | --- | --- | --- | --- |
`;

const scenarioLink = (id: string) => `[${id}](../playground/scenarios/${id}.ts)`;
const ruleLink = (id: string) => `[${id}](findings.md#${anchorOf(id)})`;
/** As GitHub makes it from the title. */
const anchorOf = (id: string): string =>
  RULES.find((rule) => rule.id === id)!
    .title.toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');
const line = ({ number, problem, scenarios, rules, why = '' }: ProblemRow): string =>
  `| ${number} | ${problem} | ${scenarios.map(scenarioLink).join(', ')} | ${rules.map(ruleLink).join(', ')} | ${why} |\n`;

test('the page on problems is made from the list', async () => {
  await expect(HEAD + PROBLEM_ROWS.map(line).join('')).toMatchFileSnapshot(join(ROOT, 'docs', 'problems.md'));
});

test('each problem has a row, and what has no scenario or no rule says why', () => {
  const numbers = Array.from({ length: 44 }, (_, at) => (at === 15 ? '+' : at + 1));
  expect(PROBLEM_ROWS.map(({ number }) => number)).toEqual(numbers);
  for (const { number, scenarios, rules, why } of PROBLEM_ROWS)
    if (scenarios.length === 0 || rules.length === 0) expect(why, String(number)).toMatch(/^[A-Z].*\.$/);
});

test('its scenarios and rules are those that there are, and no scenario is left out', () => {
  const ids = SCENARIOS.map(({ id }) => id);
  expect(new Set(PROBLEM_ROWS.flatMap(({ scenarios }) => scenarios))).toEqual(new Set(ids));
  const known = new Set(RULES.map(({ id }) => id));
  expect(PROBLEM_ROWS.flatMap(({ rules }) => rules).filter((id) => !known.has(id))).toEqual([]);
});

test('a row names the rules that its scenarios are found by', () => {
  for (const { number, scenarios, rules } of PROBLEM_ROWS)
    for (const id of scenarios) {
      const found = new Set(Object.values(NAMED[id] ?? {}).map(({ rule }) => rule));
      if (found.size > 0)
        expect(
          rules.some((rule) => found.has(rule)),
          `${number}: ${id}`,
        ).toBe(true);
    }
});
