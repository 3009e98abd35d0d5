/** A session's data, read at once: for templates and other code that cannot wait. */
import type { AnyData, Held, KeyOf } from './data-types.ts';

/** Reads what is in memory: it never asks the store, and changes nothing. */
export interface LoadedData<Data extends object = AnyData> {
  /** The value of a key, or `fallback` where it is not set. */
  get<Key extends KeyOf<Data>>(key: Key): Held<Data, Key> | undefined;
  get<Key extends KeyOf<Data>>(key: Key, fallback: Held<Data, Key>): Held<Data, Key>;
  get<Key extends KeyOf<Data>, Fallback>(key: Key, fallback: Fallback): Held<Data, Key> | Fallback;
  has(key: KeyOf<Data>): boolean;
  keys(): KeyOf<Data>[];
  entries(): [KeyOf<Data>, Data[KeyOf<Data>]][];
}

type Reading = { key?: string; hit: boolean; after?: unknown };

/**
 * The view of `data`. `read` is called with each method that reads, its name, and what it found: observers see these
 * reads as they see the session's own.
 */
export function viewLoaded<Data extends object>(
  data: () => ReadonlyMap<string, unknown>,
  read: (name: string, method: (...args: never[]) => unknown, reading: Reading) => void,
): LoadedData<Data> {
  const view = {
    get(key: string, fallback?: unknown): unknown {
      const hit = data().has(key);
      const value = hit ? data().get(key) : fallback;
      read('loaded.get', view.get, { key, hit, ...(hit ? { after: value } : {}) });
      return value;
    },
    has(key: string): boolean {
      const hit = data().has(key);
      read('loaded.has', view.has, { key, hit });
      return hit;
    },
    keys(): string[] {
      const keys = [...data().keys()];
      read('loaded.keys', view.keys, { hit: true });
      return keys;
    },
    entries(): [string, unknown][] {
      const entries = [...data().entries()];
      read('loaded.entries', view.entries, { hit: true });
      return entries;
    },
  };
  return view as unknown as LoadedData<Data>;
}
