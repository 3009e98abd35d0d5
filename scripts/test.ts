/**
 * `npm test`: gets what is missing, builds what is published, runs every test, and says at the end what was not run
 * and how to get it. `npm test -- model/diff` runs the files that match instead, TypeScript only.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Listr } from 'listr2';
import { ensureBrowser, installAdvice } from './browsers.ts';
import { ensurePythonEnvironments } from './python-env.ts';
import { ROOT } from './project.ts';
import { run } from './run.ts';

const REPORT = join(ROOT, '.tmp', 'vitest.json');

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** In the name of a test that is left out because what it tests is made otherwise, not for want of anything. */
const DOES_NOT_APPLY = /\(does not apply: .+\)$/;

/** Lines for the end: what was not run, why, and how to get it. */
const notRun: string[] = [];

const only = process.argv.slice(2);

async function prepare(): Promise<void> {
  const command = (title: string, name: string, ...args: string[]) => ({
    title,
    task: async () => {
      const { code, output } = await run(name, args);
      if (code !== 0) throw new Error(`${name} ${args.join(' ')} failed:\n${output.trim()}`);
    },
  });
  // Before the list: they may ask, and apt has words of its own.
  for (const browser of ['chromium', 'firefox'] as const) {
    if ((await ensureBrowser(browser)) === undefined)
      notRun.push(`tests in real ${browser}: not found. ${installAdvice(browser)}`);
  }
  await new Listr(
    [
      command('build the packages', 'npm', 'run', 'build:packages'),
      command('build the extension for Chromium', 'wxt', 'build'),
      command('build the extension for Firefox', 'wxt', 'build', '-b', 'firefox'),
      {
        title: 'prepare Python with Django 4.2 and 5.2',
        task: async (_context, task) => {
          const result = await ensurePythonEnvironments();
          if (result.ok) return;
          notRun.push(`tests against real Django: ${result.reason}`);
          task.skip(result.reason);
        },
      },
    ],
    { concurrent: false },
  ).run();
}

async function runVitest(): Promise<Counts> {
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  rmSync(REPORT, { force: true });
  const { code } = await run(
    'vitest',
    ['run', ...only, '--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`],
    {
      output: 'show',
    },
  );
  if (!existsSync(REPORT)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(REPORT, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    testResults: { name: string; status: string; assertionResults: { status: string; fullName: string }[] }[];
  };
  let inapplicable = 0;
  for (const file of report.testResults) {
    const skipped = file.assertionResults.filter(({ status }) => status === 'skipped' || status === 'pending');
    const wanting = skipped.filter(({ fullName }) => !DOES_NOT_APPLY.test(fullName));
    inapplicable += skipped.length - wanting.length;
    if (wanting.length > 0)
      notRun.push(`${file.name.slice(ROOT.length + 1)}: ${wanting.map(({ fullName }) => fullName.trim()).join('; ')}`);
  }
  if (inapplicable > 0) console.log(`${inapplicable} tests do not apply to what they would test: their names say why.`);
  // A file that could not even be loaded fails the run without a failed test.
  const failed = Math.max(report.numFailedTests, code === 0 ? 0 : 1);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests - inapplicable };
}

async function runPytest(version: string): Promise<Counts> {
  const python = join(ROOT, '.venv', `django${version}`, 'bin', 'python');
  const folder = join(ROOT, 'server-companion', 'django');
  if (!existsSync(python)) return { passed: 0, failed: 0, skipped: 0 };
  console.log(`\npytest on Django ${version}`);
  const pytest = (...more: string[]) =>
    run(python, ['-m', 'pytest', '-q', '-rs', ...more, '--rootdir', folder, folder], { output: 'both' });
  const first = await pytest();
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(first.output.slice(-2_000))?.[1] ?? 0);
  let failed = Math.max(count('failed') + count('errors?'), first.code === 0 ? 0 : 1);
  let passed = count('passed');
  if (failed > 0) {
    // As vitest does: what depends on a busy machine is asked once more, what is broken fails again.
    console.log('\nThose that failed, once more');
    const again = await pytest('--last-failed', '--last-failed-no-failures', 'none');
    if (again.code === 0) {
      passed += failed;
      failed = 0;
    }
  }
  if (count('skipped') > 0)
    notRun.push(`${count('skipped')} tests of the Django companion on Django ${version}: reasons above`);
  return { passed, failed, skipped: count('skipped') };
}

try {
  await prepare();
} catch {
  // The list has shown what failed.
  process.exit(1);
}
const counts = [await runVitest()];
if (only.length === 0) for (const version of ['42', '52']) counts.push(await runPytest(version));
const sum = (key: keyof Counts) => counts.reduce((total, count) => total + count[key], 0);

if (notRun.length > 0) console.log(`\nNot run:\n${notRun.map((line) => `  - ${line}`).join('\n')}`);
const required = process.env['SESSIONSCOPE_REQUIRE_BROWSERS'] === '1' && notRun.length > 0;
if (required) console.log('\nA skip is a failure here (SESSIONSCOPE_REQUIRE_BROWSERS=1).');
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') > 0 || required ? 1 : 0;
