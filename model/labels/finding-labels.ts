/** Findings in words. */
import type { Evidence, Explanation, Rule, Severity } from '../findings/rule.ts';
import { requestOf, numberText } from './exchange-labels.ts';
import type { Part, Sentence } from '../findings/sentence.ts';
import type { EncodedValue } from '../../protocol/index.ts';
import { isList, sizeOf } from '../values/parts.ts';
import {
  formatBytes,
  formatDuration,
  formatPath,
  formatSource,
  markOf,
  plural,
  previewValue,
  shortSession,
} from './formats.ts';

/** A part of a sentence as a view shows it: `code` for what came from the program. */
export interface PartLabel {
  text: string;
  kind: 'text' | 'code' | 'request';
}

export function partLabel(part: Part): PartLabel {
  if (typeof part === 'string') return { text: part, kind: 'text' };
  if ('request' in part) {
    const { method, path } = requestOf(part.request);
    return { text: `${numberText(part.request)} ${method} ${path}`.replaceAll('  ', ' '), kind: 'request' };
  }
  if ('path' in part) return { text: formatPath(part.path), kind: 'code' };
  if ('ms' in part) return { text: formatDuration(part.ms), kind: 'text' };
  if ('bytes' in part) return { text: formatBytes(part.bytes), kind: 'text' };
  if ('session' in part) return { text: shortSession(part.session), kind: 'code' };
  if ('value' in part) return { text: valueText(part.value), kind: 'code' };
  return { text: part.code, kind: 'code' };
}

/** A list by how many it holds: what is in it is said where it matters. */
function valueText(value: EncodedValue): string {
  const preview = previewValue(value);
  if (preview === '') return markOf(value)?.text ?? '';
  return isList(value) && preview === `[${sizeOf(value)}]` ? plural(sizeOf(value), 'item') : preview;
}

export const sentenceText = (sentence: Sentence): string => sentence.map((part) => partLabel(part).text).join('');

export const SEVERITY_LABELS: Readonly<Record<Severity, { one: string; many: string }>> = {
  problem: { one: 'problem', many: 'problems' },
  warning: { one: 'warning', many: 'warnings' },
  note: { one: 'note', many: 'notes' },
};

/** `2 problems`, `1 warning`. */
export const severityCount = (count: number, severity: Severity): string =>
  `${count} ${count === 1 ? SEVERITY_LABELS[severity].one : SEVERITY_LABELS[severity].many}`;

/** The code of a fix as it is copied: what is to be there, without the signs before it. */
export const fixCode = (code: readonly string[]): string =>
  code
    .filter((line) => !line.startsWith('- '))
    .map((line) => line.slice(2))
    .join('\n');

export const markdownSentence = (sentence: Sentence): string =>
  sentence
    .map((part) => {
      const { text, kind } = partLabel(part);
      return kind === 'text' ? text : `\`${text.replaceAll('`', "'")}\``;
    })
    .join('');

/** `#4 ends the session (`src/login.ts:12`)`, in Markdown. */
export function evidenceMarkdown({ exchange, operation, text }: Evidence): string {
  const source = formatSource(operation?.source);
  return `${numberText(exchange)} ${markdownSentence(text)}${source === undefined ? '' : ` (\`${source}\`)`}`;
}

/** A finding for a bug report. */
export function findingMarkdown(rule: Rule, severity: Severity, explanation: Explanation): string {
  const { sentence, lines = [], because, evidence, fix, limits } = explanation;
  return [
    `### ${rule.title} (${SEVERITY_LABELS[severity].one})`,
    markdownSentence(sentence),
    ...(because === undefined ? [] : [markdownSentence(because)]),
    lines
      .flatMap(({ label, operation }) => {
        const source = formatSource(operation.source);
        return source === undefined ? [] : [`- ${label}: \`${source}\``];
      })
      .join('\n'),
    evidence.map((one, index) => `${index + 1}. ${evidenceMarkdown(one)}`).join('\n'),
    ...(fix === undefined ? [] : [`**Fix.** ${markdownSentence(fix.text)}`]),
    ...(fix?.code === undefined ? [] : [`\`\`\`diff\n${fix.code.join('\n')}\n\`\`\``]),
    ...(limits === undefined ? [] : [markdownSentence(limits)]),
    `**Why it matters.** ${rule.why}`,
    rule.references.map(({ text, url }) => `[${text}](${url})`).join(', '),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
