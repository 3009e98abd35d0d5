import { defineConfig } from 'vitest/config';

/**
 * Real servers, stores and browsers on two cores: a test that fails is run again, and the reporter says that it was.
 * What is broken fails each time.
 */
const RETRIES = 2;

const node = { environment: 'node' as const, testTimeout: 30_000, hookTimeout: 60_000, retry: RETRIES };

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
            'server-companion/src/**/*.test.ts',
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
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
