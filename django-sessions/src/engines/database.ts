/** The database of the `db` and `cached_db` back-ends: Django's table `django_session`, by Kysely. */
import type { Kysely } from 'kysely';
import { ImproperlyConfigured } from '../errors.ts';
import { formatWall, type ProjectClock, parseIso } from '../times.ts';

export type Dialect = 'sqlite' | 'postgres' | 'mysql';

/**
 * `postgres://…`, `mysql://…`, `sqlite:///path`, the path of a SQLite file, `:memory:`; or a connection that the app
 * has, which stays the app's to close.
 */
export type DatabaseOptions = string | { kysely: Kysely<never>; dialect: Dialect };

interface Tables {
  django_session: { session_key: string; session_data: string; expire_date: unknown };
}

interface StoredRow {
  session_data: string;
  expire_date: unknown;
  /** A boolean, or 0 and 1. */
  is_expired: unknown;
}

interface StoredRecord {
  data: string;
  expiresAt: Date;
}

/** Django waits as long for a locked SQLite database. */
const SQLITE_TIMEOUT_MS = 5_000;
/** `session_key` is a `varchar(40)`: a longer key, or one of other characters, names no record. */
const STORABLE_KEY = /^[\x20-\x7e]{1,40}$/;

interface Asked {
  rows: readonly StoredRow[];
  affected: number;
}

/** A connected database. */
interface Connection {
  kysely: Kysely<Tables>;
  dialect: Dialect;
  isOurs: boolean;
  /** The driver itself, where it is ours: a request asks the same few questions, and needs no builder for them. */
  ask?: (text: string, parameters: unknown[]) => Promise<Asked>;
}

/** What the engines ask, with the dialect's placeholders. */
function writeStatements(dialect: Dialect) {
  const numbered = (text: string): string => {
    let count = 0;
    return dialect === 'postgres' ? text.replaceAll('?', () => `$${++count}`) : text;
  };
  // The driver would make a Date of it, in the zone of the process.
  const expireDate = dialect === 'mysql' ? 'cast(expire_date as char)' : 'expire_date';
  return {
    find: numbered(
      `select session_data, ${expireDate} as expire_date, expire_date <= ? as is_expired from django_session where session_key = ?`,
    ),
    has: numbered('select 1 from django_session where session_key = ?'),
    insert: numbered('insert into django_session (session_data, expire_date, session_key) values (?, ?, ?)'),
    update: numbered('update django_session set session_data = ?, expire_date = ? where session_key = ?'),
    remove: numbered('delete from django_session where session_key = ?'),
    removeExpired: numbered('delete from django_session where expire_date < ?'),
  };
}

export class SessionTable {
  readonly #connect: () => Promise<Connection>;
  readonly #clock: ProjectClock;
  #connection: ReturnType<SessionTable['open']> | undefined;

  constructor(options: DatabaseOptions, clock: ProjectClock) {
    this.#connect = () => connect(options);
    this.#clock = clock;
  }

