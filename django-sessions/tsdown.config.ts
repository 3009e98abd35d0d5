import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    express: 'src/middleware/express.ts',
    'node-http': 'src/middleware/node-http.ts',
    koa: 'src/middleware/koa.ts',
    fastify: 'src/middleware/fastify.ts',
    hono: 'src/middleware/hono.ts',
    web: 'src/middleware/web.ts',
    testing: 'src/testing.ts',
    cli: 'src/cli.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  dts: { generator: 'oxc' },
  sourcemap: true,
  fixedExtension: false,
});
