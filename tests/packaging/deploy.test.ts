/**
 * The whole deploy, as the docs write it: the package is a dependency of the app, because the import stays in the code
 * that is deployed; production installs without development packages, and there nothing of ours runs.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { reportIn, SOURCES, writeAll } from './forms-app.ts';
import { installLocked, mustRun, packAll, registryAnswers, run } from './packed.ts';

// Installs from a registry.
vi.setConfig({ testTimeout: 180_000 });

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so nothing can be installed';

let scratch: string;
let tarballs: string[];
let installers: string;

beforeAll(async () => {
  if (!hasRegistry) return;
  scratch = mkdtempSync(join(tmpdir(), 'sessionscope-deploy-'));
  tarballs = await packAll(join(scratch, 'packed'));
  installers = installLocked('installers');
}, 400_000);
afterAll(() => {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
});

/** An app of its own, with the packed files in it as if they came from a registry. */
function createApp(name: string): string {
  const folder = join(scratch, name);
  writeAll(folder, {
    'package.json': JSON.stringify({
      name,
      private: true,
      dependencies: { express: '^5.3.0', 'express-session': '^1.19.0' },
    }),
    'app.mjs': SOURCES['app.mjs'],
    'main.mjs': `import { report } from './app.mjs';\nawait report();\n`,
  });
  for (const tarball of tarballs) cpSync(tarball, join(folder, basename(tarball)));
  return folder;
}

const start = (folder: string, environment: string, node: readonly string[] = [process.execPath]) =>
  reportIn(mustRun(node[0]!, [...node.slice(1), 'main.mjs'], { cwd: folder, env: { NODE_ENV: environment } }));

const names = () => tarballs.map((path) => `./${basename(path)}`);

const PRODUCTION = { status: 200, hasHeader: false, isSame: true, source: null };

describe.skipIf(!hasRegistry)(`an app with the published package${reason}`, () => {
  test('deploys as the docs write it: install, npm ci --omit=dev, NODE_ENV=production', () => {
    for (const page of ['docs/express-session.md', 'server-companion/node/README.md']) {
      const text = readFileSync(join(ROOT, page), 'utf8');
      expect([page, /npm install sessionscope\b/.test(text)]).toEqual([page, true]);
      expect([page, /(?:--save-dev|-D) sessionscope|install --save-dev/.test(text)]).toEqual([page, false]);
    }
    const folder = createApp('deploy');
    mustRun('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', names()[0]!], { cwd: folder });
    expect(start(folder, 'development')).toMatchObject({
      status: 200,
      hasHeader: true,
      source: { frames: [{ file: 'app.mjs' }] },
    });
    rmSync(join(folder, 'node_modules'), { recursive: true });
    mustRun('npm', ['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder });
    expect(start(folder, 'production')).toEqual(PRODUCTION);
    // One package comes with it: itself.
    const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dependencies?: Record<string, string> }>;
    };
    expect(packages['node_modules/sessionscope']?.dependencies).toBeUndefined();
  });

  test('its command line comes with it: a doctor, and the extension for every browser', () => {
    const folder = createApp('command-line');
    mustRun('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', names()[0]!], { cwd: folder });
    const checks = mustRun('npx', ['--no-install', 'sessionscope', 'doctor'], { cwd: folder });
    expect(checks).toMatch(/express-session \d.* is observed in app\.mjs/);
    expect(checks).toContain('sessionscope is a dependency: a deploy finds it');
    for (const browser of ['chrome', 'firefox']) {
      const path = mustRun('npx', ['--no-install', 'sessionscope', 'extension', '--browser', browser], { cwd: folder });
      const manifest = JSON.parse(readFileSync(join(path.trim(), 'manifest.json'), 'utf8')) as { name: string };
      expect(manifest.name).toBe('Sessionscope');
    }
  });

  test('pnpm', () => {
    const folder = createApp('pnpm-app');
    const pnpm = (...args: string[]) =>
      mustRun(process.execPath, [join(installers, 'node_modules/pnpm/bin/pnpm.cjs'), ...args], {
        cwd: folder,
        env: { CI: 'true' },
      });
    pnpm('add', '--prefer-offline', ...names());
    expect(start(folder, 'development')).toMatchObject({
      hasHeader: true,
      source: { frames: [{ file: 'app.mjs', kind: 'app' }] },
    });
    pnpm('install', '--prod', '--prefer-offline');
    expect(start(folder, 'production')).toEqual(PRODUCTION);
  });

  test('Yarn Plug’n’Play', () => {
    const folder = createApp('yarn-app');
    writeAll(folder, {
      'yarn.lock': '',
      '.yarnrc.yml': `nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: false\n`,
    });
    const registry = mustRun('npm', ['config', 'get', 'registry'], { cwd: folder }).trim();
    const yarn = (...args: string[]) =>
      mustRun(process.execPath, [join(installers, 'node_modules/@yarnpkg/cli-dist/bin/yarn.js'), ...args], {
        cwd: folder,
        // The registry that npm uses here.
        env: {
          YARN_NPM_REGISTRY_SERVER: registry,
          YARN_UNSAFE_HTTP_WHITELIST: '*',
          YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
        },
      });
    yarn('add', ...names().map((name, index) => `${['sessionscope', '@sessionscope/django-sessions'][index]}@${name}`));
    const node = [process.execPath, '--require', './.pnp.cjs', '--loader', './.pnp.loader.mjs'];
    expect(start(folder, 'development', node)).toMatchObject({
      hasHeader: true,
      source: { frames: [{ file: 'app.mjs', kind: 'app' }] },
    });
    expect(start(folder, 'production', node)).toEqual(PRODUCTION);
  });
});

test('a pack that can’t be built fails, and makes no tarball without code', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionscope-unbuilt-'));
  try {
    cpSync(join(ROOT, 'server-companion/node/package.json'), join(folder, 'package.json'));
    const { status, stdout, stderr } = run('npm', ['pack', '--json'], { cwd: folder });
    expect(status).not.toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/tsdown|build/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
