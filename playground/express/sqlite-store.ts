import type { DatabaseSync } from 'node:sqlite';
import session, { type SessionData } from 'express-session';

/** A session is kept for a day where its cookie names no end: it must go some day. */
const DEFAULT_TTL_MS = 86_400_000;

export interface SqliteStoreOptions {
  /** Milliseconds that each write waits first: a slow database, for the pages that need one. Default 0. */
  writeDelayMs?: number;
}

/** What `peek` gives. */
export interface Record {
  /** The session as JSON. */
  data: string;
  /** Epoch ms. */
  expiresAt: number;
}

/**
 * Sessions of express-session in one table of SQLite, by Node's own driver. Expired records are never given; they
 * stay in the table until `prune`.
 */
export class SqliteStore extends session.Store {
  readonly #database: DatabaseSync;
  readonly #writeDelayMs: number;

  constructor(database: DatabaseSync, { writeDelayMs = 0 }: SqliteStoreOptions = {}) {
    super();
    this.#database = database;
    this.#writeDelayMs = writeDelayMs;
    database.exec(
      'CREATE TABLE IF NOT EXISTS sessions (sid TEXT PRIMARY KEY, data TEXT NOT NULL, expires_at INTEGER NOT NULL)',
    );
  }

  override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    this.#answer(callback, 0, () => {
      const record = this.peek(sid);
      return record === undefined || record.expiresAt <= Date.now() ? null : (JSON.parse(record.data) as SessionData);
    });
  }

  override set(sid: string, data: SessionData, callback?: (error?: unknown) => void): void {
    // Serialized now: what is changed while a slow write waits is not part of it.
    const text = JSON.stringify(data);
    this.#answer(callback, this.#writeDelayMs, () => {
      this.#database
        .prepare(
          'INSERT INTO sessions VALUES (?, ?, ?) ON CONFLICT (sid) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at',
        )
        .run(sid, text, expiresAt(data));
    });
  }

  override touch(sid: string, data: SessionData, callback?: (error?: unknown) => void): void {
    this.#answer(callback, this.#writeDelayMs, () => {
      this.#database.prepare('UPDATE sessions SET expires_at = ? WHERE sid = ?').run(expiresAt(data), sid);
    });
  }

  override destroy(sid: string, callback?: (error?: unknown) => void): void {
    this.#answer(callback, 0, () => {
      this.#database.prepare('DELETE FROM sessions WHERE sid = ?').run(sid);
    });
  }

  /** The record as it lies in the table, expired or not. Changes nothing: the companion looks through it. */
  peek(sid: string): Record | undefined {
    const row = this.#database.prepare('SELECT data, expires_at FROM sessions WHERE sid = ?').get(sid);
    return row && { data: row['data'] as string, expiresAt: row['expires_at'] as number };
  }

  /** Deletes expired records; returns how many. */
  prune(): number {
    return Number(this.#database.prepare('DELETE FROM sessions WHERE expires_at <= ?').run(Date.now()).changes);
  }

  /** Answers later, never within the call, as a store over a network would; an error goes to the callback. */
  #answer<T>(callback: ((error: unknown, value?: T) => void) | undefined, delayMs: number, work: () => T): void {
    const answer = () => {
      let value: T;
      try {
        value = work();
      } catch (error) {
        callback?.(error);
        return;
      }
      callback?.(null, value);
    };
    if (delayMs > 0) setTimeout(answer, delayMs);
    else setImmediate(answer);
  }
}

const expiresAt = ({ cookie }: SessionData): number =>
  cookie.expires ? new Date(cookie.expires).getTime() : Date.now() + DEFAULT_TTL_MS;
