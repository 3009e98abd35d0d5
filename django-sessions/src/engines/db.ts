/** `django.contrib.sessions.backends.db`: sessions in a table. */
import { CreateError, UpdateError } from '../errors.ts';
import type { ExchangeObserver } from '../observer.ts';
import { newSessionKey, Session } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { SessionTable } from './database.ts';
import type { Engine, RecordReading } from './engine.ts';

export class DbSession extends Session {
  protected readonly table: SessionTable;

  constructor(
    settings: Settings,
    table: SessionTable,
    sessionKey: string | null | undefined,
    observer: ExchangeObserver | undefined,
  ) {
    super(settings, sessionKey, observer);
    this.table = table;
  }

  async exists(sessionKey: string): Promise<boolean> {
    return this.table.has(sessionKey);
  }

  protected override async removeRecord(sessionKey: string | null): Promise<void> {
    if (sessionKey !== null) await this.table.remove(sessionKey);
  }

  /** The unexpired record; else the key is forgotten. */
  protected async findRecord(): Promise<{ data: string; expiresAt: Date } | undefined> {
    const record = this.sessionKey === null ? undefined : await this.table.find(this.sessionKey);
    if (record !== undefined && !record.isExpired) return record;
    if (record !== undefined) this.loadFailed('expired');
    this.setKey(null);
    return undefined;
  }

  protected override async loadRecord(): Promise<Map<string, unknown>> {
    const record = await this.findRecord();
    if (record === undefined) return new Map();
    this.hasRead(Buffer.byteLength(record.data));
    return this.decode(record.data);
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
    const key = this.ensureKey();
    const data = this.settings.codec.encode(entries);
    this.hasMade(data.length);
    const { clock } = this.settings;
    const expiresAt = clock.toWall((await this.expiryDate()).getTime());
    if (mustCreate) {
      if (!(await this.table.insert(key, data, expiresAt))) throw new CreateError();
    } else if (!(await this.table.update(key, data, expiresAt))) throw new UpdateError();
  }
}

/** Reads a row without a trace. */
export async function peekRow(settings: Settings, table: SessionTable, sessionKey: string): Promise<RecordReading> {
  const record = await table.find(sessionKey);
  if (record === undefined) return { outcome: 'missing' };
  try {
    const data = settings.codec.decode(record.data);
    const bytes = Buffer.byteLength(record.data);
    return { outcome: record.isExpired ? 'expired' : 'found', data, bytes, expiresAt: record.expiresAt };
  } catch (error) {
    return { outcome: 'unreadable', why: (error as Error).message };
  }
}

export function createDbEngine(settings: Settings, table: SessionTable): Engine {
  return {
    open: (sessionKey, observer) => new DbSession(settings, table, sessionKey, observer),
    clearExpired: () => table.removeExpired(),
    peek: (sessionKey) => peekRow(settings, table, sessionKey),
    createTable: () => table.create(),
    close: () => table.close(),
  };
}
