/** The package as npm would publish it, installed into an empty folder, as a user has it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const BINARIES = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd: string;
  env?: Record<string, string | undefined>;
  /** On standard input, which is closed then. */
  input?: string;
}

/** Starts a command of the shell, with the project's Node first on the PATH. */
export function startShell(command: string, { cwd, env = {} }: RunOptions): ChildProcess {
  const path = [env['PATH'], BINARIES, process.env['PATH']].filter((part) => part !== undefined).join(':');
  return spawn(command, { cwd, shell: true, detached: true, env: { ...process.env, ...env, PATH: path } });
}

/** Runs one to its end, whatever its exit code. */
export async function runShell(command: string, options: RunOptions): Promise<Ran> {
  const child = startShell(command, options);
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // One that has ended by then reads no input.
  child.stdin!.on('error', () => {});
  child.stdin!.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  return { code, stdout, stderr };
}

/** As `runShell`; throws with all that was printed where it fails. */
export async function mustRun(command: string, options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await runShell(command, options);
  if (code !== 0) throw new Error(`${command}\nended with ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

export interface Packed {
  /** Of the tarball. */
  path: string;
  /** In the tarball, without `package/`. */
  files: string[];
  dispose(): void;
}

/** Builds and packs beside the sources, so that a build of somebody else's is not disturbed. */
export async function packPackage(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), 'django-sessions-pack-'));
  for (const file of ['package.json', 'README.md']) cpSync(join(PACKAGE, file), join(folder, file));
  await mustRun(`tsdown --out-dir '${join(folder, 'dist')}' --logLevel error`, { cwd: PACKAGE });
  const reported = await mustRun('npm pack --json --ignore-scripts', { cwd: folder });
  const [{ filename, files }] = JSON.parse(reported) as [{ filename: string; files: { path: string }[] }];
  return {
    path: join(folder, filename),
    files: files.map(({ path }) => path),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** An empty project with the tarball and other packages installed in it. */
export async function installInto(folder: string, ...packages: string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await mustRun(`npm install --prefer-offline --no-audit --no-fund --ignore-scripts ${packages.join(' ')}`, {
    cwd: folder,
  });
}
