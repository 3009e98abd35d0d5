import { defineConfig, type UserConfig } from 'tsdown';
import { thirdPartyLicenses } from '../scripts/third-party-licenses.ts';

const BUNDLED = ['cookie'];

const shared = {
  entry: {
    index: 'src/index.ts',
    core: 'src/public/core.ts',
    db: 'src/public/db.ts',
    cache: 'src/public/cache.ts',
    'cached-db': 'src/public/cached-db.ts',
    file: 'src/public/file.ts',
    'signed-cookies': 'src/public/signed-cookies.ts',
    express: 'src/middleware/express.ts',
    'node-http': 'src/middleware/node-http.ts',
    koa: 'src/middleware/koa.ts',
    fastify: 'src/middleware/fastify.ts',
    hono: 'src/middleware/hono.ts',
    web: 'src/middleware/web.ts',
    testing: 'src/testing.ts',
  },
  platform: 'node',
  target: 'node22.18',
  dts: { generator: 'oxc' },
  sourcemap: true,
  fixedExtension: false,
} satisfies UserConfig;

/** What the README names: a package has no other address. */
const DOCS = ['', '-engines', '-from-express-session'].map((page) => `../docs/django-sessions${page}.md`);

export default defineConfig([
  {
    ...shared,
    entry: { ...shared.entry, cli: 'src/cli.ts' },
    format: 'esm',
    copy: ({ outDir }) => [...DOCS, '../docs/share-sessions.md'].map((from) => ({ from, to: `${outDir}/docs` })),
  },
  // Jest loads nothing else, and TypeScript with `module: commonjs` compiles to it. The one dependency is ESM only.
  {
    ...shared,
    format: 'cjs',
    // Jest refuses `import()`, and Node 22 and later `require` an ES module.
    outputOptions: { dynamicImportInCjs: false },
    deps: { alwaysBundle: [/^cookie$/], onlyBundle: BUNDLED },
    plugins: [thirdPartyLicenses(BUNDLED)],
  },
]);
