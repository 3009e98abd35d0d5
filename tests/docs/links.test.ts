/** Links between the pages: each leads to a page and a heading that are there, and the README leads to every page. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { RULES } from '../../model/findings/rules/index.ts';
import { ROOT } from '../../scripts/project.ts';

const PAGES = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: ROOT })];

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
/** A heading that stands there before gets a number. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = anchorOf(heading!.trim());
    let count = 0;
    while (anchors.has(count === 0 ? anchor : `${anchor}-${count}`)) count++;
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');
const linksIn = (page: string) =>
  [...read(page).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, to]) => to!).filter((to) => !/^[a-z]+:/.test(to));

test.each(PAGES)('%s: each link leads somewhere', (page) => {
  const broken = linksIn(page).filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchorsOf(read(target)).has(anchor);
  });
  expect(broken).toEqual([]);
});

test('the README leads to every page of the docs', () => {
  const linked = new Set(
    PAGES.filter((page) => !page.startsWith('docs/decisions/')).flatMap((page) =>
      linksIn(page).map((link) => join(dirname(page), link.split('#')[0]!)),
    ),
  );
  const unlinked = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && !linked.has(page));
  expect(unlinked).toEqual([]);
});

test('a finding that a page names is the one that it links to', () => {
  const titles = new Map(RULES.map(({ id, title }) => [id, anchorOf(title)]));
  for (const page of PAGES)
    for (const [, id, anchor] of read(page).matchAll(/\[`([a-z-]+)`\]\((?:docs\/)?findings\.md#([^)]+)\)/g))
      expect([page, id, titles.get(id!)]).toEqual([page, id, anchor]);
});
