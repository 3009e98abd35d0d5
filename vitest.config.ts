import { defineConfig } from 'vitest/config';

/** A real browser on a busy machine: its test may run again, once, and the reporter says so. No other test may. */
const BROWSER_RETRIES = 1;

/** What ends a test that hangs, and measures nothing: the machine may be busy with other work. */
const node = {
  environment: 'node' as const,
  testTimeout: 120_000,
  hookTimeout: 180_000,
  setupFiles: ['tests/set-seed.ts'],
};

export default defineConfig({
  test: {
    // Two cores are the smallest machine that we promise to pass on.
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: [
            '{protocol,model,transport,entrypoints,scripts}/**/*.test.ts',
            'server-companion/node/src/**/*.test.ts',
            'playground/**/*.test.ts',
            'bench/**/*.test.ts',
            'tests/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', 'tests/e2e/**'],
        },
      },
      { test: { ...node, name: 'django-sessions', include: ['django-sessions/{src,tests}/**/*.test.ts'] } },
      {
        oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
        test: {
          ...node,
          name: 'components',
          environment: 'happy-dom',
          include: ['components/**/*.test.tsx', 'components/**/*.test.ts'],
        },
      },
      // A real browser each: one file at a time.
      {
        test: {
          ...node,
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          fileParallelism: false,
          retry: BROWSER_RETRIES,
          testTimeout: 180_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
