/** One request on its way through hono-sessions: its session, what its store is asked for, the cookie that is set. */
import type { Source, Verdict } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { firstSent } from '../../core/sent-cookies.ts';
import { lastSetValue, readSetCookie } from '../../core/set-cookie.ts';
import { AppSavedExchange, type AppSavedFacts, type OpenedSession, snapshotOf } from '../../kit/app-saved-exchange.ts';
import type { NodePair } from '../../kit/hosts/hono.ts';
import type { CookieReading } from '../../kit/library.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import { guard, round } from '../../kit/scope.ts';
import type { StoreCall } from '../../kit/stores/callbacks.ts';
import { dataOf, decoded, endOf, type HonoSessionsLibrary } from './library.ts';
import { observeSession } from './session-surface.ts';
import type { Context, Session } from './types.ts';
import { type Facts, type Failure, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: HonoSessionsLibrary };

interface Opened extends OpenedSession {
  readonly raw: Session;
}

/** What the app writes into the context to have the key changed. */
export const ROTATION = 'session_key_rotation';

export class Exchange extends AppSavedExchange<Failure> {
  /** Where the library is: before the app, in it, or behind it. What is asked of the store in the app is the app's own. */
  phase: 'start' | 'app' | 'end' = 'start';
  readonly #library: HonoSessionsLibrary;
  readonly #context: Context;
  readonly #sent: CookieReading | undefined;
  #opened: Opened | undefined;
  #load: Facts['load'];
  #readMs: number | undefined;
  #rotatedBy: Source | undefined;
  #isRotated = false;
  #isModified = false;
  #error: Facts['error'];

  constructor(library: Library, context: Context, pair: NodePair) {
    const { cookieName, read } = library.library;
    const { sent, value } = firstSent(pair.request.headers.cookie, cookieName);
    const reading = value === '' ? undefined : read(value);
    super(library, pair, [cookieName], {
      name: cookieName,
      sent,
      taken: 'first',
      signature: reading?.signature,
      key: reading?.key,
    });
    this.#library = library.library;
    this.#context = context;
    this.#sent = reading;
    this.#load = reading === undefined ? undefined : reading.key === undefined ? refusalOf(reading) : 'found';
  }

  protected judge(facts: AppSavedFacts<Failure>): Verdict {
    const { kind, autoExtends } = this.#library;
    return judge({
      ...facts,
      kind,
      autoExtends,
      load: this.#load,
      isModified: this.#isModified,
      isRotated: this.#isRotated,
      error: this.#error,
    });
  }

