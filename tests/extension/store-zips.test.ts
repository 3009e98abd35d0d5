/** What is uploaded to the stores: no more than they take, and a review can build the same bytes from the sources. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KNOWN_EXTENSION_IDS } from '../../extension-identity.ts';
import { ROOT } from '../../scripts/project.ts';
import { run } from '../../scripts/run.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const zip = (root: string, browser: string) =>
  join(root, '.output', `sessionscope-${version}-${browser}-mv3-store.zip`);
const SOURCES = join(ROOT, '.output', `sessionscope-${version}-sources-store.zip`);

let scratch: string;
const folders: Record<string, string> = {};

async function buildZip(browser: string, cwd: string): Promise<void> {
  const { code, output } = await run('wxt', ['zip', '--mode', 'store', '-b', browser], { cwd });
  if (code !== 0) throw new Error(output);
}

function unzip(path: string, name: string): string {
  const folder = join(scratch, name);
  execFileSync('python3', ['-m', 'zipfile', '-e', path, folder]);
  return folder;
}

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'sessionscope-zips-'));
  for (const browser of ['chrome', 'firefox']) {
    await buildZip(browser, ROOT);
    folders[browser] = unzip(zip(ROOT, browser), browser);
  }
  folders['sources'] = unzip(SOURCES, 'sources');
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Record<string, unknown>;
const filesOf = (folder: string) => globSync('**/*.*', { cwd: folder }).toSorted();

test('stores get no key, which they refuse; a build for development keeps it, and so its ID', () => {
  expect(Object.keys(manifestOf(folders['chrome']!))).not.toContain('key');
  expect(manifestOf(join(ROOT, '.output', 'chrome-mv3'))).toHaveProperty('key');
});

test('both companions know the same extensions', () => {
  const gate = readFileSync(join(ROOT, 'server-companion/python/src/sessionscope/endpoint/gate.py'), 'utf8');
  expect(gate.match(/"[a-p]{32}"/g)?.map((id) => id.slice(1, -1))).toEqual(KNOWN_EXTENSION_IDS);
});

test.each(['chrome', 'firefox'])(
  'the zip for %s holds what runs and nothing else: no map, no test, no path of the machine that built it',
  (browser) => {
    const folder = folders[browser]!;
    const kinds = /^(?:manifest\.json|icon\/\d+\.png|[\w/-]+\.(?:html|css|js))$/;
    expect(filesOf(folder).filter((file) => !kinds.test(file))).toEqual([]);
    for (const file of filesOf(folder).filter((name) => /\.(?:js|html|css|json)$/.test(name))) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect([file, /sourceMappingURL|\bvitest\b|\.innerHTML\s*=/.exec(text)?.[0]]).toEqual([file, undefined]);
      // A development build of Preact names the file of each view.
      expect([file, text.includes(ROOT)]).toEqual([file, false]);
    }
  },
);

// That Mozilla's linter has no warning, `npm run check` sees.
test('Firefox is given that no data is collected', () => {
  expect(manifestOf(folders['firefox']!)).toMatchObject({
    browser_specific_settings: { gecko: { data_collection_permissions: { required: ['none'] } } },
  });
});

test('what was uploaded can be built again from the sources alone, to the byte', async () => {
  const sources = folders['sources']!;
  expect(existsSync(join(sources, 'docs/publishing/BUILD.md'))).toBe(true);
  expect(filesOf(sources).filter((file) => /\.(?:test|cases)\.tsx?$|^tests\//.test(file))).toEqual([]);
  // What `npm ci` installs from the lock file that is in the sources.
  symlinkSync(join(ROOT, 'node_modules'), join(sources, 'node_modules'));
  await buildZip('firefox', sources);
  expect(readFileSync(zip(sources, 'firefox')).equals(readFileSync(zip(ROOT, 'firefox')))).toBe(true);
});
