/** The table of sessions: its name, its columns, and how it is made. */
import { ImproperlyConfigured } from '../errors.ts';
import type { DatabaseConnection, Dialect } from './database.ts';

/** A column beside Django's three, in the SQL of the database: `integer`, `varchar(40)`. It may be null. */
export interface ColumnDefinition {
  type: string;
  /** Makes an index: for a column that `list` asks by. @default false */
  index?: boolean;
}

export interface TableOptions {
  /** Django: the model's `db_table`. May be qualified: `shop.session`. @default 'django_session' */
  table?: string;
  /** Columns beside `session_key`, `session_data` and `expire_date`. @default {} */
  columns?: Readonly<Record<string, ColumnDefinition>>;
}

export interface TableDefinition {
  name: string;
  /** As statements write it. */
  quotedName: string;
  columns: Readonly<Record<string, ColumnDefinition>>;
  quote(identifier: string): string;
}

/** Names and types come from the app's own code; what is none of these is a mistake. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const TYPE = /^[A-Za-z][A-Za-z0-9_ ]*(?:\(\d+(?:, ?\d+)?\))?$/;
const DJANGO_TABLE = 'django_session';
const OWN_COLUMNS: ReadonlySet<string> = new Set(['session_key', 'session_data', 'expire_date']);

/** Throws `ImproperlyConfigured` where a name or a type cannot work. */
export function checkTable({ table = DJANGO_TABLE, columns = {} }: TableOptions): Required<TableOptions> {
  const wrong = (what: string): never => {
    throw new ImproperlyConfigured(`Sessions: ${what}.`);
  };
  const parts = table.split('.');
  if (parts.length > 2 || !parts.every((part) => NAME.test(part)))
    wrong(`the option table is not a name of a table: ${JSON.stringify(table)}`);
  for (const [name, { type }] of Object.entries(columns)) {
    if (!NAME.test(name) || OWN_COLUMNS.has(name))
      wrong(`the option columns has a column that cannot be: ${JSON.stringify(name)}`);
    if (typeof type !== 'string' || !TYPE.test(type))
      wrong(`the column ${name} has no type that is known. Write one such as integer or varchar(40)`);
  }
  return { table, columns };
}

export function defineTable({ table, columns }: Required<TableOptions>, dialect: Dialect): TableDefinition {
  const mark = dialect === 'mysql' ? '`' : '"';
  const quote = (name: string) => mark + name + mark;
  return { name: table, quotedName: table.split('.').map(quote).join('.'), columns, quote };
}

/**
 * Makes the table as Django's migration does, index names included, so that `migrate --fake-initial` takes it for its
 * own. A table that is there is left alone, and needs no right to make one; one that another process makes meanwhile is
 * as good.
 */
export async function createTable(connection: DatabaseConnection, table: TableDefinition): Promise<void> {
  if (await hasTable(connection, table)) return;
  try {
    for (const statement of CREATE[connection.dialect](table)) await connection.query(statement, []);
  } catch (error) {
    if (!(await hasTable(connection, table))) throw error;
  }
}

async function hasTable({ dialect, query }: DatabaseConnection, table: TableDefinition): Promise<boolean> {
  const [schema, name] = table.name.includes('.') ? table.name.split('.') : [undefined, table.name];
  const ask: Record<Dialect, () => ReturnType<typeof query>> = {
    sqlite: () => query(`select 1 from ${schema ?? 'main'}.sqlite_master where type = 'table' and name = ?`, [name]),
    // Found as a statement would find it, by the search path.
    postgres: () => query('select 1 where to_regclass($1) is not null', [table.quotedName]),
    mysql: () =>
      query('select 1 from information_schema.tables where table_schema = coalesce(?, database()) and table_name = ?', [
        schema ?? null,
        name,
      ]),
  };
  return (await ask[dialect]()).rows.length > 0;
}

interface Parts {
  expiryIndex: string;
  indexes: [name: string, column: string][];
  extra: string;
}

function partsOf({ name, columns, quote }: TableDefinition): Parts {
  const bare = name.split('.').at(-1)!;
  return {
    // Django's own names end with a digest of table and column.
    expiryIndex: quote(bare === DJANGO_TABLE ? 'django_session_expire_date_a5c62663' : `${bare}_expire_date`),
    indexes: Object.entries(columns)
      .filter(([, { index }]) => index === true)
      .map(([column]) => [quote(`${bare}_${column}`), quote(column)]),
    extra: Object.entries(columns)
      .map(([column, { type }]) => `, ${quote(column)} ${type} null`)
      .join(''),
  };
}

const CREATE: Record<Dialect, (table: TableDefinition) => string[]> = {
  sqlite(table) {
    const { expiryIndex, indexes, extra } = partsOf(table);
    const [schema = ''] = /^.*\./.exec(table.quotedName) ?? [];
    const bare = table.quotedName.slice(schema.length);
    return [
      `create table ${table.quotedName} ("session_key" varchar(40) not null primary key, "session_data" text not null, "expire_date" datetime not null${extra})`,
      ...[[expiryIndex, '"expire_date"'], ...indexes].map(
        ([name, column]) => `create index if not exists ${schema}${name} on ${bare} (${column})`,
      ),
    ];
  },
  // One statement: another process sees the table with its indexes, or not at all.
  postgres(table) {
    const { expiryIndex, indexes, extra } = partsOf(table);
    const name = table.quotedName;
    const bare = table.name.split('.').at(-1)!;
    const likeIndex = bare === DJANGO_TABLE ? 'django_session_session_key_c0390e0f_like' : `${bare}_session_key_like`;
    return [
      `do $make$ begin
        create table ${name} ("session_key" varchar(40) not null primary key, "session_data" text not null, "expire_date" timestamp with time zone not null${extra});
        ${[[expiryIndex, '"expire_date"'], ...indexes].map(([index, column]) => `create index ${index} on ${name} (${column});`).join('\n')}
        create index ${table.quote(likeIndex)} on ${name} ("session_key" varchar_pattern_ops);
      end $make$`,
    ];
  },
  mysql(table) {
    const { expiryIndex, indexes, extra } = partsOf(table);
    const keys = [[expiryIndex, '`expire_date`'], ...indexes].map(([name, column]) => `, key ${name} (${column})`);
    return [
      `create table ${table.quotedName} (\`session_key\` varchar(40) not null primary key, \`session_data\` longtext not null, \`expire_date\` datetime(6) not null${extra}${keys.join('')})`,
    ];
  },
};
