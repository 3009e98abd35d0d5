/** `@sessionscope/django-sessions`: Django's session framework in TypeScript. */
export { jsonSerializer, type Serializer } from './codec/record.ts';
export { PythonFloat } from './codec/numbers.ts';
export { PythonObject, PythonTuple } from './codec/python-values.ts';
export type { Sessions } from './core.ts';
export { decodeSession, type DecodeOptions, encodeSession } from './decode.ts';
export type { Cache } from './engines/cache-contract.ts';
export type { CacheOptions } from './engines/cache-options.ts';
export { cacheEngine, type CacheEngineOptions, CacheSession, type CacheSessionClass } from './engines/cache.ts';
export {
  cachedDbEngine,
  type CachedDbEngineOptions,
  CachedDbSession,
  type CachedDbSessionClass,
} from './engines/cached-db.ts';
export type { DatabaseConnection, DatabaseOptions, Dialect, QueryResult } from './engines/database.ts';
export {
  dbEngine,
  type DbEngineOptions,
  DbSession,
  type DbSessionClass,
  recordEngine,
  type RecordEngineOptions,
} from './engines/db.ts';
export type { RecordReading } from './record-reading.ts';
export type { Engine, EngineDefinition, ListedSession } from './engines/engine.ts';
export { fileEngine, type FileEngineOptions } from './engines/file.ts';
export type { Columns, ColumnValue, ListedRecord, RecordStore, StoredRecord } from './engines/record-store.ts';
export type { RedisClient } from './engines/redis-cache.ts';
export { signedCookieEngine } from './engines/signed-cookies.ts';
export type { ColumnDefinition, TableOptions } from './engines/table-definition.ts';
export * from './errors.ts';
export type { LoadedData } from './loaded-data.ts';
export type {
  ExchangeObserver,
  HeaderChange,
  LoadOutcome,
  ObservedSession,
  RequestFacts,
  SessionObserver,
  SessionOperation,
  SessionVerdict,
} from './observer.ts';
export type { AnyData } from './data-types.ts';
export { type ExpiryQuestion, Session } from './session.ts';
export { createSessions, type EngineName, type SessionsOptions } from './sessions.ts';
export type { CommonOptions, SessionLogger, Settings } from './settings.ts';
