/** What a bundle with one engine must not hold: modules that only other engines need. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
/** `import … from`, `export … from` and `import()`, but for types. */
const IMPORT = /^(?:import|export)(?! type\b)[^;]*?from '([^']+)'|import\('([^']+)'\)/gm;

/** The modules that an entry brings along, and the packages. */
function reach(entry: string): { modules: string[]; packages: string[] } {
  const modules = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    if (modules.has(path)) return;
    modules.add(path);
    for (const [, imported, loaded] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
      const name = (imported ?? loaded)!;
      if (name.startsWith('.')) visit(join(dirname(path), name));
      else if (!name.startsWith('node:')) packages.add(name);
    }
  };
  visit(join(SRC, entry));
  return { modules: [...modules].map((path) => relative(SRC, path)), packages: [...packages] };
}

const ENGINES = ['db', 'cache', 'cached-db', 'file', 'signed-cookies'];

test('core brings no engine and no package', () => {
  const { modules, packages } = reach('public/core.ts');
  expect(modules.filter((path) => ENGINES.some((engine) => path === `engines/${engine}.ts`))).toEqual([]);
  expect(packages).toEqual([]);
});

test.each([
  ['db', ['pg', 'mysql2'], ['engines/cache.ts', 'engines/redis-cache.ts', 'codec/pickle-read.ts', 'engines/file.ts']],
  ['cache', ['redis'], ['engines/db.ts', 'engines/database.ts', 'engines/session-table.ts', 'engines/file.ts']],
  ['file', [], ['engines/db.ts', 'engines/cache.ts', 'codec/pickle-read.ts']],
  ['signed-cookies', [], ['engines/db.ts', 'engines/cache.ts', 'engines/file.ts', 'codec/pickle-read.ts']],
])('%s brings its own packages %j and no other engine', (entry, packages, others) => {
  const found = reach(`public/${entry}.ts`);
  expect(found.packages).toEqual(packages);
  expect(found.modules).toContain(`engines/${entry}.ts`);
  expect(found.modules.filter((path) => others.includes(path))).toEqual([]);
});
