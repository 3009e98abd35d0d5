/** `django.contrib.sessions.backends.file`: a file for each session. */
import { randomBytes } from 'node:crypto';
import { constants, type Stats, statSync } from 'node:fs';
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_RECORD_BYTES, RecordTooLarge } from '../codec/record.ts';
import { CreateError, ImproperlyConfigured, InvalidSessionKey, UpdateError } from '../errors.ts';
import { EXPIRY_KEY } from '../expiry.ts';
import type { ExchangeObserver } from '../observer.ts';
import { isSessionKey } from '../session-key.ts';
import { Session } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { RecordReading } from '../record-reading.ts';
import { type EngineDefinition, type ListedSession, refuseWhere } from './engine.ts';

/** Windows has no such flag, and no pipes among files. */
const NON_BLOCKING = constants.O_NONBLOCK ?? 0;

const hasCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException).code ?? '');

class FileSession extends Session {
  readonly #prefix: string;
  readonly #isSweeping: boolean;

  /** `prefix`: folder and cookie name. `isSweeping`: what has expired is deleted, and nothing made in its place. */
  constructor(
    settings: Settings,
    prefix: string,
    sessionKey: string | null | undefined,
    observer: ExchangeObserver | undefined,
    isSweeping = false,
  ) {
    super(settings, sessionKey, observer);
    this.#prefix = prefix;
    this.#isSweeping = isSweeping;
  }

