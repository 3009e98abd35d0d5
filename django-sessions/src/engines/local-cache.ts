/** Django's `LocMemCache`: a cache in the process's own memory, gone with it. For development and tests. */
/** Django's `MAX_ENTRIES`: from there on what was not used for longest is dropped. */
const MAX_ENTRIES = 300;
/** Django's `CULL_FREQUENCY`: one in so many goes at once. */
const CULL_FREQUENCY = 3;

/** A pickle, as in other caches, or a session's JSON: no other process reads what is in here. */
export type LocalValue = Uint8Array | string;

interface Entry {
  value: LocalValue;
  /** Epoch ms. */
  endsAt: number;
}

/** One for each name, as Django has one for each `LOCATION`; in the order of their last use. */
const stores = new Map<string, Map<string, Entry>>();

/** A `Cache`, whose values may be texts. */
export class LocalCache {
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

  async get(name: string): Promise<LocalValue | undefined> {
    return this.#find(name)?.value;
  }

  async peek(name: string): Promise<LocalValue | undefined> {
    const entry = this.#entries.get(name);
    return entry === undefined || entry.endsAt <= Date.now() ? undefined : entry.value;
  }

  async has(name: string): Promise<boolean> {
    return (await this.peek(name)) !== undefined;
  }

  async set(name: string, value: LocalValue, seconds: number, only?: 'new' | 'existing'): Promise<boolean> {
    const isThere = this.#find(name) !== undefined;
    if (only !== undefined && isThere !== (only === 'existing')) return false;
    this.#entries.delete(name);
    if (this.#entries.size >= MAX_ENTRIES) this.#cull();
    this.#entries.set(name, { value, endsAt: Date.now() + seconds * 1000 });
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
}
