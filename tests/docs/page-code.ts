/** The code that a page of the docs shows, so that a test runs what a reader copies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/project.ts';

/** A fenced block's language and text. */
interface Block {
  language: string;
  text: string;
}

export const readPage = (name: string): string => readFileSync(join(ROOT, 'docs', `${name}.md`), 'utf8');

export const blocksOf = (page: string): Block[] =>
  [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));

/** A diff as it stands once it is applied, or before it. */
export function sideOf(diff: string, side: 'after' | 'before'): string {
  const left = side === 'after' ? '-' : '+';
  const lines = diff.split('\n').filter((line) => !line.startsWith(left));
  return lines.map((line) => line.slice(1)).join('\n');
}

/**
 * A file that a page shows, whole: the block that begins with a comment of its name; of a diff, what it makes.
 *
 * @throws Error where the page has no such block, or two.
 */
export function fileOf(name: string, file: string, side: 'after' | 'before' = 'after'): string {
  const found = blocksOf(readPage(name))
    .map(({ language, text }) => (language === 'diff' ? sideOf(text, side) : text))
    .filter((text) => [`// ${file}`, `# ${file}`].includes(text.split('\n', 1)[0]!));
  if (found.length !== 1) throw new Error(`docs/${name}.md has ${found.length} blocks that begin with // ${file}`);
  return found[0]!;
}

/** Names of rules in the first table column of a page, by what its section *Traps* or the like names: `[rule](findings.md…)`. */
export const rulesNamed = (name: string): string[] => [
  ...new Set([...readPage(name).matchAll(/\[`([a-z-]+)`\]\(findings\.md/g)].map(([, rule]) => rule!)),
];