  private async open() {
    const connection = await this.#connect();
    const { CompiledQuery, sql } = await import('kysely');
    const { dialect, kysely } = connection;
    // PostgreSQL keeps instants; the others keep what the project's wall clock shows.
    const toStored = (wallMs: number): string =>
      dialect === 'postgres' ? new Date(this.#clock.toInstant(wallMs)).toISOString() : formatWall(wallMs);
    const fromStored = (stored: unknown): Date =>
      stored instanceof Date ? stored : new Date(parseIso(String(stored), this.#clock));
    // Written once: to build and compile a query anew for each request costs more than SQLite takes to answer it.
    const ask =
      connection.ask ??
      (async (text: string, parameters: unknown[]): Promise<Asked> => {
        const { rows, numAffectedRows = 0n } = await kysely.executeQuery<StoredRow>(
          CompiledQuery.raw(text, parameters),
        );
        return { rows, affected: Number(numAffectedRows) };
      });
    return { ...connection, sql, toStored, fromStored, ask, statements: writeStatements(dialect) };
  }

  #opened(): ReturnType<SessionTable['open']> {
    this.#connection ??= this.open().catch((error: unknown) => {
      // The next use tries again.
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  /** The record where there is one, expired or not. */
  async find(sessionKey: string): Promise<(StoredRecord & { isExpired: boolean }) | undefined> {
    if (!STORABLE_KEY.test(sessionKey)) return undefined;
    const { ask, statements, fromStored, toStored } = await this.#opened();
    const now = toStored(this.#clock.toWall(Date.now()));
    const { rows } = await ask(statements.find, [now, sessionKey]);
    const [row] = rows;
    return row === undefined
      ? undefined
      : { data: row.session_data, expiresAt: fromStored(row.expire_date), isExpired: Boolean(Number(row.is_expired)) };
  }

  async has(sessionKey: string): Promise<boolean> {
    if (!STORABLE_KEY.test(sessionKey)) return false;
    const { ask, statements } = await this.#opened();
    return (await ask(statements.has, [sessionKey])).rows.length > 0;
  }

  /** `false`: the key is taken. */
  async insert(sessionKey: string, data: string, expiresAtWall: number): Promise<boolean> {
    const { ask, statements, toStored } = await this.#opened();
    try {
      await ask(statements.insert, [data, toStored(expiresAtWall), sessionKey]);
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** `false`: there is no such record. */
  async update(sessionKey: string, data: string, expiresAtWall: number): Promise<boolean> {
    if (!STORABLE_KEY.test(sessionKey)) return false;
    const { ask, statements, toStored } = await this.#opened();
    const { affected } = await ask(statements.update, [data, toStored(expiresAtWall), sessionKey]);
    return affected > 0;
  }

  async remove(sessionKey: string): Promise<void> {
    if (!STORABLE_KEY.test(sessionKey)) return;
    const { ask, statements } = await this.#opened();
    await ask(statements.remove, [sessionKey]);
  }

  async removeExpired(): Promise<number> {
    const { ask, statements, toStored } = await this.#opened();
    return (await ask(statements.removeExpired, [toStored(this.#clock.toWall(Date.now()))])).affected;
  }

  /** As Django's migration makes it, index names included, so that `migrate --fake-initial` takes it for its own. */
  async create(): Promise<void> {
    const { kysely, dialect, sql } = await this.#opened();
    const type = { sqlite: 'datetime', postgres: 'timestamp with time zone', mysql: 'datetime(6)' }[dialect];
    const text = dialect === 'mysql' ? 'longtext' : 'text';
    await kysely.schema
      .createTable('django_session')
      .ifNotExists()
      .addColumn('session_key', 'varchar(40)', (column) => column.notNull().primaryKey())
      .addColumn('session_data', sql.raw(text), (column) => column.notNull())
      .addColumn('expire_date', sql.raw(type), (column) => column.notNull())
      .execute();
    const index = kysely.schema
      .createIndex('django_session_expire_date_a5c62663')
      .on('django_session')
      .column('expire_date');
    try {
      // MySQL knows no "if not exists" for an index.
      await (dialect === 'mysql' ? index : index.ifNotExists()).execute();
    } catch (error) {
      if ((error as { code?: string }).code !== 'ER_DUP_KEYNAME') throw error;
    }
    if (dialect === 'postgres')
      await sql`create index if not exists "django_session_session_key_c0390e0f_like" on "django_session" ("session_key" varchar_pattern_ops)`.execute(
        kysely,
      );
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    if (connection?.isOurs) await connection.kysely.destroy();
  }
}

function isUniqueViolation(error: unknown): boolean {
  const { code, errcode } = error as { code?: string; errcode?: number };
  // PostgreSQL 23505, MySQL ER_DUP_ENTRY, SQLite's extended codes for a primary key and a unique index.
  return code === '23505' || code === 'ER_DUP_ENTRY' || errcode === 1555 || errcode === 2067;
}

async function connect(options: DatabaseOptions): Promise<Connection> {
  if (typeof options !== 'string')
    return { kysely: options.kysely as unknown as Kysely<Tables>, dialect: options.dialect, isOurs: false };
  const kysely = await import('kysely');
  const scheme = /^([a-z+\d]+):\/\//.exec(options)?.[1];
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const { Pool } = (await driver('pg', () => import('pg'))).default;
    const pool = new Pool({ connectionString: options });
    // A connection that dies while idle is replaced; without a listener the process would end.
    pool.on('error', () => {});
    const dialect = new kysely.PostgresDialect({ pool });
    return {
      kysely: new kysely.Kysely({ dialect }),
      dialect: 'postgres',
      isOurs: true,
      async ask(text, parameters) {
        const { rows, rowCount } = await pool.query<StoredRow>(text, parameters);
        return { rows, affected: rowCount ?? 0 };
      },
    };
  }
  if (scheme === 'mysql' || scheme === 'mariadb') {
    const { createPool } = await driver('mysql2', () => import('mysql2'));
    const pool = createPool({ uri: options.replace(/^mariadb:/, 'mysql:') });
    return {
      kysely: new kysely.Kysely({ dialect: new kysely.MysqlDialect({ pool }) }),
      dialect: 'mysql',
      isOurs: true,
    };
  }
  if (scheme !== undefined && scheme !== 'sqlite')
    throw new ImproperlyConfigured(`Sessions: the option database names ${scheme}: use postgres, mysql or sqlite.`);
  const path = options.replace(/^sqlite:\/\/\/?/, '');
  const database = await openSqlite(path);
  return {
    kysely: new kysely.Kysely({ dialect: new kysely.SqliteDialect({ database }) }),
    dialect: 'sqlite',
    isOurs: true,
    async ask(text, parameters) {
      const statement = database.prepare(text);
      return statement.reader
        ? { rows: statement.all(parameters) as unknown as StoredRow[], affected: 0 }
        : { rows: [], affected: Number(statement.run(parameters).changes) };
    },
  };
}

async function driver<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new ImproperlyConfigured(`Sessions: this database needs the package ${name}: npm install ${name}`, {
      cause: error,
    });
  }
}

/** `node:sqlite` in the shape that Kysely asks for, each statement prepared once. */
async function openSqlite(path: string) {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path, { timeout: SQLITE_TIMEOUT_MS });
  const statements = new Map<string, ReturnType<typeof prepare>>();
  const prepare = (text: string) => {
    const statement = database.prepare(text);
    type Values = Parameters<typeof statement.all>;
    return {
      reader: statement.columns().length > 0,
      all: (values: readonly unknown[]) => statement.all(...(values as Values)),
      run: (values: readonly unknown[]) => statement.run(...(values as Values)),
      iterate: (values: readonly unknown[]) => statement.iterate(...(values as Values)),
    };
  };
  return {
    close: () => database.close(),
    prepare(text: string) {
      let statement = statements.get(text);
      if (statement === undefined) statements.set(text, (statement = prepare(text)));
      return statement;
    },
  };
}
