/** The table of the `db` and `cached_db` back-ends: Django's `django_session`, or one like it. */
import { ImproperlyConfigured } from '../errors.ts';
import { formatWall, type ProjectClock, parseIso } from '../times.ts';
import { type Connection, connect, type DatabaseOptions, type Dialect } from './database.ts';
import type { Columns, ListedRecord, RecordStore, StoredRecord } from './record-store.ts';
import { checkTable, createTable, defineTable, type TableDefinition, type TableOptions } from './table-definition.ts';

interface Row {
  session_key?: string;
  session_data: string;
  expire_date: unknown;
  /** A boolean, or 0 and 1. */
  is_expired?: unknown;
}

/** Listed at once: a page is held in memory, all records are not. */
const PAGE_ROWS = 500;

/** What is asked, with the dialect's placeholders: written once, because building it costs more than SQLite's answer. */
function writeStatements(dialect: Dialect, { quotedName, columns, quote }: TableDefinition) {
  const numbered = (text: string): string => {
    let count = 0;
    return dialect === 'postgres' ? text.replaceAll('?', () => `$${++count}`) : text;
  };
  // The driver would make a Date of it, in the zone of the process.
  const expireDate = dialect === 'mysql' ? 'cast(expire_date as char)' : 'expire_date';
  const names = Object.keys(columns);
  const each = (write: (name: string) => string): string => names.map(write).join('');
  return {
    find: numbered(
      `select session_data, ${expireDate} as expire_date, expire_date <= ? as is_expired from ${quotedName} where session_key = ?`,
    ),
    has: numbered(`select 1 from ${quotedName} where session_key = ?`),
    insert: numbered(
      `insert into ${quotedName} (session_data, expire_date${each((name) => `, ${quote(name)}`)}, session_key) values (?, ?${each(() => ', ?')}, ?)`,
    ),
    update: numbered(
      `update ${quotedName} set session_data = ?, expire_date = ?${each((name) => `, ${quote(name)} = ?`)} where session_key = ?`,
    ),
    remove: numbered(`delete from ${quotedName} where session_key = ?`),
    removeExpired: numbered(`delete from ${quotedName} where expire_date < ?`),
    list: (where: Columns) =>
      numbered(
        `select session_key, session_data, ${expireDate} as expire_date from ${quotedName} where expire_date > ? and session_key > ?${Object.entries(
          where,
        )
          .map(([name, value]) => ` and ${quote(name)} ${value === null ? 'is null' : '= ?'}`)
          .join('')} order by session_key limit ${PAGE_ROWS}`,
      ),
  };
}

export class SessionTable implements RecordStore {
  readonly #database: DatabaseOptions;
  readonly #options: Required<TableOptions>;
  readonly #clock: ProjectClock;
  #opened: ReturnType<SessionTable['open']> | undefined;

  /** Connects at the first use. Throws `ImproperlyConfigured` where a name cannot work. */
  constructor(database: DatabaseOptions, clock: ProjectClock, options: TableOptions = {}) {
    this.#database = database;
    this.#options = checkTable(options);
    this.#clock = clock;
  }

