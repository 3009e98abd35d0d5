/** The lines that the panel and `sessionscope doctor` show are those of the docs: each stands on its page, with its sign. */
import { expect, test } from 'vitest';
import { SNIPPETS } from '../../protocol/snippets.ts';
import { blocksOf, readPage } from './page-code.ts';

/** Each line of a page's code with its sign; what is no diff is there to be written. */
const linesOn = (page: string) =>
  new Set(
    blocksOf(readPage(page.replace(/\.md$/, ''))).flatMap(({ language, text }) =>
      text.split('\n').map((line) => (language === 'diff' ? line : `+${line}`).trimEnd()),
    ),
  );

test.each(SNIPPETS.map((snippet) => [snippet.id, snippet] as const))(
  '%s',
  (_id, { page, lines, install, companion }) => {
    const shown = linesOn(page);
    const missing = lines
      .map(({ sign, text }) => `${sign}${text}`.trimEnd())
      .filter((line) => {
        // A comment of a file's name stands above its block, as a line of it.
        return !shown.has(line) && !(line.startsWith(' //') && shown.has(`+${line.slice(1)}`));
      });
    expect(missing).toEqual([]);
    expect(readPage(page.replace(/\.md$/, ''))).toContain(install);
    expect(lines.some(({ sign, text }) => sign === '+' && text.includes(companion))).toBe(true);
  },
);
