/** Words that a maintainer or user of this field would not write, in what they read: panel, command line, docs. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vite';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';

/** What is found, and what to write. */
const WORDS: readonly (readonly [found: RegExp, write: string])[] = [
  [/\b(?:tells?|told|telling)\b(?! the browser)/i, 'report, record, send, show, distinguish'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\banew\b/i, 'again'],
  [/\belsewhere\b/i, 'another tab or client; otherwise; in other places'],
  [/\blumps\b/i, 'batches; a proxy is buffering'],
  [/\b(?:held|holds?|holding) (?:it |them )?back\b/i, 'redacted'],
  [/\ball the same\b/i, 'anyway'],
  [/\b(?:is|are|has|have) no (?:text|list|date|number|string|file)\b/i, 'is not a …; must be a …'],
  [/\b(?:without a|leav(?:es?|ing) no|left no) trace\b/i, 'without changing anything'],
  [/\bsignature (?:that )?(?:holds|does not hold)\b/i, 'signature is (not) valid'],
  [/\blook(?:s|ed)? into the store\b|\blook again\b/i, 'read the store now; refresh'],
  [/\btook (?:it|them) off\b/i, 'removed'],
];

interface Found {
  where: string;
  text: string;
}

/** Texts of a source file: sentences, not names. Comments are not among them. */
function textsOf(path: string): Found[] {
  const found: Found[] = [];
  const source = readFileSync(join(ROOT, path), 'utf8');
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) return node.forEach(visit);
    const { type, value } = node as { type?: string; value?: unknown };
    const text =
      type === 'Literal' || type === 'JSXText'
        ? value
        : type === 'TemplateElement'
          ? (value as { cooked?: string }).cooked
          : undefined;
    if (typeof text === 'string' && /\s/.test(text.trim()))
      found.push({ where: path, text: text.trim().replaceAll(/\s+/g, ' ') });
    Object.values(node).forEach(visit);
  };
  visit(parseAst(source, { lang: path.endsWith('x') ? 'tsx' : 'ts' }));
  return found;
}

/** Lines of a document, without code and without the titles of tests that it cites. */
const linesOf = (path: string): Found[] =>
  readFileSync(join(ROOT, path), 'utf8')
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .split('\n')
    .map((line, at) => ({ where: `${path}:${at + 1}`, text: line.replaceAll(/`[^`]*`|(?<!\*)\*[^*]+\*(?!\*)/g, '') }));

/** Texts of a Python file: sentences between quotes on one line, outside of comments and docstrings. */
const pythonTextsOf = (path: string): Found[] =>
  readFileSync(join(ROOT, path), 'utf8')
    .replaceAll(/"""[\s\S]*?"""/g, '')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .flatMap((line) =>
      [...line.matchAll(/"([\w ][^"\n]*\s[^"\n]*)"/g)].map(([, text]) => ({ where: path, text: text! })),
    );

const files = (...patterns: string[]) =>
  globSync(patterns, { cwd: ROOT }).filter(
    (path) => !/node_modules|[\\/](?:dist|build|tests)[\\/]|\.(?:test|cases)\.tsx?$|\.d\.ts$/.test(path),
  );

const faultsOf = (texts: readonly Found[]) =>
  texts.flatMap(({ where, text }) =>
    WORDS.flatMap(([found, write]) => (found.test(text) ? [`${where}: ${text.slice(0, 160)} → ${write}`] : [])),
  );

test.each([
  ['the panel', () => files('{components,model,entrypoints,transport,page}/**/*.{ts,tsx}').flatMap(textsOf)],
  ['the companion for Node and its command line', () => files('server-companion/node/src/**/*.ts').flatMap(textsOf)],
  ['Django`s sessions in TypeScript', () => files('django-sessions/src/**/*.ts').flatMap(textsOf)],
  ['the companion for Python', () => files('server-companion/python/src/**/*.py').flatMap(pythonTextsOf)],
  ['the playground and the scripts', () => files('playground/**/*.{ts,tsx}', 'scripts/*.ts').flatMap(textsOf)],
  [
    'the docs',
    () =>
      files('*.md', 'docs/*.md', 'bench/README.md', '{server-companion,django-sessions}/**/README.md').flatMap(linesOf),
  ],
])('%s: plain words', (_what, texts) => {
  const all = texts();
  expect(all.length).toBeGreaterThan(20);
  expect(faultsOf(all)).toEqual([]);
});

test('a word of the list is found where it stands, and nowhere else', () => {
  expect(faultsOf([{ where: 'x', text: 'The value is no list of texts, as told.' }])).toHaveLength(2);
  expect(faultsOf([{ where: 'x', text: 'The value must be an array of strings.' }])).toEqual([]);
});
