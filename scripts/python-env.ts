/**
 * Makes `.venv/django42`, `.venv/django52` and `.venv/django61`: Python with a Django each, for the tests that take real
 * Django as their judge. What is in them is pinned in `scripts/python/`; one that fits is used again. Django 6.1 needs a
 * newer Python than many machines have: without one its tests are not run, and the end says so.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { which } from './browsers.ts';
import { ROOT } from './project.ts';
import { run } from './run.ts';

/** Those that every test of the companion needs. */
const VERSIONS = ['42', '52'] as const;
/** The judge of the differential alone. */
const NEWEST = '61';

interface Wanted {
  commands: readonly string[];
  /** Of Python 3, both included. */
  minors: readonly [first: number, last: number];
  advice: string;
}

/** A newer one runs Django 5.2, but 4.2 only up to 3.12. */
const FOR_BOTH: Wanted = {
  commands: ['python3', 'python3.11', 'python3.12', 'python3.10', 'python'],
  minors: [10, 12],
  advice: 'Install Python 3.10 to 3.12 with its venv module (Debian: apt-get install python3 python3-venv).',
};
const FOR_NEWEST: Wanted = {
  commands: ['python3', 'python3.12', 'python3.13', 'python3.14', 'python'],
  minors: [12, 14],
  advice: 'Install Python 3.12 or later with its venv module (pyenv install 3.12).',
};

/** `without`: what is missing beside those that everything needs, and why. */
export type PythonEnvironments = { ok: true; without?: string } | { ok: false; reason: string };

/** The interpreter inside an environment of ours, whether it exists or not. */
export const pythonOf = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

async function findPython({
  commands,
  minors,
  advice,
}: Wanted): Promise<{ path: string; version: string } | { reason: string }> {
  const seen: string[] = [];
  const onPath = commands.map((command) => which(command)).filter((path) => path !== undefined);
  for (const path of [...onPath, ...pyenvPythons()]) {
    const { code, output } = await run(path, [
      '-c',
      'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])',
    ]);
    const version = output.trim();
    if (code !== 0) {
      seen.push(`${path} lacks ${/No module named '(\w+)'/.exec(output)?.[1] ?? 'venv'}`);
      continue;
    }
    const minor = Number(version.split('.')[1]);
    if (version.startsWith('3.') && minor >= minors[0] && minor <= minors[1]) return { path, version };
    seen.push(`${path} is Python ${version}`);
  }
  return { reason: `${seen.length === 0 ? 'no Python was found' : [...new Set(seen)].join(', ')}. ${advice}` };
}

/** What pyenv has installed. On the PATH it shows the one that is chosen; the others' commands only fail. */
function pyenvPythons(): string[] {
  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  if (!existsSync(versions)) return [];
  return readdirSync(versions)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((version) => join(versions, version, 'bin', 'python'))
    .filter((path) => existsSync(path));
}

/** What was installed from what, so that a changed pin or interpreter makes a new environment. */
function stampOf(requirements: string, pythonVersion: string): string {
  return createHash('sha256').update(`${pythonVersion}\n${requirements}`).digest('hex');
}

async function ensureOne(
  version: (typeof VERSIONS)[number] | typeof NEWEST,
  python: { path: string; version: string },
  advice: string,
): Promise<string | undefined> {
  const folder = join(ROOT, '.venv', `django${version}`);
  const file = join(ROOT, 'scripts', 'python', `django${version}.txt`);
  const stampFile = join(folder, 'requirements.sha256');
  const stamp = stampOf(readFileSync(file, 'utf8'), python.version);
  if (existsSync(pythonOf(folder)) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(ROOT, '.venv'), { recursive: true });
  const made = await run(python.path, ['-m', 'venv', folder]);
  if (made.code !== 0)
    return `${python.path} -m venv failed: ${made.output.trim().split('\n').slice(-3).join(' ')} ${advice}`;
  const installed = await run(pythonOf(folder), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    file,
  ]);
  if (installed.code !== 0) {
    rmSync(folder, { recursive: true, force: true });
    return `pip could not install scripts/python/django${version}.txt (is PyPI reachable?): ${installed.output.trim().split('\n').at(-1)}`;
  }
  writeFileSync(stampFile, stamp);
  return;
}

/**
 * Makes what is missing, one after another (about 20 s each with a near index), and leaves what fits alone.
 * Where it cannot: says plainly what is missing; throws that instead where `SESSIONSCOPE_REQUIRE_PYTHON=1`.
 */
export async function ensurePythonEnvironments(): Promise<PythonEnvironments> {
  const reason = await missing(VERSIONS, FOR_BOTH);
  const newest = await missing([NEWEST], FOR_NEWEST);
  const all = [reason, newest].filter((each) => each !== undefined);
  if (all.length > 0 && process.env['SESSIONSCOPE_REQUIRE_PYTHON'] === '1')
    throw new Error(`${all.join(' ')} A skip is a failure here (SESSIONSCOPE_REQUIRE_PYTHON=1).`);
  if (reason !== undefined) return { ok: false, reason };
  return newest === undefined ? { ok: true } : { ok: true, without: `Django 6.1: ${newest}` };
}

/** As `ensurePythonEnvironments`, one of them. Never throws. */
export async function ensurePythonEnvironment(version: (typeof VERSIONS)[number]): Promise<PythonEnvironments> {
  const reason = await missing([version], FOR_BOTH);
  return reason === undefined ? { ok: true } : { ok: false, reason };
}

async function missing(
  versions: readonly ((typeof VERSIONS)[number] | typeof NEWEST)[],
  wanted: Wanted,
): Promise<string | undefined> {
  const python = await findPython(wanted);
  if ('reason' in python) return python.reason;
  for (const version of versions) {
    const reason = await ensureOne(version, python, wanted.advice);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

if (import.meta.main) {
  const result = await ensurePythonEnvironments();
  console.log(result.ok ? '.venv/django42 and .venv/django52 are ready' : result.reason);
  if (result.ok) console.log(result.without === undefined ? '.venv/django61 is ready' : `Without ${result.without}`);
  if (!result.ok) process.exitCode = 1;
}
