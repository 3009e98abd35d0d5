/** `@sessionscope/django-sessions/cache`: sessions in Redis, in memory, or in a cache of your own. */
export type { Cache } from '../engines/cache-contract.ts';
export type { CacheOptions } from '../engines/cache-options.ts';
export { cacheEngine, type CacheEngineOptions, CacheSession, type CacheSessionClass } from '../engines/cache.ts';
export type { RedisClient } from '../engines/redis-cache.ts';
export type { EngineDefinition } from '../engines/engine.ts';
