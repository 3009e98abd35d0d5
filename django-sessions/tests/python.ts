/** Real Django for the tests: its interpreters, and a peer that answers a line of JSON with a line of JSON. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The long-term-support versions, and the newest: `.venv/django61` needs Python 3.12. */
export type DjangoVersion = '42' | '52' | '61';
export const DJANGO_VERSIONS: readonly DjangoVersion[] = ['42', '52', '61'];

/** Path of a file beside the Python peers. */
export const pythonFile = (name: string): string => fileURLToPath(new URL(`python/${name}`, import.meta.url));

/** The interpreter with that Django; `undefined` says that `npm test` has not made it. */
export function djangoPython(version: DjangoVersion): string | undefined {
  const path =
    process.platform === 'win32'
      ? join(ROOT, '.venv', `django${version}`, 'Scripts', 'python.exe')
      : join(ROOT, '.venv', `django${version}`, 'bin', 'python');
  if (existsSync(path)) return path;
  const reason = `.venv/django${version} is missing: node scripts/python-env.ts makes it.`;
  if (process.env['SESSIONSCOPE_REQUIRE_PYTHON'] === '1') throw new Error(reason);
  console.warn(`Not run: tests against Django ${version}. ${reason}`);
  return undefined;
}

export interface Peer {
  /** Answers in the order of the requests; rejects where the peer ended. */
  ask<Answer>(requests: readonly object[]): Promise<Answer[]>;
  close(): Promise<void>;
}

/** Starts a Python file of `tests/python/` that speaks lines of JSON. */
export function startPeer(python: string, file: string, args: readonly string[]): Peer {
  const child: ChildProcess = spawn(python, [pythonFile(file), ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  createInterface({ input: child.stdout! }).on('line', (line) => waiting.shift()?.resolve(line));
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      for (const { reject } of waiting.splice(0)) reject(new Error(`${file} ended:\n${errors}`));
      resolve();
    });
  });
  return {
    async ask<Answer>(requests: readonly object[]) {
      if (child.exitCode !== null) throw new Error(`${file} ended:\n${errors}`);
      const line = new Promise<string>((resolve, reject) => waiting.push({ resolve, reject }));
      child.stdin!.write(`${JSON.stringify(requests)}\n`);
      return JSON.parse(await line) as Answer[];
    },
    async close() {
      child.stdin!.end();
      await ended;
    },
  };
}
