/**
 * An app imports the published package in every module system, runner and bundler that people use. Off, it gets back
 * what it gave; on, it is observed, and the line named is the line that was written, or none.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { markedLine, reportIn, type Report, type SourceName, SOURCES, writeAll } from './forms-app.ts';
import { describeRegister } from './register-forms.ts';
import { installLocked, mustRun, packAll, registryAnswers, unpackInto } from './packed.ts';

// Compilers and bundlers of others, in processes of their own: on a busy machine each takes its time.
vi.setConfig({ testTimeout: 180_000 });

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so nothing can be installed';

/** Node versions that the packages promise. */
const NODES = ['node24', 'node22'] as const;
type NodeName = (typeof NODES)[number];

let folder: string;
let packed: string;

beforeAll(async () => {
  if (!hasRegistry) return;
  packed = mkdtempSync(join(tmpdir(), 'sessionscope-packed-'));
  folder = installLocked('forms');
  unpackInto(folder, await packAll(packed));
  writeAll(folder, { ...SOURCES, ...CONFIGURATIONS });
}, 400_000);
afterAll(() => {
  if (packed !== undefined) rmSync(packed, { recursive: true, force: true });
});

const MAINS = {
  'main.mjs': `import { report } from './app.mjs';\nawait report();\n`,
  'main.cjs': `require('./app.cjs').report();\n`,
  'main-ts.ts': `import { report } from './app';\nvoid report();\n`,
  'main-mts.mts': `import { report } from './app.mts';\nawait report();\n`,
};

const jestTest = (from: string) => `${from}
test('off in tests: the very same function', async () => {
  expect(observe(session)).toBe(session);
  const server = app.listen(0);
  const response = await fetch('http://127.0.0.1:' + server.address().port + '/');
  expect(response.status).toBe(200);
  expect(response.headers.has('sessionscope')).toBe(false);
  expect(globalThis[Symbol.for('sessionscope.companion')]).toBeUndefined();
  server.closeAllConnections();
  server.close();
});
test('the sessions of a Django project work too', async () => {
  const sessions = createSessions({ secretKey: 'of this test', engine: 'db', database: 'sqlite::memory:' });
  await sessions.createTable();
  await sessions.close();
});
`;

const CONFIGURATIONS: Record<string, string> = {
  ...MAINS,
  'jest/cjs.test.js': jestTest(`const { app } = require('../app.cjs');
const session = require('express-session');
const { observe } = require('sessionscope/express-session');
const { createSessions } = require('@sessionscope/django-sessions');`),
  'jest/jest.config.js': `module.exports = { testEnvironment: 'node', rootDir: __dirname, testMatch: ['**/cjs.test.js'] };`,
  'ts-jest/ts.test.ts': `${jestTest(`import { app } from '../app';
import session from 'express-session';
import { observe } from 'sessionscope/express-session';
import { createSessions } from '@sessionscope/django-sessions';
declare const test: (name: string, act: () => Promise<void>) => void;
declare const expect: (value: unknown) => any;`)
    .replace('server.address()', '(server.address() as { port: number })')
    .replace('globalThis[', '(globalThis as any)[')}`,
  'ts-jest/jest.config.js': `module.exports = {
  preset: 'ts-jest', testEnvironment: 'node', rootDir: __dirname, testMatch: ['**/ts.test.ts'], moduleFileExtensions: ['ts', 'js', 'cjs', 'json'],
  transform: { '^.+\\\\.ts$': ['ts-jest', { tsconfig: { module: 'commonjs', esModuleInterop: true, strict: true, types: ['jest', 'node'], skipLibCheck: true, ignoreDeprecations: '5.0' }, diagnostics: { ignoreCodes: [151002, 2582, 2304, 2688] } }] },
};`,
  'vitest/esm.test.ts': `import { expect, test } from 'vitest';\n${jestTest(`import { app } from '../app.ts';
import session from 'express-session';
import { observe } from 'sessionscope/express-session';
import { createSessions } from '@sessionscope/django-sessions';`)}`,
  'vitest/vitest.config.mts': `export default { test: { include: ['**/esm.test.ts'] } };`,
};

const nodeOf = (name: NodeName) =>
  name === 'node22' ? join(folder, 'node_modules/node22/bin/node') : process.execPath;
const DEVELOPMENT = { NODE_ENV: 'development' };

function runMain(node: NodeName, args: readonly string[], env: Record<string, string> = DEVELOPMENT): Report {
  return reportIn(mustRun(nodeOf(node), args, { cwd: folder, env }));
}

/** On: observed, and the line that was written is the one named. */
function expectSource(report: Report, name: SourceName, file: string = name): void {
  expect(report).toMatchObject({ status: 200, hasHeader: true, isSame: false });
  expect(report.source?.frames[0]).toMatchObject({ file, line: markedLine(name), kind: 'app' });
}

