/** `django.contrib.sessions.backends.db`: sessions in a table, or in any store of records. */
import { CreateError, UpdateError } from '../errors.ts';
import type { ExchangeObserver } from '../observer.ts';
import { Session } from '../session.ts';
import type { Settings } from '../settings.ts';
import type { DatabaseOptions } from './database.ts';
import type { RecordReading } from '../record-reading.ts';
import type { Engine, EngineDefinition, ListedSession } from './engine.ts';
import type { Columns, RecordStore, StoredRecord } from './record-store.ts';
import { SessionTable } from './session-table.ts';
import type { TableOptions } from './table-definition.ts';

/** Where the demo, Django's own start project and this package agree. */
const DEFAULT_DATABASE = 'db.sqlite3';

/** A session whose record is kept in a `RecordStore`. Subclasses may keep columns beside it. */
export class DbSession extends Session {
  protected readonly store: RecordStore;

  constructor(
    settings: Settings,
    store: RecordStore,
    sessionKey: string | null | undefined,
    observer: ExchangeObserver | undefined,
  ) {
    super(settings, sessionKey, observer);
    this.store = store;
  }

  /**
   * Django's `create_model_instance`: what the record's extra columns hold, made of the data that is being saved. Asked
   * at each save.
   */
  protected columnsOf(_data: ReadonlyMap<string, unknown>): Columns {
    return {};
  }

  protected override async hasRecord(sessionKey: string): Promise<boolean> {
    return this.store.has === undefined
      ? (await this.store.find(sessionKey)) !== undefined
      : this.store.has(sessionKey);
  }

  protected override async removeRecord(sessionKey: string | null): Promise<void> {
    if (sessionKey !== null) await this.store.remove(sessionKey);
  }

  /** The unexpired record; else the key is forgotten. */
  protected async findRecord(): Promise<StoredRecord | undefined> {
    const record = this.sessionKey === null ? undefined : await this.store.find(this.sessionKey);
    if (record !== undefined && !isExpired(record)) return record;
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

  protected override async saveRecord(mustCreate: boolean): Promise<void> {
    if (this.sessionKey === null) return this.createRecord();
    const entries = await this.entriesOf(mustCreate);
    const data = this.settings.codec.encode(entries);
    const key = this.keyToSave(mustCreate);
    this.hasMade(data.length);
    const expiresAt = await this.expiryDate();
    const columns = this.columnsOf(entries);
    if (mustCreate) {
      if (!(await this.store.insert(key, data, expiresAt, columns))) throw new CreateError();
    } else if (!(await this.store.update(key, data, expiresAt, columns))) throw new UpdateError();
  }

  protected override async peekRecord(sessionKey: string): Promise<RecordReading> {
    const record = await this.store.find(sessionKey);
    if (record === undefined) return { outcome: 'missing' };
    try {
      const data = this.settings.codec.decode(record.data);
      const bytes = Buffer.byteLength(record.data);
      return { outcome: isExpired(record) ? 'expired' : 'found', data, bytes, expiresAt: record.expiresAt };
    } catch (error) {
      return { outcome: 'unreadable', why: (error as Error).message };
    }
  }
}

const isExpired = ({ isExpired, expiresAt }: StoredRecord): boolean => isExpired ?? expiresAt.getTime() <= Date.now();

/** A subclass of `DbSession` with the same constructor. */
export type DbSessionClass = new (...args: ConstructorParameters<typeof DbSession>) => DbSession;

export interface RecordEngineOptions {
  /** For people. @default 'custom' */
  name?: string;
  /** Where records are kept. It stays open when the sessions are closed, unless it has a `close` of its own. */
  store: RecordStore;
  /** @default DbSession */
  session?: DbSessionClass;
}

/** An engine on a store of one's own: DynamoDB, a REST service, a map. */
export const recordEngine = ({
  name = 'custom',
  store,
  session = DbSession,
}: RecordEngineOptions): EngineDefinition => ({
  name,
  create: (settings) => engineOn(settings, store, (key, observer) => new session(settings, store, key, observer)),
});

export interface DbEngineOptions extends TableOptions {
  /** A URL, the path of a SQLite file, or a connection. Django: `DATABASES['default']`. @default 'db.sqlite3' */
  database?: DatabaseOptions;
  /** @default DbSession */
  session?: DbSessionClass;
}

/** The engine `db`, with a table, columns and a session class of one's own. */
export const dbEngine = ({ database, session = DbSession, ...options }: DbEngineOptions = {}): EngineDefinition => ({
  name: 'db',
  create(settings) {
    const table = openTable(settings, database, options);
    return engineOn(settings, table, (key, observer) => new session(settings, table, key, observer));
  },
});

export const openTable = (
  settings: Settings,
  database: DatabaseOptions = DEFAULT_DATABASE,
  options: TableOptions = {},
): SessionTable => new SessionTable(database, settings.clock, options);

/** What an engine does with its records beside opening sessions. */
export function engineOn(settings: Settings, store: RecordStore, open: Engine['open']): Engine {
  const { list } = store;
  return {
    open,
    clearExpired: async () => store.removeExpired?.(),
    ...(list === undefined ? {} : { list: (where: Columns) => listSessions(settings, list.call(store, where)) }),
    createTable: async () => store.create?.(),
    close: async () => store.close?.(),
  };
}

/** Leaves out what cannot be read: it reads as empty, and is no session of anybody. */
async function* listSessions(
  { codec }: Settings,
  records: ReturnType<NonNullable<RecordStore['list']>>,
): AsyncGenerator<ListedSession> {
  for await (const { sessionKey, data, expiresAt } of records)
    try {
      yield { sessionKey, data: codec.decode(data), expiresAt };
    } catch {
      continue;
    }
}