  private async open() {
    const connection: Connection = await connect(this.#database);
    const table = defineTable(this.#options, connection.dialect);
    return { connection, table, statements: writeStatements(connection.dialect, table) };
  }

  #open(): ReturnType<SessionTable['open']> {
    this.#opened ??= this.open().catch((error: unknown) => {
      // The next use tries again.
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  /** PostgreSQL keeps instants; the others keep what the project's wall clock shows. */
  #stored(dialect: Dialect, instant: number): string {
    return dialect === 'postgres'
      ? new Date(this.#clock.toInstant(this.#clock.toWall(instant))).toISOString()
      : formatWall(this.#clock.toWall(instant));
  }

  #date(stored: unknown): Date {
    return stored instanceof Date ? stored : new Date(parseIso(String(stored), this.#clock));
  }

  async find(sessionKey: string): Promise<StoredRecord | undefined> {
    const { connection, statements } = await this.#open();
    const now = this.#stored(connection.dialect, Date.now());
    const { rows } = await connection.query(statements.find, [now, sessionKey]);
    const [row] = rows as unknown as Row[];
    return row === undefined
      ? undefined
      : {
          data: row.session_data,
          expiresAt: this.#date(row.expire_date),
          isExpired: Boolean(Number(row.is_expired)),
        };
  }

  async has(sessionKey: string): Promise<boolean> {
    const { connection, statements } = await this.#open();
    return (await connection.query(statements.has, [sessionKey])).rows.length > 0;
  }

  async insert(sessionKey: string, data: string, expiresAt: Date, columns: Columns = {}): Promise<boolean> {
    const { connection, statements } = await this.#open();
    const values = this.#values(connection.dialect, sessionKey, data, expiresAt, columns);
    try {
      await connection.query(statements.insert, values);
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  async update(sessionKey: string, data: string, expiresAt: Date, columns: Columns = {}): Promise<boolean> {
    const { connection, statements } = await this.#open();
    const values = this.#values(connection.dialect, sessionKey, data, expiresAt, columns);
    return (await connection.query(statements.update, values)).affected > 0;
  }

  #values(dialect: Dialect, sessionKey: string, data: string, expiresAt: Date, columns: Columns): unknown[] {
    const names = Object.keys(this.#options.columns);
    this.#mustHave(Object.keys(columns));
    const extra = names.map((name) => columns[name] ?? null);
    return [
      data,
      this.#stored(dialect, expiresAt.getTime()),
      ...extra.map((value) => asStored(dialect, value)),
      sessionKey,
    ];
  }

  #mustHave(names: readonly string[]): void {
    const unknown = names.find((name) => !Object.hasOwn(this.#options.columns, name));
    if (unknown !== undefined)
      throw new ImproperlyConfigured(
        `Sessions: the table ${this.#options.table} has no column ${JSON.stringify(unknown)} here. Name it in the option columns.`,
      );
  }

  async remove(sessionKey: string): Promise<void> {
    const { connection, statements } = await this.#open();
    await connection.query(statements.remove, [sessionKey]);
  }

  async removeExpired(): Promise<number> {
    const { connection, statements } = await this.#open();
    return (await connection.query(statements.removeExpired, [this.#stored(connection.dialect, Date.now())])).affected;
  }

  async *list(where: Columns): AsyncGenerator<ListedRecord> {
    this.#mustHave(Object.keys(where));
    const { connection, statements } = await this.#open();
    const text = statements.list(where);
    const values = Object.values(where).filter((value) => value !== null);
    let after = '';
    for (;;) {
      const { dialect } = connection;
      const { rows } = await connection.query(text, [
        this.#stored(dialect, Date.now()),
        after,
        ...values.map((value) => asStored(dialect, value)),
      ]);
      for (const row of rows as unknown as Required<Row>[]) {
        after = row.session_key;
        yield { sessionKey: row.session_key, data: row.session_data, expiresAt: this.#date(row.expire_date) };
      }
      if (rows.length < PAGE_ROWS) return;
    }
  }

  async create(): Promise<void> {
    const { connection, table } = await this.#open();
    await createTable(connection, table);
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    await opened?.connection.close();
  }
}

/** SQLite's driver takes no booleans. */
const asStored = (dialect: Dialect, value: Columns[string]): Columns[string] =>
  dialect === 'sqlite' && typeof value === 'boolean' ? Number(value) : value;

function isUniqueViolation(error: unknown): boolean {
  const { code, errcode } = error as { code?: string; errcode?: number };
  // PostgreSQL 23505, MySQL ER_DUP_ENTRY, SQLite's extended codes for a primary key and a unique index.
  return code === '23505' || code === 'ER_DUP_ENTRY' || errcode === 1555 || errcode === 2067;
}
