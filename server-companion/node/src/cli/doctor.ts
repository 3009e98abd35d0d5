/** `sessionscope doctor`: what a project has, and what keeps the panel from showing it. Reads files, changes nothing. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { activationOf } from '../core/activation.ts';
import type { Check } from './check.ts';
import { checkPythonProject, isPythonProject } from './doctor-python.ts';
import { checkServer } from './doctor-server.ts';
import { linesFor } from './lines-for.ts';
import { routeBeforeSessions } from './middleware-order.ts';
import { readFiles, type Source } from './project-files.ts';

interface Library {
  package: string;
  /** How the app imports the companion for it. */
  companion: string;
  /** What stands in the code of an app that has sessions of it, where the package does much else. */
  uses?: RegExp;
  /** Packages that bring it with them. */
  within?: readonly string[];
  /** `sessionscope/register` does not observe it. */
  byHand?: true;
}

const LIBRARIES: readonly Library[] = [
  { package: 'express-session', companion: 'sessionscope/express-session' },
  { package: 'cookie-session', companion: 'sessionscope/cookie-session' },
  { package: 'iron-session', companion: 'sessionscope/iron-session' },
  {
    package: 'react-router',
    companion: 'sessionscope/react-router',
    uses: /\bcreate\w*SessionStorage\b/,
    byHand: true,
  },
  {
    package: 'h3',
    companion: 'sessionscope/h3',
    uses: /\b(?:use|get|update)Session\b/,
    within: ['nuxt', 'nitropack', 'nitro'],
    byHand: true,
  },
  { package: 'koa-session', companion: 'sessionscope/koa-session' },
  { package: '@fastify/session', companion: 'sessionscope/fastify-session' },
  { package: '@fastify/secure-session', companion: 'sessionscope/fastify-secure-session' },
  { package: 'hono-sessions', companion: 'sessionscope/hono' },
  { package: '@hono/session', companion: 'sessionscope/hono' },
  { package: 'astro', companion: 'sessionscope/astro', uses: /\b(?:Astro|context|ctx)\.session\b/, byHand: true },
  { package: 'better-auth', companion: 'sessionscope/better-auth', byHand: true },
  { package: '@sessionscope/django-sessions', companion: 'sessionscope/django-sessions' },
];

/** Session libraries that people use and that no companion observes yet: said, so that nobody searches for the reason. */
const NOT_OBSERVED = ['next-auth', '@auth/core'];

const JAVASCRIPT = '**/*.{js,cjs,mjs,ts,cts,mts,jsx,tsx,astro}';
const PYTHON = '**/{*.py,requirements*.txt,pyproject.toml,Pipfile,setup.cfg}';

