/** Connections to SQLite, PostgreSQL and MySQL: by URL, with the driver that the app has installed, or the app's own. */
import { ImproperlyConfigured } from '../errors.ts';

export type Dialect = 'sqlite' | 'postgres' | 'mysql';

export interface QueryResult {
  /** Of a `select`. */
  rows: readonly Record<string, unknown>[];
  /** Rows that a statement inserted, found for an update, or deleted. */
  affected: number;
}

/** A database of the app's own, whatever its driver. It stays the app's to close. */
export interface DatabaseConnection {
  dialect: Dialect;
  /**
   * Runs one statement, its values passed apart from its text: placeholders are `?`, for PostgreSQL `$1`. They must
   * reach the server as values (a prepared statement): a driver that writes them into the text must escape them right.
   */
  query(text: string, values: readonly unknown[]): Promise<QueryResult>;
}

/** As much of a Kysely instance as is used. */
export interface KyselyLike {
  // oxlint-disable-next-line typescript/no-explicit-any -- Kysely's own type would make every user install it.
  executeQuery(query: any): Promise<{ rows: unknown[]; numAffectedRows?: bigint | undefined }>;
}

/**
 * `postgres://…`, `mysql://…`, `sqlite:///path`, the path of a SQLite file, `:memory:`; or a connection that the app
 * has, which stays the app's to close: a `DatabaseConnection`, or an instance of Kysely.
 */
export type DatabaseOptions = string | DatabaseConnection | { kysely: KyselyLike; dialect: Dialect };

/** Django waits as long for a locked SQLite database. */
const SQLITE_TIMEOUT_MS = 5_000;

export interface Connection extends DatabaseConnection {
  close(): Promise<void>;
}

/** Throws `ImproperlyConfigured` where the URL names no database that is known, or its driver is not installed. */
export async function connect(options: DatabaseOptions): Promise<Connection> {
  if (typeof options !== 'string')
    return { ...(isKysely(options) ? byKysely(options) : options), close: async () => {} };
  const scheme = /^([a-z+\d]+):\/\//.exec(options)?.[1];
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
      return connectPostgres(options);
    case 'mysql':
    case 'mariadb':
      return connectMysql(options.replace(/^mariadb:/, 'mysql:'));
    case 'sqlite':
    case undefined:
      return connectSqlite(options.replace(/^sqlite:\/\/\/?/, ''));
    default:
      throw new ImproperlyConfigured(`Sessions: the option database names ${scheme}: use postgres, mysql or sqlite.`);
  }
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

async function connectPostgres(url: string): Promise<Connection> {
  const { Pool } = (await driver('pg', () => import('pg'))).default;
  const pool = new Pool({ connectionString: url });
  // A connection that dies while idle is replaced; without a listener the process would end.
  pool.on('error', () => {});
  return {
    dialect: 'postgres',
    async query(text, values) {
      const { rows, rowCount } = await pool.query<Record<string, unknown>>(text, [...values]);
      return { rows, affected: rowCount ?? 0 };
    },
    close: () => pool.end(),
  };
}

async function connectMysql(url: string): Promise<Connection> {
  const { createPool } = await driver('mysql2', () => import('mysql2'));
  const pool = createPool({ uri: url }).promise();
  return {
    dialect: 'mysql',
    // Prepared by the server: `query` would write values into the text, escaped by rules that the server's `sql_mode`
    // may have turned off.
    async query(text, values) {
      const [result] = await pool.execute(text, values as string[]);
      return Array.isArray(result)
        ? { rows: result as Record<string, unknown>[], affected: 0 }
        : { rows: [], affected: result.affectedRows };
    },
    close: () => pool.end(),
  };
}

async function connectSqlite(path: string): Promise<Connection> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path, { timeout: SQLITE_TIMEOUT_MS });
  const statements = new Map<string, ReturnType<typeof prepare>>();
  const prepare = (text: string) => {
    const statement = database.prepare(text);
    return { statement, isRead: statement.columns().length > 0 };
  };
  return {
    dialect: 'sqlite',
    async query(text, values) {
      let known = statements.get(text);
      if (known === undefined) statements.set(text, (known = prepare(text)));
      const { statement, isRead } = known;
      const given = values as Parameters<typeof statement.all>;
      return isRead
        ? { rows: statement.all(...given), affected: 0 }
        : { rows: [], affected: Number(statement.run(...given).changes) };
    },
    close: async () => database.close(),
  };
}

const isKysely = (options: object): options is { kysely: KyselyLike; dialect: Dialect } => 'kysely' in options;

/** Kysely's `CompiledQuery.raw`, made by hand: its package need not be loaded for it. */
const byKysely = ({ kysely, dialect }: { kysely: KyselyLike; dialect: Dialect }): DatabaseConnection => ({
  dialect,
  async query(sql, parameters) {
    const query = { kind: 'RawNode', sqlFragments: [sql], parameters: [] };
    const { rows, numAffectedRows = 0n } = await kysely.executeQuery({
      sql,
      parameters,
      query,
      queryId: { queryId: 'session' },
    });
    return { rows: rows as Record<string, unknown>[], affected: Number(numAffectedRows) };
  },
});
