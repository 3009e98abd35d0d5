/** The two packages as npm would publish them, and folders in which they are tried. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packExtension } from '../../scripts/pack-extension.ts';
import { ROOT } from '../../scripts/project.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const PACKAGES = { sessionscope: 'server-companion/node', '@sessionscope/django-sessions': 'django-sessions' };

/** Variables of this run that would change what an app does. */
const OWN_VARIABLES = /^(?:NODE_ENV|NODE_OPTIONS|VITEST|npm_|TEST$|DEV$|PROD$|MODE$)/;
export const cleanEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.test(name)));

export interface RunOptions {
  cwd: string;
  env?: Record<string, string>;
}

/** Runs a command without a shell; what it printed, whatever its end. */
export function run(command: string, args: readonly string[], { cwd, env = {} }: RunOptions) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...cleanEnvironment(), ...env },
    maxBuffer: 1 << 26,
    timeout: 240_000,
  });
  return { status, stdout, stderr };
}

/** As `run`. @throws Error with all that was printed where the command fails. */
export function mustRun(command: string, args: readonly string[], options: RunOptions): string {
  const { status, stdout, stderr } = run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\nended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/**
 * Packs both packages as `npm pack` does, from a folder of their own: what other tests run from `dist` is not built
 * again under their feet. Paths of the tarballs.
 */
export async function packAll(into: string): Promise<string[]> {
  const tarballs: string[] = [];
  for (const folder of Object.values(PACKAGES)) {
    const source = join(ROOT, folder);
    const target = join(into, basename(folder));
    mkdirSync(target, { recursive: true });
    for (const file of ['package.json', 'README.md']) cpSync(join(source, file), join(target, file));
    mustRun(join(ROOT, 'node_modules/.bin/tsdown'), ['--out-dir', join(target, 'dist')], { cwd: source });
    if (folder === PACKAGES.sessionscope) await packExtension({ builds: false, into: join(target, 'dist') });
    const reported = mustRun('npm', ['pack', '--json', '--ignore-scripts'], { cwd: target });
    const [{ filename }] = JSON.parse(reported) as [{ filename: string }];
    tarballs.push(join(target, filename));
  }
  return tarballs;
}

/** Whether the npm registry answers: without it nothing can be installed, and the tests that need that say so. */
export function registryAnswers(): boolean {
  try {
    execFileSync('npm', ['view', 'express', 'version'], { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** A folder below `.tmp` with what a lock file of ours names. What was installed from the same lock is used again. */
export function installLocked(
  name:
    | 'astro'
    | 'forms'
    | 'installers'
    | 'nest'
    | 'next'
    | 'next-server'
    | 'nitro'
    | 'nuxt'
    | 'passport'
    | 'react-router'
    | 'secure-session'
    | 'vite-devtools',
): string {
  const lock = readFileSync(join(HERE, name, 'package-lock.json'));
  const folder = join(ROOT, '.tmp', `${name}-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
  mkdirSync(folder, { recursive: true });
  inTurn(join(folder, 'node_modules'), 'installed', () => {
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(HERE, name, file), join(folder, file));
    mustRun('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder });
  });
  return folder;
}

/** Makes what lies in `folder`, where it was not made as `what` before; once, where several processes ask for it. */
export function inTurn(folder: string, what: string, make: () => void): void {
  const stamp = join(folder, '.made');
  const isMade = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === what;
  const turn = `${folder}.turn`;
  while (!isMade()) {
    if (!takes(turn)) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      continue;
    }
    try {
      make();
      writeFileSync(stamp, what);
    } finally {
      rmSync(turn);
    }
  }
}

/** Whether it is this process's turn. That of one that has ended is over. */
function takes(turn: string): boolean {
  try {
    writeFileSync(turn, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    try {
      process.kill(Number(readFileSync(turn, 'utf8')), 0);
    } catch {
      rmSync(turn, { force: true });
    }
    return false;
  }
}

/** What `npm install` of tarballs without dependencies of their own does, in a tenth of its time. */
export function unpackInto(folder: string, tarballs: readonly string[]): void {
  for (const tarball of tarballs) {
    const name = basename(tarball).startsWith('sessionscope-django') ? '@sessionscope/django-sessions' : 'sessionscope';
    const target = join(folder, 'node_modules', name);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    mustRun('tar', ['-xzf', tarball, '-C', target, '--strip-components=1'], { cwd: folder });
  }
}
