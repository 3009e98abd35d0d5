/** `django.contrib.sessions.backends.file`: a file for each session. */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { access, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateError, ImproperlyConfigured, InvalidSessionKey, UpdateError } from '../errors.ts';
import type { ExchangeObserver } from '../observer.ts';
import { newSessionKey, Session } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { Engine, RecordReading } from './engine.ts';

const VALID_KEY = /^[a-z0-9]*$/;
const EXPIRY_KEY = '_session_expiry';

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
    if (!VALID_KEY.test(sessionKey)) throw new InvalidSessionKey();
    return this.#prefix + sessionKey;
  }

  async exists(sessionKey: string): Promise<boolean> {
    const file = this.#fileOf(sessionKey);
    return access(file).then(
      () => true,
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
      const text = await readFile(file, 'latin1');
      // Another process may have just made the file, and not yet written it.
      if (text === '') return new Map();
      this.hasRead(text.length);
      const data = this.decode(text);
      if ((await this.#ageOf(file, data)) > 0) return data;
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
  async #ageOf(file: string, data: ReadonlyMap<string, unknown>): Promise<number> {
    const own = data.get(EXPIRY_KEY);
    if ((typeof own === 'number' && own !== 0) || (typeof own === 'string' && own !== ''))
      return this.expiryAge({ expiry: own });
    const { mtimeMs } = await stat(file);
    return this.expiryAge({ expiry: new Date(mtimeMs + this.settings.cookieAge * 1000) });
  }

  protected override async createRecord(): Promise<void> {
    for (;;) {
      this.setKey(newSessionKey());
      try {
        await this.saveRecord(true);
        break;
      } catch (error) {
        if (!(error instanceof CreateError)) throw error;
      }
    }
    this.markModified();
  }

  protected override async saveRecord(mustCreate: boolean): Promise<void> {
    if (this.sessionKey === null) return this.createRecord();
    const entries = await this.entriesOf(mustCreate);
    const file = this.#fileOf(this.ensureKey());
    try {
      // Claims the name, or finds the record gone.
      await (await open(file, mustCreate ? 'wx' : 'r+', 0o600)).close();
    } catch (error) {
      if (mustCreate && hasCode(error, 'EEXIST')) throw new CreateError();
      if (!mustCreate && hasCode(error, 'ENOENT')) throw new UpdateError();
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

/** Throws `ImproperlyConfigured` where `filePath` is no folder. */
export function createFileEngine(settings: Settings, filePath: string = tmpdir()): Engine {
  if (!statSync(filePath, { throwIfNoEntry: false })?.isDirectory())
    throw new ImproperlyConfigured(
      `Sessions: the option filePath names ${JSON.stringify(filePath)}, which is no folder. Make it first, readable by the server alone.`,
    );
  const prefix = join(filePath, settings.cookieName);
  return {
    open: (sessionKey, observer) => new FileSession(settings, prefix, sessionKey, observer),
    async clearExpired() {
      let count = 0;
      for (const name of await readdir(filePath)) {
        const key = name.slice(settings.cookieName.length);
        if (!name.startsWith(settings.cookieName) || !VALID_KEY.test(key)) continue;
        const session = new FileSession(settings, prefix, key, undefined, true);
        await session.load();
        if (session.sessionKey !== null && !(await session.exists(key))) count += 1;
      }
      return count;
    },
    peek: (sessionKey) => peekFile(settings, prefix, sessionKey),
    createTable: async () => {},
    close: async () => {},
  };
}

async function peekFile(settings: Settings, prefix: string, sessionKey: string): Promise<RecordReading> {
  if (!VALID_KEY.test(sessionKey)) return { outcome: 'missing' };
  try {
    const text = await readFile(prefix + sessionKey, 'latin1');
    const data = settings.codec.decode(text);
    const { mtimeMs } = await stat(prefix + sessionKey);
    const reader = new FileSession(settings, prefix, null, undefined);
    const own = data.get(EXPIRY_KEY);
    const expiresAt = await reader.getExpiryDate({
      modification: new Date(mtimeMs),
      expiry: typeof own === 'number' || typeof own === 'string' ? own : null,
    });
    const isExpired = expiresAt.getTime() <= Date.now() && typeof own !== 'number';
    return { outcome: isExpired ? 'expired' : 'found', data, bytes: Buffer.byteLength(text), expiresAt };
  } catch (error) {
    return hasCode(error, 'ENOENT') ? { outcome: 'missing' } : { outcome: 'unreadable', why: (error as Error).message };
  }
}
