/** The suites of the Python libraries, in `.venv/django52`: `server-companion/python/tests/library_suites/main.py`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../project.ts';
import { ensurePythonEnvironment, pythonOf } from '../python-env.ts';

/** @param words names of packages, each alone or with `=<checkout>`. Gives the exit code. */
export async function runPythonSuites(words: readonly string[]): Promise<number> {
  const ready = await ensurePythonEnvironment('52');
  if (!ready.ok) {
    console.error(ready.reason);
    return 2;
  }
  const main = join(ROOT, 'server-companion', 'python', 'tests', 'library_suites', 'main.py');
  const { status } = spawnSync(pythonOf(join(ROOT, '.venv', 'django52')), [main, ...words], { stdio: 'inherit' });
  return status ?? 1;
}
