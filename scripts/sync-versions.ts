/**
 * After `changeset version`: the extension, the Python package and what the companions say of themselves get the version
 * of the npm package. `node scripts/sync-versions.ts`, a part of `npm run release:version`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './project.ts';

/** Every file that names the version, and where in it. */
export const VERSIONED: readonly { file: string; at: RegExp }[] = [
  { file: 'server-companion/node/package.json', at: /^ {2}"version": "([^"]+)"/m },
  { file: 'django-sessions/package.json', at: /^ {2}"version": "([^"]+)"/m },
  { file: 'package.json', at: /^ {2}"version": "([^"]+)"/m },
  { file: 'server-companion/python/pyproject.toml', at: /^version = "([^"]+)"/m },
  { file: 'server-companion/python/src/sessionscope/__init__.py', at: /^__version__ = "([^"]+)"/m },
  {
    file: 'server-companion/node/src/core/endpoint/calls.ts',
    at: /COMPANION = \{ name: 'sessionscope', version: '([^']+)' \}/,
  },
];

/** @throws Error where a file no longer names it so. */
export function versionIn({ file, at }: (typeof VERSIONED)[number]): string {
  const version = at.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${file} names no version where it is looked for.`);
  return version;
}

if (import.meta.main) {
  const version = versionIn(VERSIONED[0]!);
  for (const { file, at } of VERSIONED.slice(1)) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    writeFileSync(
      join(ROOT, file),
      text.replace(at, (line, old: string) => line.replace(old, version)),
    );
    console.log(`${file}: ${version}`);
  }
}
