/** memorystore 1: JSON in an LRU cache of this process, which drops a record at its end or when it is full. */
import { isNamed, isObject } from '../store-kind.ts';
import { endOf, type KnownStore, ONE_DAY_MS } from './known-store.ts';

interface Dumped {
  k: string;
  v: unknown;
  /** Epoch ms; 0: it has no end. */
  e: number;
}

/** The cache; of express-session's own MemoryStore there is none. */
function cacheOf(store: Record<string, unknown>): { dump(): Dumped[] } | undefined {
  const cache = store['store'];
  return isObject(cache) && typeof cache['dump'] === 'function' ? (cache as { dump(): never }) : undefined;
}

export const memorystore: KnownStore = {
  kind(store) {
    if (!isNamed(store, 'MemoryStore') || cacheOf(store) === undefined) return undefined;
    const ttl = isObject(store['options']) ? store['options']['ttl'] : undefined;
    const isJson = store['serializer'] === JSON;
    return {
      recordsIn: 'process',
      keepsJson: isJson,
      decodesEachLoad: false,
      hasOwnSerializer: !isJson,
      needsRecord: true,
      touchDisabled: undefined,
      clock(moment, cookie) {
        // A function of the app's: calling it a second time might do something.
        if (moment === 'load' || typeof ttl === 'function') return {};
        if (typeof ttl !== 'number') return endOf(cookie, ONE_DAY_MS, 'a day, its default');
        return { storeAt: ttl === 0 ? null : Date.now() + ttl, storeFrom: 'ttl option' };
      },
    };
  },
  /** `peek` of the cache would drop a record that has ended; `dump` lists what has not, and changes nothing. */
  read(store) {
    const cache = isNamed(store, 'MemoryStore') ? cacheOf(store) : undefined;
    if (cache === undefined) return undefined;
    const { serializer } = store as { serializer?: { parse?: (text: string) => unknown } };
    return async (key) => {
      const found = cache.dump().find(({ k }) => k === key);
      if (found === undefined || typeof found.v !== 'string') return undefined;
      return {
        data: found.v,
        decode: (text) => (serializer?.parse ?? JSON.parse).call(serializer, text),
        expiresAt: found.e === 0 ? null : found.e,
        bytes: Buffer.byteLength(found.v),
      };
    };
  },
};
