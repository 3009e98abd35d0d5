/** Django's `SessionBase`: one session of one request, read from its store when it is first used. */
import { randomBytes } from 'node:crypto';
import { BadSignature, MissingKeyError } from './errors.ts';
import { type ExchangeObserver, type ObservedSession, type SessionOperation, tell } from './observer.ts';
import type { Settings } from './settings.ts';
import { formatIso, parseIso } from './times.ts';

const KEY_LENGTH = 32;
const KEY_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Shorter ones count as none. */
const MIN_KEY_LENGTH = 8;
const EXPIRY_KEY = '_session_expiry';
const TEST_COOKIE_NAME = 'testcookie';
const TEST_COOKIE_VALUE = 'worked';

/** A new key: 32 of 36 characters, from the system's random source. */
export function newSessionKey(): string {
  let key = '';
  while (key.length < KEY_LENGTH)
    for (const byte of randomBytes(KEY_LENGTH))
      // 252 is the last multiple of 36 below 256: what lies above would favour the first characters.
      if (byte < 252 && key.length < KEY_LENGTH) key += KEY_CHARACTERS[byte % KEY_CHARACTERS.length];
  return key;
}

/** A session's data as an app may have any. */
export type AnyData = Record<string, unknown>;
type KeyOf<Data> = keyof Data & string;
/** What a key holds where it is set. */
type Held<Data, Key extends keyof Data> = Exclude<Data[Key], undefined>;

export interface ExpiryQuestion {
  /** When the session was last saved. @default now */
  modification?: Date;
  /** As stored: seconds, `0`, a time, or `null` for the settings'. @default the session's own, which is loaded */
  expiry?: number | Date | string | null;
}

/**
 * What Django has in `request.session`. Nothing is read before the first use; a top-level `set` or `delete` marks the
 * session `modified`, a change inside of a value does not; the middleware saves it once, at the end of the request.
 *
 * `Data` types keys and values. Values are handed out as they are, not copied.
 */
export abstract class Session<Data extends object = AnyData> implements ObservedSession {
  protected readonly settings: Settings;
  readonly #observer: ExchangeObserver | undefined;
  #key: string | null = null;
  /** Django's `_session_cache`; `undefined`: not loaded. */
  protected data: Map<string, unknown> | undefined;
  #loading: Promise<Map<string, unknown>> | undefined;
  /** Above 0: a method of ours calls another; what it does is one operation. */
  #depth = 0;
  /** Whether anything was read or written: then the response varies on the cookie. */
  accessed = false;
  /** Whether the session is saved at the end of the request. Set it after a change inside of a value. */
  modified = false;

  constructor(settings: Settings, sessionKey: string | null | undefined, observer?: ExchangeObserver | undefined) {
    this.settings = settings;
    this.#observer = observer;
    this.setKey(sessionKey ?? null);
  }

  // ── what the app uses ──────────────────────────────────────────────────────

  /** Names the session in its cookie; `null`: it has none yet. */
  get sessionKey(): string | null {
    return this.#key;
  }

  /** Read at once: what is in memory, without loading. For observers. */
  get memory(): ReadonlyMap<string, unknown> | undefined {
    return this.data;
  }

  /** The value of a key, or `fallback` where it is not set. */
  get<Key extends KeyOf<Data>>(key: Key): Promise<Held<Data, Key> | undefined>;
  get<Key extends KeyOf<Data>, Fallback>(key: Key, fallback: Fallback): Promise<Held<Data, Key> | Fallback>;
  async get(key: string, fallback?: unknown): Promise<unknown> {
    const mark = this.#mark(this.get);
    return this.#read('get', key, fallback, mark);
  }

  /** The value of a key. Rejects with `MissingKeyError` where it is not set. */
  async require<Key extends KeyOf<Data>>(key: Key): Promise<Held<Data, Key>> {
    const mark = this.#mark(this.require);
    const value = await this.#read('require', key, undefined, mark);
    if (!this.data!.has(key)) throw new MissingKeyError(key);
    return value as Held<Data, Key>;
  }

  async has(key: KeyOf<Data>): Promise<boolean> {
    const mark = this.#mark(this.has);
    const hit = (await this.entriesOf()).has(key);
    this.#note({ operation: 'get', call: 'has', key, hit, mark });
    return hit;
  }

  async set<Key extends KeyOf<Data>>(key: Key, value: Held<Data, Key>): Promise<void> {
    const mark = this.#mark(this.set);
    this.#write('set', await this.entriesOf(), key, value, mark);
  }

  /** Deletes one key. Rejects with `MissingKeyError` where it is not set. */
  async delete(key: KeyOf<Data>): Promise<void> {
    const mark = this.#mark(this.delete);
    this.#remove('delete', await this.entriesOf(), key, mark);
  }

