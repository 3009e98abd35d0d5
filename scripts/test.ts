/**
 * `npm test`: gets what is missing, builds what is published, runs every test, and says at the end what was not run
 * and how to get it. `npm test -- model/diff` runs the files that match instead, TypeScript only.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { Listr } from 'listr2';
import { ensureBrowser, installAdvice } from './browsers.ts';
import { packExtension } from './pack-extension.ts';
import { ensurePythonEnvironments } from './python-env.ts';
import { ROOT } from './project.ts';
import { run } from './run.ts';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** In the name of a test that is left out because what it tests is made otherwise, not for want of anything. */
const DOES_NOT_APPLY = /\(does not apply: .+\)$/;

/** Lines for the end: what was not run, why, and how to get it. */
const notRun: string[] = [];

/** Lines for the end, where the output above is long: each test that failed. */
const failures: string[] = [];

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
  // Takes minutes on a new machine, most of them on one core: beside the builds.
  const environments = ensurePythonEnvironments();
  // Where it fails, its task below says so.
  environments.catch(() => {});
  await new Listr(
    [
      command('build the packages', 'npm', 'run', 'build:packages'),
      command('build the extension for Chromium', 'wxt', 'build'),
      command('build the extension for Firefox', 'wxt', 'build', '-b', 'firefox'),
      command('build the panel as a page', 'vite', 'build', '-c', 'page/vite.config.ts'),
      { title: 'put both into the package', task: () => packExtension({ builds: false }) },
      {
        title: 'prepare Python with Django 4.2, 5.2 and 6.1',
        task: async (_context, task) => {
          const result = await environments;
          if (result.ok) {
            if (result.without !== undefined) notRun.push(`tests against real ${result.without}`);
            return;
          }
          notRun.push(`tests against real Django: ${result.reason}`);
          task.skip(result.reason);
        },
      },
    ],
    { concurrent: false },
  ).run();
}

const firstLinesOf = (text: string): string =>
  stripVTControlCharacters(text)
    .split('\n')
    .slice(0, 8)
    .map((line) => `      ${line}`)
    .join('\n');

/** `projects`: those of vitest.config.ts. */
async function runVitest(projects: readonly string[]): Promise<Counts> {
  const reportFile = join(ROOT, '.tmp', `vitest-${projects[0]}.json`);
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  rmSync(reportFile, { force: true });
  const { code } = await run(
    'vitest',
    [
      'run',
      ...only,
      ...projects.map((project) => `--project=${project}`),
      // Files that are named may be of another project.
      ...(only.length > 0 ? ['--passWithNoTests'] : []),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
    ],
    { output: 'show' },
  );
  if (!existsSync(reportFile)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    testResults: {
      name: string;
      status: string;
      message: string;
      assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
    }[];
  };
  let inapplicable = 0;
  for (const file of report.testResults) {
    const path = file.name.slice(ROOT.length + 1);
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName, failureMessages = [] } of failed)
      failures.push(`${path}: ${fullName.trim()}\n${firstLinesOf(failureMessages.join('\n'))}`);
    if (file.status === 'failed' && failed.length === 0) failures.push(`${path}\n${firstLinesOf(file.message)}`);
    const skipped = file.assertionResults.filter(({ status }) => status === 'skipped' || status === 'pending');
    const wanting = skipped.filter(({ fullName }) => !DOES_NOT_APPLY.test(fullName));
    inapplicable += skipped.length - wanting.length;
    if (wanting.length > 0) notRun.push(`${path}: ${wanting.map(({ fullName }) => fullName.trim()).join('; ')}`);
  }
  if (inapplicable > 0) console.log(`${inapplicable} tests do not apply to what they would test: their names say why.`);
  // A file that could not even be loaded fails the run without a failed test.
  const failed = Math.max(report.numFailedTests, code === 0 ? 0 : 1);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests - inapplicable };
}

/**
 * Flask, Quart and Starlette have the same versions beside Django 6.1 as beside 5.2, and the package is the same beside
 * all. The suites of libraries and Quart take minutes: once is enough here, beside 5.2. The libraries that stand on
 * Starlette are installed into environments of their own: their tests are run by hand (CONTRIBUTING.md).
 */
const LEFT_OUT: Record<string, string> = {
  '42': 'not (test_package or test_library_suites or test_libraries or quart)',
  '52': 'not test_libraries',
  '61': 'not (test_package or flask or quart or starlette or fastapi)',
};

async function runPytest(version: string): Promise<Counts> {
  const python = join(ROOT, '.venv', `django${version}`, 'bin', 'python');
  const folder = join(ROOT, 'server-companion', 'python');
  if (!existsSync(python)) return { passed: 0, failed: 0, skipped: 0 };
  const words = LEFT_OUT[version];
  const tests = ['-m', 'pytest', '-q', '-rfEs', '--durations=15', '--rootdir', folder, folder];
  if (words !== undefined) tests.push('-k', words);
  const { code, output } = await run(python, tests);
  console.log(`\npytest on Django ${version}\n${output.trim()}`);
  for (const [line] of output.matchAll(/^(?:FAILED|ERROR) .*$/gm)) failures.push(`Django ${version}: ${line}`);
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(output.slice(-2_000))?.[1] ?? 0);
  const failed = Math.max(count('failed') + count('errors?'), code === 0 ? 0 : 1);
  // As in `DOES_NOT_APPLY`: left out because what they test is made otherwise there.
  const inapplicable = [...output.matchAll(/^SKIPPED \[(\d+)\] .*?: does not apply: /gm)];
  const skipped = count('skipped') - inapplicable.reduce((sum, [, times]) => sum + Number(times), 0);
  if (skipped > 0) notRun.push(`${skipped} tests of the Python companion on Django ${version}: reasons above`);
  return { passed: count('passed'), failed, skipped };
}

try {
  await prepare();
} catch {
  // The list has shown what failed.
  process.exit(1);
}
const counts = [await runVitest(['unit', 'django-sessions', 'components']), await runVitest(['e2e'])];
if (only.length === 0) {
  // Each has files, ports and keys of its own. Beside the browsers' tests, or three at once, both kinds come too late.
  console.log('\nPython tests on Django 4.2, 5.2 and 6.1, two at a time: some minutes until the first one ends');
  const versions = ['42', '52', '61'].values();
  const runSome = async () => {
    for (const version of versions) counts.push(await runPytest(version));
  };
  await Promise.all([runSome(), runSome()]);
}
const sum = (key: keyof Counts) => counts.reduce((total, count) => total + count[key], 0);

if (notRun.length > 0) console.log(`\nNot run:\n${notRun.map((line) => `  - ${line}`).join('\n')}`);
const required = process.env['SESSIONSCOPE_REQUIRE_BROWSERS'] === '1' && notRun.length > 0;
if (required) console.log('\nA skip is a failure here (SESSIONSCOPE_REQUIRE_BROWSERS=1).');
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((line) => `  - ${line}`).join('\n')}`);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
const isEmpty = only.length > 0 && sum('passed') + sum('failed') + sum('skipped') === 0;
if (isEmpty) console.log(`No test file matches ${only.join(' ')}.`);
process.exitCode = sum('failed') > 0 || required || isEmpty ? 1 : 0;
