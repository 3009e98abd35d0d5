/** `docs/asvs.md`, made from the requirements and their cases: what decides one is what its cases show. */
import { REQUIREMENT_CASES } from '../../model/findings/asvs/all.cases.ts';
import type { RequirementCases } from '../../model/findings/asvs/requirement.cases.ts';
import type { Requirement, Section, Status } from '../../model/findings/asvs/requirement.ts';
import { SECTIONS, sheetOf } from '../../model/findings/asvs/sheet.ts';
import { requirementReference, STATUS_MEANINGS, statusLabel } from '../../model/labels/asvs-labels.ts';
import { sentenceText } from '../../model/labels/finding-labels.ts';

const HEAD = `# The ASVS sheet
*ASVS 5.0* in the tab *Findings* lists what OWASP's [Application Security Verification Standard 5.0.0](https://github.com/OWASP/ASVS/tree/v5.0.0/5.0) asks of session cookies (V3.3) and sessions (V7), with the requirements of other chapters that a rule of the [findings](findings.md) is about. Each row says what this recording shows of it, with the events that show it: a click goes there. The words are ours; the number links to the standard. This page is made from the requirements and their test cases.

| status | meaning |
| --- | --- |
`;

const NOTES = `Nothing is *met* because nothing was seen: each *met* names the events that tested it. What only a part of a requirement needs is *met in part*, and the row says which part was not seen. Over plain http to this machine browsers do without Secure, so there the requirements on it are *not tested*, and the rules on it notes.

The sheet is of the whole recording, whatever the filter hides, and of findings whose rule is silenced too. It is of session cookies only: the app's other cookies are not looked at. It works on an opened trace as it does live. *Copy as Markdown* copies all of it for a report: no value of a session is in it. A sheet is no certificate: it says what one run of the app showed.
`;

const NOTHING = { items: [], findings: [], explain: () => undefined, faults: [] };
const WITHOUT = new Map(
  sheetOf(NOTHING).sections.flatMap(({ rows }) => rows.map(({ requirement, answer }) => [requirement.id, answer])),
);

const NAMES = {
  unmet: { status: 'unmet' },
  met: { status: 'met' },
  metInPart: { status: 'met', isPart: true },
  notTested: { status: 'not-tested' },
  outside: { status: 'outside' },
} as const satisfies Record<keyof RequirementCases, { status: Status; isPart?: boolean }>;

function requirementText(requirement: Requirement): string {
  const { id, level, title, asks, rules } = requirement;
  const cases = REQUIREMENT_CASES[id];
  const { url } = requirementReference(requirement);
  const decided = Object.entries(NAMES).flatMap(([name, answer]) => {
    const own = cases?.[name as keyof RequirementCases];
    return own === undefined ? [] : [`- ${capital(statusLabel(answer))}: ${inCode(Object.keys(own).join('; '))}`];
  });
  return [
    `### ${id} ${title}`,
    `[V${id}](${url}) · level ${level}`,
    inCode(asks),
    cases === undefined
      ? `- ${capital(statusLabel({ status: 'outside' }))}: ${sentenceText(WITHOUT.get(id)!.sentence)}`
      : decided.join('\n'),
    ...(rules.length === 0 ? [] : [`Rules: ${rules.map((rule) => `\`${rule}\``).join(', ')}.`]),
  ].join('\n\n');
}

/** What Markdown would take for bold. */
const inCode = (text: string): string => text.replaceAll(/__(?:Host|Secure)-/g, '`$&`');

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

const sectionText = ({ id, title, requirements }: Section): string =>
  `## V${id} ${title}\n\n${requirements.map(requirementText).join('\n\n')}\n`;

export const asvsPage = (): string =>
  [
    HEAD +
      Object.entries(STATUS_MEANINGS)
        .map(([status, meaning]) => `| ${statusLabel({ status: status as Status })} | ${meaning} |`)
        .join('\n') +
      '\n',
    NOTES,
    ...SECTIONS.map(sectionText),
  ].join('\n');
