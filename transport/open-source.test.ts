import { expect, test } from 'vitest';
import { editorLink, openSource } from './open-source.ts';

const link = (file: string, root: string | undefined = '/home/ada/shop') =>
  editorLink({ file, line: 7, column: 3, kind: 'app' }, root, 'vscode');

test('a file below the root opens at its line', () => {
  expect(link('src/cart.ts')).toBe('vscode://file/home/ada/shop/src/cart.ts:7:3');
  expect(link('src/cart.ts', 'C:\\Users\\ada\\shop')).toBe('vscode://file/C:/Users/ada/shop/src/cart.ts:7:3');
  expect(link('a b#c?.ts')).toBe('vscode://file/home/ada/shop/a%20b%23c%3F.ts:7:3');
});

test.each([
  '../x.ts',
  'src/../../x.ts',
  '..\\..\\x.ts',
  'src\\..\\..\\x.ts',
  '/etc/passwd',
  '//evil.test/share/x',
  '\\\\evil.test\\share\\x',
  'C:/Windows/x',
  'file:///etc/passwd',
  'src//x.ts',
  './x.ts',
  'x.ts:stream',
  'x\n.ts',
  '',
])('a file that leads elsewhere opens nothing: %j', (file) => {
  expect(link(file)).toBeUndefined();
});

test.each(['\\\\evil.test\\share', '//evil.test/share', '///x', '/home/../etc', 'relative', 'http://x/', '', 'C:x'])(
  'a root that is none of this machine opens nothing: %j',
  (root) => {
    expect(link('src/cart.ts', root)).toBeUndefined();
  },
);

test('without a root, or with another scheme, nothing opens', () => {
  expect(editorLink({ file: 'x.ts', line: 1, kind: 'app' }, undefined)).toBeUndefined();
  expect(editorLink({ file: 'x.ts', line: 1, kind: 'app' }, '/x', 'javascript')).toBeUndefined();
});

test.each([
  ['not paired', false, ['open'], true, 'link'],
  ['a companion that starts no editor', true, [], true, 'link'],
  ['paired', true, ['open'], true, 'editor'],
  ['paired, and no editor is found', true, ['open'], false, 'link'],
] as const)('opened by the right one: %s', async (_name, isPaired, capabilities, isFound, opened) => {
  const did: string[] = [];
  openSource(
    { file: 'src/cart.ts', line: 7, kind: 'app' },
    {
      server: { root: '/home/ada/shop', capabilities: [...capabilities] },
      isPaired,
      editor: 'zed',
      start: async () => {
        if (!isFound) throw new Error('No running editor was found.');
        did.push('editor');
      },
      follow: (link) => did.push(link === 'zed://file/home/ada/shop/src/cart.ts:7:1' ? 'link' : link),
    },
  );
  await new Promise((resolve) => setTimeout(resolve));
  expect(did).toEqual([opened]);
});
