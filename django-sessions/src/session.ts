/** Django's `SessionBase`: one session of one request, read from its store when it is first used. */
import type { AnyData, Held, KeyOf } from './data-types.ts';
import {
  BadSignature,
  CreateError,
  ImproperlyConfigured,
  InvalidSessionKey,
  MissingKeyError,
  NotLoadedError,
  SessionError,
  StoreTimeoutError,
  UpdateError,
} from './errors.ts';
import { type LoadedData, viewLoaded } from './loaded-data.ts';
import type { ExchangeObserver, LoadOutcome, ObservedSession } from './observer.ts';
import type { SessionCalls } from './session-calls.ts';
import type { RecordReading } from './record-reading.ts';
import { isSessionKey, MIN_KEY_LENGTH, newSessionKey } from './session-key.ts';
import type { Settings } from './settings.ts';
import { type Call, SessionNotifier } from './session-notifier.ts';
import { startDeadline } from './deadlines.ts';
import { checkExpiry, checkStoredExpiry, EXPIRY_KEY } from './expiry.ts';
import { formatIso, parseIso } from './times.ts';

/** A store that takes no key looks like keys that are all taken. Django's cache engine gives up after as many. */
const MAX_NEW_KEYS = 10_000;
const TEST_COOKIE_NAME = 'testcookie';
const TEST_COOKIE_VALUE = 'worked';

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
  readonly #notifier: SessionNotifier | undefined;
  /** `undefined`: outside of a request. */
  #calls: SessionCalls | undefined;
  #loaded: LoadedData<Data> | undefined;
  /** While the middleware calls a method: up to that method's first wait. */
  #isFramework = false;
  /** Fulfilled when the change of the record under way is over. */
  #changing: Promise<void> | undefined;
  #key: string | null = null;
  /** Django's `_session_cache`; `undefined`: not loaded. */
  protected data: Map<string, unknown> | undefined;
  #loading: Promise<Map<string, unknown>> | undefined;
  /** Whether anything was read or written: then the response varies on the cookie. */
  accessed = false;
  #modified = false;
  /** Of the record that was last read or made. */
  #recordBytes: number | undefined;
  /** Where the last load was answered from, with an engine of two layers. */
  #layer: 'cache' | 'store' | undefined;
  #loadFault: { outcome: LoadOutcome; error?: unknown } | undefined;

  constructor(settings: Settings, sessionKey: string | null | undefined, observer?: ExchangeObserver | undefined) {
    this.settings = settings;
    this.#notifier = observer === undefined ? undefined : new SessionNotifier(this, observer);
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
    this.#notifier?.notifyAssigned(value, setModified);
  }

  /** For observers: what `cookieAge` of the session's class says. */
  get defaultAge(): number {
    return this.cookieAge();
  }

  /** Read at once: what is in memory, without loading. For observers. */
  get memory(): ReadonlyMap<string, unknown> | undefined {
    return this.data;
  }

  /**
   * The data, read at once, without `await`: for templates. Throws `NotLoadedError` where nothing has loaded the session
   * yet. A value set through `set` is there once that call is over.
   */
  get loaded(): LoadedData<Data> {
    if (this.data === undefined) throw new NotLoadedError();
    return (this.#loaded ??= viewLoaded<Data>(
      () => this.data ?? new Map(),
      (name, method, reading) =>
        this.#notifier?.notify(this.#notifier.begin(name, method), { operation: 'get', ...reading }),
    ));
  }

  /** The value of a key, or `fallback` where it is not set. */
  get<Key extends KeyOf<Data>>(key: Key): Promise<Held<Data, Key> | undefined>;
  get<Key extends KeyOf<Data>>(key: Key, fallback: Held<Data, Key>): Promise<Held<Data, Key>>;
  get<Key extends KeyOf<Data>, Fallback>(key: Key, fallback: Fallback): Promise<Held<Data, Key> | Fallback>;
  get(key: string, fallback?: unknown): Promise<unknown> {
    const call = this.#notifier?.begin('get', this.get);
    return this.#onData('get', (data) => this.#read(call, data, key, fallback));
  }

  /** The value of a key. Rejects with `MissingKeyError` where it is not set. */
  require<Key extends KeyOf<Data>>(key: Key): Promise<Held<Data, Key>> {
    const call = this.#notifier?.begin('require', this.require);
    return this.#onData('require', (data) => {
      const value = this.#read(call, data, key);
      if (!data.has(key)) throw new MissingKeyError(key);
      return value as Held<Data, Key>;
    });
  }

  has(key: KeyOf<Data>): Promise<boolean> {
    const call = this.#notifier?.begin('has', this.has);
    return this.#onData('has', (data) => {
      const hit = data.has(key);
      this.#notifier?.notify(call, { operation: 'get', key, hit });
      return hit;
    });
  }

  set<Key extends KeyOf<Data>>(key: Key, value: Held<Data, Key>): Promise<void> {
    const call = this.#notifier?.begin('set', this.set);
    return this.#onData('set', (data) => this.#write(call, data, key, value));
  }

  /** Deletes one key. Rejects with `MissingKeyError` where it is not set. */
  delete(key: KeyOf<Data>): Promise<void> {
    const call = this.#notifier?.begin('delete', this.delete);
    return this.#onData('delete', (data) => this.#remove(call, data, key));
  }

  /** Takes a key out: its value, or `fallback`; without one it rejects with `MissingKeyError` where it is not set. */
  pop<Key extends KeyOf<Data>>(key: Key): Promise<Held<Data, Key>>;
  pop<Key extends KeyOf<Data>>(key: Key, fallback: Held<Data, Key>): Promise<Held<Data, Key>>;
  pop<Key extends KeyOf<Data>, Fallback>(key: Key, fallback: Fallback): Promise<Held<Data, Key> | Fallback>;
  pop(key: string, ...fallback: [unknown?]): Promise<unknown> {
    const call = this.#notifier?.begin('pop', this.pop);
    const wasModified = this.#modified;
    return this.#onData('pop', (data) => {
      const before = data.get(key);
      // Django's quirk, kept: as it was before the load, which may itself have marked the session.
      this.#modified = wasModified || data.has(key);
      if (data.delete(key)) {
        this.#notifier?.notify(call, { operation: 'delete', key, before, hit: true });
        return before;
      }
      this.#notifier?.notify(call, { operation: 'get', key, hit: false });
      if (fallback.length === 0) throw new MissingKeyError(key);
      return fallback[0];
    });
  }

  /** The value of a key, which is set to `value` first where it is not. */
  setDefault<Key extends KeyOf<Data>>(key: Key, value: Held<Data, Key>): Promise<Held<Data, Key>> {
    const call = this.#notifier?.begin('setDefault', this.setDefault);
    return this.#onData('setDefault', (data) => {
      if (data.has(key)) return this.#read(call, data, key) as Held<Data, Key>;
      this.#write(call, data, key, value);
      return value;
    });
  }

  /** Sets several keys; marks the session modified even where there is none. */
  update(values: { [Key in KeyOf<Data>]?: Held<Data, Key> }): Promise<void> {
    const call = this.#notifier?.begin('update', this.update);
    return this.#onData('update', (data) => {
      this.#modified = true;
      for (const [key, value] of Object.entries(values)) this.#write(call, data, key, value);
    });
  }

  keys(): Promise<KeyOf<Data>[]> {
    const call = this.#notifier?.begin('keys', this.keys);
    return this.#onData('keys', (data) => {
      const keys = [...data.keys()];
      this.#notifier?.notify(call, { operation: 'get', hit: true });
      return keys as KeyOf<Data>[];
    });
  }

  values(): Promise<Data[KeyOf<Data>][]> {
    const call = this.#notifier?.begin('values', this.values);
    return this.#onData('values', (data) => {
      const values = [...data.values()];
      this.#notifier?.notify(call, { operation: 'get', hit: true });
      return values as Data[KeyOf<Data>][];
    });
  }

  entries(): Promise<[KeyOf<Data>, Data[KeyOf<Data>]][]> {
    const call = this.#notifier?.begin('entries', this.entries);
    return this.#onData('entries', (data) => {
      const entries = [...data.entries()];
      this.#notifier?.notify(call, { operation: 'get', hit: true });
      return entries as [KeyOf<Data>, Data[KeyOf<Data>]][];
    });
  }

  /** Empties the data without reading it; the key, the record and the cookie stay. */
  clear(): void {
    const call = this.#notifier?.begin('clear', this.clear);
    const before = this.data;
    this.#empty();
    this.#notifier?.notify(call, { operation: 'clear', before });
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
  flush(): Promise<void> {
    const call = this.#notifier?.begin('flush', this.flush);
    return this.#followChange('flush', async () => {
      const previousKey = this.#key;
      const before = this.data;
      await this.#timed(call, { operation: 'flush', previousKey, before }, async () => {
        this.#empty();
        await this.#removeRecord(previousKey);
        this.setKey(null);
      });
    });
  }

  /** A new key for the same data, the old record deleted: what a login does. */
  cycleKey(): Promise<void> {
    const call = this.#notifier?.begin('cycleKey', this.cycleKey);
    return this.#followChange('cycleKey', async () => {
      const previousKey = this.#key;
      await this.#timed(call, { operation: 'cycle-key', previousKey }, () => this.changeKey());
    });
  }

  /**
   * Seconds from the last modification, `0`: when the browser closes, a time, or `null`: as the settings say. A
   * fraction of a second is kept. Rejects with `InvalidExpiryError` where it names no time that Django can read (years 1 to
   * 9999).
   */
  setExpiry(value: number | Date | null): Promise<void> {
    const call = this.#notifier?.begin('setExpiry', this.setExpiry);
    return this.#onData('setExpiry', (data) => {
      if (value !== null) checkExpiry(value);
      const before = data.get(EXPIRY_KEY);
      if (value === null) {
        if (!data.delete(EXPIRY_KEY)) return;
      } else data.set(EXPIRY_KEY, value instanceof Date ? formatIso(value.getTime(), this.settings.clock) : value);
      this.#modified = true;
      this.#notifier?.notify(call, { operation: 'set-expiry', key: EXPIRY_KEY, before, after: value });
    });
  }

  /** Seconds until the session expires. */
  getExpiryAge(question: ExpiryQuestion = {}): Promise<number> {
    const call = this.#notifier?.begin('getExpiryAge', this.getExpiryAge);
    return this.#follow('getExpiryAge', async () => {
      const age = await this.expiryAge(question);
      this.#askedExpiry(call, question);
      return age;
    });
  }

  /** When the session expires. */
  getExpiryDate(question: ExpiryQuestion = {}): Promise<Date> {
    const call = this.#notifier?.begin('getExpiryDate', this.getExpiryDate);
    return this.#follow('getExpiryDate', async () => {
      const date = await this.expiryDate(question);
      this.#askedExpiry(call, question);
      return date;
    });
  }

  /** Whether the cookie has no end of its own. The record has: `cookieAge`. */
  getExpireAtBrowserClose(): Promise<boolean> {
    const call = this.#notifier?.begin('getExpireAtBrowserClose', this.getExpireAtBrowserClose);
    return this.#onData('getExpireAtBrowserClose', (data) => {
      const expiry = data.get(EXPIRY_KEY) ?? null;
      this.#askedExpiry(call, {});
      return expiry === null ? this.settings.expireAtBrowserClose : expiry === 0;
    });
  }

  /** The middleware asks for its own sake, and a question with an expiry asks nothing of the session. */
  #askedExpiry(call: Call | undefined, question: ExpiryQuestion): void {
    if (call === undefined || call.by === 'framework' || 'expiry' in question) return;
    const after = this.data?.get(EXPIRY_KEY);
    const hit = after !== undefined;
    this.#notifier!.notify(call, { operation: 'get', key: EXPIRY_KEY, hit, ...(hit ? { after } : {}) });
  }

  protected async expiryAge(question: ExpiryQuestion = {}): Promise<number> {
    const expiry = await this.#expiryOf(question);
    if (expiry === null || expiry === 0) return this.cookieAge();
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
    return new Date(toInstant(modification + (expiry || this.cookieAge()) * 1000));
  }

  async #expiryOf(question: ExpiryQuestion): Promise<number | Date | null> {
    const expiry = 'expiry' in question ? question.expiry : (await this.entriesOf()).get(EXPIRY_KEY);
    if (typeof expiry === 'string' && expiry !== '') return new Date(parseIso(expiry, this.settings.clock));
    if (typeof expiry !== 'number' && !(expiry instanceof Date)) return null;
    checkExpiry(expiry);
    return expiry;
  }

  /** Sets a key by which the next request can see whether the browser keeps cookies. */
  setTestCookie(): Promise<void> {
    const call = this.#notifier?.begin('setTestCookie', this.setTestCookie);
    return this.#onData('setTestCookie', (data) => this.#write(call, data, TEST_COOKIE_NAME, TEST_COOKIE_VALUE));
  }

  testCookieWorked(): Promise<boolean> {
    const call = this.#notifier?.begin('testCookieWorked', this.testCookieWorked);
    return this.#onData('testCookieWorked', (data) => this.#read(call, data, TEST_COOKIE_NAME) === TEST_COOKIE_VALUE);
  }

  /** Rejects with `MissingKeyError` where it is not set. */
  deleteTestCookie(): Promise<void> {
    const call = this.#notifier?.begin('deleteTestCookie', this.deleteTestCookie);
    return this.#onData('deleteTestCookie', (data) => this.#remove(call, data, TEST_COOKIE_NAME));
  }

  // ── the record ─────────────────────────────────────────────────────────────

  /** Makes a new session, saved once, under a key that no other has. */
  create(): Promise<void> {
    const call = this.#notifier?.begin('create', this.create);
    return this.#followChange('create', async () => {
      const previousKey = this.#key;
      await this.#timed(call, { operation: 'create', previousKey }, () => this.createRecord());
    });
  }

  /** What the store holds under the session's key; the session itself keeps what it has. */
  load(): Promise<ReadonlyMap<string, unknown>> {
    const call = this.#notifier?.begin('load', this.load);
    return this.#follow('load', () => this.#loadAs(call));
  }

  /**
   * Saves the session. Rejects with `UpdateError` where its record has gone, with `UnserializableValueError` where a
   * value cannot be stored; with `mustCreate`, with `CreateError` where there is one already.
   */
  save({ mustCreate = false }: { mustCreate?: boolean } = {}): Promise<void> {
    const call = this.#notifier?.begin('save', this.save);
    return this.#followChange('save', async () => {
      const previousKey = this.#key;
      this.#recordBytes = undefined;
      await this.#timed(call, { operation: 'save', previousKey }, () => this.saveRecord(mustCreate));
    });
  }

  /**
   * Django's `delete(session_key=None)`: deletes a record, the session's own by default. No error where there is none.
   */
  deleteRecord(sessionKey: string | null = this.#key): Promise<void> {
    const call = this.#notifier?.begin('deleteRecord', this.deleteRecord);
    return this.#followChange('deleteRecord', async () => {
      await this.#timed(call, { operation: 'flush', previousKey: sessionKey }, () => this.#removeRecord(sessionKey));
    });
  }

  /** Whether the store has a record under this key. */
  exists(sessionKey: string): Promise<boolean> {
    return this.#follow(
      'exists',
      async () => this.#names(sessionKey) && this.#bounded('a look-up', () => this.hasRecord(sessionKey)),
    );
  }

  /** A record as it is, read without changing anything: no load, no deletion, no cache filled. */
  async peek(sessionKey: string): Promise<RecordReading> {
    return isText(sessionKey) && this.isKey(sessionKey) ? this.peekRecord(sessionKey) : { outcome: 'missing' };
  }

  // ── for back-ends: each is asked only for keys that `isKey` lets pass ──────────────────────────────────────────────────────────

  /** Django's `exists()`. */
  protected abstract hasRecord(sessionKey: string): Promise<boolean>;
  /** What `peek` gives. */
  protected abstract peekRecord(sessionKey: string): Promise<RecordReading>;
  /** Django's `delete()`; `null`: nothing. */
  protected abstract removeRecord(sessionKey: string | null): Promise<void>;
  /** Django's `load()`. Forgets the key where there is no such record. */
  protected abstract loadRecord(): Promise<Map<string, unknown>>;
  /** Django's `save()`. */
  protected abstract saveRecord(mustCreate: boolean): Promise<void>;
  /** Django's `create()`: saves under new keys until one is free. */
  protected async createRecord(): Promise<void> {
    for (let tries = 0; tries < MAX_NEW_KEYS; tries++) {
      this.setKey(this.#makeKey());
      try {
        await this.saveRecord(true);
        this.markModified();
        return;
      } catch (error) {
        if (!(error instanceof CreateError)) throw error;
      }
    }
    throw new SessionError('Unable to create a new session key. It is likely that the store is unavailable.');
  }

  /** Django's `_get_new_session_key()`. Where it makes others than 8 to 40 of `a-z0-9`, override `isKey` too. */
  protected newKey(): string {
    return newSessionKey();
  }

  #makeKey(): string {
    const key = this.newKey();
    if (isText(key) && key.length >= MIN_KEY_LENGTH && this.isKey(key)) return key;
    throw new ImproperlyConfigured('newKey() made a key that isKey() does not accept, or of fewer than 8 characters.');
  }

  /** Django's `get_session_cookie_age()`: seconds, where the session has no expiry of its own. */
  protected cookieAge(): number {
    return this.settings.cookieAge;
  }

  /** Django's `cycle_key()`. */
  protected async changeKey(): Promise<void> {
    const data = await this.entriesOf();
    const key = this.#key;
    await this.createRecord();
    this.data = data;
    if (key !== null) await this.#removeRecord(key);
  }

  /**
   * Whether a text could be one of the engine's keys. A key comes from the client: what could not be one names no
   * record, and no store is asked for it.
   */
  protected isKey(text: string): boolean {
    return isSessionKey(text);
  }

  /** A store was to be asked for what could not be a key. Where it throws, so does the call. */
  protected keyRefused(): void {}

  #names(sessionKey: string): boolean {
    if (isText(sessionKey) && this.isKey(sessionKey)) return true;
    this.keyRefused();
    return false;
  }

  #removeRecord(sessionKey: string | null): Promise<void> {
    return this.removeRecord(sessionKey !== null && this.#names(sessionKey) ? sessionKey : null);
  }

  protected setKey(key: string | null): void {
    this.#key = isText(key) && key.length >= MIN_KEY_LENGTH ? key : null;
  }

  /**
   * Django's `_get_or_create_session_key()`: the key to save under. A save whose load found no record goes on under a
   * new key, which has no record either. What could not be a key has none, and gets none.
   */
  protected keyToSave(mustCreate: boolean): string {
    this.#key ??= this.#makeKey();
    if (this.#names(this.#key)) return this.#key;
    throw mustCreate ? new InvalidSessionKey() : new UpdateError();
  }

  /** Django's `_get_session()`: loads the data where that has not been done; `noLoad`: takes none instead. */
  protected async entriesOf(noLoad = false): Promise<Map<string, unknown>> {
    const atOnce = this.#dataAtOnce();
    if (atOnce !== undefined) return atOnce;
    if (noLoad) return (this.data = new Map());
    // Two first uses at once are one load.
    this.#loading ??= this.#loadOnce();
    const data = await this.#loading;
    // What was done to the session while it was being loaded stands.
    return (this.data ??= data);
  }

  /** The data where nothing must be asked for them. Marks the session accessed. */
  #dataAtOnce(): Map<string, unknown> | undefined {
    this.accessed = true;
    if (this.data === undefined && this.#key === null) this.data = new Map();
    return this.data;
  }

  async #loadOnce(): Promise<Map<string, unknown>> {
    try {
      const data = await this.#loadAs(this.#notifier?.beginOwn('load'));
      this.data ??= data;
      return data;
    } finally {
      this.#loading = undefined;
    }
  }

  async #loadAs(call: Call | undefined): Promise<Map<string, unknown>> {
    const sessionKey = this.#key;
    this.#recordBytes = undefined;
    this.#layer = undefined;
    this.#loadFault = undefined;
    try {
      const data = await this.#loadRecord();
      if (call !== undefined) {
        const fault: { outcome: LoadOutcome } = this.#loadFault ?? {
          outcome: this.#key === null || this.#key !== sessionKey ? 'missing' : 'found',
        };
        const layer = this.#layer === undefined ? {} : { layer: this.#layer };
        this.#notifier!.notifyTimed(call, {
          operation: 'load',
          sessionKey,
          after: data,
          ...fault,
          ...layer,
          ...this.#bytes(),
        });
      }
      return data;
    } catch (error) {
      this.#notifier?.notifyTimed(call, { operation: 'load', sessionKey, outcome: 'error', error });
      throw error;
    }
  }

  async #loadRecord(): Promise<Map<string, unknown>> {
    if (this.#key === null || this.isKey(this.#key)) return this.#bounded('a load', () => this.loadRecord());
    this.setKey(null);
    return new Map();
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
        return new Map();
      }
      return this.cannotRead(error);
    }
  }

  /**
   * A record that cannot be read: no data. Django says nothing here; but what was in the record is gone with the next save,
   * so somebody must hear of it.
   */
  protected cannotRead(error: unknown): Map<string, unknown> {
    this.settings.logger.warn(
      `A session's record could not be read: ${(error as Error).message} It reads as empty, and a save replaces it.`,
    );
    this.loadFailed('error', error);
    return new Map();
  }

  /** A change of the framework's own: the session is saved at the end of the request. */
  protected markModified(): void {
    this.#modified = true;
  }

  /**
   * The engine has read a record of so many bytes. `layer`: which of two it was read from; what a cache holds beside a
   * store is a copy in another format, whose size is not the record's.
   */
  protected hasRead(bytes: number | undefined, layer?: 'cache' | 'store'): void {
    this.#recordBytes = bytes;
    this.#layer = layer;
  }

  /** The engine has just made the record of what the session holds. */
  protected hasMade(bytes: number): void {
    this.#recordBytes = bytes;
    this.#notifier?.notifyRecorded();
  }

  /** Why a load gave nothing, where it is not that there is no record. */
  protected loadFailed(outcome: 'expired' | 'invalid-signature' | 'error', error?: unknown): void {
    this.#loadFault = outcome === 'expired' || error === undefined ? { outcome } : { outcome, error };
  }

  // ── for the middleware and the observer ───────────────────────────────────────────────────────

  /** Does something that asks the store, and reports how it went. */
  async #timed(
    call: Call | undefined,
    what: Parameters<SessionNotifier['notify']>[1],
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await this.#bounded(what.operation === 'flush' ? 'a deletion' : 'a save', work);
    } catch (error) {
      this.#notifier?.notifyTimed(call, { ...what, error });
      throw error;
    }
    if (call !== undefined)
      this.#notifier!.notifyTimed(call, { ...what, ...(what.operation === 'save' ? this.#bytes() : {}) });
  }

  /** For the middleware: the session belongs to a request, which follows its calls. */
  inRequest(calls: SessionCalls): void {
    this.#calls = calls;
  }

  /** Uses the data: at once where they are in memory, so that what is called in a row is done in a row; else once loaded. */
  #onData<T>(name: string, use: (data: Map<string, unknown>) => T): Promise<T> {
    const data = this.#dataAtOnce();
    if (data === undefined) return this.#follow(name, async () => use(await this.entriesOf()));
    if (!this.#isFramework) this.#calls?.began(name);
    try {
      return Promise.resolve(use(data)) as Promise<T>;
    } catch (error) {
      return this.#follow(name, async () => {
        throw error;
      });
    }
  }

  #follow<T>(name: string, work: () => Promise<T>): Promise<T> {
    // The middleware awaits what it calls.
    return this.#calls === undefined || this.#isFramework ? work() : this.#calls.follow(name, work);
  }

  /** As `#follow`, after the changes of the record that were called before: two saves at once make one record. */
  #followChange(name: string, work: () => Promise<void>): Promise<void> {
    return this.#follow(name, async () => {
      while (this.#changing !== undefined) await this.#changing;
      let done!: () => void;
      this.#changing = new Promise((resolve) => (done = resolve));
      try {
        await work();
      } finally {
        this.#changing = undefined;
        done();
      }
    });
  }

  /** Rejects with `StoreTimeoutError` where the store takes too long. */
  async #bounded<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { storeTimeout } = this.settings;
    if (storeTimeout === 0) return work();
    const deadline = startDeadline(storeTimeout);
    try {
      return await new Promise<T>((resolve, reject) => {
        deadline.passed = () => reject(new StoreTimeoutError(what, storeTimeout));
        void work().then(resolve, reject);
      });
    } finally {
      deadline.end();
    }
  }

  /** For the middleware: what `work` calls at once is the framework's doing. */
  asFramework<T>(work: () => T): T {
    this.#isFramework = true;
    try {
      return this.#notifier === undefined ? work() : this.#notifier.asFramework(work);
    } finally {
      this.#isFramework = false;
    }
  }

  #read(call: Call | undefined, data: ReadonlyMap<string, unknown>, key: string, fallback?: unknown): unknown {
    const hit = data.has(key);
    const value = hit ? data.get(key) : fallback;
    this.#notifier?.notify(call, { operation: 'get', key, hit, ...(hit ? { after: value } : {}) });
    return value;
  }

  #write(call: Call | undefined, data: Map<string, unknown>, key: string, value: unknown): void {
    if (key === EXPIRY_KEY) checkStoredExpiry(value, this.settings.clock);
    const hit = data.has(key);
    const before = data.get(key);
    data.set(key, value);
    this.#modified = true;
    this.#notifier?.notify(call, { operation: 'set', key, hit, ...(hit ? { before } : {}), after: value });
  }

  #remove(call: Call | undefined, data: Map<string, unknown>, key: string): void {
    const hit = data.has(key);
    const before = data.get(key);
    this.#notifier?.notify(call, { operation: 'delete', key, hit, before });
    if (!data.delete(key)) throw new MissingKeyError(key);
    this.#modified = true;
  }
}

/** A program may pass on what a client sent, of whatever type. */
const isText = (key: unknown): key is string => typeof key === 'string';

/** Below it stands the line that assigned. */
const setModified = Object.getOwnPropertyDescriptor(Session.prototype, 'modified')!.set as (value: boolean) => void;
