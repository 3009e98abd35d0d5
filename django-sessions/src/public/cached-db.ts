/** `@sessionscope/django-sessions/cached-db`: sessions in a table, with a copy of each in a cache. */
export {
  cachedDbEngine,
  type CachedDbEngineOptions,
  CachedDbSession,
  type CachedDbSessionClass,
} from '../engines/cached-db.ts';
export type { EngineDefinition } from '../engines/engine.ts';
