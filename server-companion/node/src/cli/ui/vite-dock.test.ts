import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLink } from './open-link.ts';
import { createDock } from './vite-dock.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sessionscope-dock-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

function setUp(version: string | undefined, context: unknown): string[] {
  if (version !== undefined) {
    const folder = join(root, 'node_modules', '@vitejs', 'devtools');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
  }
  const said: string[] = [];
  createDock({ root: () => root, open: async () => {}, say: (text) => said.push(text) }).setup(context);
  return said;
}

test('a version that was not tried gets no dock, and the terminal says so', () => {
  const docks: object[] = [];
  const context = { docks: { register: (dock: object) => docks.push(dock) }, commands: { register: () => {} } };
  expect(setUp('0.9.0', context)).toEqual([expect.stringContaining('no dock in Vite DevTools 0.9.0')]);
  expect(docks).toEqual([]);
  expect(setUp('0.8.3', context)).toEqual([]);
  expect(docks).toEqual([expect.objectContaining({ id: 'sessionscope', title: 'Sessions' })]);
});

test.each([undefined, {}, { docks: {}, commands: {} }])(
  'a context of another form, %j, ends no dev server',
  (context) => {
    expect(setUp('0.8.0', context)).toEqual([expect.stringContaining('no dock in Vite DevTools (')]);
  },
);

test('without a browser the link is not opened, and no file of it is left', async () => {
  vi.stubEnv('TMPDIR', root);
  vi.stubEnv('BROWSER', 'none');
  expect(await openLink('http://127.0.0.1:1/#secret')).toBe(false);
  vi.stubEnv('BROWSER', join(root, 'no-such-browser'));
  expect(await openLink('http://127.0.0.1:1/#secret')).toBe(false);
  expect(readdirSync(root)).toEqual([]);
});
