/** The files of a project, read and never changed. */
// `globSync` by name would keep a Node that lacks it from loading this at all, and so from being named as too old.
import fs, { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Source {
  path: string;
  text: string;
}

/** More than a project's own sources ever are. */
const MAX_FILES = 5_000;
const MAX_FILE_BYTES = 1_000_000;
const NOT_OWN = ['node_modules', 'dist', 'build', '.git', '.next', '.nuxt', '.output', 'coverage',
  '.venv', 'venv', 'env', 'site-packages', '__pycache__']; // prettier-ignore

/** Those that a pattern names, below the folder. */
export function readFiles(folder: string, pattern: string): Source[] {
  return fs
    .globSync(pattern, { cwd: folder, exclude: (name) => NOT_OWN.includes(name) })
    .slice(0, MAX_FILES)
    .flatMap((path) => {
      try {
        const file = join(folder, path);
        return statSync(file).size > MAX_FILE_BYTES ? [] : [{ path, text: readFileSync(file, 'utf8') }];
      } catch {
        // Gone or not readable: what it imports is not known, and the check says what it found in the others.
        return [];
      }
    });
}
