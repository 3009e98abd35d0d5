import { defineConfig, type UserConfig } from 'tsdown';
import { thirdPartyLicenses } from '../../scripts/third-party-licenses.ts';

const BUNDLED = [
  'cookie',
  'cookie-signature',
  'hono',
  '@hono/node-server',
  'launch-editor',
  'picocolors',
  'shell-quote',
  'structured-headers',
  'valibot',
];

const libraries = {
  entry: {
    'express-session': 'src/public/express-session.ts',
    'cookie-session': 'src/public/cookie-session.ts',
    'iron-session': 'src/public/iron-session.ts',
    'react-router': 'src/public/react-router.ts',
    h3: 'src/public/h3.ts',
    'koa-session': 'src/public/koa-session.ts',
    'fastify-session': 'src/public/fastify-session.ts',
    'fastify-secure-session': 'src/public/fastify-secure-session.ts',
    hono: 'src/public/hono.ts',
    astro: 'src/public/astro.ts',
    'better-auth': 'src/public/better-auth.ts',
    'django-sessions': 'src/public/django-sessions.ts',
    register: 'src/public/register.ts',
    vite: 'src/public/vite.ts',
  },
  // CommonJS too: Jest loads nothing else, and TypeScript with `module: commonjs` compiles to it.
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node22.18',
  // Types from each file alone: what is published imports nothing of the other modules.
  dts: { generator: 'oxc' },
  // A stack of the app's shows our lines nowhere; a stack of ours should show them right.
  sourcemap: true,
  fixedExtension: false,
  // What was bundled from beside us stands below our own folder in the maps: an app's bundle that takes our maps in
  // then says of each line whose it is.
  outputOptions: {
    sourcemapPathTransform: (path) =>
      path.replace(/^(?:\.\.\/)+(?=(?:protocol|node_modules)\/|[\w-]+\.ts$)/, '../src/'),
  },
  // The app gets one package and no dependency: several of these are ESM only, and none may run where we are off.
  deps: {
    alwaysBundle: [/.*/],
    // Types alone, of an optional peer.
    neverBundle: [/^node:/, 'vite'],
    onlyBundle: BUNDLED,
  },
  plugins: [
    thirdPartyLicenses(BUNDLED),
    {
      // They ask for built-in modules as CommonJS does, which would put `createRequire(import.meta.url)` before everything:
      // a bundle of ours into CommonJS has no `import.meta.url`.
      name: 'built-in modules without require',
      transform(code, id) {
        if (!/\/(?:cookie-signature|launch-editor|picocolors|shell-quote)\//.test(id)) return undefined;
        // Within the line, so that a map of no change is right to the line.
        const changed = code.replace(
          /require\((['"])(?:node:)?(crypto|fs|path|child_process|os|url|tty)\1\)/g,
          "process.getBuiltinModule('node:$2')",
        );
        return { code: changed, map: null };
      },
    },
  ],
} satisfies UserConfig;

export default defineConfig([
  libraries,
  // The command line: a program of its own, and no part of any app.
  { ...libraries, entry: { cli: 'src/cli/main.ts' }, format: 'esm', dts: false, clean: false },
]);
