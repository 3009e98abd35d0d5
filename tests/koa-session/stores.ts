/** Stores for koa-session, which brings none: in memory, and on Redis. */
interface Entry {
  text: string;
  endsAt: number;
}

/** Keeps JSON, so that what is loaded is never an object that an earlier request holds. */
export class MemoryStore {
  readonly records = new Map<string, Entry>();
  /** Each call, in order. */
  readonly calls: string[] = [];

  async get(key: string): Promise<unknown> {
    this.calls.push(`get ${key}`);
    const entry = this.records.get(key);
    return entry === undefined ? undefined : JSON.parse(entry.text);
  }

  async set(key: string, session: object, maxAge: number): Promise<void> {
    this.calls.push(`set ${key}`);
    this.records.set(key, { text: JSON.stringify(session), endsAt: Date.now() + maxAge });
  }

  async destroy(key: string): Promise<void> {
    this.calls.push(`destroy ${key}`);
    this.records.delete(key);
  }

  peek(key: string): { data: string; expiresAt: number } | undefined {
    const entry = this.records.get(key);
    return entry === undefined ? undefined : { data: entry.text, expiresAt: entry.endsAt };
  }
}

/** Of node-redis. */
interface Client {
  get(name: string): Promise<string | null>;
  set(name: string, text: string, options: { PX: number }): Promise<unknown>;
  del(name: string): Promise<unknown>;
  pTTL(name: string): Promise<number>;
}

/** As koa-session's own docs have it, on node-redis. */
export class RedisStore {
  readonly #client: Client;
  readonly #prefix: string;

  constructor(client: Client, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  async get(key: string): Promise<unknown> {
    const text = await this.#client.get(this.#prefix + key);
    return text === null ? undefined : JSON.parse(text);
  }

  async set(key: string, session: object, maxAge: number): Promise<void> {
    await this.#client.set(this.#prefix + key, JSON.stringify(session), { PX: maxAge });
  }

  async destroy(key: string): Promise<void> {
    await this.#client.del(this.#prefix + key);
  }

  /** GET and PTTL change nothing. */
  async peek(key: string): Promise<{ data: string; expiresAt: number } | undefined> {
    const text = await this.#client.get(this.#prefix + key);
    return text === null
      ? undefined
      : { data: text, expiresAt: Date.now() + (await this.#client.pTTL(this.#prefix + key)) };
  }
}
