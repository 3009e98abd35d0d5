/** `@sessionscope/django-sessions/db`: sessions in a table, or in a store of records of your own. */
export type { DatabaseConnection, DatabaseOptions, Dialect, QueryResult } from '../engines/database.ts';
export {
  dbEngine,
  type DbEngineOptions,
  DbSession,
  type DbSessionClass,
  recordEngine,
  type RecordEngineOptions,
} from '../engines/db.ts';
export type { EngineDefinition } from '../engines/engine.ts';
export type { Columns, ColumnValue, ListedRecord, RecordStore, StoredRecord } from '../engines/record-store.ts';
export type { ColumnDefinition, TableOptions } from '../engines/table-definition.ts';
