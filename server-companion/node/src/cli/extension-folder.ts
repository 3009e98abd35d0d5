/** The built extension that comes with the package. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserFamily } from './find-browser.ts';

const FOLDERS: Record<BrowserFamily, string> = { chromium: 'chrome-mv3', firefox: 'firefox-mv3' };

/**
 * Absolute path of the unpacked extension, to be loaded into a browser.
 *
 * @throws Error where the package was built without it.
 */
export function extensionFolder(family: BrowserFamily): string {
  // Beside the built file that this ends up in.
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'extension', FOLDERS[family]);
  if (!existsSync(join(folder, 'manifest.json')))
    throw new Error(`This copy of sessionscope has no built extension at ${folder}. Install it again from npm.`);
  return folder;
}
