/**
 * Puts the built extension and the built page into the npm package, so that `npx sessionscope open` needs no store and
 * `npx sessionscope ui` no extension. Builds them first, unless `--no-build` says that they were.
 */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './project.ts';
import { run } from './run.ts';

const DIST = join(ROOT, 'server-companion', 'node', 'dist');

interface Build {
  command: readonly [name: string, ...args: string[]];
  /** Below `.output`. */
  from: string;
  /** A file that is there when it was built. */
  has: string;
  /** Below the package's `dist`. */
  to: string;
}

export const PACKED_BUILDS: readonly Build[] = [
  { command: ['wxt', 'build'], from: 'chrome-mv3', has: 'manifest.json', to: 'extension/chrome-mv3' },
  {
    command: ['wxt', 'build', '-b', 'firefox'],
    from: 'firefox-mv3',
    has: 'manifest.json',
    to: 'extension/firefox-mv3',
  },
  { command: ['vite', 'build', '-c', 'page/vite.config.ts'], from: 'page', has: 'index.html', to: 'ui' },
];

/**
 * @param into the package's `dist`.
 * @throws Error where one can't be built, or was to be there and is not.
 */
export async function packExtension({ builds = true, into = DIST } = {}): Promise<void> {
  for (const { command, from, has, to } of PACKED_BUILDS) {
    const built = join(ROOT, '.output', from);
    if (builds) {
      const [name, ...args] = command;
      const { code, output } = await run(name, args);
      if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${output.trim()}`);
    }
    if (!existsSync(join(built, has))) throw new Error(`${built} is not there. Run npm run build.`);
    rmSync(join(into, to), { recursive: true, force: true });
    cpSync(built, join(into, to), { recursive: true });
  }
}

if (import.meta.main) await packExtension({ builds: !process.argv.includes('--no-build') });
