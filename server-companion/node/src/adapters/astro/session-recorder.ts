/**
 * What happens to one of Astro's sessions. Its data are in private fields: what it holds is known from what is written
 * and read, and once Astro has loaded its record, from `entries()`, which then asks no driver.
 */
import type { Source } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { storedText } from '../../kit/app-saved-exchange.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import { guard, round } from '../../kit/scope.ts';
import { copyOf } from './copy-of.ts';
import type { Exchange } from './exchange.ts';
import { mapData } from './library.ts';
import type { Session } from './types.ts';
import type { Failure } from './verdict.ts';

interface Opened {
  readonly session: ObservedSession;
  isNew: boolean;
  isDestroyed: boolean;
  saved: string | undefined;
}

export class SessionRecorder {
  readonly exchange: Exchange;
  readonly #raw: Session;
  /** The class's own, which no recorder sees. */
  readonly #entries: Session['entries'];
  /** A session whose record is missing takes another ID than the cookie's: so it is known whether there was one. */
  #renames: boolean;
  readonly #values = new Map<string, unknown>();
  #sentId: string | undefined;
  #opened: Opened | undefined;
  /** All that it holds is in `#values`. */
  #isKnown = false;
  /** `set` has set the cookie. */
  #hasSetCookie = false;
  /** Calls of the app's that load. */
  #loading = 0;
  /** When Astro came to store it. */
  #storingAt = 0;

  constructor(exchange: Exchange, raw: Session, entries: Session['entries'], renames: boolean) {
    this.exchange = exchange;
    this.#raw = raw;
    this.#entries = entries;
    this.#renames = renames;
    this.#sentId = exchange.sentId;
  }

  source(below: (...args: never[]) => unknown): Source | undefined {
    const { observed } = this.exchange;
    return guard(observed, 'session source', () => observed.companion.sources.take(below));
  }

  #open(): Opened {
    const { exchange } = this;
    if (this.#opened !== undefined) return this.#opened;
    exchange.did.isUsed = true;
    const session = new ObservedSession(exchange.observed, mapData(this.#values), this.#fingerprint());
    const isNew = this.#sentId === undefined;
    this.#isKnown = isNew;
    this.#opened = exchange.hold<Opened>({ session, isNew, isDestroyed: false, saved: undefined });
    return this.#opened;
  }

  #fingerprint(): string | null {
    const id = this.#raw.sessionID ?? this.#sentId;
    return id === undefined ? null : this.exchange.fingerprint(id);
  }

  /** What it holds, where that is known. */
  #whole(): { state?: ReturnType<ObservedSession['whole']>['state']; keys?: number } {
    return this.#isKnown ? this.#opened!.session.whole() : {};
  }

  // ── reads ──────────────────────────────────────────────────────────────────

  /** The app has called what loads the session: `result` is what Astro gives it. */
  async read(name: string, key: unknown, result: Promise<unknown>, source: Source | undefined): Promise<unknown> {
    const { observed } = this.exchange;
    let value: unknown;
    this.#loading += 1;
    try {
      value = await result;
    } catch (error) {
      guard(observed, `session ${name}`, () => this.#loadFailed(name, source, error));
      throw error;
    } finally {
      this.#loading -= 1;
    }
    try {
      const isOthers = (name === 'get' || name === 'has') && !this.#values.has(String(key));
      await this.loaded(name, source, isOthers && value !== undefined && value !== false);
      this.#recordRead(name, key, value, source);
    } catch (error) {
      observed.fault(`session ${name}`, error);
    }
    return value;
  }

  #recordRead(name: string, key: unknown, value: unknown, source: Source | undefined): void {
    const { session } = this.#open();
    if (name === 'has') return session.asked(String(key), value === true, 'has', source);
    if (name !== 'get')
      return session.listed({ call: name, actor: 'app', ...(source === undefined ? {} : { source }) }, name !== 'keys');
    if (value === undefined) return session.asked(String(key), false, 'get', source);
    this.#values.set(String(key), value);
    session.read(String(key), value, 'get', source);
  }