  /** Takes a key out: its value, or `fallback`; without one it rejects with `MissingKeyError` where it is not set. */
  pop<Key extends KeyOf<Data>>(key: Key): Promise<Held<Data, Key>>;
  pop<Key extends KeyOf<Data>, Fallback>(key: Key, fallback: Fallback): Promise<Held<Data, Key> | Fallback>;
  async pop(key: string, ...fallback: [unknown?]): Promise<unknown> {
    const mark = this.#mark(this.pop);
    const data = await this.entriesOf();
    const before = data.get(key);
    if (data.delete(key)) {
      this.modified = true;
      this.#note({ operation: 'delete', call: 'pop', key, before, hit: true, mark });
      return before;
    }
    this.#note({ operation: 'get', call: 'pop', key, hit: false, mark });
    if (fallback.length === 0) throw new MissingKeyError(key);
    return fallback[0];
  }

  /** The value of a key, which is set to `value` first where it is not. */
  async setDefault<Key extends KeyOf<Data>>(key: Key, value: Held<Data, Key>): Promise<Held<Data, Key>> {
    const mark = this.#mark(this.setDefault);
    const data = await this.entriesOf();
    if (data.has(key)) return (await this.#read('setDefault', key, undefined, mark)) as Held<Data, Key>;
    this.#write('setDefault', data, key, value, mark);
    return value;
  }

  /** Sets several keys; marks the session modified even where there is none. */
  async update(values: { [Key in KeyOf<Data>]?: Held<Data, Key> }): Promise<void> {
    const mark = this.#mark(this.update);
    const data = await this.entriesOf();
    this.modified = true;
    for (const [key, value] of Object.entries(values)) this.#write('update', data, key, value, mark);
  }

  async keys(): Promise<KeyOf<Data>[]> {
    const mark = this.#mark(this.keys);
    const keys = [...(await this.entriesOf()).keys()];
    this.#note({ operation: 'get', call: 'keys', mark });
    return keys as KeyOf<Data>[];
  }

  async values(): Promise<Data[KeyOf<Data>][]> {
    const mark = this.#mark(this.values);
    const values = [...(await this.entriesOf()).values()];
    this.#note({ operation: 'get', call: 'values', mark });
    return values as Data[KeyOf<Data>][];
  }

  async entries(): Promise<[KeyOf<Data>, Data[KeyOf<Data>]][]> {
    const mark = this.#mark(this.entries);
    const entries = [...(await this.entriesOf()).entries()];
    this.#note({ operation: 'get', call: 'entries', mark });
    return entries as [KeyOf<Data>, Data[KeyOf<Data>]][];
  }

  /** Empties the data without reading it; the key, the record and the cookie stay. */
  clear(): void {
    const mark = this.#mark(this.clear);
    const before = this.data;
    this.data = new Map();
    this.accessed = true;
    this.modified = true;
    this.#note({ operation: 'clear', call: 'clear', before, mark });
  }

  /** Whether there is neither a key nor data. Reads nothing. */
  isEmpty(): boolean {
    return this.#key === null && (this.data === undefined || this.data.size === 0);
  }

  /** Empties the data, deletes the record, forgets the key: what a logout does. The response deletes the cookie. */
  async flush(): Promise<void> {
    const mark = this.#mark(this.flush);
    const previousKey = this.#key;
    const before = this.data;
    const from = performance.now();
    await this.#inside(async () => {
      this.clear();
      await this.deleteRecord(this.#key);
      this.setKey(null);
    });
    this.#note({ operation: 'flush', call: 'flush', previousKey, before, durationMs: performance.now() - from, mark });
  }

  /** A new key for the same data, the old record deleted: what a login does. */
  async cycleKey(): Promise<void> {
    const mark = this.#mark(this.cycleKey);
    const previousKey = this.#key;
    const from = performance.now();
    await this.#inside(() => this.changeKey());
    this.#note({ operation: 'cycle-key', call: 'cycleKey', previousKey, durationMs: performance.now() - from, mark });
  }

  /**
   * Seconds from the last modification, `0`: when the browser closes, a time, or `null`: as the settings say. A
   * fraction of a second is kept.
   */
  async setExpiry(value: number | Date | null): Promise<void> {
    const mark = this.#mark(this.setExpiry);
    const data = await this.entriesOf();
    const before = data.get(EXPIRY_KEY);
    if (value === null) {
      if (!data.delete(EXPIRY_KEY)) return;
    } else data.set(EXPIRY_KEY, value instanceof Date ? formatIso(value.getTime(), this.settings.clock) : value);
    this.modified = true;
    this.#note({ operation: 'set-expiry', call: 'setExpiry', key: EXPIRY_KEY, before, after: value, mark });
  }

