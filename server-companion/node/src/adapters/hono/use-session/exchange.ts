/** One request on its way through @hono/session: its session, what the storage is asked for, the cookie that is set. */
import type { ServerResponse } from 'node:http';
import type { Source, Verdict } from '../../../../../../protocol/index.ts';
import { isUnchanged } from '../../../core/changes.ts';
import { describeError } from '../../../core/describe-error.ts';
import { decoded, firstSent } from '../../../core/sent-cookies.ts';
import { lastSetValue, readSetCookie } from '../../../core/set-cookie.ts';
import {
  AppSavedExchange,
  type AppSavedFacts,
  type OpenedSession,
  snapshotOf,
} from '../../../kit/app-saved-exchange.ts';
import type { NodePair } from '../../../kit/hosts/hono.ts';
import type { ObservedLibrary } from '../../../kit/observed-library.ts';
import { ObservedSession } from '../../../kit/observed-session.ts';
import { guard, round } from '../../../kit/scope.ts';
import type { StoreCall } from '../../../kit/stores/callbacks.ts';
import type { OpenedToken } from './jwe.ts';
import { COOKIE_NAME, endOf, SessionContent, type UseSessionLibrary } from './library.ts';
import { failureOf, LOADS } from './outcomes.ts';
import type { Session } from './types.ts';
import { type Facts, type Failure, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: UseSessionLibrary };

export class Exchange extends AppSavedExchange<Failure> {
  /** Where the library is: before the app, in it, or behind it, where it stores. */
  phase: 'start' | 'app' | 'end' = 'start';
  readonly #library: UseSessionLibrary;
  readonly #response: ServerResponse;
  readonly #sent: string;
  readonly #token: OpenedToken | undefined;
  readonly #content = new SessionContent();
  #opened: OpenedSession | undefined;
  /** What the storage has given for the ID in the cookie. */
  #record: object | undefined;
  #readMs: number | undefined;
  /** The app's update is to be stored behind it. */
  #isUpdated = false;
  #isEnded = false;
  readonly #did: Pick<
    Facts,
    'load' | 'isReplaced' | 'dropped' | 'isRecordLeft' | 'isStoredLate' | 'isProduced' | 'error'
  > = {
    load: undefined,
    isReplaced: false,
    dropped: undefined,
    isRecordLeft: false,
    isStoredLate: false,
    isProduced: false,
    error: undefined,
  };

  constructor(library: Library, pair: NodePair) {
    const { open, nameOf } = library.library;
    const { sent, value } = firstSent(pair.request.headers.cookie, COOKIE_NAME);
    const token = value === '' ? undefined : open(value);
    const isGenuine = token !== undefined && 'claims' in token;
    super(library, pair, [COOKIE_NAME], {
      name: COOKIE_NAME,
      sent,
      taken: 'first',
      signature: isGenuine ? 'valid' : token?.outcome,
      key: isGenuine ? nameOf(value, token.claims) : undefined,
    });
    this.#library = library.library;
    this.#response = pair.response;
    this.#sent = value;
    this.#token = token;
  }

