/**
 * What of the panel a browser has to load, gzip, beside the peers of `bench/panel-peers.ts` as their users' builds are:
 * `node bench/panel-size.ts`. `npm run build` first.
 *
 * - *opens with*: the scripts of the page, and what they import at once.
 * - *with the rules*: what the first request has loaded, too.
 * - *all*: with what a click would need; it loads when the first screenful is painted.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { ROOT } from '../scripts/project.ts';
import { handOn } from './rows.ts';

/** Import statements of a built script; those in parentheses load later. */
const AT_ONCE = /(?:from|import)\s*["'`]([^"'`]+\.js)["'`]/g;
const SCRIPTS = /(?:src|href)="([^"]+\.js)"/g;

const kb = (files: Iterable<string>): string =>
  [...files]
    .reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length / 1_000, 0)
    .toFixed(0)
    .padStart(6);

/** A script, and what it imports at once. */
function withImports(file: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, name] of readFileSync(file, 'utf8').matchAll(AT_ONCE))
    withImports(resolve(dirname(file), name!), found);
  return found;
}

function opensWith(folder: string, page: string): Set<string> {
  const found = new Set<string>();
  for (const [, name] of readFileSync(join(folder, page), 'utf8').matchAll(SCRIPTS))
    withImports(join(folder, name!), found);
  return found;
}

const scriptsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name));

/** KB, gzip. */
const sizes: Record<string, string> = {};
console.log('KB, gzip                          opens with  with the rules  all');
for (const [name, folder, page] of [
  ['Chromium, panel', 'chrome-mv3', 'panel.html'],
  ['Firefox, panel', 'firefox-mv3', 'panel.html'],
  ['as a page', 'page', 'index.html'],
] as const) {
  const built = join(ROOT, '.output', folder);
  const first = opensWith(built, page);
  const rules = scriptsIn(built).filter((file) => readFileSync(file, 'utf8').includes('lost-update'));
  const withRules = new Set([...first, ...rules.flatMap((file) => [...withImports(file)])]);
  const others = scriptsIn(built).filter((file) => !/(?:background|devtools|permission)[^/]*\.js$/.test(file));
  console.log(`${name.padEnd(34)}${kb(first).padStart(10)}${kb(withRules).padStart(16)}${kb(others)}`);
  if (folder === 'chrome-mv3') Object.assign(sizes, { first: kb(first), withRules: kb(withRules), all: kb(others) });
}
console.log(
  `${"Chromium, DevTools' page".padEnd(34)}${kb(opensWith(join(ROOT, '.output', 'chrome-mv3'), 'devtools.html')).padStart(10)}`,
);

const peers = join(ROOT, 'bench', 'panel', 'peers');
for (const [name, only] of [
  ['Redux DevTools', 'redux'],
  ['TanStack Query', 'tanstack'],
] as const) {
  const outDir = mkdtempSync(join(tmpdir(), 'sessionscope-size-'));
  await build({
    configFile: join(peers, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir, rolldownOptions: { input: join(peers, `${only}.ts`), preserveEntrySignatures: 'strict' } },
  });
  const all = scriptsIn(outDir);
  const first = withImports(all.find((file) => new RegExp(`/${only}-[^/]*\\.js$`).test(file))!);
  console.log(`${name.padEnd(34)}${kb(first).padStart(10)}${''.padStart(16)}${kb(all)}`);
  sizes[name] = `${kb(first).trim()}, ${kb(all).trim()}`;
  rmSync(outDir, { recursive: true, force: true });
}
handOn({
  what: "the panel's scripts: what it opens with, and the rules",
  of: 'KB, gzip',
  measured: Number(sizes['withRules']),
  atMost: 80,
  figures: {
    'opens with': sizes['first']!.trim(),
    all: sizes['all']!.trim(),
    'Redux DevTools (opens with, all)': sizes['Redux DevTools']!,
    'TanStack Query (the same)': sizes['TanStack Query']!,
  },
});