  /** Seconds until the session expires. */
  async getExpiryAge(question: ExpiryQuestion = {}): Promise<number> {
    const expiry = await this.#expiryOf(question);
    if (expiry === null || expiry === 0) return this.settings.cookieAge;
    if (typeof expiry === 'number') return expiry;
    const { toWall } = this.settings.clock;
    const modification = question.modification?.getTime() ?? Date.now();
    return Math.floor((toWall(expiry.getTime()) - toWall(modification)) / 1000);
  }

  /** When the session expires. */
  async getExpiryDate(question: ExpiryQuestion = {}): Promise<Date> {
    const expiry = await this.#expiryOf(question);
    if (expiry instanceof Date) return expiry;
    const { toWall, toInstant } = this.settings.clock;
    const modification = toWall(question.modification?.getTime() ?? Date.now());
    return new Date(toInstant(modification + (expiry || this.settings.cookieAge) * 1000));
  }

  /** Whether the cookie has no end of its own. The record has: `cookieAge`. */
  async getExpireAtBrowserClose(): Promise<boolean> {
    const expiry = (await this.entriesOf()).get(EXPIRY_KEY) ?? null;
    return expiry === null ? this.settings.expireAtBrowserClose : expiry === 0;
  }

  async #expiryOf(question: ExpiryQuestion): Promise<number | Date | null> {
    const expiry = 'expiry' in question ? question.expiry : (await this.entriesOf()).get(EXPIRY_KEY);
    if (typeof expiry === 'string' && expiry !== '') return new Date(parseIso(expiry, this.settings.clock));
    return typeof expiry === 'number' || expiry instanceof Date ? expiry : null;
  }

  /** Sets a key by which the next request can tell whether the browser keeps cookies. */
  async setTestCookie(): Promise<void> {
    const mark = this.#mark(this.setTestCookie);
    this.#write('setTestCookie', await this.entriesOf(), TEST_COOKIE_NAME, TEST_COOKIE_VALUE, mark);
  }

  async testCookieWorked(): Promise<boolean> {
    const mark = this.#mark(this.testCookieWorked);
    return (await this.#read('testCookieWorked', TEST_COOKIE_NAME, undefined, mark)) === TEST_COOKIE_VALUE;
  }

  /** Rejects with `MissingKeyError` where it is not set. */
  async deleteTestCookie(): Promise<void> {
    const mark = this.#mark(this.deleteTestCookie);
    this.#remove('deleteTestCookie', await this.entriesOf(), TEST_COOKIE_NAME, mark);
  }

  // ── the record ─────────────────────────────────────────────────────────────

  /** Makes a new session, saved once, under a key that no other has. */
  async create(): Promise<void> {
    const mark = this.#mark(this.create);
    const previousKey = this.#key;
    const from = performance.now();
    await this.#inside(() => this.createRecord());
    this.#note({ operation: 'create', call: 'create', previousKey, durationMs: performance.now() - from, mark });
  }

  /** What the store holds under the session's key; the session itself keeps what it has. */
  async load(): Promise<ReadonlyMap<string, unknown>> {
    const mark = this.#mark(this.load);
    const key = this.#key;
    const from = performance.now();
    const data = await this.#inside(() => this.loadRecord());
    this.#note({
      operation: 'load',
      call: 'load',
      outcome: this.#key === null || this.#key !== key ? 'missing' : 'found',
      sessionKey: key,
      after: data,
      durationMs: performance.now() - from,
      mark,
    });
    return data;
  }

  /**
   * Saves the session. Rejects with `UpdateError` where its record has gone, with `UnserializableValueError` where a
   * value cannot be stored; with `mustCreate`, with `CreateError` where there is one already.
   */
  async save({ mustCreate = false }: { mustCreate?: boolean } = {}): Promise<void> {
    const mark = this.#mark(this.save);
    const previousKey = this.#key;
    const from = performance.now();
    let error: unknown;
    try {
      await this.#inside(() => this.saveRecord(mustCreate));
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      this.#note({
        operation: 'save',
        call: 'save',
        previousKey,
        durationMs: performance.now() - from,
        ...(error === undefined ? {} : { error }),
        mark,
      });
    }
  }

  /** Whether the store has a record under this key. */
  abstract exists(sessionKey: string): Promise<boolean>;

  /** Django's `delete(session_key=None)`: deletes a record, the session's own by default. No error where there is none. */
  abstract deleteRecord(sessionKey?: string | null): Promise<void>;

  // ── for back-ends ──────────────────────────────────────────────────────────

  /** Django's `load()`. Forgets the key where there is no such record. */
  protected abstract loadRecord(): Promise<Map<string, unknown>>;
  /** Django's `save()`. */
  protected abstract saveRecord(mustCreate: boolean): Promise<void>;
  /** Django's `create()`. */
  protected abstract createRecord(): Promise<void>;

  /** Django's `cycle_key()`. */
  protected async changeKey(): Promise<void> {
    const data = await this.entriesOf();
    const key = this.#key;
    await this.createRecord();
    this.data = data;
    if (key !== null) await this.deleteRecord(key);
  }

  protected setKey(key: string | null): void {
    this.#key = key !== null && key.length >= MIN_KEY_LENGTH ? key : null;
  }

  /** Django's `_get_session()`: loads the data where that has not been done; `noLoad`: takes none instead. */
  protected async entriesOf(noLoad = false): Promise<Map<string, unknown>> {
    this.accessed = true;
    if (this.data !== undefined) return this.data;
    if (this.#key === null || noLoad) return (this.data = new Map());
    // Two first uses at once are one load.
    this.#loading ??= this.#loadOnce();
    const data = await this.#loading;
    // What was done to the session while it was being loaded stands.
    return (this.data ??= data);
  }

  async #loadOnce(): Promise<Map<string, unknown>> {
    const key = this.#key;
    const from = performance.now();
    try {
      const data = await this.loadRecord();
      this.data ??= data;
      this.#noteAlways({
        operation: 'load',
        call: 'load',
        by: 'framework',
        sessionKey: key,
        outcome: this.#key === key ? 'found' : 'missing',
        after: data,
        durationMs: performance.now() - from,
      });
      return data;
    } catch (error) {
      this.#noteAlways({
        operation: 'load',
        call: 'load',
        by: 'framework',
        sessionKey: key,
        error,
        durationMs: performance.now() - from,
      });
      throw error;
    } finally {
      this.#loading = undefined;
    }
  }

  /** Django's `decode()`: no data where the record cannot be read; a bad signature is logged. */
  protected decode(record: string): Map<string, unknown> {
    try {
      return this.settings.codec.decode(record);
    } catch (error) {
      if (error instanceof BadSignature) this.settings.logger.warn('Session data corrupted');
      return new Map();
    }
  }

  // ── for the observer ───────────────────────────────────────────────────────

  async #inside<T>(work: () => Promise<T>): Promise<T> {
    this.#depth += 1;
    try {
      return await work();
    } finally {
      this.#depth -= 1;
    }
  }

  #mark(method: (...args: never[]) => unknown): unknown {
    const observer = this.#observer;
    return observer?.mark === undefined || this.#depth > 0 ? undefined : tell(() => observer.mark!(method));
  }

  #note(operation: Omit<SessionOperation, 'session' | 'by' | 'sessionKey'> & { sessionKey?: string | null }): void {
    if (this.#observer === undefined || this.#depth > 0) return;
    this.#noteAlways({ by: this.isFramework ? 'framework' : 'app', ...operation });
  }

  /** While the middleware works on the session. */
  protected isFramework = false;

  #noteAlways(operation: Omit<SessionOperation, 'session' | 'sessionKey'> & { sessionKey?: string | null }): void {
    const observer = this.#observer;
    if (observer !== undefined) tell(() => observer.operation({ session: this, sessionKey: this.#key, ...operation }));
  }

  /** For the middleware: what happens meanwhile is the framework's doing. */
  async asFramework<T>(work: () => Promise<T>): Promise<T> {
    this.isFramework = true;
    try {
      return await work();
    } finally {
      this.isFramework = false;
    }
  }

  async #read(call: string, key: string, fallback: unknown, mark: unknown): Promise<unknown> {
    const data = await this.entriesOf();
    const hit = data.has(key);
    const value = hit ? data.get(key) : fallback;
    this.#note({ operation: 'get', call, key, hit, ...(hit ? { after: value } : {}), mark });
    return value;
  }

  #write(call: string, data: Map<string, unknown>, key: string, value: unknown, mark: unknown): void {
    const hit = data.has(key);
    const before = data.get(key);
    data.set(key, value);
    this.modified = true;
    this.#note({ operation: 'set', call, key, hit, ...(hit ? { before } : {}), after: value, mark });
  }

  #remove(call: string, data: Map<string, unknown>, key: string, mark: unknown): void {
    const hit = data.has(key);
    const before = data.get(key);
    this.#note({ operation: 'delete', call, key, hit, before, mark });
    if (!data.delete(key)) throw new MissingKeyError(key);
    this.modified = true;
  }
}
