/**
 * `npm run library-suite -- <folder>`: runs express-session's own test suite, from a checkout of its repository in
 * which `npm install` was run, once bare and once with `observe` in between, in each of its three ways. The suite is
 * not changed; it passes as it does bare, or this fails.
 *
 * `npm run library-suite -- python [flask] [starlette] [flask-login] [flask-session=<folder>] [quart=<folder>]`: those of
 * the Python libraries, from their published source or, where that has no tests, from a checkout.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { runPythonSuites } from './library-suite/python.ts';
import { ROOT } from './project.ts';

const [folder, ...others] = process.argv.slice(2);
if (folder === 'python') process.exit(await runPythonSuites(others));
const suite = resolve(folder ?? '.');
const mocha = join(suite, 'node_modules', 'mocha', 'bin', 'mocha.js');
if (folder === undefined || !existsSync(join(suite, 'test', 'session.js')) || !existsSync(mocha)) {
  console.error(
    `${folder === undefined ? 'No folder was named.' : `${suite} holds no checkout of express-session with its packages.`} ` +
      'Clone expressjs/session, run npm install and test/support/gencert.sh in it, and name its folder.',
  );
  process.exit(2);
}

const state = mkdtempSync(join(tmpdir(), 'sessionscope-suite-'));
const ways: [name: string, observation: object | undefined][] = [
  ['bare', undefined],
  ['observed', {}],
  ['observed, proxy: false', { proxy: false }],
  ['observed, deep: true', { deep: true }],
];
let failed = 0;
for (const [name, observation] of ways) {
  const preload = observation === undefined ? [] : ['--import', join(ROOT, 'scripts', 'library-suite', 'observed.ts')];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...preload, mocha, '--require', 'test/support/env', '--check-leaks', '--no-exit', '--reporter', 'dot', 'test/'],
    {
      cwd: suite,
      encoding: 'utf8',
      env: {
        ...process.env,
        XDG_STATE_HOME: state,
        SESSIONSCOPE_SUITE: suite,
        SESSIONSCOPE_OBSERVATION: JSON.stringify(observation ?? {}),
      },
    },
  );
  const reported = /\d+ passing[\s\S]*/.exec(stdout)?.[0].trim() ?? `${stdout}\n${stderr}`.trim();
  console.log(`${name}: ${status === 0 ? reported.split('\n')[0] : reported}`);
  if (status !== 0) failed += 1;
}
rmSync(state, { recursive: true, force: true });
process.exitCode = failed > 0 ? 1 : 0;
