/** `npm start`, as a developer without a display runs it: it can be ended at any moment, and leaves nothing behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { until } from '../browsers/until.ts';
import { lacksDjango } from '../django/django-demo.ts';

let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

/** Starts it, without the builds that `npm test` has made. */
function start(...args: string[]): { output: () => string; ended: Promise<number | null> } {
  let output = '';
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
  child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.ts'), ...args, '--no-build'], {
    cwd: ROOT,
    env: { ...env, NODE_ENV: 'development', PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data) => (output += String(data)));
  const ended = new Promise<number | null>((resolve) => child!.once('exit', resolve));
  return { output: () => output, ended };
}

/** Whose parent is whose, from the kernel. */
function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each)))
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has just ended.
    }
  const found: number[] = [];
  for (const queue = [pid]; queue.length > 0;) {
    const parent = queue.pop()!;
    for (const [candidate, itsParent] of parents)
      if (itsParent === parent) {
        found.push(candidate);
        queue.push(candidate);
      }
  }
  return found;
}

/** A process that waits to be reaped runs no more. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

const withProc = test.skipIf(process.platform !== 'linux');

describeIn('chromium')('npm start', () => {
  withProc('Ctrl-C in the middle of the walk: server and browser have gone', async () => {
    const { output, ended } = start();
    // The first row that the panel shows: all is running.
    await until(() => /set\s+username absent → "john_doe"/.test(output()), 'the first rows');
    const { pid } = child!;
    const running = descendantsOf(pid!);
    expect(running.length).toBeGreaterThan(3);
    child!.kill('SIGINT');
    expect(await ended, output()).toBe(130);
    await until(() => !running.some(isRunning), 'the browser to be gone');
    expect(output()).toContain('Stopping.');
  });

  test.skipIf(process.platform !== 'linux' || lacksDjango)(
    'Ctrl-C while the Django demo is served: Python has gone too',
    async () => {
      const { output, ended } = start('django');
      await until(() => /set\s+username absent → "john_doe"/.test(output()), 'the first rows');
      const running = descendantsOf(child!.pid!);
      child!.kill('SIGINT');
      expect(await ended, output()).toBe(130);
      await until(() => !running.some(isRunning), 'browser and Python to be gone');
    },
  );

  test('a demo that there is not', async () => {
    const { output, ended } = start('flask');
    expect(await ended).toBe(1);
    expect(output()).toContain('There are: django-sessions, express, django.');
  });
});
