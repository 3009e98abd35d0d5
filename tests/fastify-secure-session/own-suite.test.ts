/**
 * @fastify/secure-session's own tests, which its npm package has: unchanged, bare and with us in between. No other Node
 * library that is observed has its tests in its package (`npm run library-suite` takes a checkout of express-session).
 */
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { installLocked, registryAnswers, run } from '../packaging/packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so its tests can`t be installed';

describe.skipIf(!hasRegistry)(`the library's own tests${reason}`, () => {
  const state = mkdtempSync(join(tmpdir(), 'sessionscope-own-suite-'));
  afterAll(() => rmSync(state, { recursive: true, force: true }));

  /** How many passed and failed. */
  function outcome(way: 'bare' | 'observed' | 'with a fault', files = 'test/*.test.js') {
    const suite = join(installLocked('secure-session'), 'node_modules', '@fastify', 'secure-session');
    const preload = way === 'bare' ? [] : ['--import', join(ROOT, 'scripts', 'library-suite', 'observed.ts')];
    const tests = globSync(files, { cwd: suite }).toSorted();
    const { stdout, stderr } = run(process.execPath, [...preload, '--test', '--test-reporter=tap', ...tests], {
      cwd: suite,
      env: {
        SESSIONSCOPE_SUITE: suite,
        SESSIONSCOPE_SUITE_ADAPTER: 'fastify-secure-session',
        SESSIONSCOPE_QUIET: '1',
        XDG_STATE_HOME: state,
        ...(way === 'with a fault' ? { SESSIONSCOPE_SUITE_FAULT: '1' } : {}),
      },
    });
    const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(stdout)?.[1]);
    return { pass: count('pass'), fail: count('fail'), printed: `${stdout}${stderr}` };
  }

  test('pass', { timeout: 600_000 }, () => {
    const observed = outcome('observed');
    // Without us 47 pass, too: each file and each test is one.
    const failed = observed.fail > 0 ? outcome('bare').printed + observed.printed : '';
    expect(failed).toBe('');
    expect(observed.pass).toBeGreaterThanOrEqual(47);
  });

  test('fail where an option is lost on its way', { timeout: 300_000 }, () => {
    expect(outcome('with a fault', 'test/cookie-name.test.js').fail).toBeGreaterThan(0);
  });
});
