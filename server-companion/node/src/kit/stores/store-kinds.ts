/**
 * What is known of a store: how it keeps a record, which clock ends it, and what its `touch` does. Known by what the
 * store is made of; of any other store nothing is claimed.
 */
import type { AnyStore } from './callbacks.ts';
import { KNOWN_STORES } from './known/index.ts';
import { cookieEnd, isNamed, isObject, type StoreKind } from './store-kind.ts';

const KINDS: readonly ((store: AnyStore) => StoreKind | undefined)[] = [
  memoryStore,
  mapStore,
  redisStore,
  postgresStore,
  ...KNOWN_STORES.map(({ kind }) => kind),
];

export function storeKindOf(store: AnyStore): StoreKind {
  for (const kind of KINDS) {
    const found = kind(store);
    if (found !== undefined) return found;
  }
  return UNKNOWN;
}

/** Most stores take the cookie's end for the record's; whether this one does is not known. */
const UNKNOWN: StoreKind = {
  recordsIn: undefined,
  keepsJson: false,
  decodesEachLoad: false,
  hasOwnSerializer: false,
  needsRecord: false,
  touchDisabled: undefined,
  clock(moment, cookie) {
    const storeAt = cookieEnd(cookie);
    return moment === 'load' || storeAt === null ? {} : { storeAt, storeFrom: 'cookie.expires', storeAssumed: true };
  },
};

/** The class itself, and its `get` with nothing of the app's around it. */
const hasOwnGet = (store: AnyStore, name: string): boolean =>
  (store.constructor as { name?: unknown }).name === name && !Object.hasOwn(store, 'get');

/** express-session's own: the JSON in `sessions`, with its end in it, which `touch` renews. */
function memoryStore(store: AnyStore): StoreKind | undefined {
  if (!isNamed(store, 'MemoryStore') || !isObject(store['sessions'])) return undefined;
  return {
    recordsIn: 'process',
    keepsJson: true,
    decodesEachLoad: hasOwnGet(store, 'MemoryStore'),
    hasOwnSerializer: false,
    needsRecord: true,
    touchDisabled: undefined,
    clock: (_moment, cookie) => ({ storeAt: cookieEnd(cookie), storeFrom: 'cookie.expires' }),
    peek(key) {
      // `clear()` puts another object in its place.
      const { sessions } = store;
      const text = isObject(sessions) && Object.hasOwn(sessions, key) ? sessions[key] : undefined;
      return typeof text === 'string' ? text : undefined;
    },
  };
}

/** What keeps sessions themselves in a `Map` of this process. Nothing in it ends by itself. */
function mapStore(store: AnyStore): StoreKind | undefined {
  if (!(store['store'] instanceof Map)) return undefined;
  return {
    keepsJson: false,
    decodesEachLoad: false,
    hasOwnSerializer: false,
    needsRecord: false,
    touchDisabled: undefined,
    recordsIn: 'process',
    clock: (moment) => (moment === 'load' ? {} : { storeAt: null }),
  };
}

/** Seconds are as fine as Redis and connect-pg-simple count. */
const ceilSeconds = (ms: number) => Math.ceil(ms / 1000) * 1000;

const ONE_DAY = 86_400;

/**
 * connect-redis. The rule of versions 4 and later, which have `getTTL`; 3 takes its `ttl` option before the cookie. A
 * load says nothing: `touch` moves Redis' clock and leaves the record's own dates as they were.
 */
function redisStore(store: AnyStore): StoreKind | undefined {
  const { client, prefix, serializer, ttl } = store;
  if (!isObject(client) || typeof prefix !== 'string') return undefined;
  const isKnown =
    typeof (store['getTTL'] ?? store['_getTTL']) === 'function' && store.constructor.name === 'RedisStore';
  const touchDisabled = store['disableTTL']
    ? 'disableTTL: true'
    : store['disableTouch']
      ? 'disableTouch: true'
      : undefined;
  return {
    recordsIn: 'outside',
    keepsJson: serializer === undefined || serializer === JSON,
    decodesEachLoad: (serializer === undefined || serializer === JSON) && hasOwnGet(store, 'RedisStore'),
    hasOwnSerializer: serializer !== undefined && serializer !== JSON,
    needsRecord: true,
    touchDisabled,
    clock(moment, cookie) {
      if (moment === 'load' || (moment === 'touch' && touchDisabled !== undefined)) return {};
      if (store['disableTTL']) return { storeAt: null, storeFrom: 'disableTTL: true' };
      // A function of the app's: calling it a second time might do something.
      if (typeof ttl === 'function') return {};
      const end = cookieEnd(cookie);
      const assumed = isKnown ? {} : { storeAssumed: true };
      const now = Date.now();
      if (end !== null) return { storeAt: now + ceilSeconds(end - now), storeFrom: 'cookie.expires', ...assumed };
      const seconds = Number(ttl ?? ONE_DAY);
      return Number.isFinite(seconds) ? { storeAt: now + seconds * 1000, storeFrom: 'ttl option', ...assumed } : {};
    },
  };
}

/** connect-pg-simple. Whether its `disableTouch` is set can't be read, so what a `touch` does is assumed. */
function postgresStore(store: AnyStore): StoreKind | undefined {
  if (typeof store['query'] !== 'function' || typeof store['quotedTable'] !== 'function') return undefined;
  return {
    recordsIn: 'outside',
    keepsJson: true,
    // The driver decodes it, by a parser that an app may have set.
    decodesEachLoad: false,
    hasOwnSerializer: false,
    needsRecord: true,
    touchDisabled: undefined,
    clock(moment, cookie) {
      if (moment === 'load') return {};
      const end = cookieEnd(cookie);
      const assumed = moment === 'touch' ? { storeAssumed: true } : {};
      if (end !== null) return { storeAt: ceilSeconds(end), storeFrom: 'cookie.expires', ...assumed };
      const seconds = Number(store['ttl'] || ONE_DAY);
      if (!Number.isFinite(seconds)) return {};
      return { storeAt: ceilSeconds(Date.now() + seconds * 1000), storeFrom: 'ttl option', ...assumed };
    },
  };
}
