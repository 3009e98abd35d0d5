/** Scenarios on a session library of Python, in a process of its own: their handlers are in `../python/`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PythonLibrary, ScenarioSettings } from '../scenario.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MAIN = join(import.meta.dirname, '..', 'python', 'hosts', 'main.py');

export interface PythonHost extends AsyncDisposable {
  readonly origin: string;
  /** Serves this scenario from now on; no request may be under way. */
  show(scenario: string, isFixed: boolean): Promise<void>;
  /** What it wrote to the terminal: pairing codes stand there. */
  terminal(): string;
}

/** Rejects with what it wrote where it ends by itself. */
export async function startPython(
  python: string,
  library: PythonLibrary,
  settings: ScenarioSettings,
): Promise<PythonHost> {
  const directory = mkdtempSync(join(tmpdir(), 'sessionscope-scenarios-'));
  const child: ChildProcess = spawn(python, ['-u', MAIN, library, directory, JSON.stringify(settings)], {
    // The project's root: files are named from there.
    cwd: ROOT,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', XDG_STATE_HOME: directory },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let terminal = '';
  child.stderr!.on('data', (data: Buffer) => void (terminal += data.toString()));
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => reject(new Error(`the ${library} host ended:\n${terminal.slice(-4_000)}`)));
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line = await Promise.race([lines.next(), ended]);
    return line.done === true ? ended : line.value;
  };
  const port = /^listening (\d+)$/.exec(await nextLine())?.[1];
  return {
    origin: `http://127.0.0.1:${port}`,
    async show(scenario, isFixed) {
      child.stdin!.write(`${scenario}${isFixed ? ' fixed' : ''}\n`);
      await nextLine();
    },
    terminal: () => terminal,
    async [Symbol.asyncDispose]() {
      // It ends with its input.
      child.stdin!.end();
      await ended.catch(() => {});
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