  #fileOf(sessionKey: string): string {
    // The base class has looked already; a path is worth a second look.
    if (!isSessionKey(sessionKey)) throw new InvalidSessionKey();
    return this.#prefix + sessionKey;
  }

  protected override keyRefused(): never {
    throw new InvalidSessionKey();
  }

  protected override async hasRecord(sessionKey: string): Promise<boolean> {
    const file = this.#fileOf(sessionKey);
    return stat(file).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  protected override async removeRecord(sessionKey: string | null): Promise<void> {
    if (sessionKey === null) return;
    const file = this.#fileOf(sessionKey);
    await unlink(file).catch(() => {});
  }

  protected override async loadRecord(): Promise<Map<string, unknown>> {
    try {
      if (this.sessionKey === null) return new Map();
      const file = this.#fileOf(this.sessionKey);
      const record = await readRecord(file);
      if (record === undefined) {
        this.setKey(null);
        return new Map();
      }
      const { text, mtimeMs } = record;
      // Another process may have just made the file, and not yet written it.
      if (text === '') return new Map();
      if (text !== undefined) this.hasRead(text.length);
      const data = text === undefined ? this.cannotRead(new RecordTooLarge()) : this.decode(text);
      if ((await this.#ageOf(mtimeMs, data)) > 0) return data;
      this.loadFailed('expired');
      await this.removeRecord(this.sessionKey);
      if (!this.#isSweeping) await this.createRecord();
      return new Map();
    } catch (error) {
      if (
        !(error instanceof InvalidSessionKey) &&
        !hasCode(error, 'ENOENT', 'EACCES', 'EISDIR', 'ENAMETOOLONG', 'ENOTDIR')
      )
        throw error;
      this.setKey(null);
      return new Map();
    }
  }

  /**
   * Seconds left. Django's quirk, kept: a number of seconds in the session is taken as they are, not since the last
   * change, so that such a session never expires on load.
   */
  async #ageOf(mtimeMs: number, data: ReadonlyMap<string, unknown>): Promise<number> {
    const own = data.get(EXPIRY_KEY);
    if ((typeof own === 'number' && own !== 0) || (typeof own === 'string' && own !== ''))
      return this.expiryAge({ expiry: own });
    return this.expiryAge({ expiry: new Date(mtimeMs + this.cookieAge() * 1000) });
  }

  protected override async saveRecord(mustCreate: boolean): Promise<void> {
    if (this.sessionKey === null) return this.createRecord();
    const entries = await this.entriesOf(mustCreate);
    const file = this.#fileOf(this.keyToSave(mustCreate));
    try {
      // Claims the name, or finds the record gone.
      const handle = await open(file, mustCreate ? 'wx' : constants.O_RDWR | NON_BLOCKING, 0o600);
      const found = await handle.stat().finally(() => handle.close());
      if (!found.isFile()) throw new UpdateError();
    } catch (error) {
      if (mustCreate && hasCode(error, 'EEXIST')) throw new CreateError();
      if (!mustCreate && hasCode(error, 'ENOENT', 'ENXIO')) throw new UpdateError();
      throw error;
    }
    let text: string;
    try {
      text = this.settings.codec.encode(entries);
      this.hasMade(text.length);
    } catch (error) {
      // Nothing to write: the name is given back.
      if (mustCreate) await unlink(file).catch(() => {});
      throw error;
    }
    await writeWhole(file, text);
  }

  protected override async peekRecord(sessionKey: string): Promise<RecordReading> {
    const file = this.#fileOf(sessionKey);
    try {
      const record = await readRecord(file);
      if (record === undefined) return { outcome: 'unreadable', why: 'It is not a regular file.' };
      const { text, mtimeMs } = record;
      if (text === undefined) return { outcome: 'unreadable', why: new RecordTooLarge().message };
      const data = this.settings.codec.decode(text);
      const own = data.get(EXPIRY_KEY);
      const expiresAt = await this.expiryDate({
        modification: new Date(mtimeMs),
        expiry: typeof own === 'number' || typeof own === 'string' ? own : null,
      });
      const isExpired = expiresAt.getTime() <= Date.now() && typeof own !== 'number';
      return { outcome: isExpired ? 'expired' : 'found', data, bytes: Buffer.byteLength(text), expiresAt };
    } catch (error) {
      return hasCode(error, 'ENOENT')
        ? { outcome: 'missing' }
        : { outcome: 'unreadable', why: (error as Error).message };
    }
  }
}

/**
 * A record's text (`undefined`: larger than any record), and when it was written; `undefined`: it is not a file. A pipe that stood there would
 * hold one of the process's few threads for files, for as long as nobody writes to it.
 */
async function readRecord(file: string): Promise<{ text: string | undefined; mtimeMs: number } | undefined> {
  const handle = await open(file, constants.O_RDONLY | NON_BLOCKING);
  try {
    const found: Stats = await handle.stat();
    if (!found.isFile()) return undefined;
    const { size, mtimeMs } = found;
    return { text: size > MAX_RECORD_BYTES ? undefined : await handle.readFile('latin1'), mtimeMs };
  } finally {
    await handle.close();
  }
}

/** Readers see the old text or the new one, never a part: written beside it and renamed. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}_out_${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text, 'latin1');
  } finally {
    await handle.close();
  }
  try {
    await rename(draft, file);
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw error;
  }
}

export interface FileEngineOptions {
  /** An existing folder. Django: `SESSION_FILE_PATH`. @default the system's folder for temporary files */
  filePath?: string;
}

/** The engine `file`. Throws `ImproperlyConfigured` where `filePath` is not a folder. */
export const fileEngine = ({ filePath = tmpdir() }: FileEngineOptions = {}): EngineDefinition => ({
  name: 'file',
  create(settings) {
    if (!statSync(filePath, { throwIfNoEntry: false })?.isDirectory())
      throw new ImproperlyConfigured(
        `Sessions: the option filePath names ${JSON.stringify(filePath)}, which is not a folder. Make it first, readable by the server alone.`,
      );
    const prefix = join(filePath, settings.cookieName);
    const open = (sessionKey: string | null | undefined, observer?: ExchangeObserver) =>
      new FileSession(settings, prefix, sessionKey, observer);
    /** Keys of the files that could be sessions. */
    const keys = async (): Promise<string[]> =>
      (await readdir(filePath))
        .filter((name) => name.startsWith(settings.cookieName))
        .map((name) => name.slice(settings.cookieName.length))
        .filter(isSessionKey);
    return {
      open,
      async clearExpired() {
        let count = 0;
        for (const key of await keys()) {
          const session = new FileSession(settings, prefix, key, undefined, true);
          await session.load();
          if (session.sessionKey !== null && !(await session.exists(key))) count += 1;
        }
        return count;
      },
      async *list(where): AsyncGenerator<ListedSession> {
        refuseWhere('file', where);
        for (const sessionKey of await keys()) {
          const reading = await open(sessionKey).peek(sessionKey);
          if (reading.outcome === 'found') yield { sessionKey, data: reading.data, expiresAt: reading.expiresAt };
        }
      },
    };
  },
});
