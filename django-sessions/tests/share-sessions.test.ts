/** The steps of docs/share-sessions.md as they stand there: each block is written, run or compared. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installInto, mustRun, packPackage, type Packed, startShell } from './packed.ts';
import { DJANGO_VERSIONS, djangoPython } from './python.ts';

const PAGE = fileURLToPath(new URL('../../docs/share-sessions.md', import.meta.url));

interface Block {
  language: string;
  /** What stands behind the language: a file's name, or `server`. */
  what: string;
  text: string;
}

/** The fenced blocks up to the end of the steps. */
function readBlocks(): Block[] {
  const [steps = ''] = readFileSync(PAGE, 'utf8').split('## What must be the same');
  return [...steps.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(([, language = '', what = '', text = '']) => ({
    language,
    what,
    text,
  }));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number, child: ChildProcess, reported: () => string): Promise<void> {
  for (let tries = 0; tries < 2_000; tries++) {
    if (child.exitCode !== null) throw new Error(`a server of the page ended:\n${reported()}`);
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`a server of the page does not answer:\n${reported()}`);
}

for (const version of DJANGO_VERSIONS) {
  const python = djangoPython(version);
  describe.skipIf(python === undefined)(`with Django ${version}`, () => {
    let packed: Packed;
    let folder: string;
    const servers: ChildProcess[] = [];

    beforeAll(async () => {
      packed = await packPackage();
      folder = mkdtempSync(join(tmpdir(), 'django-sessions-share-'));
    });
    afterAll(async () => {
      for (const { pid } of servers)
        try {
          // The shell and what it started.
          process.kill(-pid!, 'SIGKILL');
        } catch {
          // It has ended.
        }
      packed?.dispose();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });

    test('every step does what the page says', async () => {
      const ports: Record<string, number> = { 8000: await freePort(), 3000: await freePort() };
      // The page's own words, but for ports that are free and the package that is not published yet.
      const adapt = (text: string) =>
        text
          .replaceAll(/\b(8000|3000)\b/g, (port) => String(ports[port]))
          .replace('@sessionscope/django-sessions express', '');
      const env = { PATH: dirname(python!), SECRET_KEY: undefined };
      let said: string[] = [];
      let compared = 0;
      for (const { language, what, text } of readBlocks()) {
        if (language === 'json') {
          expect(said.map((line) => JSON.parse(line) as unknown)).toEqual(
            text
              .trim()
              .split('\n')
              .map((line) => JSON.parse(line) as unknown),
          );
          compared += said.length;
          continue;
        }
        if (language !== 'sh') {
          writeFileSync(join(folder, what), language === 'js' ? text.replace('3000', String(ports['3000'])) : text);
          continue;
        }
        if (text.includes('npm install')) {
          await installInto(folder, packed.path, 'express');
          continue;
        }
        if (what === 'server') {
          const child = startShell(adapt(text), { cwd: folder, env });
          servers.push(child);
          let output = '';
          child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
          child.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()));
          await answers(ports[text.includes('8000') ? '8000' : '3000']!, child, () => output);
          continue;
        }
        said = [];
        for (const line of text.trim().split('\n')) {
          const printed = await mustRun(adapt(line), { cwd: folder, env });
          if (line.startsWith('curl')) said.push(printed.trim());
        }
      }
      expect(compared).toBe(5);
    }, 180_000);
  });
}
