import { BaseSequencer, type TestSpecification } from 'vitest/node';
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

/** Files of a minute and more: begun last, one of them would run alone. */
const LONG = [
  'tests/attack/attack.test.ts',
  'tests/panel/every-state.test.ts',
  'tests/packaging/module-forms.test.ts',
  'tests/adapters/conformance/conformance.test.ts',
  'tests/oracle/oracle.test.ts',
  'tests/oracle/what-if.test.ts',
];

/** By size, as usual, the long ones first. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
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
          // One process for all: each would read puppeteer and the model again.
          isolate: false,
          retry: BROWSER_RETRIES,
          testTimeout: 180_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
