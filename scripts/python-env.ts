/**
 * Makes `.venv/django42` and `.venv/django52`: Python with a long-term-support Django each, for the tests that take
 * real Django as their judge. What is in them is pinned in `scripts/python/`; one that fits is used again.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { which } from './browsers.ts';
import { ROOT } from './project.ts';
import { run } from './run.ts';

const VERSIONS = ['42', '52'] as const;

/** A newer one runs Django 5.2, but 4.2 only up to 3.12. */
const PYTHONS = ['python3', 'python3.11', 'python3.12', 'python3.10', 'python'];
const SUPPORTED = { atLeast: [3, 10], atMost: [3, 12] } as const;

const ADVICE = 'Install Python 3.10 to 3.12 with its venv module (Debian: apt-get install python3 python3-venv).';

export type PythonEnvironments = { ok: true } | { ok: false; reason: string };

/** The interpreter inside an environment of ours, whether it exists or not. */
export const pythonOf = (folder: string): string =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

async function findPython(): Promise<{ path: string; version: string } | { reason: string }> {
  const seen: string[] = [];
  for (const command of PYTHONS) {
    const path = which(command);
    if (path === undefined) continue;
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
    if (version.startsWith('3.') && minor >= SUPPORTED.atLeast[1] && minor <= SUPPORTED.atMost[1])
      return { path, version };
    seen.push(`${path} is Python ${version}`);
  }
  return { reason: `${seen.length === 0 ? 'no Python was found' : [...new Set(seen)].join(', ')}. ${ADVICE}` };
}

/** What was installed from what, so that a changed pin or interpreter makes a new environment. */
function stampOf(requirements: string, pythonVersion: string): string {
  return createHash('sha256').update(`${pythonVersion}\n${requirements}`).digest('hex');
}

async function ensureOne(
  version: (typeof VERSIONS)[number],
  python: { path: string; version: string },
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
    return `${python.path} -m venv failed: ${made.output.trim().split('\n').slice(-3).join(' ')} ${ADVICE}`;
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
  const reason = await missing();
  if (reason === undefined) return { ok: true };
  if (process.env['SESSIONSCOPE_REQUIRE_PYTHON'] === '1')
    throw new Error(`${reason} A skip is a failure here (SESSIONSCOPE_REQUIRE_PYTHON=1).`);
  return { ok: false, reason };
}

/** As `ensurePythonEnvironments`, one of them. Never throws. */
export async function ensurePythonEnvironment(version: (typeof VERSIONS)[number]): Promise<PythonEnvironments> {
  const reason = await missing([version]);
  return reason === undefined ? { ok: true } : { ok: false, reason };
}

async function missing(versions: readonly (typeof VERSIONS)[number][] = VERSIONS): Promise<string | undefined> {
  const python = await findPython();
  if ('reason' in python) return python.reason;
  for (const version of versions) {
    const reason = await ensureOne(version, python);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

if (import.meta.main) {
  const result = await ensurePythonEnvironments();
  console.log(result.ok ? '.venv/django42 and .venv/django52 are ready' : result.reason);
  if (!result.ok) process.exitCode = 1;
}