  protected sessionIn(lines: readonly unknown[]): string | null {
    const value = lastSetValue(lines, COOKIE_NAME) ?? '';
    const token = value === '' ? undefined : this.#library.open(value);
    return token === undefined || !('claims' in token)
      ? null
      : this.fingerprint(this.#library.nameOf(value, token.claims));
  }

  protected judge(facts: AppSavedFacts<Failure>): Verdict {
    return judge({
      ...facts,
      ...this.#did,
      isNew: facts.isNew || this.#did.isReplaced,
      isDestroyed: this.#isEnded,
      kind: this.#library.kind,
      isBegun: this.phase !== 'start',
    });
  }

  get session(): ObservedSession | undefined {
    return this.#opened?.session;
  }

  // ── the session ────────────────────────────────────────────────────────────

  /** `get` has given `data`. `isRefreshed`: the app's own function has renewed a session that had ended. */
  loaded(raw: Session, data: object | null, source: Source, isRefreshed: boolean): void {
    const before = this.#opened;
    before?.session.checkpoint();
    if (this.#isEnded || this.#isUpdated) this.#did.dropped = this.#isEnded ? 'delete' : 'update';
    const isDropped = this.#isEnded || this.#isUpdated;
    this.#isEnded = false;
    this.#isUpdated = false;
    this.#did.load = loadOf(this.#token, data, isRefreshed);
    this.#content.hold(data ?? undefined);
    if (before === undefined) {
      this.#begin(raw, 'get', source);
      return;
    }
    const { session } = before;
    const fresh = session.look();
    const isAlike = JSON.stringify(fresh.state()) === JSON.stringify(session.known.state());
    if (isAlike && !isDropped && this.#library.kind === 'cookie') return;
    if (!isAlike) session.restart(fresh);
    this.#name(raw);
    if (this.#did.load !== undefined) this.#recordLoad('get', source);
  }

  /** The library has the session in its hands for the first time; `#content` is what it has loaded. */
  #begin(raw: Session, call: string, source: Source): OpenedSession {
    const { load } = this.#did;
    const isFound = load === 'found' || load === 'refreshed';
    const session = new ObservedSession(this.observed, this.#content, isFound ? this.observed.owner : null);
    this.#opened = this.hold({ session, isNew: !isFound, isDestroyed: false, saved: undefined });
    if (load !== undefined) this.#recordLoad(call, source);
    this.#name(raw);
    if (!isFound) session.record({ operation: 'create', call, actor: 'framework', source, ...session.whole() });
    return this.#opened;
  }

  /** In a storage a session is named by its ID, which a new one has at once. */
  #name(raw: Session): void {
    const { id } = raw;
    if (this.#library.kind === 'id' && id !== null) this.#opened!.session.fingerprint = this.fingerprint(id);
  }

  #recordLoad(call: string, source: Source): void {
    const { session, isNew } = this.#opened!;
    const { kind } = this.#library;
    const { outcome, reason } = LOADS[this.#did.load!];
    const claims = this.#token !== undefined && 'claims' in this.#token ? this.#token.claims : undefined;
    session.record(
      {
        ...(isNew ? { session: this.observed.owner } : {}),
        operation: 'load',
        call,
        actor: 'framework',
        source,
        layer: kind === 'cookie' ? 'cookie' : 'store',
        outcome,
        ...(reason === undefined ? {} : { reason }),
        ...(kind === 'id' && this.#readMs !== undefined ? { durationMs: this.#readMs } : {}),
        ...(kind === 'cookie' && outcome === 'found' ? { bytes: this.#sent.length } : {}),
        ...(claims === undefined ? {} : { expiry: { sessionAt: endOf(claims) } }),
        ...(outcome === 'found' ? session.whole() : {}),
      },
      session.known.bytes,
    );
  }

  /** `update` has taken what the session is to be. `isFunction`: the app has made it of what the library gave it. */
  updated(raw: Session, isFunction: boolean, source: Source): void {
    const { kind } = this.#library;
    const token = this.#token;
    // It goes by the request's cookie, whatever was done since.
    const base = token?.outcome === 'open' ? (kind === 'cookie' ? token.claims : this.#record) : undefined;
    const given: object = raw.data ?? {};
    if (this.#opened === undefined) {
      this.#content.hold(kind === 'id' ? base : undefined, kind === 'cookie' ? (base ?? {}) : undefined);
      this.#did.load = loadOf(token, base ?? null, false);
      this.#begin(raw, 'update', source);
    } else if (token?.outcome === 'expired') this.#did.load = 'expired';
    this.#did.isReplaced ||= token?.outcome === 'expired';
    if (this.#isEnded) this.#did.dropped = 'delete';
    this.#isEnded = false;
    const content = this.#content;
    const { session } = this.#opened!;
    const earlier = content.keys();
    content.hold(given, kind === 'cookie' ? (base ?? {}) : undefined);
    for (const key of content.keys()) {
      const value = content.get(key);
      const known = session.known.get(key);
      if (known === undefined || !isUnchanged(value, known)) session.wrote(key, value, 'update', source);
    }
    for (const key of earlier) {
      if (content.has(key)) continue;
      const isByApp = Object.hasOwn(given, key) || (kind === 'id' && !(isFunction && this.#isUpdated));
      if (!isByApp) this.#did.dropped = 'update';
      session.deleted(key, true, 'update', source, isByApp ? 'app' : 'framework');
    }
    this.#isUpdated = true;
    this.#name(raw);
  }

  /** `get` or `update` has failed. */
  failed(call: 'get' | 'update', source: Source, error: unknown): void {
    // What a function of the app's throws is the app's own.
    if (this.#did.error === undefined) return;
    const { session } = this.#opened ?? {};
    this.observed.record({
      session: session?.fingerprint ?? this.observed.owner,
      operation: 'load',
      call,
      actor: 'framework',
      source,
      layer: this.#library.kind === 'cookie' ? 'cookie' : 'store',
      outcome: 'error',
      error: describeError(error),
    });
  }

  /** The app calls `delete`: `run` does it. */
  ends(run: () => void, source: Source | undefined): void {
    const session = this.#opened?.session;
    const before = guard(this.observed, 'delete', () => {
      session?.checkpoint();
      return session?.known.state();
    });
    run();
    guard(this.observed, 'delete', () => {
      const from = session === undefined ? this.observed.owner : session.fingerprint;
      this.#did.isRecordLeft = session === undefined && this.#library.kind === 'id' && from !== null;
      this.#isEnded = true;
      this.#isUpdated = false;
      this.observed.record({
        session: from,
        operation: 'flush',
        call: 'delete',
        actor: 'app',
        ...(source === undefined ? {} : { source }),
        from,
        to: null,
        ...(before === undefined ? {} : { before }),
      });
      if (session === undefined) return;
      this.#content.hold(undefined);
      session.restart();
      session.fingerprint = null;
    });
  }

  // ── what is stored behind the app ──────────────────────────────────────────

  /** The storage is asked; `undefined`: it says nothing of this session. */
  asks(name: string, [sid]: readonly unknown[]): StoreCall | undefined {
    const startedAt = performance.now();
    if (name === 'get') {
      if (this.#token === undefined || !('claims' in this.#token) || sid !== this.#token.claims.sid) return undefined;
      return {
        answered: (error, found) => {
          this.#readMs = round(performance.now() - startedAt);
          this.#record = typeof found === 'object' && found !== null ? found : undefined;
          if (error !== undefined) this.#did.error = { call: 'storage.get', error: describeError(error) };
        },
      };
    }
    if (this.phase !== 'end' || this.#opened === undefined) return undefined;
    if (name === 'set') return this.#saves(this.#opened, startedAt);
    return {
      answered: (error) => {
        if (error !== undefined) this.#did.error = { call: 'storage.delete', error: describeError(error) };
      },
    };
  }

  #saves(opened: OpenedSession, startedAt: number): StoreCall {
    const { session } = opened;
    session.checkpoint();
    const before = snapshotOf(session);
    const save = { operation: 'save', call: 'storage.set', actor: 'framework' } as const;
    const done = (): boolean => {
      this.#did.isStoredLate = this.#response.headersSent;
      opened.saved = before.text;
      session.record(
        {
          ...save,
          ...before.whole,
          stored: before.stored,
          outcome: 'done',
          reason: this.#reason(opened),
          durationMs: round(performance.now() - startedAt),
        },
        session.known.bytes,
      );
      return true;
    };
    const failed = (error: unknown): Failure => {
      this.#did.error = { call: 'storage.set', error: describeError(error) };
      session.record({ ...save, ...before.whole, outcome: 'error', error: this.#did.error.error });
      return 'store-error';
    };
    return this.savingInStore(done, failed);
  }

  #reason({ isNew }: OpenedSession): string {
    return isNew || this.#did.isReplaced ? 'new-session' : this.#isUpdated ? 'updated' : 'refreshed';
  }

  /** The library is done. `lines`: what the response sets; `error`: what it ended with, unless that is the app's own. */
  persisted(lines: readonly string[], error?: { readonly error: unknown }): void {
    const opened = this.#opened;
    if (error !== undefined) {
      this.#did.error ??= { call: 'persist', error: describeError(error.error) };
      if (opened === undefined || this.memory === undefined || this.#library.kind === 'id') return;
      const { session } = opened;
      const failed = (thrown: unknown): Failure => {
        session.record({
          operation: 'save',
          call: 'encrypt',
          actor: 'framework',
          ...session.whole(),
          outcome: 'error',
          error: describeError(thrown),
        });
        return failureOf(thrown);
      };
      this.saving(
        () => Promise.reject(error.error),
        () => false,
        failed,
      ).catch(() => undefined);
      return;
    }
    const value = lastSetValue(lines, COOKIE_NAME) ?? '';
    const token = value === '' ? undefined : this.#library.open(value);
    if (token === undefined || !('claims' in token) || opened === undefined) return;
    this.#did.isProduced = true;
    if (this.#library.kind === 'id') return;
    const { session } = opened;
    session.checkpoint();
    const { text, whole, stored } = snapshotOf(session);
    const from = session.fingerprint;
    session.fingerprint = this.fingerprint(decoded(value));
    opened.saved = text;
    const cookieAt = readSetCookie(lines, COOKIE_NAME, Date.now())?.expiresAt ?? null;
    session.record(
      {
        operation: 'save',
        call: 'encrypt',
        actor: 'framework',
        ...whole,
        stored,
        outcome: 'done',
        reason: this.#reason(opened),
        bytes: value.length,
        cookieProduced: true,
        from: this.#did.isReplaced ? null : from,
        to: session.fingerprint,
        expiry: { sessionAt: endOf(token.claims), cookieAt },
      },
      session.known.bytes,
    );
    this.savedByLibrary();
  }
}

/** How `get` took what was sent. */
function loadOf(token: OpenedToken | undefined, data: object | null, isRefreshed: boolean): Facts['load'] {
  if (token === undefined) return undefined;
  if (!('claims' in token)) return token.outcome;
  if (token.outcome === 'expired') return isRefreshed ? 'refreshed' : 'expired';
  return data === null ? 'missing' : 'found';
}
