import { expect, test } from 'vitest';
import { checkImports, forbiddenImports, roomOf } from './import-rules.ts';
import { projectFiles, ROOT } from './project.ts';

const planted: [path: string, text: string][] = [
  ['protocol/x.ts', `import { a } from '../model/index.ts';`],
  ['protocol/x.ts', `import { readFileSync } from 'node:fs';`],
  ['model/x.ts', `import { a } from '../transport/companion.ts';`],
  ['model/x.ts', `import {\n  render,\n} from 'preact';`],
  ['model/x.ts', `export { a } from '../components/Panel.tsx';`],
  ['transport/x.ts', `import type { A } from '../model/index.ts';`],
  ['transport/x.ts', `import browser from 'webextension-polyfill';`],
  ['components/x.tsx', `import { a } from '../transport/companion.ts';`],
  ['components/x.tsx', `const a = await import('webextension-polyfill');`],
  ['entrypoints/panel/main.tsx', `import '../../server-companion/src/core/contract.ts';`],
  ['server-companion/src/core/x.ts', `import { a } from '../adapters/express-session.ts';`],
  ['server-companion/src/core/x.ts', `import session from 'express-session';`],
  ['server-companion/src/adapters/koa-session.ts', `import { a } from './express-session.ts';`],
  ['server-companion/src/adapters/koa-session/index.ts', `import { a } from '../express-session/verdict.ts';`],
  ['django-sessions/src/x.ts', `import { a } from '../../protocol/index.ts';`],
  ['django-sessions/src/x.ts', `import { a } from '../../server-companion/src/core/contract.ts';`],
];

test.each(planted)('refuses a forbidden import planted in %s: %s', (path, text) => {
  expect(forbiddenImports(path, text)).toHaveLength(1);
});

const allowed: [path: string, text: string][] = [
  ['model/x.ts', `import { parse } from '../protocol/index.ts';\nimport { signal } from '@preact/signals-core';`],
  ['model/x.test.ts', `import { test } from 'vitest';`],
  ['components/x.tsx', `import type { Row } from '../model/index.ts';`],
  [
    'server-companion/src/adapters/koa-session/index.ts',
    `import { a } from './verdict.ts';\nimport { b } from '../../core/contract.ts';`,
  ],
  ['tests/e2e/x.test.ts', `import { a } from '../../model/index.ts';`],
];

test.each(allowed)('lets pass what the table allows in %s', (path, text) => {
  expect(forbiddenImports(path, text)).toEqual([]);
});

test('finds the innermost room', () => {
  expect(roomOf('server-companion/src/core/log.ts')).toBe('server-companion/src/core');
  expect(roomOf('wxt.config.ts')).toBeUndefined();
});

test('holds for every file of the project', () => {
  expect(checkImports(ROOT, projectFiles())).toEqual([]);
});
