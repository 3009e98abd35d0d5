/** Where the project lies and which files it has. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Paths relative to the root, with `/`: what git tracks or would; without git, what lies there. */
export function projectFiles(): string[] {
  try {
    return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 1 << 26,
    })
      .split('\n')
      .filter((path) => path !== '' && existsSync(join(ROOT, path)));
  } catch {
    // A source archive has no git history.
    return globSync('**/*.*', {
      cwd: ROOT,
      exclude: (name) => /^(node_modules|dist|\.output|\.wxt|\.venv)$/.test(name),
    }).map((path) => path.split(sep).join('/'));
  }
}