interface Manifest {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** Prints every check; returns the exit code: 1 where something is a problem. */
export async function diagnose(folder: string, url: string | undefined): Promise<number> {
  const server = url === undefined ? [] : await checkServer(url);
  const checks = [...checkProject(folder, server[0]?.kind === 'ok'), ...server];
  const marks = { ok: '✓', problem: '✗', note: '·' };
  for (const { kind, text, fix } of checks) {
    console.log(`${marks[kind]} ${text}`);
    if (fix !== undefined) console.log(fix.replace(/^/gm, '    '));
  }
  return checks.some(({ kind }) => kind === 'problem') ? 1 : 0;
}

/**
 * What the files of a project say.
 *
 * @param isServerObserved its running server answers as an observed one, so that something that no file shows mounts it.
 */
export function checkProject(folder: string, isServerObserved = false): Check[] {
  const manifest = readManifest(folder);
  const python = readFiles(folder, PYTHON);
  if (isPythonProject(python) && (manifest === undefined || !hasSessions(manifest)))
    return checkPythonProject(python, isServerObserved);
  if (manifest === undefined)
    return [
      {
        kind: 'problem',
        text: `There is no package.json in ${folder}, and nothing of Python.`,
        fix: 'Run this in the folder of your app.',
      },
    ];
  const installed = allDependencies(manifest);
  const sources = readFiles(folder, JAVASCRIPT);
  const checks: Check[] = [checkNode(), ...checkVersions(folder)];
  const present = LIBRARIES.filter(
    ({ package: name, uses, within = [] }) =>
      [name, ...within].some((one) => one in installed) &&
      (uses === undefined || sources.some(({ text }) => uses.test(text))),
  );
  for (const library of present) {
    const check = checkLibrary(folder, library, sources, manifest);
    checks.push(isServerObserved && check.kind === 'problem' ? { ...check, kind: 'note' } : check);
  }
  checks.push(...checkOrder(sources));
  for (const name of NOT_OBSERVED)
    if (name in installed) checks.push({ kind: 'note', text: `${name} is installed; no companion observes it yet.` });
  if (present.length === 0)
    checks.push({
      kind: 'problem',
      text: 'package.json names no session library that can be observed.',
      fix: `Observed are: ${LIBRARIES.map((library) => library.package).join(', ')}.`,
    });
  return [...checks, ...checkDeploy(manifest, sources), ...checkActivation(sources)];
}

const allDependencies = ({ dependencies, devDependencies }: Manifest) => ({ ...devDependencies, ...dependencies });
const hasSessions = (manifest: Manifest) =>
  [...LIBRARIES.map((library) => library.package), ...NOT_OBSERVED].some((name) => name in allDependencies(manifest));

/** The script that starts Node with `sessionscope/register`. */
const registering = ({ scripts = {} }: Manifest) =>
  Object.entries(scripts).find(([, command]) => command.includes('sessionscope/register'))?.[0];

/** As `engines` in package.json says. */
export function isNodeNewEnough(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

function checkNode(): Check {
  return isNodeNewEnough()
    ? { kind: 'ok', text: `Node ${process.versions.node}` }
    : { kind: 'problem', text: `Node ${process.versions.node} is too old.`, fix: 'Install Node 22.18 or later.' };
}

function checkVersions(folder: string): Check[] {
  const here = versionOf(folder, 'sessionscope');
  return here === undefined
    ? [{ kind: 'problem', text: 'sessionscope is not installed in this project.', fix: 'npm install sessionscope' }]
    : [{ kind: 'ok', text: `sessionscope ${here}` }];
}

/** A route that stands before the sessions finds none. */
function checkOrder(sources: readonly Source[]): Check[] {
  return sources.flatMap(({ path, text }) => {
    const misplaced = routeBeforeSessions(text);
    return misplaced === undefined
      ? []
      : [
          {
            kind: 'note' as const,
            text: `${path}:${misplaced.route} handles requests before the session middleware in line ${misplaced.sessions}: they have no session, and the panel shows nothing of them.`,
            fix: 'Mount the session middleware first, unless that is what you want.',
          },
        ];
  });
}

/** What decides whether it is on, here and in production. */
function checkActivation(sources: readonly Source[]): Check[] {
  const forced = sources.find(({ text }) => /['"]sessionscope\//.test(text) && /\benabled:\s*true\b/.test(text));
  const mode = process.env['NODE_ENV'];
  const given = mode === undefined || mode.trim() === '' ? 'NODE_ENV is not set' : `NODE_ENV is ${mode}`;
  const words = { on: 'it is on', off: 'it is off', local: 'it is on for requests to localhost' }[activationOf()];
  return [
    ...(forced === undefined
      ? []
      : [
          {
            kind: 'problem' as const,
            text: `${forced.path} has enabled: true: production is observed, too.`,
            fix: 'Take it out: NODE_ENV decides.',
          },
        ]),
    {
      kind: 'note',
      text: `${given} in this terminal: an app started here finds that ${words}. In production set NODE_ENV=production.`,
    },
  ];
}

function checkLibrary(
  folder: string,
  { package: name, companion, byHand }: Library,
  sources: readonly Source[],
  manifest: Manifest,
): Check {
  const version = versionOf(folder, name);
  if (version === undefined)
    return { kind: 'problem', text: `${name} is in package.json and not installed.`, fix: 'Run npm install.' };
  const importing = sources.find(({ text }) => text.includes(companion));
  const script = byHand === true ? undefined : registering(manifest);
  if (importing === undefined && script !== undefined)
    return { kind: 'ok', text: `${name} ${version} is observed by sessionscope/register, in the script ${script}` };
  if (importing === undefined)
    return {
      kind: 'problem',
      text: `${name} ${version} is not observed: no file imports ${companion}.`,
      fix: `${linesFor(companion, name)}${byHand === true ? '' : '\nOr change nothing, and start the app with: node --import sessionscope/register'}`,
    };
  return { kind: 'ok', text: `${name} ${version} is observed in ${importing.path}` };
}

/** The import stays in code that is deployed, so the package must be there too. */
function checkDeploy({ dependencies = {}, devDependencies = {} }: Manifest, sources: readonly Source[]): Check[] {
  const isImported = sources.some(({ text }) => /['"]sessionscope\//.test(text));
  if (!isImported) return [];
  if ('sessionscope' in dependencies) return [{ kind: 'ok', text: 'sessionscope is a dependency: a deploy finds it' }];
  return [
    'sessionscope' in devDependencies
      ? {
          kind: 'problem',
          text: 'sessionscope is a development dependency, and code that is deployed imports it: npm ci --omit=dev breaks the app.',
          fix: 'npm install --save-prod sessionscope. In production it does nothing.',
        }
      : { kind: 'problem', text: 'sessionscope is imported and not in package.json.', fix: 'npm install sessionscope' },
  ];
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}

function versionOf(folder: string, name: string): string | undefined {
  try {
    return (createRequire(join(folder, 'package.json'))(`${name}/package.json`) as { version: string }).version;
  } catch {
    return undefined;
  }
}
