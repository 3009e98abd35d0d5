/** `@sessionscope/django-sessions`: Django's session framework in TypeScript. */
export { jsonSerializer, type Serializer } from './codec/record.ts';
export { PythonFloat } from './codec/numbers.ts';
export { PythonObject, PythonTuple } from './codec/python-values.ts';
export { decodeSession, type DecodeOptions, encodeSession } from './decode.ts';
export type { DatabaseOptions, Dialect } from './engines/database.ts';
export type { RecordReading } from './engines/engine.ts';
export type { CacheOptions, RedisClient } from './engines/redis-cache.ts';
export * from './errors.ts';
export type {
  ExchangeObserver,
  LoadOutcome,
  ObservedSession,
  RequestFacts,
  SessionObserver,
  SessionOperation,
  SessionVerdict,
} from './observer.ts';
export type { AnyData, ExpiryQuestion, Session } from './session.ts';
export { createSessions, type Sessions } from './sessions.ts';
export type { EngineName, SessionLogger, SessionsOptions, Settings } from './settings.ts';
