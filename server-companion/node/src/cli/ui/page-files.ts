/** The panel as a page, as it is built: every file that is ever served, read once. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

export interface PageFile {
  body: Buffer;
  type: string;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/**
 * By the path of their URL, `/` for the page itself.
 *
 * @param folder `dist/ui` of the package.
 * @throws Error where the package was built without it.
 */
export function pageFiles(folder: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(join(folder, 'index.html')))
    throw new Error(`This copy of sessionscope has no built page at ${folder}. Install it again from npm.`);
  return new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => extname(name) in TYPES)
      .map((name) => [
        name === 'index.html' ? '/' : `/${name.split(sep).join('/')}`,
        { body: readFileSync(join(folder, name)), type: TYPES[extname(name)]! },
      ]),
  );
}
