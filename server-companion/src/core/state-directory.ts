/**
 * The user's own folder for what must outlive a process: who a project is, and which panels are paired with it.
 * Never inside the project, where a file restarts nodemon and may be committed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$XDG_STATE_HOME/sessionscope`, by default `~/.local/state/sessionscope`; on Windows `%LOCALAPPDATA%\sessionscope`. */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'sessionscope');
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'sessionscope');
}

/** The project's files there are named by the first 16 hex digits of the SHA-256 of its root's path. */
const projectName = (root: string): string => createHash('sha256').update(root).digest('hex').slice(0, 16);

export type StateFile = 'identity' | 'pairing';

const pathOf = (directory: string, root: string, file: StateFile) =>
  join(directory, `${projectName(root)}.${file}.json`);

/** What the file holds as JSON, or `undefined`: not there, not readable, not JSON. */
export function readState(directory: string, root: string, file: StateFile): unknown {
  try {
    return JSON.parse(readFileSync(pathOf(directory, root, file), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Writes the file whole or not at all, readable by its owner only (directory 0700, file 0600). Throws where the
 * directory can't be written.
 */
export function writeState(directory: string, root: string, file: StateFile, content: unknown): void {
  renameSync(writeBeside(directory, root, file, content), pathOf(directory, root, file));
}

/**
 * As `writeState`, only where there is no such file yet: of processes that start together one is first. Returns whether
 * this one was.
 */
export function createState(directory: string, root: string, file: StateFile, content: unknown): boolean {
  const path = pathOf(directory, root, file);
  const temporary = writeBeside(directory, root, file, content);
  try {
    // Whole at once, and never over another: a rename would be the one and not the other.
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // A file system without links: then the last of several is the one that stays.
    renameSync(temporary, path);
    return true;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Writes the content into a new file of another name in the same folder; returns its path. */
function writeBeside(directory: string, root: string, file: StateFile, content: unknown): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = `${pathOf(directory, root, file)}.${randomBytes(6).toString('hex')}`;
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
  return path;
}
