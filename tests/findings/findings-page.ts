/** `docs/findings.md`, made from the rules and their cases: what a rule says it does is what its cases show. */
import { CASES } from '../../model/findings/all.cases.ts';
import { FindingsEngine } from '../../model/findings/engine.ts';
import { createStage } from '../../model/findings/rule.cases.ts';
import type { Rule, Severity } from '../../model/findings/rule.ts';
import { RULE_GROUPS } from '../../model/findings/rules/index.ts';
import { sentenceText } from '../../model/labels/finding-labels.ts';
import { Timeline } from '../../model/recording/timeline.ts';

const HEAD = `# Findings
What the tab *Findings* says of a recording, worst first. A rule looks at recorded facts only: what is assumed, cut, or was not seen decides nothing, and is named in the finding's limits. This page is made from the rules and their test cases.

| severity | meaning |
| --- | --- |
| problem | something is lost, or open to others, in this recording |
| warning | something will be, or is somewhere else |
| note | worth knowing: mostly what production should have. On plain http to this machine, the rules on Secure are notes |

Each finding has one sentence (who did what to whom), the lines of code, numbered evidence that leads to its events, the fix for the library in use as code to copy, its limits, and why it matters. \`n\` and \`p\` go from one request with a problem to the next. *Silence this rule* takes the rule's findings off the list in this project; the list says how many are silenced and shows them again.

A rule that fails shows as such: the other rules continue, and what it would have found is not known.

What the findings mean for the requirements of OWASP's ASVS 5.0, with what this recording shows to hold: [the ASVS sheet](asvs.md).
`;

/** What was looked for and cannot be determined from what is recorded. */
const TAIL = `## What no rule looks for
| subject | why |
| --- | --- |
| a session key in a URL or in a response body | neither is recorded: both may hold secrets |
| session keys that are short or can be guessed, a secret that can be guessed | keys and secrets never leave the server |
| other sessions that live on after a password change | which sessions are one user's is not recorded |
| a sensitive change without a new login | what is sensitive, only the app knows |
| a key that is read and was never written | optional keys are read like that everywhere. A name one letter off is reported |
`;

const severities = (rule: Rule): string => {
  const found = new Set<Severity>(Object.values(CASES[rule.id]!.finds).map((build) => severityIn(rule, build)));
  return [...found].sort((a, b) => (a === rule.severity ? -1 : b === rule.severity ? 1 : 0)).join(' or ');
};

function findingIn(rule: Rule, build: (stage: ReturnType<typeof createStage>) => string) {
  const stage = createStage();
  build(stage);
  const timeline = new Timeline();
  for (const event of stage.events) timeline.receive(event);
  for (const response of stage.responses) timeline.see(response);
  const engine = new FindingsEngine([rule]);
  engine.update(timeline.items);
  const finding = engine.findings[0]!;
  return { finding, explanation: engine.explain(finding)! };
}

const severityIn = (rule: Rule, build: (stage: ReturnType<typeof createStage>) => string): Severity =>
  findingIn(rule, build).finding.severity;

function ruleSection(rule: Rule): string {
  const { finds, nearMisses } = CASES[rule.id]!;
  const { explanation } = findingIn(rule, Object.values(finds)[0]!);
  const { fix, limits } = explanation;
  return [
    `### ${rule.title}`,
    `\`${rule.id}\` · ${severities(rule)}`,
    `> ${sentenceText(explanation.sentence)}`,
    rule.why,
    [`- Found: ${Object.keys(finds).join('; ')}`, `- Not found: ${Object.keys(nearMisses).join('; ')}`].join('\n'),
    ...(fix === undefined ? [] : [`Fix: ${sentenceText(fix.text)}`]),
    ...(fix?.code === undefined ? [] : [`\`\`\`diff\n${fix.code.join('\n')}\n\`\`\``]),
    ...(limits === undefined ? [] : [`Limits: ${sentenceText(limits)}`]),
    ...(rule.references.length === 0
      ? []
      : [`See ${rule.references.map(({ text, url }) => `[${text}](${url})`).join(', ')}.`]),
  ].join('\n\n');
}

export const findingsPage = (): string =>
  [
    HEAD,
    ...RULE_GROUPS.map(({ title, rules }) => `## ${title}\n\n${rules.map(ruleSection).join('\n\n')}\n`),
    TAIL,
  ].join('\n');
