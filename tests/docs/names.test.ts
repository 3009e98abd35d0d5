/** Names that were given up stay so: of files, and of whatever the sources name. Its texts: `plain-english.test.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vite';
import { expect, test } from 'vitest';
import { projectFiles, ROOT } from '../../scripts/project.ts';

/** Words of a name, in lower case with hyphens between them: what is found, and what to write. */
const NAMES: readonly (readonly [found: RegExp, write: string])[] = [
  [/\b(?:tells?|told|tellings?|teller)\b/, 'report, record, emit, send'],
  [/\bmend(?:s|ed|ing)?\b/, 'fix'],
  [/\banew\b/, 'again'],
  [/\bamiss\b/, 'problem'],
  [/\bis-aside\b/, 'is-devtools-noise'],
  [/\blet-go\b|\bletting-go\b/, 'ignored, discarded'],
  [/\bhand-over\b/, 'expose-to-app'],
  [/\bsettle-found\b/, 'flush-pending-load'],
  [/\bpassed-by\b/, 'skipped-because'],
  [/\bheld-session\b|\btracker\b/, 'observed-session'],
  [/\blonely\b/, 'fallback'],
  [/\beveryones\b/, 'public'],
  [/\bdoors?\b/, 'direct-listener'],
  [/\bstream-places?\b|\bplace-names?\b/, 'stream-slot; listener-name; endpoint-address'],
  [/-words?$/, 'label'],
];

/** The parts of a session key that no sentence has. */
const KEPT: ReadonlySet<string> = new Set(['key-words']);

/** `isTold`, `IS_TOLD`, `is_told.py`: `is-told`. */
const wordsOf = (name: string): string =>
  name
    .replace(/\.[a-z.]+$/, '')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll(/[^A-Za-z\d]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .toLowerCase();

function identifiersOf(path: string): Set<string> {
  const found = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) return node.forEach(visit);
    const { type, name } = node as { type?: string; name?: unknown };
    if (typeof name === 'string' && /^(?:Private|JSX)?Identifier$/.test(type ?? '')) found.add(name);
    Object.values(node).forEach(visit);
  };
  visit(parseAst(readFileSync(join(ROOT, path), 'utf8'), { lang: path.endsWith('x') ? 'tsx' : 'ts' }));
  return found;
}

/** Without texts and comments. */
function pythonIdentifiersOf(path: string): Set<string> {
  const source = readFileSync(join(ROOT, path), 'utf8')
    .replaceAll(/("""|''')[\s\S]*?\1/g, '""')
    .replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""')
    .replaceAll(/#.*/g, '');
  return new Set(source.match(/[A-Za-z_]\w*/g));
}

const faultsOf = (where: string, names: Iterable<string>): string[] =>
  [...names].flatMap((name) => {
    const words = wordsOf(name);
    const rule = KEPT.has(words) ? undefined : NAMES.find(([found]) => found.test(words));
    return rule === undefined ? [] : [`${where}: ${name} → ${rule[1]}`];
  });

const nameOf = (path: string): string => path.split('/').at(-1)!;

test.each([
  ['TypeScript', /\.tsx?$/, identifiersOf],
  ['Python', /\.py$/, pythonIdentifiersOf],
] as const)('%s: no name of a file or in it is one that was given up', (_language, pattern, namesIn) => {
  const paths = projectFiles().filter((path) => pattern.test(path));
  expect(paths.length).toBeGreaterThan(100);
  expect(paths.flatMap((path) => faultsOf(path, [nameOf(path), ...namesIn(path)]))).toEqual([]);
});

test.each(['isTold', 'TOLD_TYPES', '_tell_dropped', 'openDoor', 'exchangeWords', 'stream-places.test.ts', 'LonelyLog'])(
  '%s is found',
  (name) => expect(faultsOf('x', [name])).toHaveLength(1),
);

test.each(['KeyWords', 'words', 'password', 'intellisense', 'recommends'])('%s is not', (name) =>
  expect(faultsOf('x', [name])).toEqual([]),
);
