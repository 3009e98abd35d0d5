/**
 * Which room may import from which: the table of docs/architecture.md as data. `scripts/check.ts` runs it over the tree;
 * `scripts/import-rules.test.ts` plants forbidden imports and wants each refused.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

interface Room {
  /** Rooms of ours that it may reach into, itself aside. `*`: any. */
  rooms: readonly string[] | '*';
  /** Packages it may import, as exact names or `scope/`-like prefixes. `*`: any. */
  packages: readonly string[] | '*';
}

/** Longest matching folder wins. */
export const ROOMS: Record<string, Room> = {
  protocol: { rooms: [], packages: ['valibot', 'structured-headers'] },
  model: { rooms: ['protocol'], packages: ['@preact/signals-core'] },
  transport: { rooms: ['protocol'], packages: ['eventsource-parser', 'set-cookie-parser', 'cookie'] },
  components: {
    rooms: ['model', 'protocol'],
    packages: ['preact', '@preact/signals', '@preact/signals-core', '@tanstack/virtual-core'],
  },
  entrypoints: {
    rooms: ['protocol', 'model', 'transport', 'components', 'extension-identity.ts'],
    packages: [
      'preact',
      '@preact/signals',
      'webextension-polyfill',
      '@wxt-dev/webextension-polyfill',
      'wxt',
      '#imports',
    ],
  },
  'server-companion/src/core': {
    rooms: ['protocol', 'extension-identity.ts'],
    packages: ['node:', 'hono', '@hono/node-server', 'cookie', 'structured-headers'],
  },
  'server-companion/src/adapters': {
    rooms: ['server-companion/src/core', 'protocol'],
    packages: ['node:', 'express-session', 'cookie', 'cookie-signature', 'express', '@sessionscope/django-sessions'],
  },
  'server-companion': {
    rooms: ['server-companion/src/core', 'server-companion/src/adapters', 'protocol'],
    packages: '*',
  },
  'django-sessions': { rooms: [], packages: '*' },
  playground: { rooms: '*', packages: '*' },
  tests: { rooms: '*', packages: '*' },
  bench: { rooms: '*', packages: '*' },
  scripts: { rooms: '*', packages: '*' },
};

/** Tests may use the test tools and Node, whatever their room. */
const TEST_FILE = /\.(test|cases|contract\.test)\.tsx?$/;
/** `vite`: a real dev proxy, through which the panel must find its companion. */
const TEST_PACKAGES = ['vitest', 'vite', 'fast-check', 'node:', 'happy-dom', 'axe-core', 'puppeteer-core'];

const IMPORT =
  /^\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

const within = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** The innermost room that holds `path` (relative to the root, with `/`). */
export function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS)
    .filter((room) => within(path, room))
    .sort((a, b) => b.length - a.length)[0];
}

const allowsPackage = (allowed: readonly string[], name: string) =>
  allowed.some((entry) =>
    entry.endsWith(':') ? name.startsWith(entry) : name === entry || name.startsWith(`${entry}/`),
  );

/** Says for each import of `text`, the file at `path`, that its room may not have, which it is and why. */
export function forbiddenImports(path: string, text: string): string[] {
  const room = roomOf(path);
  if (room === undefined) return [];
  const rule = ROOMS[room]!;
  const isTest = TEST_FILE.test(path);
  const faults: string[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const target = (match[1] ?? match[2] ?? match[3])!.replace(/\?.*$/, '');
    const line = text.slice(0, match.index).split('\n').length;
    const say = (why: string) => faults.push(`${path}:${line}: '${target}': ${why}`);
    if (target.startsWith('.')) {
      const reached = relative('/', resolve('/', dirname(path), target))
        .split(sep)
        .join('/');
      if (rule.rooms === '*' || roomOf(reached) === room || within(reached, room)) continue;
      if (!rule.rooms.some((allowed) => within(reached, allowed)) && !(isTest && within(reached, 'tests')))
        say(`${room}/ may import from ${rule.rooms.length > 0 ? rule.rooms.join(', ') : 'no other room'} only`);
    } else if (
      rule.packages !== '*' &&
      !allowsPackage(rule.packages, target) &&
      !(isTest && allowsPackage(TEST_PACKAGES, target))
    )
      say(`${room}/ may use the packages ${rule.packages.join(', ')} only`);
  }
  if (room === 'server-companion/src/adapters') faults.push(...crossAdapterImports(path, text));
  return faults;
}

/** No adapter imports another: each is a file, or a folder of its own, directly below `adapters/`. */
function crossAdapterImports(path: string, text: string): string[] {
  const adapterOf = (file: string) => /^server-companion\/src\/adapters\/([^/.]+)/.exec(file)?.[1];
  const own = adapterOf(path);
  return [...text.matchAll(IMPORT)].flatMap((match) => {
    const target = (match[1] ?? match[2] ?? match[3])!;
    if (!target.startsWith('.')) return [];
    const other = adapterOf(
      relative('/', resolve('/', dirname(path), target))
        .split(sep)
        .join('/'),
    );
    return other !== undefined && other !== own ? [`${path}: '${target}': an adapter does not import another`] : [];
  });
}

/** As `forbiddenImports`, for files below `root`. */
export function checkImports(root: string, paths: readonly string[]): string[] {
  return paths
    .filter((path) => /\.(ts|tsx|mts)$/.test(path) && !path.endsWith('.d.ts'))
    .flatMap((path) => forbiddenImports(path, readFileSync(join(root, path), 'utf8')));
}
