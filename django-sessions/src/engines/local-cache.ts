/** Django's `LocMemCache`: a cache in the process's own memory, gone with it. For development and tests. */
import { writePickle } from '../codec/pickle-write.ts';
import { type Cache, readCached } from './cache-contract.ts';

/** Django's `MAX_ENTRIES`: from there on what was not used for longest is dropped. */
const MAX_ENTRIES = 300;
/** Django's `CULL_FREQUENCY`: one in so many goes at once. */
const CULL_FREQUENCY = 3;

interface Entry {
  bytes: Buffer;
  /** Epoch ms. */
  endsAt: number;
}

/** One for each name, as Django has one for each `LOCATION`; in the order of their last use. */
const stores = new Map<string, Map<string, Entry>>();

export class LocalCache implements Cache {
  readonly #entries: Map<string, Entry>;

  /** `location` names the store: two caches of one name in a process are one. */
  constructor(location: string) {
    let entries = stores.get(location);
    if (entries === undefined) stores.set(location, (entries = new Map()));
    this.#entries = entries;
  }

  #find(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    if (entry.endsAt <= Date.now()) return undefined;
    this.#entries.set(name, entry);
    return entry;
  }

  async bytes(name: string): Promise<Buffer | undefined> {
    const entry = this.#entries.get(name);
    return entry === undefined || entry.endsAt <= Date.now() ? undefined : entry.bytes;
  }

  async get(name: string, found?: (bytes: number) => void): Promise<Map<string, unknown> | undefined> {
    const entry = this.#find(name);
    if (entry === undefined) return undefined;
    found?.(entry.bytes.length);
    return readCached(entry.bytes);
  }

  async has(name: string): Promise<boolean> {
    return (await this.bytes(name)) !== undefined;
  }

  async set(
    name: string,
    data: ReadonlyMap<string, unknown>,
    seconds: number,
    made?: (bytes: number) => void,
    condition?: 'NX' | 'XX',
  ): Promise<boolean> {
    const bytes = writePickle(data);
    made?.(bytes.length);
    const isThere = this.#find(name) !== undefined;
    if (condition !== undefined && isThere !== (condition === 'XX')) return false;
    this.#entries.delete(name);
    const ttl = Math.trunc(seconds);
    if (ttl <= 0) return true;
    if (this.#entries.size >= MAX_ENTRIES) this.#cull();
    this.#entries.set(name, { bytes, endsAt: Date.now() + ttl * 1000 });
    return true;
  }

  #cull(): void {
    let count = Math.floor(this.#entries.size / CULL_FREQUENCY);
    for (const name of this.#entries.keys()) {
      if (count-- <= 0) return;
      this.#entries.delete(name);
    }
  }

  async delete(name: string): Promise<void> {
    this.#entries.delete(name);
  }

  async ttl(name: string): Promise<number | null> {
    const entry = this.#entries.get(name);
    return entry === undefined ? null : Math.max(0, entry.endsAt - Date.now());
  }

  async close(): Promise<void> {}
}
