/** Runs the project's own commands with what they print shown, or kept until they fail. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './project.ts';

export interface Ran {
  code: number;
  /** Standard output and error, in the order in which they came. */
  output: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** `show`: straight to the terminal, nothing kept. `keep` (default): kept in `output`. */
  output?: 'show' | 'keep';
  /** Folder to run in. @default the project's root */
  cwd?: string;
  /** Ends the command when it is aborted. */
  signal?: AbortSignal;
}

/** A binary of `node_modules/.bin` or of the PATH; resolves when it ends, whatever its exit code. */
export function run(
  command: string,
  args: readonly string[],
  { env = {}, output = 'keep', cwd = ROOT, signal: abort }: RunOptions = {},
): Promise<Ran> {
  const path = `${join(ROOT, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env['PATH']}`;
  const child = spawn(command, args, {
    cwd,
    ...(abort === undefined ? {} : { signal: abort }),
    env: { ...process.env, ...env, PATH: path },
    stdio: ['ignore', output === 'show' ? 'inherit' : 'pipe', output === 'show' ? 'inherit' : 'pipe'],
    shell: process.platform === 'win32',
  });
  const chunks: Buffer[] = [];
  const take = (chunk: Buffer) => chunks.push(chunk);
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code: code ?? (signal ? 130 : 1), output: Buffer.concat(chunks).toString() }),
    );
  });
}
