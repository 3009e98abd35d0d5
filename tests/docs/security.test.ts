/** docs/security.md names tests: each file is there, and has a test of that name. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';

const text = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8');

test('every test that the page names is there', () => {
  let file = '';
  let named = 0;
  const missing: string[] = [];
  // A link says where the names behind it are, up to the next one.
  for (const [, path, name] of text.matchAll(/\]\(\.\.\/([^)]+\.(?:test\.ts|py))\)|(?<![*\w])\*([^*\n]+)\*(?!\*)/g)) {
    if (path !== undefined) {
      file = path;
      if (!existsSync(join(ROOT, file))) missing.push(file);
    } else if (/\.(?:test\.ts|py)$/.test(file) && existsSync(join(ROOT, file))) {
      named += 1;
      if (!readFileSync(join(ROOT, file), 'utf8').includes(name!)) missing.push(`${file}: ${name}`);
    }
  }
  expect(missing).toEqual([]);
  expect(named).toBeGreaterThan(50);
});
