/**
 * The user's own folder for what must outlive a process: who a project is, and which panels are paired with it.
 * Never inside the project, where a file restarts nodemon and may be committed. What another user could have written or
 * can read is taken for not there: `docs/security.md`, "Pairing".
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `$XDG_STATE_HOME/sessionscope`, by default `~/.local/state/sessionscope`; on Windows `%LOCALAPPDATA%\sessionscope`. A
 * relative path in them counts for nothing, as the XDG specification says.
 */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const given = env[platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_STATE_HOME'];
  const usual = platform === 'win32' ? ['AppData', 'Local'] : ['.local', 'state'];
  return join(given !== undefined && isAbsolute(given) ? given : join(homedir(), ...usual), 'sessionscope');
}

/** The project's files there are named by the first 16 hex digits of the SHA-256 of its root's path. */
const projectName = (root: string): string => createHash('sha256').update(root).digest('hex').slice(0, 16);

export type StateFile = 'identity' | 'pairing';

/** A project that is known by its files alone: which folder it is in, nobody can see from them. */
export interface StoredProject {
  name: string;
}

const pathOf = (directory: string, project: string | StoredProject, file: StateFile) =>
  join(directory, `${typeof project === 'string' ? projectName(project) : project.name}.${file}.json`);

/** The projects that have a file of this kind there. */
export function storedProjects(directory: string, file: StateFile): StoredProject[] {
  const ending = `.${file}.json`;
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(ending) && /^[0-9a-f]{16}\./.test(name))
      .map((name) => ({ name: name.slice(0, -ending.length) }));
  } catch {
    return [];
  }
}

/** No file of ours comes near it; a larger one is not ours. */
const MAX_FILE_BYTES = 1024 * 1024;

/** Windows has neither; there the folder is the user's own by its place. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const ROOT_USER = 0;

/** Whether a file or folder is this user's, and nobody else may do what `forbidden` says with it. */
const isOwn = ({ uid, mode }: Stats, forbidden: number): boolean =>
  process.getuid === undefined || ((uid === process.getuid() || uid === ROOT_USER) && (mode & forbidden) === 0);

/** What others can write is made the owner's; throws where it can't be, or belongs to another. */
function secureDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stats = statSync(directory);
  if (isOwn(stats, 0o022)) return;
  if (!isOwn(stats, 0)) throw new Error(`${directory} belongs to another user.`);
  chmodSync(directory, 0o700);
}

/** What the file holds as JSON, or `undefined`: not there, not ours alone, not readable, not JSON. */
export function readState(directory: string, root: string | StoredProject, file: StateFile): unknown {
  let descriptor: number | undefined;
  try {
    if (!isOwn(statSync(directory), 0)) return undefined;
    // Neither a link's target nor a pipe that nobody writes.
    descriptor = openSync(pathOf(directory, root, file), constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES || !isOwn(stats, 0o077)) return undefined;
    return JSON.parse(readFileSync(descriptor, 'utf8'));
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * Writes the file whole or not at all, readable by its owner only (directory 0700, file 0600). Throws where the
 * directory can't be written, or is another user's.
 */
export function writeState(directory: string, root: string | StoredProject, file: StateFile, content: unknown): void {
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
function writeBeside(directory: string, root: string | StoredProject, file: StateFile, content: unknown): string {
  secureDirectory(directory);
  const path = `${pathOf(directory, root, file)}.${randomBytes(6).toString('hex')}`;
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  chmodSync(path, 0o600);
  return path;
}

/** A reading and a writing take some milliseconds: a lock that is older was left by a process that died. */
const STALE_LOCK_MS = 5_000;
const LOCK_WAIT_MS = 5;

/**
 * Does `work` while no other process of the project, and nothing else in this one, does the same with this file. Throws
 * where the directory can't be written.
 */
export async function withStateLock<T>(
  directory: string,
  root: string | StoredProject,
  file: StateFile,
  work: () => T,
): Promise<T> {
  const lock = `${pathOf(directory, root, file)}.lock`;
  secureDirectory(directory);
  for (;;) {
    try {
      closeSync(openSync(lock, 'wx', 0o600));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
      if (since !== undefined && Date.now() - since > STALE_LOCK_MS) rmSync(lock, { force: true });
      else await sleep(LOCK_WAIT_MS);
    }
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}
