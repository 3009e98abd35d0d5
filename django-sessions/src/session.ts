/** Django's `SessionBase`: one session of one request, read from its store when it is first used. */
import { randomBytes } from 'node:crypto';
import { BadSignature, MissingKeyError } from './errors.ts';
import type { ExchangeObserver, LoadOutcome, ObservedSession } from './observer.ts';
import type { Settings } from './settings.ts';
import { type Call, Teller } from './telling.ts';
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
  readonly #teller: Teller | undefined;
  #key: string | null = null;
  /** Django's `_session_cache`; `undefined`: not loaded. */
  protected data: Map<string, unknown> | undefined;
  #loading: Promise<Map<string, unknown>> | undefined;
  /** Whether anything was read or written: then the response varies on the cookie. */
  accessed = false;
  #modified = false;
  /** Of the record that was last read or made. */
  #recordBytes: number | undefined;
  #loadFault: { outcome: LoadOutcome; error?: unknown } | undefined;

  constructor(settings: Settings, sessionKey: string | null | undefined, observer?: ExchangeObserver | undefined) {
    this.settings = settings;
    this.#teller = observer === undefined ? undefined : new Teller(this, observer);
    this.setKey(sessionKey ?? null);
  }

  // ── what the app uses ──────────────────────────────────────────────────────

  /** Names the session in its cookie; `null`: it has none yet. */
  get sessionKey(): string | null {
    return this.#key;
  }

  /** Whether the session is saved at the end of the request. Set it after a change inside of a value. */
  get modified(): boolean {
    return this.#modified;
  }

  set modified(value: boolean) {
    this.#modified = value;
    this.#teller?.tellAssigned(value, setModified);
  }

  /** Read at once: what is in memory, without loading. For observers. */
  get memory(): ReadonlyMap<string, unknown> | undefined {
    return this.data;
  }

  /** The value of a key, or `fallback` where it is not set. */
  get<Key extends KeyOf<Data>>(key: Key): Promise<Held<Data, Key> | undefined>;
  get<Key extends KeyOf<Data>, Fallback>(key: Key, fallback: Fallback): Promise<Held<Data, Key> | Fallback>;
  async get(key: string, fallback?: unknown): Promise<unknown> {
    const call = this.#teller?.begin('get', this.get);
    return this.#read(call, key, fallback);
  }

  /** The value of a key. Rejects with `MissingKeyError` where it is not set. */
  async require<Key extends KeyOf<Data>>(key: Key): Promise<Held<Data, Key>> {
    const call = this.#teller?.begin('require', this.require);
    const value = await this.#read(call, key);
    if (!this.data!.has(key)) throw new MissingKeyError(key);
    return value as Held<Data, Key>;
  }

  async has(key: KeyOf<Data>): Promise<boolean> {
    const call = this.#teller?.begin('has', this.has);
    const hit = (await this.entriesOf()).has(key);
    this.#teller?.tell(call, { operation: 'get', key, hit });
    return hit;
  }

  async set<Key extends KeyOf<Data>>(key: Key, value: Held<Data, Key>): Promise<void> {
    const call = this.#teller?.begin('set', this.set);
    this.#write(call, await this.entriesOf(), key, value);
  }

  /** Deletes one key. Rejects with `MissingKeyError` where it is not set. */
  async delete(key: KeyOf<Data>): Promise<void> {
    const call = this.#teller?.begin('delete', this.delete);
    this.#remove(call, await this.entriesOf(), key);
  }

  /** Takes a key out: its value, or `fallback`; without one it rejects with `MissingKeyError` where it is not set. */
  pop<Key extends KeyOf<Data>>(key: Key): Promise<Held<Data, Key>>;
  pop<Key extends KeyOf<Data>, Fallback>(key: Key, fallback: Fallback): Promise<Held<Data, Key> | Fallback>;
  async pop(key: string, ...fallback: [unknown?]): Promise<unknown> {
    const call = this.#teller?.begin('pop', this.pop);
    const wasModified = this.#modified;
    const data = await this.entriesOf();
    const before = data.get(key);
    // Django's quirk, kept: as it was before the load, which may itself have marked the session.
    this.#modified = wasModified || data.has(key);
    if (data.delete(key)) {
      this.#teller?.tell(call, { operation: 'delete', key, before, hit: true });
      return before;
    }
    this.#teller?.tell(call, { operation: 'get', key, hit: false });
    if (fallback.length === 0) throw new MissingKeyError(key);
    return fallback[0];
  }

  /** The value of a key, which is set to `value` first where it is not. */
  async setDefault<Key extends KeyOf<Data>>(key: Key, value: Held<Data, Key>): Promise<Held<Data, Key>> {
    const call = this.#teller?.begin('setDefault', this.setDefault);
    const data = await this.entriesOf();
    if (data.has(key)) return (await this.#read(call, key)) as Held<Data, Key>;
    this.#write(call, data, key, value);
    return value;
  }

  /** Sets several keys; marks the session modified even where there is none. */
  async update(values: { [Key in KeyOf<Data>]?: Held<Data, Key> }): Promise<void> {
    const call = this.#teller?.begin('update', this.update);
    const data = await this.entriesOf();
    this.#modified = true;
    for (const [key, value] of Object.entries(values)) this.#write(call, data, key, value);
  }

  async keys(): Promise<KeyOf<Data>[]> {
    const call = this.#teller?.begin('keys', this.keys);
    const keys = [...(await this.entriesOf()).keys()];
    this.#teller?.tell(call, { operation: 'get', hit: true });
    return keys as KeyOf<Data>[];
  }

  async values(): Promise<Data[KeyOf<Data>][]> {
    const call = this.#teller?.begin('values', this.values);
    const values = [...(await this.entriesOf()).values()];
    this.#teller?.tell(call, { operation: 'get', hit: true });
    return values as Data[KeyOf<Data>][];
  }

  async entries(): Promise<[KeyOf<Data>, Data[KeyOf<Data>]][]> {
    const call = this.#teller?.begin('entries', this.entries);
    const entries = [...(await this.entriesOf()).entries()];
    this.#teller?.tell(call, { operation: 'get', hit: true });
    return entries as [KeyOf<Data>, Data[KeyOf<Data>]][];
  }

  /** Empties the data without reading it; the key, the record and the cookie stay. */
  clear(): void {
    const call = this.#teller?.begin('clear', this.clear);
    const before = this.data;
    this.#empty();
    this.#teller?.tell(call, { operation: 'clear', before });
  }

  #empty(): void {
    this.data = new Map();
    this.accessed = true;
    this.#modified = true;
  }

  /** Whether there is neither a key nor data. Reads nothing. */
  isEmpty(): boolean {
    return this.#key === null && (this.data === undefined || this.data.size === 0);
  }

  /** Empties the data, deletes the record, forgets the key: what a logout does. The response deletes the cookie. */
  async flush(): Promise<void> {
    const call = this.#teller?.begin('flush', this.flush);
    const previousKey = this.#key;
    const before = this.data;
    await this.#timed(call, { operation: 'flush', previousKey, before }, async () => {
      this.#empty();
      await this.removeRecord(previousKey);
      this.setKey(null);
    });
  }

  /** A new key for the same data, the old record deleted: what a login does. */
  async cycleKey(): Promise<void> {
    const call = this.#teller?.begin('cycleKey', this.cycleKey);
    const previousKey = this.#key;
    await this.#timed(call, { operation: 'cycle-key', previousKey }, () => this.changeKey());
  }

  /**
   * Seconds from the last modification, `0`: when the browser closes, a time, or `null`: as the settings say. A
   * fraction of a second is kept.
   */
  async setExpiry(value: number | Date | null): Promise<void> {
    const call = this.#teller?.begin('setExpiry', this.setExpiry);
    const data = await this.entriesOf();
    const before = data.get(EXPIRY_KEY);
    if (value === null) {
      if (!data.delete(EXPIRY_KEY)) return;
    } else data.set(EXPIRY_KEY, value instanceof Date ? formatIso(value.getTime(), this.settings.clock) : value);
    this.#modified = true;
    this.#teller?.tell(call, { operation: 'set-expiry', key: EXPIRY_KEY, before, after: value });
  }

  /** Seconds until the session expires. */
  async getExpiryAge(question: ExpiryQuestion = {}): Promise<number> {
    const call = this.#teller?.begin('getExpiryAge', this.getExpiryAge);
    const age = await this.expiryAge(question);
    this.#askedExpiry(call, question);
    return age;
  }

  /** When the session expires. */
  async getExpiryDate(question: ExpiryQuestion = {}): Promise<Date> {
    const call = this.#teller?.begin('getExpiryDate', this.getExpiryDate);
    const date = await this.expiryDate(question);
    this.#askedExpiry(call, question);
    return date;
  }

  /** Whether the cookie has no end of its own. The record has: `cookieAge`. */
  async getExpireAtBrowserClose(): Promise<boolean> {
    const call = this.#teller?.begin('getExpireAtBrowserClose', this.getExpireAtBrowserClose);
    const expiry = (await this.entriesOf()).get(EXPIRY_KEY) ?? null;
    this.#askedExpiry(call, {});
    return expiry === null ? this.settings.expireAtBrowserClose : expiry === 0;
  }

  /** The middleware asks for its own sake, and a question with an expiry asks nothing of the session. */
  #askedExpiry(call: Call | undefined, question: ExpiryQuestion): void {
    if (call === undefined || call.by === 'framework' || 'expiry' in question) return;
    const after = this.data?.get(EXPIRY_KEY);
    const hit = after !== undefined;
    this.#teller!.tell(call, { operation: 'get', key: EXPIRY_KEY, hit, ...(hit ? { after } : {}) });
  }

  protected async expiryAge(question: ExpiryQuestion = {}): Promise<number> {
    const expiry = await this.#expiryOf(question);
    if (expiry === null || expiry === 0) return this.settings.cookieAge;
    if (typeof expiry === 'number') return expiry;
    const { toWall } = this.settings.clock;
    const modification = question.modification?.getTime() ?? Date.now();
    return Math.floor((toWall(expiry.getTime()) - toWall(modification)) / 1000);
  }

  protected async expiryDate(question: ExpiryQuestion = {}): Promise<Date> {
    const expiry = await this.#expiryOf(question);
    if (expiry instanceof Date) return expiry;
    const { toWall, toInstant } = this.settings.clock;
    const modification = toWall(question.modification?.getTime() ?? Date.now());
    return new Date(toInstant(modification + (expiry || this.settings.cookieAge) * 1000));
  }

  async #expiryOf(question: ExpiryQuestion): Promise<number | Date | null> {
    const expiry = 'expiry' in question ? question.expiry : (await this.entriesOf()).get(EXPIRY_KEY);
    if (typeof expiry === 'string' && expiry !== '') return new Date(parseIso(expiry, this.settings.clock));
    return typeof expiry === 'number' || expiry instanceof Date ? expiry : null;
  }

  /** Sets a key by which the next request can tell whether the browser keeps cookies. */
  async setTestCookie(): Promise<void> {
    const call = this.#teller?.begin('setTestCookie', this.setTestCookie);
    this.#write(call, await this.entriesOf(), TEST_COOKIE_NAME, TEST_COOKIE_VALUE);
  }

  async testCookieWorked(): Promise<boolean> {
    const call = this.#teller?.begin('testCookieWorked', this.testCookieWorked);
    return (await this.#read(call, TEST_COOKIE_NAME)) === TEST_COOKIE_VALUE;
  }

  /** Rejects with `MissingKeyError` where it is not set. */
  async deleteTestCookie(): Promise<void> {
    const call = this.#teller?.begin('deleteTestCookie', this.deleteTestCookie);
    this.#remove(call, await this.entriesOf(), TEST_COOKIE_NAME);
  }

  // ── the record ─────────────────────────────────────────────────────────────

  /** Makes a new session, saved once, under a key that no other has. */
  async create(): Promise<void> {
    const call = this.#teller?.begin('create', this.create);
    const previousKey = this.#key;
    await this.#timed(call, { operation: 'create', previousKey }, () => this.createRecord());
  }

  /** What the store holds under the session's key; the session itself keeps what it has. */
  async load(): Promise<ReadonlyMap<string, unknown>> {
    return this.#loadAs(this.#teller?.begin('load', this.load));
  }

  /**
   * Saves the session. Rejects with `UpdateError` where its record has gone, with `UnserializableValueError` where a
   * value cannot be stored; with `mustCreate`, with `CreateError` where there is one already.
   */
  async save({ mustCreate = false }: { mustCreate?: boolean } = {}): Promise<void> {
    const call = this.#teller?.begin('save', this.save);
    const previousKey = this.#key;
    this.#recordBytes = undefined;
    await this.#timed(call, { operation: 'save', previousKey }, () => this.saveRecord(mustCreate));
  }

  /**
   * Django's `delete(session_key=None)`: deletes a record, the session's own by default. No error where there is none.
   */
  async deleteRecord(sessionKey: string | null = this.#key): Promise<void> {
    const call = this.#teller?.begin('deleteRecord', this.deleteRecord);
    await this.#timed(call, { operation: 'flush', previousKey: sessionKey }, () => this.removeRecord(sessionKey));
  }

  /** Whether the store has a record under this key. */
  abstract exists(sessionKey: string): Promise<boolean>;

  // ── for back-ends ──────────────────────────────────────────────────────────

  /** Django's `delete()`; `null`: nothing. */
  protected abstract removeRecord(sessionKey: string | null): Promise<void>;
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
    if (key !== null) await this.removeRecord(key);
  }

  protected setKey(key: string | null): void {
    this.#key = key !== null && key.length >= MIN_KEY_LENGTH ? key : null;
  }

  /**
   * Django's `_get_or_create_session_key()`. A save whose load found no record goes on under a new key, which has no
   * record either.
   */
  protected ensureKey(): string {
    this.#key ??= newSessionKey();
    return this.#key;
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
    try {
      const data = await this.#loadAs(this.#teller?.beginOwn('load'));
      this.data ??= data;
      return data;
    } finally {
      this.#loading = undefined;
    }
  }

  async #loadAs(call: Call | undefined): Promise<Map<string, unknown>> {
    const sessionKey = this.#key;
    this.#recordBytes = undefined;
    this.#loadFault = undefined;
    try {
      const data = await this.loadRecord();
      if (call !== undefined) {
        const fault: { outcome: LoadOutcome } = this.#loadFault ?? {
          outcome: this.#key === null || this.#key !== sessionKey ? 'missing' : 'found',
        };
        this.#teller!.tellTimed(call, { operation: 'load', sessionKey, after: data, ...fault, ...this.#bytes() });
      }
      return data;
    } catch (error) {
      this.#teller?.tellTimed(call, { operation: 'load', sessionKey, outcome: 'error', error });
      throw error;
    }
  }

  #bytes(): { bytes?: number } {
    return this.#recordBytes === undefined ? {} : { bytes: this.#recordBytes };
  }

  /** Django's `decode()`: no data where the record cannot be read; a bad signature is logged. */
  protected decode(record: string): Map<string, unknown> {
    try {
      return this.settings.codec.decode(record);
    } catch (error) {
      if (error instanceof BadSignature) {
        this.settings.logger.warn('Session data corrupted');
        this.loadFailed('invalid-signature', error);
      } else this.loadFailed('error', error);
      return new Map();
    }
  }

  /** A change of the framework's own: the session is saved at the end of the request. */
  protected markModified(): void {
    this.#modified = true;
  }

  /** The engine has read a record of so many bytes. */
  protected hasRead(bytes: number): void {
    this.#recordBytes = bytes;
  }

  /** The engine has just made the record of what the session holds. */
  protected hasMade(bytes: number): void {
    this.#recordBytes = bytes;
    this.#teller?.tellRecorded();
  }

  /** Why a load gave nothing, where it is not that there is no record. */
  protected loadFailed(outcome: 'expired' | 'invalid-signature' | 'error', error?: unknown): void {
    this.#loadFault = outcome === 'expired' || error === undefined ? { outcome } : { outcome, error };
  }

  // ── for the observer ───────────────────────────────────────────────────────

  /** Does something that asks the store, and tells how it went. */
  async #timed(call: Call | undefined, what: Parameters<Teller['tell']>[1], work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#teller?.tellTimed(call, { ...what, error });
      throw error;
    }
    if (call !== undefined)
      this.#teller!.tellTimed(call, { ...what, ...(what.operation === 'save' ? this.#bytes() : {}) });
  }

  /** For the middleware: what `work` calls at once is the framework's doing. */
  asFramework<T>(work: () => T): T {
    return this.#teller === undefined ? work() : this.#teller.asFramework(work);
  }

  async #read(call: Call | undefined, key: string, fallback?: unknown): Promise<unknown> {
    const data = await this.entriesOf();
    const hit = data.has(key);
    const value = hit ? data.get(key) : fallback;
    this.#teller?.tell(call, { operation: 'get', key, hit, ...(hit ? { after: value } : {}) });
    return value;
  }

  #write(call: Call | undefined, data: Map<string, unknown>, key: string, value: unknown): void {
    const hit = data.has(key);
    const before = data.get(key);
    data.set(key, value);
    this.#modified = true;
    this.#teller?.tell(call, { operation: 'set', key, hit, ...(hit ? { before } : {}), after: value });
  }

  #remove(call: Call | undefined, data: Map<string, unknown>, key: string): void {
    const hit = data.has(key);
    const before = data.get(key);
    this.#teller?.tell(call, { operation: 'delete', key, hit, before });
    if (!data.delete(key)) throw new MissingKeyError(key);
    this.#modified = true;
  }
}

/** Below it stands the line that assigned. */
const setModified = Object.getOwnPropertyDescriptor(Session.prototype, 'modified')!.set as (value: boolean) => void;
