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
  model: { rooms: ['protocol'], packages: [] },
  // One way: values, recording, history, findings, words, views, panel; each may use those before it.
  'model/values': { rooms: ['protocol'], packages: [] },
  'model/recording': { rooms: ['protocol', 'model/values'], packages: [] },
  'model/history': { rooms: ['protocol', 'model/values', 'model/recording'], packages: [] },
  'model/what-if': { rooms: ['protocol', 'model/values', 'model/recording', 'model/history'], packages: [] },
  'model/findings': { rooms: ['protocol', 'model/values', 'model/recording', 'model/history'], packages: [] },
  'model/labels': {
    rooms: ['protocol', 'model/values', 'model/recording', 'model/history', 'model/findings'],
    packages: [],
  },
  'model/views': {
    rooms: [
      'protocol',
      'model/values',
      'model/recording',
      'model/history',
      'model/what-if',
      'model/findings',
      'model/labels',
    ],
    packages: [],
  },
  'model/panel': { rooms: ['protocol', 'model'], packages: ['@preact/signals-core'] },
  transport: { rooms: ['protocol'], packages: ['eventsource-parser', 'set-cookie-parser', 'cookie'] },
  components: {
    rooms: ['model', 'protocol'],
    packages: ['preact', '@preact/signals', '@preact/signals-core'],
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
  // The same panel as a page of its own: no API of the browser's extensions.
  page: {
    rooms: ['protocol', 'model', 'transport', 'components', 'scripts/no-markup.ts', 'scripts/panel-chunks.ts'],
    packages: ['preact', '@preact/signals', '@preact/preset-vite', 'vite', 'node:url'],
  },
  'server-companion/node/src/core': {
    rooms: ['protocol', 'extension-identity.ts'],
    packages: ['node:', 'hono', '@hono/node-server', 'cookie', 'launch-editor', 'structured-headers'],
  },
  'server-companion/node/src/kit': { rooms: ['server-companion/node/src/core', 'protocol'], packages: ['node:'] },
  'server-companion/node/src/adapters': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:'],
  },
  // Each adapter has its own library's packages alone.
  'server-companion/node/src/adapters/express-session': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', 'express-session', 'express', 'cookie-signature'],
  },
  'server-companion/node/src/adapters/django-sessions': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', '@sessionscope/django-sessions'],
  },
  'server-companion/node/src/adapters/cookie-session': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', 'cookie-session', 'keygrip'],
  },
  'server-companion/node/src/adapters/iron-session': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', 'iron-session'],
  },
  'server-companion/node/src/adapters/h3': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', 'h3'],
  },
  'server-companion/node/src/adapters/koa-session': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', 'koa-session', 'koa'],
  },
  'server-companion/node/src/adapters/fastify-session': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', '@fastify/session', 'fastify'],
  },
  'server-companion/node/src/adapters/fastify-secure-session': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', '@fastify/secure-session', 'fastify'],
  },
  'server-companion/node/src/adapters/hono': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', 'hono-sessions', '@hono/session', 'hono'],
  },
  'server-companion/node/src/adapters/astro': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', 'astro'],
  },
  'server-companion/node/src/adapters/better-auth': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', 'better-auth'],
  },
  'server-companion/node/src/adapters/react-router': {
    rooms: ['server-companion/node/src/kit', 'server-companion/node/src/core', 'protocol'],
    packages: ['node:', 'react-router'],
  },
  'server-companion/node': {
    rooms: [
      'server-companion/node/src/core',
      'server-companion/node/src/kit',
      'server-companion/node/src/adapters',
      'protocol',
      'extension-identity.ts',
    ],
    packages: '*',
  },
  'django-sessions': { rooms: [], packages: '*' },
  playground: { rooms: '*', packages: '*' },
  tests: { rooms: '*', packages: '*' },
  bench: { rooms: '*', packages: '*' },
  scripts: { rooms: '*', packages: '*' },
};

const KIT = 'server-companion/node/src/kit';

/** Inside one room: what the files of a folder must not know, by the file that holds it. */
const UNKNOWN: Record<string, readonly string[]> = {
  // A surface or a store knows a scope and a session: what is around them would make a circle of all.
  [`${KIT}/surfaces`]: [`${KIT}/observed-exchange.ts`, `${KIT}/current-exchange.ts`, `${KIT}/observed-library.ts`],
  [`${KIT}/stores`]: [`${KIT}/observed-exchange.ts`, `${KIT}/current-exchange.ts`, `${KIT}/observed-library.ts`],
  // Tables are read by whoever judges, and know no library.
  [`${KIT}/verdict`]: [`${KIT}/observed-exchange.ts`, `${KIT}/library.ts`, `${KIT}/observed-library.ts`],
};

/** Rooms in which no file may reach itself by imports, those of types counted: they are read apart from each other. */
export const WITHOUT_CIRCLES = [
  'protocol',
  'model',
  'transport',
  'components',
  'server-companion/node/src',
  'django-sessions',
  'playground',
];

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
  // A build's configuration is no part of what it builds.
  if (room === undefined || path.endsWith('.config.ts')) return [];
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
      const unknown = Object.entries(UNKNOWN).find(([folder]) => within(path, folder))?.[1] ?? [];
      if (unknown.includes(reached)) say(`${dirname(path)}/ must not know it`);
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
  if (room === 'server-companion/node/src/adapters') faults.push(...crossAdapterImports(path, text));
  return faults;
}

/** No adapter imports another: each is a file, or a folder of its own, directly below `adapters/`. */
function crossAdapterImports(path: string, text: string): string[] {
  const adapterOf = (file: string) => /^server-companion\/node\/src\/adapters\/([^/.]+)/.exec(file)?.[1];
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

/** Files that reach themselves by imports, types counted, in the rooms that must have none: one line for each circle. */
export function importCircles(files: ReadonlyMap<string, string>): string[] {
  const isWatched = (path: string) => WITHOUT_CIRCLES.some((room) => within(path, room));
  const imports = new Map(
    [...files].map(([path, text]) => [
      path,
      [...text.matchAll(IMPORT)]
        .map((match) => (match[1] ?? match[2] ?? match[3])!)
        .filter((target) => target.startsWith('.'))
        .map((target) => join(dirname(path), target).split(sep).join('/'))
        .filter((target) => files.has(target) && isWatched(target)),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const follow = (path: string, way: string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) found.push(`a circle of imports: ${[...way.slice(at), path].join(' → ')}`);
    if (at >= 0 || done.has(path)) return;
    for (const target of imports.get(path) ?? []) follow(target, [...way, path]);
    done.add(path);
  };
  for (const path of files.keys()) if (isWatched(path)) follow(path, []);
  return found;
}

/** As `forbiddenImports`, for files below `root`, and whether they reach themselves. */
export function checkImports(root: string, paths: readonly string[]): string[] {
  const files = new Map(
    paths
      .filter((path) => /\.(ts|tsx|mts)$/.test(path) && !path.endsWith('.d.ts'))
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );
  return [...[...files].flatMap(([path, text]) => forbiddenImports(path, text)), ...importCircles(files)];
}
