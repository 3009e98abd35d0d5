/** The ASVS sheet in words. */
import type { Answer, Requirement, Status } from '../findings/asvs/requirement.ts';
import type { Sheet, SheetCounts, SheetRow } from '../findings/asvs/sheet.ts';
import { asvs } from '../findings/references.ts';
import type { Reference } from '../findings/rule.ts';
import { evidenceMarkdown, markdownSentence } from './finding-labels.ts';
import { plural } from './formats.ts';

const STATUS_LABELS: Readonly<Record<Status, string>> = {
  unmet: 'unmet',
  met: 'met',
  'not-tested': 'not tested',
  outside: 'by hand',
};

export const statusLabel = ({ status, isPart }: Pick<Answer, 'status' | 'isPart'>): string =>
  isPart ? `${STATUS_LABELS[status]} in part` : STATUS_LABELS[status];

/** What a status means, in a sentence. */
export const STATUS_MEANINGS: Readonly<Record<Status, string>> = {
  unmet: 'An event of this recording shows that it does not hold.',
  met: 'What it asks for happened in this recording and held. In part: as far as a recording shows it.',
  'not-tested': 'What would decide it did not happen. The row says what would have to.',
  outside: 'No recording of sessions decides it: the row says why, and what to look at.',
};

/** `1 unmet, 7 met (3 in part), 5 not tested`; what there is none of is left out. */
export function countsLabel(counts: SheetCounts): string {
  const { inPart } = counts;
  return (Object.keys(STATUS_LABELS) as Status[])
    .filter((status) => counts[status] > 0)
    .map((status) => {
      const text = `${counts[status]} ${STATUS_LABELS[status]}`;
      return status === 'met' && inPart > 0 ? `${text} (${inPart === counts.met ? '' : `${inPart} `}in part)` : text;
    })
    .join(', ');
}

/** Where the standard says it. */
export const requirementReference = ({ id }: Requirement): Reference => asvs(id);

/** What is not in the sheet; empty where all is. */
export function sheetGaps({ lost, partial }: Sheet, pending: number, faults: readonly { rule: string }[]): string[] {
  return [
    ...(pending === 0 ? [] : [`${plural(pending, 'older request')} not checked yet.`]),
    ...(lost === 0 ? [] : [`${plural(lost, 'event')} lost: what happened in them is in no row.`]),
    ...(partial === 0
      ? []
      : [
          `The start of ${plural(partial, 'request')} was not recorded: ${partial === 1 ? 'it is' : 'they are'} in no row.`,
        ]),
    ...faults.map(({ rule }) => `The rule ${rule} failed: what rests on it is not tested.`),
  ];
}

/** The whole sheet for a report. Values of sessions are not in it. */
export function sheetMarkdown(sheet: Sheet, gaps: readonly string[]): string {
  const rows = sheet.sections.flatMap(({ rows: all }) => all);
  return [
    '# Sessions by OWASP ASVS 5.0.0',
    `From a recording of ${plural(sheet.requests, 'request')}: ${countsLabel(sheet.counts)}. Session cookies only; what was not recorded decides nothing.`,
    ...(gaps.length === 0 ? [] : [gaps.map((gap) => `- ${gap}`).join('\n')]),
    ...sheet.sections.map(
      ({ section, rows: own }) =>
        `## V${section.id} ${section.title}\n\n| | requirement | this recording |\n| --- | --- | --- |\n${own.map(markdownRow).join('\n')}`,
    ),
    '## Evidence',
    ...rows.filter(({ answer }) => answer.evidence.length > 0).map(markdownEvidence),
  ].join('\n\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

function markdownRow({ requirement, answer }: SheetRow): string {
  const { url } = requirementReference(requirement);
  const says = [answer.sentence, ...(answer.limits === undefined ? [] : [answer.limits])]
    .map(markdownSentence)
    .join(' ');
  return `| ${statusLabel(answer)} | [${requirement.id}](${url}) ${requirement.title} (L${requirement.level}) | ${cell(says)} |`;
}

const markdownEvidence = ({ requirement, answer }: SheetRow): string =>
  [
    `### ${requirement.id} ${requirement.title}: ${statusLabel(answer)}`,
    answer.evidence.map((one, index) => `${index + 1}. ${evidenceMarkdown(one)}`).join('\n'),
  ].join('\n\n');
