import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fileBelow, openSource } from './open-source.ts';

let folder: string;
let root: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'sessionscope-open-')));
  root = join(folder, 'shop');
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(join(root, 'src', 'cart.ts'), '');
  writeFileSync(join(folder, 'secret'), '');
  symlinkSync(join(folder, 'secret'), join(root, 'link'));
  symlinkSync(folder, join(root, 'up'));
  symlinkSync(join(root, 'src'), join(root, 'inside'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('a file below the root, also through a link that stays below it', () => {
  expect(fileBelow(root, 'src/cart.ts')).toBe(join(root, 'src', 'cart.ts'));
  expect(fileBelow(root, 'inside/cart.ts')).toBe(join(root, 'src', 'cart.ts'));
  symlinkSync(root, join(folder, 'as-linked'));
  expect(fileBelow(join(folder, 'as-linked'), 'src/cart.ts')).toBe(join(root, 'src', 'cart.ts'));
});

test.each([
  '../secret',
  'src/../../secret',
  '..\\secret',
  '/etc/passwd',
  '//evil.test/share/x',
  '\\\\evil.test\\x',
  'link',
  'up/secret',
  'src',
  '',
  '.',
  './src/cart.ts',
  'src//cart.ts',
  'C:/x',
  'file:///etc/passwd',
  'src/cart.ts:$DATA',
  'src/cart.ts\n',
  'src/cart.ts\0',
  'src/none.ts',
])('%j leads to nothing', (file) => {
  expect(fileBelow(root, file)).toBeUndefined();
});

test('a root on another machine has no files', () => {
  for (const share of ['\\\\evil.test\\share', '//evil.test/share'])
    expect(fileBelow(share, 'src/cart.ts')).toBeUndefined();
});

test.skipIf(process.platform === 'win32')(
  'the editor gets the real path, line and column as arguments of their own',
  async () => {
    const seen = join(folder, 'seen');
    const editor = join(folder, 'code');
    writeFileSync(editor, `#!/bin/sh\nprintf '%s\\n' "$@" > ${seen}\n`);
    chmodSync(editor, 0o755);
    writeFileSync(join(root, 'a b;$(touch x).ts'), '');
    vi.stubEnv('LAUNCH_EDITOR', editor);
    expect(await openSource(root, { v: 1, file: 'a b;$(touch x).ts', line: 7, column: 3 })).toBeUndefined();
    expect(readFileSync(seen, 'utf8')).toContain(`${join(root, 'a b;$(touch x).ts')}:7:3`);
    expect(await openSource(root, { v: 1, file: '../secret', line: 1 })).toMatchObject({ status: 404 });
  },
);

test('an editor that can’t be started is a refusal with what to do', async () => {
  vi.stubEnv('LAUNCH_EDITOR', join(folder, 'no-such-editor'));
  vi.spyOn(console, 'log').mockImplementation(() => {});
  expect(await openSource(root, { v: 1, file: 'src/cart.ts', line: 1 })).toMatchObject({
    code: 'gone',
    fix: expect.stringContaining('LAUNCH_EDITOR'),
  });
});
