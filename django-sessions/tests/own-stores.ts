/** What the examples are tried on: a table of documents and a Memcached, in this process's memory. */
import type { DocumentTable } from './examples/document-engine.ts';
import type { MemcachedClient } from './examples/memcached.ts';

/** Answers later, as a service does. */
const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createDocumentTable(): DocumentTable {
  const items = new Map<string, { data: string; endsAt: number }>();
  return {
    async get(id) {
      await later();
      return items.get(id);
    },
    async put({ id, ...item }, condition) {
      await later();
      if (items.has(id) !== (condition.if === 'existing')) return false;
      items.set(id, item);
      return true;
    },
    async delete(id) {
      await later();
      items.delete(id);
    },
  };
}

/** As Memcached reads it: up to 30 days from now, beyond that a time on the clock. */
const endOf = (expires: number) => (expires > 2_592_000 ? expires : Date.now() / 1000 + expires) * 1000;

export function createMemcached(): MemcachedClient {
  const values = new Map<string, { value: Uint8Array; endsAt: number }>();
  const find = (key: string) => {
    const entry = values.get(key);
    return entry === undefined || entry.endsAt <= Date.now() ? undefined : entry;
  };
  const storing =
    (accepts: (isThere: boolean) => boolean): MemcachedClient['set'] =>
    async (key, value, { expires }) => {
      await later();
      if (!accepts(find(key) !== undefined)) return false;
      values.set(key, { value: Uint8Array.from(value), endsAt: endOf(expires) });
      return true;
    };
  return {
    async get(key) {
      await later();
      return { value: find(key)?.value ?? null };
    },
    set: storing(() => true),
    add: storing((isThere) => !isThere),
    replace: storing((isThere) => isThere),
    async delete(key) {
      await later();
      return values.delete(key);
    },
  };
}