/** Each library's subpath, as the package names it. */
const SUBPATHS = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, 'server-companion/node/package.json'), 'utf8')) as { exports: object }).exports,
)
  // What is no library exports no `observe`.
  .filter((path) => !path.endsWith('.json') && !/register|vite/.test(path))
  .map((path) => path.replace(/^\./, 'sessionscope'));

/** Those whose `observe` takes no function of a library's: what of it runs where it is off, as an expression. */
const OF_THEIR_OWN: Record<string, string> = {
  'sessionscope/astro': `observe()({}, () => 'next')`,
  'sessionscope/better-auth': `Object.keys(observe()).join()`,
};
/** And what that is. */
const NOTHING: Record<string, string> = { 'sessionscope/astro': 'next', 'sessionscope/better-auth': 'id' };

/** As a module and as CommonJS. */
const bothForms = (subpath: string, program: string): string[][] => [
  ['--input-type=module', '-e', `import { observe } from '${subpath}'; ${program}`],
  ['-e', `const { observe } = require('${subpath}'); ${program}`],
];

const bin = (path: string) => join(folder, 'node_modules', path);

describe.skipIf(!hasRegistry)(`the published package, installed${reason}`, () => {
  describe.each(NODES)('%s', (node) => {
    test.each([
      ['ES modules', 'main.mjs', 'app.mjs'],
      ['CommonJS', 'main.cjs', 'app.cjs'],
      ['types stripped', 'main-mts.mts', 'app.mts'],
    ] as const)('%s', (_form, main, app) => {
      expectSource(runMain(node, [main]), app);
    });

    test.each(['main.mjs', 'main.cjs'])(
      '%s in production: the very same function, and nothing of ours has run',
      (main) => {
        expect(runMain(node, [main], { NODE_ENV: 'production' })).toEqual({
          status: 200,
          hasHeader: false,
          isSame: true,
          source: null,
        });
      },
    );

    const says = (args: string[], env: Record<string, string>): unknown =>
      JSON.parse(mustRun(nodeOf(node), args, { cwd: folder, env }).trim().split('\n').at(-1)!);

    test.each(SUBPATHS.filter((path) => !(path in OF_THEIR_OWN)))(
      '%s, imported and required: the very same function in production',
      (subpath) => {
        const program = `const f = () => 1; const g = observe(f); console.log(JSON.stringify([g === f, typeof g, g.name, g.length]));`;
        for (const args of bothForms(subpath, program)) {
          expect(says(args, { NODE_ENV: 'production' })).toEqual([true, 'function', 'f', 0]);
          expect(says(args, DEVELOPMENT)).toEqual([false, 'function', 'f', 0]);
        }
      },
    );

    test.each(Object.keys(OF_THEIR_OWN))('%s, imported and required: in production it does nothing', (subpath) => {
      const companion = `typeof globalThis[Symbol.for('sessionscope.companion')]`;
      const off = `console.log(JSON.stringify([${OF_THEIR_OWN[subpath]}, ${companion}]));`;
      for (const args of bothForms(subpath, off))
        expect(says(args, { NODE_ENV: 'production' })).toEqual([NOTHING[subpath], 'undefined']);
      const on = `observe(); console.log(JSON.stringify(${companion}));`;
      for (const args of bothForms(subpath, on)) expect(says(args, DEVELOPMENT)).toBe('object');
    });

    test('tsx', () => expectSource(runMain(node, [bin('tsx/dist/cli.mjs'), 'main-ts.ts']), 'app.ts'));

    test('ts-node, to CommonJS', () => {
      const env = {
        ...DEVELOPMENT,
        TS_NODE_TRANSPILE_ONLY: 'true',
        TS_NODE_COMPILER_OPTIONS:
          '{"module":"commonjs","moduleResolution":"node10","esModuleInterop":true,"target":"es2022","ignoreDeprecations":"5.0"}',
      };
      expectSource(runMain(node, [bin('ts-node/dist/bin.js'), 'main-ts.ts'], env), 'app.ts');
    });

    test.each(['jest29', 'jest30'])('%s with CommonJS, and by ts-jest', (jest) => {
      for (const config of ['jest/jest.config.js', 'ts-jest/jest.config.js'])
        mustRun(nodeOf(node), [bin(`${jest}/bin/jest.js`), '--config', config, '--ci'], { cwd: folder });
    });
  });

  test('vitest', () => {
    mustRun(process.execPath, [bin('vitest/vitest.mjs'), 'run', '--config', 'vitest.config.mts', '--root', 'vitest'], {
      cwd: folder,
    });
  });

  test.each([
    { module: 'commonjs', moduleResolution: 'node10', source: 'app.ts', out: 'app.js' },
    { module: 'node16', moduleResolution: 'node16', source: 'app.mts', out: 'app.mjs' },
    { module: 'node16', moduleResolution: 'node16', source: 'app.cts', out: 'app.cjs' },
    { module: 'nodenext', moduleResolution: 'nodenext', source: 'app.mts', out: 'app.mjs' },
    { module: 'esnext', moduleResolution: 'bundler', source: 'app.mts', out: 'app.mjs' },
  ] as const)(
    'TypeScript with module $module and moduleResolution $moduleResolution, from $source',
    ({ module, moduleResolution, source, out }) => {
      const outDir = join('.tsc', `${module}-${moduleResolution}-${source}`);
      const options = [
        '--strict',
        '--target',
        'es2022',
        '--esModuleInterop',
        '--skipLibCheck',
        'false',
        '--types',
        'node',
      ];
      const forms = ['--module', module, '--moduleResolution', moduleResolution, '--outDir', outDir, '--sourceMap'];
      const old = moduleResolution === 'node10' ? ['--ignoreDeprecations', '5.0'] : [];
      mustRun(process.execPath, [bin('typescript/bin/tsc'), ...options, ...forms, ...old, source], { cwd: folder });
      const isModule = out.endsWith('.mjs');
      const main = isModule
        ? ['--input-type=module', '-e', `await (await import('./${outDir}/${out}')).report()`]
        : ['-e', `require('./${outDir}/${out}').report()`];
      for (const flags of [[], ['--enable-source-maps']]) expectSource(runMain('node24', [...flags, ...main]), source);
    },
  );

  describe('bundles of the app with everything in it', () => {
    const esbuild = (format: 'cjs' | 'esm', sourcemap: boolean, out: string) =>
      mustRun(
        bin('.bin/esbuild'),
        [
          'main-ts.ts',
          '--bundle',
          '--platform=node',
          `--format=${format}`,
          `--outfile=${out}`,
          ...(sourcemap ? ['--sourcemap'] : []),
          // express is CommonJS: esbuild's own advice for such a bundle as an ES module.
          ...(format === 'esm'
            ? [
                `--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
              ]
            : []),
        ],
        { cwd: folder },
      );

    const webpack = (format: 'cjs' | 'esm', devtool: string, out: string) => {
      const name = `.bundles/webpack-${format}-${devtool}.config.cjs`;
      writeAll(folder, {
        [name]: `module.exports = {
          mode: 'development', target: 'node', devtool: ${devtool === 'none' ? 'false' : JSON.stringify(devtool)}, context: ${JSON.stringify(folder)},
          entry: './${format === 'esm' ? 'main.mjs' : 'main.cjs'}',
          ${format === 'esm' ? `experiments: { outputModule: true }, output: { path: ${JSON.stringify(folder)}, filename: '${out}', module: true, library: { type: 'module' } },` : `output: { path: ${JSON.stringify(folder)}, filename: '${out}' },`}
        };`,
      });
      mustRun(process.execPath, [bin('webpack-cli/bin/cli.js'), '--config', name], { cwd: folder });
    };

    test.each(['cjs', 'esm'] as const)(
      'esbuild, %s: right with a map, absent without one, off in production',
      (format) => {
        const extension = format === 'cjs' ? 'cjs' : 'mjs';
        const mapped = `.bundles/esbuild-mapped.${extension}`;
        const bare = `.bundles/esbuild-bare.${extension}`;
        esbuild(format, true, mapped);
        esbuild(format, false, bare);
        expectSource(runMain('node24', [mapped]), 'app.ts');
        expectSource(runMain('node24', ['--enable-source-maps', mapped]), 'app.ts');
        const report = runMain('node24', [bare]);
        expect(report).toMatchObject({ status: 200, hasHeader: true });
        expect(report.source).toEqual({ frames: [], omitted: 'unavailable' });
        for (const file of [mapped, bare])
          expect(runMain('node24', [file], { NODE_ENV: 'production' })).toMatchObject({
            hasHeader: false,
            isSame: true,
          });
      },
    );

    test.each([
      ['cjs', 'source-map'],
      ['cjs', 'eval-source-map'],
      ['cjs', 'eval'],
      ['cjs', 'none'],
      ['esm', 'source-map'],
    ] as const)('webpack, %s with devtool %s: right or absent, off in production', (format, devtool) => {
      const out = `.bundles/webpack-${devtool}.${format === 'esm' ? 'mjs' : 'cjs'}`;
      const app = format === 'esm' ? 'app.mjs' : 'app.cjs';
      webpack(format, devtool, out);
      const report = runMain('node24', [out]);
      expect(report).toMatchObject({ status: 200, hasHeader: true });
      if (devtool === 'source-map') expectSource(report, app);
      else expect(report.source).toEqual({ frames: [], omitted: 'unavailable' });
      // Maps inside evaluated code are Node's to read.
      if (devtool === 'eval-source-map') expectSource(runMain('node24', ['--enable-source-maps', out]), app);
      expect(runMain('node24', [out], { NODE_ENV: 'production' })).toMatchObject({ hasHeader: false, isSame: true });
    });
  });
});

describe('with no line changed', () => describeRegister(() => folder));
