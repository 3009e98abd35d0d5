/** Records that outlive a server, in the shapes in which session libraries want a store. */
import { DatabaseSync } from 'node:sqlite';

class Records {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec('CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, data TEXT NOT NULL)');
  }

  read(key: string): unknown {
    const row = this.#database.prepare('SELECT data FROM records WHERE key = ?').get(key);
    return row === undefined ? undefined : JSON.parse(row['data'] as string);
  }

  write(key: string, data: unknown): void {
    this.#database
      .prepare('INSERT INTO records VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET data = excluded.data')
      .run(key, JSON.stringify(data));
  }

  remove(key: string): void {
    this.#database.prepare('DELETE FROM records WHERE key = ?').run(key);
  }
}

/** For koa-session. */
export class KoaSqliteStore extends Records {
  get = async (key: string): Promise<unknown> => this.read(key);
  set = async (key: string, data: unknown): Promise<void> => this.write(key, data);
  destroy = async (key: string): Promise<void> => this.remove(key);
}

type Callback = (error?: unknown, data?: unknown) => void;

/** For @fastify/session. */
export class FastifySqliteStore extends Records {
  get = (key: string, callback: Callback): void => callback(null, this.read(key) ?? null);

  set = (key: string, data: unknown, callback: Callback): void => {
    this.write(key, data);
    callback();
  };

  destroy = (key: string, callback: Callback): void => {
    this.remove(key);
    callback();
  };
}

/** For hono-sessions. */
export class HonoSqliteStore extends Records {
  getSessionById = (key?: string): unknown => (key === undefined ? null : (this.read(key) ?? null));
  createSession = (key: string, data: unknown): void => this.write(key, data);
  persistSessionData = (key: string, data: unknown): void => this.write(key, data);
  deleteSession = (key: string): void => this.remove(key);
}