  #loadFailed(call: string, source: Source | undefined, error: unknown): void {
    const { observed, did } = this.exchange;
    did.isUsed = true;
    did.error = { call: 'load', error: describeError(error) };
    observed.record({
      session: observed.owner,
      operation: 'load',
      call,
      actor: 'framework',
      layer: 'store',
      ...(source === undefined ? {} : { source }),
      outcome: 'error',
      error: did.error.error,
    });
  }

  /** Astro has asked its driver, or found that it need not. `isFound`: it has given what the app did not write. */
  async loaded(call: string, source: Source | undefined, isFound: boolean): Promise<void> {
    const opened = this.#open();
    const { did } = this.exchange;
    if (did.isEnded || did.isRegenerated || (this.#isKnown && did.load !== undefined)) return;
    const by = { call, actor: 'framework', ...(source === undefined ? {} : { source }) } as const;
    const { session } = opened;
    if (this.#sentId === undefined || this.#raw.sessionID !== this.#sentId) {
      const sentId = this.#sentId;
      did.load = sentId === undefined ? 'none' : 'missing';
      if (sentId !== undefined)
        session.record({
          session: this.exchange.fingerprint(sentId),
          operation: 'load',
          ...by,
          layer: 'store',
          outcome: 'missing',
        });
      this.#isKnown = true;
      opened.isNew = true;
      session.fingerprint = this.#fingerprint();
      session.record({ operation: 'create', ...by, ...session.whole() });
      return;
    }
    // It would ask the driver once more, where there was no record.
    if (!this.#renames && !isFound) return;
    this.#isKnown = true;
    did.load = 'found';
    const entries = await this.#entries.call(this.#raw);
    for (const [key, value] of entries) this.#values.set(key, value);
    session.restart(session.look());
    session.record(
      { operation: 'load', ...by, layer: 'store', outcome: 'found', ...session.whole() },
      session.known.bytes,
    );
  }

  // ── writes ─────────────────────────────────────────────────────────────────

  wrote(key: string, value: unknown, source: Source | undefined): void {
    const { session } = this.#began(source);
    session.fingerprint = this.#fingerprint();
    session.wrote(key, value, 'set', source);
    // Astro keeps a copy: what the app changes in its own later is not the session's.
    this.#values.set(key, copyOf(value, session.known.get(key)));
    this.#dirty();
    // Once for each request, whatever ends it in between.
    if (!this.#hasSetCookie) this.exchange.did.isCookieSet = true;
    this.#hasSetCookie = true;
  }

  deleted(key: string, source: Source | undefined): void {
    const { session } = this.#began(source);
    const had = this.#values.delete(key) || !this.#isKnown;
    session.deleted(key, had, 'delete', source);
    this.#dirty();
  }

  #dirty(): void {
    const { did } = this.exchange;
    did.isDirty = true;
    did.isEnded = false;
  }

  /** A session that is written before it is read is not loaded: where no cookie came, it is new. */
  #began(source: Source | undefined): Opened {
    const opened = this.#open();
    const { did } = this.exchange;
    if (opened.isNew && did.load === undefined) {
      did.load = 'none';
      opened.session.fingerprint = this.#fingerprint();
      opened.session.record({
        operation: 'create',
        call: 'set',
        actor: 'framework',
        ...(source === undefined ? {} : { source }),
        ...opened.session.whole(),
      });
    }
    return opened;
  }

  /** The session ends: by the app, or by Astro, which has loaded what it can't read. `from`: of the ID before. */
  ended(id: string | undefined, source: Source | undefined): void {
    const opened = this.#open();
    const { session } = opened;
    const { did } = this.exchange;
    const isByApp = this.#loading === 0;
    // Astro does it once where it sees that it can't read the record, and once more as it gives up.
    if (!isByApp && did.isEnded) return;
    const before = this.#isKnown ? session.known.state() : undefined;
    const from = id === undefined ? this.#fingerprint() : this.exchange.fingerprint(id);
    did.isEnded = true;
    did.isDirty = true;
    did.isCookieSet = false;
    session.record({
      session: from,
      operation: 'flush',
      call: 'destroy',
      actor: isByApp ? 'app' : 'framework',
      ...(source === undefined ? {} : { source }),
      from,
      to: null,
      ...(before === undefined ? {} : { before }),
    });
    opened.saved = undefined;
    this.#values.clear();
    this.#isKnown = true;
    this.#sentId = undefined;
    did.load = undefined;
    opened.isNew = true;
    session.restart();
    session.fingerprint = null;
  }

  regenerated(from: string | null, source: Source | undefined): void {
    const { session, isNew } = this.#open();
    const { did } = this.exchange;
    if (isNew) did.load ??= 'none';
    did.isRegenerated = true;
    did.isCookieSet = true;
    this.#dirty();
    this.#sentId = undefined;
    session.fingerprint = this.#fingerprint();
    session.record({
      operation: 'cycle-key',
      call: 'regenerate',
      actor: 'app',
      ...(source === undefined ? {} : { source }),
      ...this.#whole(),
      from,
      to: session.fingerprint,
    });
  }

  /** The app has taken up the session of another ID. */
  replaced(id: string, source: Source | undefined): void {
    const { session } = this.#open();
    this.#values.clear();
    session.restart();
    this.#isKnown = false;
    this.#sentId = id;
    this.#renames = false;
    session.fingerprint = this.exchange.fingerprint(id);
    session.record({
      operation: 'load',
      call: 'load',
      actor: 'app',
      layer: 'store',
      ...(source === undefined ? {} : { source }),
      outcome: 'done',
    });
  }

  /** The name of the session before the app changes it. */
  get fingerprint(): string | null {
    return this.#fingerprint();
  }

  // ── the end of the request ─────────────────────────────────────────────────

  /** Astro stores the session, where it is to: `run` does it. */
  persist(run: () => Promise<unknown>): Promise<unknown> {
    const { did } = this.exchange;
    const opened = this.#opened;
    if (opened === undefined || !did.isDirty) return run();
    const { session } = opened;
    this.#storingAt = performance.now();
    const isEnded = did.isEnded;
    if (this.#isKnown) guard(this.exchange.observed, 'persist', () => session.checkpoint());
    const stored = async (): Promise<unknown> => {
      const result = await run();
      await this.loaded('persist', undefined, false).catch((error: unknown) =>
        this.exchange.observed.fault('persist', error),
      );
      return result;
    };
    return this.exchange.saving(
      isEnded ? run : stored,
      () => {
        did.isDirty = false;
        if (isEnded) return false;
        // Astro gives a session whose record it has not found another ID, and that to the browser.
        if (this.exchange.sentId !== undefined && opened.isNew && this.#hasSetCookie) did.isCookieSet = true;
        this.#recordSave(opened);
        return true;
      },
      (error): Failure => {
        did.error = { call: 'persist', error: describeError(error) };
        session.record({
          operation: 'save',
          call: 'persist',
          actor: 'framework',
          ...this.#whole(),
          outcome: 'error',
          error: did.error.error,
        });
        return 'store-error';
      },
    );
  }

  #recordSave(opened: Opened): void {
    const { session, isNew } = opened;
    opened.saved = storedText(session);
    session.fingerprint = this.#fingerprint();
    session.record(
      {
        operation: 'save',
        call: 'persist',
        actor: 'framework',
        ...this.#whole(),
        outcome: 'done',
        reason: isNew ? 'new-session' : 'modified',
        durationMs: round(performance.now() - this.#storingAt),
      },
      session.known.bytes,
    );
  }
}
