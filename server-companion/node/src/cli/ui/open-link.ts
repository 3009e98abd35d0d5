/** Opens a link that holds a secret in the developer's default browser. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Longer than any browser takes to start. */
const FILE_LIFE_MS = 60_000;

/** As Vite takes it: `BROWSER` names another one; `none` is none. */
function commandFor(target: string): readonly [string, ...string[]] | undefined {
  const browser = process.env['BROWSER'];
  if (browser === 'none') return undefined;
  if (browser !== undefined && browser !== '') return [browser, target];
  if (process.platform === 'darwin') return ['open', target];
  if (process.platform === 'win32') return ['explorer.exe', target];
  return ['xdg-open', target];
}

/**
 * The link is in a file that only this user can read, never in the arguments of a process, which every user of the
 * machine can list. Resolves with whether a browser was started.
 */
export function openLink(link: string): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'sessionscope-link-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'open.html');
  const address = JSON.stringify(link).replaceAll('<', '\\u003c');
  writeFileSync(file, `<!doctype html><title>Sessions</title><script>location.replace(${address})</script>`, {
    mode: 0o600,
  });
  const command = commandFor(pathToFileURL(file).href);
  if (command === undefined) {
    remove();
    return Promise.resolve(false);
  }
  setTimeout(remove, FILE_LIFE_MS).unref();
  process.once('exit', remove);
  return new Promise((resolve) => {
    const [name, ...args] = command;
    const child = spawn(name, args, { stdio: 'ignore', detached: true });
    child.once('error', () => {
      remove();
      resolve(false);
    });
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