  protected sessionIn(lines: readonly unknown[]): string | null {
    if (this.#opened?.isDestroyed === true) return null;
    const { kind, cookieName, read } = this.#library;
    if (kind === 'id') return this.#opened?.session.fingerprint ?? null;
    const { key } = read(lastSetValue(lines, cookieName) ?? '');
    return key === undefined ? null : this.fingerprint(key);
  }

  // ── the session ────────────────────────────────────────────────────────────

  /** The library has put its session into the context, and passes the request on: the app gets what this gives. */
  opened(raw: Session): Session {
    this.phase = 'app';
    const { kind } = this.#library;
    const isNew = raw.hash === null;
    if (isNew && this.#load === 'found') this.#load = 'expired';
    const { _id: key } = raw.getCache();
    const named = kind === 'cookie' ? this.#sent?.key : key;
    const fingerprint = (kind === 'cookie' && isNew) || named === undefined ? null : this.fingerprint(named);
    const data = dataOf(() => raw.getCache());
    const session = new ObservedSession(this.observed, data, fingerprint);
    const call = { call: 'sessionMiddleware', actor: 'framework' } as const;
    const layer = kind === 'cookie' ? 'cookie' : 'store';
    const duration = this.#readMs === undefined ? {} : { durationMs: this.#readMs };
    const expiry = { sessionAt: endOf(raw.getCache()) };
    if (!isNew)
      session.record(
        {
          operation: 'load',
          ...call,
          layer,
          outcome: 'found',
          ...duration,
          ...(kind === 'cookie' ? { bytes: named!.length } : {}),
          expiry,
          ...session.whole(),
        },
        session.known.bytes,
      );
    else {
      if (this.#load !== undefined)
        this.observed.record({
          session: this.observed.owner,
          operation: 'load',
          ...call,
          layer,
          ...duration,
          ...LOADS[this.#load],
          ...(this.#load === 'error' ? { error: this.#error!.error } : {}),
        });
      session.record({ operation: 'create', ...call, expiry, ...session.whole() });
    }
    this.#opened = this.hold({ raw, session, isNew, isDestroyed: false, saved: undefined });
    return observeSession(raw, this.observed, session, (source) => this.#ends(source));
  }

  /** The app has asked for the end; the store is asked behind it. */
  #ends(source: Source): void {
    const { session } = this.#opened!;
    session.record({
      operation: 'flush',
      call: 'deleteSession',
      actor: 'app',
      source,
      from: session.fingerprint,
      to: null,
      before: session.known.state(),
    });
  }

  /** The app has set `session_key_rotation`. */
  rotates(source: Source): void {
    this.#rotatedBy = source;
  }

  // ── the store ──────────────────────────────────────────────────────────────

  /** The library asks its store; `undefined`: it says nothing of this session. */
  asks(name: string, [given]: readonly unknown[]): StoreCall | undefined {
    if (this.phase === 'app') return undefined;
    if (name === 'getSessionById') return this.#reads();
    if (this.phase === 'start') return name === 'createSession' ? this.#begins() : undefined;
    if (name === 'deleteSession') return this.#deletes();
    if (name === 'createSession') return this.#saves(name, String(given));
    return name === 'persistSessionData' ? this.#saves(name) : undefined;
  }

  #reads(): StoreCall {
    const startedAt = performance.now();
    return {
      answered: (error, found) => {
        this.#readMs = round(performance.now() - startedAt);
        if (error !== undefined) {
          this.#load = 'error';
          this.#error = { call: 'getSessionById', error: describeError(error) };
        } else if (!found) this.#load = 'missing';
      },
    };
  }

  /** A new and empty record. */
  #begins(): StoreCall {
    return {
      answered: (error) => {
        if (error === undefined) return;
        guard(this.observed, 'createSession', () => {
          this.#error = { call: 'createSession', error: describeError(error) };
          this.observed.record({
            session: null,
            operation: 'save',
            call: 'createSession',
            actor: 'framework',
            outcome: 'error',
            error: this.#error.error,
          });
        });
      },
    };
  }

  #deletes(): StoreCall | undefined {
    const opened = this.#opened;
    // Of a rotation, which makes another one.
    if (opened === undefined || !opened.raw.getCache()['_delete']) return undefined;
    return {
      answered: (error) => {
        if (error === undefined) opened.isDestroyed = true;
        else this.#error = { call: 'deleteSession', error: describeError(error) };
      },
    };
  }

  /** `key`: of the record that a rotation makes. */
  #saves(call: string, key?: string): StoreCall | undefined {
    const opened = this.#opened;
    if (opened === undefined) return undefined;
    const { session } = opened;
    const startedAt = performance.now();
    const before = guard(this.observed, call, () => {
      session.checkpoint();
      this.#isModified = session.known.isModified;
      return snapshotOf(session);
    });
    const done = (): boolean => {
      if (before === undefined) return false;
      opened.saved = before.text;
      const fields = { actor: 'framework', ...before.whole, durationMs: round(performance.now() - startedAt) } as const;
      if (key === undefined) this.#recordSave(opened, before.stored, fields);
      else this.#recordRotation(session, key, before.whole);
      return true;
    };
    const failed = (error: unknown): Failure => {
      this.#error = { call, error: describeError(error) };
      session.record({
        operation: 'save',
        call,
        actor: 'framework',
        ...before?.whole,
        outcome: 'error',
        error: this.#error.error,
      });
      return 'store-error';
    };
    return this.savingInStore(done, failed);
  }

  #recordSave(
    { raw, session, isNew }: Opened,
    stored: ReturnType<ObservedSession['whole']>['state'],
    fields: { actor: 'framework'; durationMs: number } & ReturnType<ObservedSession['whole']>,
  ): void {
    const { kind, cookieName } = this.#library;
    const from = session.fingerprint;
    const lines = kind === 'cookie' ? (this.#context.res?.headers.getSetCookie() ?? []) : [];
    const value = lastSetValue(lines, cookieName);
    if (value !== undefined) session.fingerprint = this.fingerprint(decoded(value));
    const cookieAt = readSetCookie(lines, cookieName, Date.now())?.expiresAt;
    session.record(
      {
        operation: 'save',
        call: 'persistSessionData',
        ...fields,
        outcome: 'done',
        reason: isNew ? 'new-session' : this.#isModified ? 'modified' : 'refreshed',
        ...(value === undefined
          ? {}
          : { stored, bytes: value.length, cookieProduced: true, from, to: session.fingerprint }),
        expiry: {
          sessionAt: endOf(raw.getCache()),
          ...(value === undefined ? {} : { cookieAt: cookieAt ?? null }),
        },
      },
      session.known.bytes,
    );
  }

  #recordRotation(session: ObservedSession, key: string, whole: ReturnType<ObservedSession['whole']>): void {
    const from = session.fingerprint;
    this.#isRotated = true;
    session.fingerprint = this.fingerprint(key);
    session.record(
      {
        operation: 'cycle-key',
        call: ROTATION,
        actor: 'app',
        ...(this.#rotatedBy === undefined ? {} : { source: this.#rotatedBy }),
        ...whole,
        from,
        to: session.fingerprint,
      },
      session.known.bytes,
    );
  }
}

const LOADS = {
  found: { outcome: 'found' },
  missing: { outcome: 'missing' },
  expired: { outcome: 'expired', reason: 'expired' },
  invalid: { outcome: 'invalid-signature' },
  malformed: { outcome: 'unreadable', reason: 'malformed' },
  ended: { outcome: 'missing', reason: 'ended' },
  error: { outcome: 'error' },
} as const;

const refusalOf = ({ signature }: CookieReading): 'invalid' | 'malformed' | 'ended' =>
  signature === 'malformed' ? 'malformed' : signature === 'invalid' ? 'invalid' : 'ended';
