import { expect, test } from 'vitest';
import { checkImports, forbiddenImports, importCircles, roomOf } from './import-rules.ts';
import { projectFiles, ROOT } from './project.ts';

const planted: [path: string, text: string][] = [
  ['protocol/x.ts', `import { a } from '../model/index.ts';`],
  ['protocol/x.ts', `import { readFileSync } from 'node:fs';`],
  ['model/x.ts', `import { a } from '../transport/companion.ts';`],
  ['model/x.ts', `import {\n  render,\n} from 'preact';`],
  ['model/x.ts', `export { a } from '../components/frame/Panel.tsx';`],
  ['model/values/x.ts', `import type { ExchangeRecord } from '../recording/records.ts';`],
  ['model/recording/x.ts', `import type { Moment } from '../history/history.ts';`],
  ['model/history/x.ts', `import { stateView } from '../views/state-view.ts';`],
  ['model/history/x.ts', `import { a } from '../labels/formats.ts';`],
  ['model/labels/x.ts', `import { a } from '../views/rows.ts';`],
  ['model/views/x.ts', `import { a } from '../panel/panel-model.ts';`],
  ['model/views/x.ts', `import { signal } from '@preact/signals-core';`],
  ['model/views/x.ts', `import { a } from '../index.ts';`],
  ['transport/x.ts', `import type { A } from '../model/index.ts';`],
  ['transport/x.ts', `import browser from 'webextension-polyfill';`],
  ['components/x.tsx', `import { a } from '../transport/companion.ts';`],
  ['components/x.tsx', `const a = await import('webextension-polyfill');`],
  ['entrypoints/panel/main.tsx', `import '../../server-companion/node/src/core/contract.ts';`],
  ['server-companion/node/src/core/x.ts', `import { a } from '../adapters/express-session.ts';`],
  ['server-companion/node/src/core/x.ts', `import session from 'express-session';`],
  ['server-companion/node/src/adapters/koa-session.ts', `import { a } from './express-session.ts';`],
  ['server-companion/node/src/core/x.ts', `import { a } from '../kit/known-values.ts';`],
  ['server-companion/node/src/kit/x.ts', `import { a } from '../adapters/express-session/verdict.ts';`],
  ['server-companion/node/src/kit/x.ts', `import type { a } from 'express-session';`],
  ['server-companion/node/src/adapters/django-sessions/x.ts', `import type { a } from 'express-session';`],
  ['server-companion/node/src/adapters/django-sessions/x.ts', `import { a } from '../express-session/verdict.ts';`],
  ['server-companion/node/src/adapters/koa-session/index.ts', `import { a } from '../express-session/verdict.ts';`],
  ['server-companion/node/src/kit/surfaces/x.ts', `import type { ObservedExchange } from '../observed-exchange.ts';`],
  ['server-companion/node/src/kit/stores/x.ts', `import { CurrentExchange } from '../current-exchange.ts';`],
  ['server-companion/node/src/kit/verdict/x.ts', `import type { SessionLibrary } from '../library.ts';`],
  ['server-companion/node/src/adapters/cookie-session/x.ts', `import type { a } from 'express-session';`],
  ['server-companion/node/src/adapters/express-session/x.ts', `import type { a } from 'cookie-session';`],
  ['django-sessions/src/x.ts', `import { a } from '../../protocol/index.ts';`],
  ['django-sessions/src/x.ts', `import { a } from '../../server-companion/node/src/core/contract.ts';`],
];

test.each(planted)('refuses a forbidden import planted in %s: %s', (path, text) => {
  expect(forbiddenImports(path, text)).toHaveLength(1);
});

const allowed: [path: string, text: string][] = [
  ['model/x.ts', `import { parse } from '../protocol/index.ts';\nexport { a } from './panel/panel-model.ts';`],
  ['model/views/x.ts', `import { a } from '../history/history.ts';\nimport { b } from '../labels/formats.ts';`],
  ['model/panel/x.ts', `import { a } from '../views/rows.ts';\nimport { signal } from '@preact/signals-core';`],
  ['model/x.test.ts', `import { test } from 'vitest';`],
  ['components/x.tsx', `import type { Row } from '../model/index.ts';`],
  [
    'server-companion/node/src/adapters/koa-session/index.ts',
    `import { a } from './verdict.ts';\nimport { b } from '../../core/contract.ts';`,
  ],
  ['tests/e2e/x.test.ts', `import { a } from '../../model/index.ts';`],
];

test.each(allowed)('lets pass what the table allows in %s', (path, text) => {
  expect(forbiddenImports(path, text)).toEqual([]);
});

test('finds a circle of types alone, and of three files', () => {
  const adapter = 'server-companion/node/src/adapters/koa-session';
  const kit = 'server-companion/node/src/kit';
  const circles = importCircles(
    new Map([
      [`${adapter}/a.ts`, `import type { B } from './b.ts';`],
      [`${adapter}/b.ts`, `import type { A } from './a.ts';`],
      [`${kit}/c.ts`, `import { d } from './d.ts';`],
      [`${kit}/d.ts`, `export type { E } from './surfaces/e.ts';`],
      [`${kit}/surfaces/e.ts`, `import type { C } from '../c.ts';`],
      [`${kit}/f.ts`, `import { c } from './c.ts';`],
    ]),
  );
  expect(circles).toEqual([
    `a circle of imports: ${adapter}/a.ts → ${adapter}/b.ts → ${adapter}/a.ts`,
    `a circle of imports: ${kit}/c.ts → ${kit}/d.ts → ${kit}/surfaces/e.ts → ${kit}/c.ts`,
  ]);
});

test('finds the innermost room', () => {
  expect(roomOf('server-companion/node/src/core/log.ts')).toBe('server-companion/node/src/core');
  expect(roomOf('wxt.config.ts')).toBeUndefined();
});

test('holds for every file of the project', () => {
  expect(checkImports(ROOT, projectFiles())).toEqual([]);
});
