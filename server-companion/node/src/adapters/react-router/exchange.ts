/** One request in which a session storage of React Router is at work: its sessions, each commit, each destruction. */
import type { Source, Verdict } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { countSent, decoded } from '../../core/sent-cookies.ts';
import { lastSetValue, readSetCookie } from '../../core/set-cookie.ts';
import { AppSavedExchange, type AppSavedFacts, type OpenedSession, snapshotOf } from '../../kit/app-saved-exchange.ts';
import type { RequestContext } from '../../kit/hosts/request-exchanges.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import { type Below, guard } from '../../kit/scope.ts';
import { type ReactRouterLibrary, type SentSession } from './library.ts';
import { dataOf } from './session-surface.ts';
import type { Session } from './types.ts';
import { type Failure, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: ReactRouterLibrary };

export interface Opened extends OpenedSession {
  readonly raw: Session;
}

export class Exchange extends AppSavedExchange<Failure> {
  readonly #library: ReactRouterLibrary;
  /** As the library took it, where it was asked to. */
  #sent: SentSession | undefined;
  #isMissing = false;

  constructor(library: Library, context: RequestContext<Exchange>) {
    const { cookieName: name, cookieNames, readSent } = library.library;
    const { cookie: header } = context.request.headers;
    const sent = readSent(header);
    super(library, context, cookieNames, {
      name,
      sent: countSent(header, name),
      taken: 'first',
      signature: sent?.signature,
      key: sent?.taken === 'accepted' ? sent.key : undefined,
    });
    this.#library = library.library;
    this.#sent = sent;
  }

  protected sessionIn(lines: readonly unknown[]): string | null {
    const key = this.#library.keyOf(decoded(lastSetValue(lines, this.#library.cookieName) ?? ''));
    return key === undefined ? null : this.fingerprint(key);
  }

  protected judge(facts: AppSavedFacts<Failure>): Verdict {
    return judge({ ...facts, kind: this.#library.kind, sent: this.#sent?.taken, isMissing: this.#isMissing });
  }

  /** getSession has made `raw` of this header. */
  opened(raw: Session, header: string | null | undefined, source: Source): Opened {
    const sent = this.#library.readSent(header);
    this.#sent = sent;
    const isFound = sent?.taken === 'accepted' && !(this.#library.kind === 'id' && Object.keys(raw.data).length === 0);
    const fingerprint = sent?.taken === 'accepted' ? this.fingerprint(sent.key) : null;
    const session = new ObservedSession(this.observed, dataOf(raw), fingerprint);
    const load = { operation: 'load', call: 'getSession', actor: 'framework', source } as const;
    if (isFound)
      session.record(
        {
          ...load,
          outcome: 'found',
          ...(this.#library.kind === 'cookie' ? { layer: 'cookie' as const, bytes: sent.key.length } : {}),
          ...session.whole(),
        },
        session.known.bytes,
      );
    else {
      if (sent?.taken === 'accepted') {
        this.#isMissing = true;
        session.record({ ...load, outcome: 'missing' });
      } else if (sent !== undefined) session.record({ ...load, outcome: 'invalid-signature', reason: 'tampered' });
      session.record({ operation: 'create', call: 'getSession', actor: 'framework', source, ...session.whole() });
    }
    return this.hold({ raw, session, isNew: !isFound, isDestroyed: false, saved: undefined });
  }

  /** The app calls commitSession: `run` does it, and gives the Set-Cookie. */
  commit(opened: Opened, below: Below, run: () => Promise<string>): Promise<string> {
    const { session } = opened;
    const before = guard(this.observed, 'commitSession', () => {
      session.checkpoint();
      return { ...snapshotOf(session), source: this.source(below) };
    });
    const save = { operation: 'save', call: 'commitSession', actor: 'app' } as const;
    return this.saving(
      run,
      (line) => {
        if (before === undefined) return false;
        const value = decoded(lastSetValue([line], this.#library.cookieName) ?? '');
        this.#library.learn(value, 'accepted');
        const key = this.#library.keyOf(value);
        const from = session.fingerprint;
        if (key !== undefined) session.fingerprint = this.fingerprint(key);
        opened.saved = before.text;
        const cookieAt = readSetCookie(line, this.#library.cookieName, Date.now())?.expiresAt ?? null;
        session.record(
          {
            ...save,
            ...before.whole,
            source: before.source,
            outcome: 'done',
            reason: from === null ? 'new-session' : 'committed',
            stored: before.stored,
            cookieProduced: true,
            // The cookie that is the record is another with each commit.
            ...(this.#library.kind === 'cookie' ? { bytes: value.length, from, to: session.fingerprint } : {}),
            expiry: { cookieAt },
          },
          session.known.bytes,
        );
        return true;
      },
      (error) => {
        const whole = before && { ...before.whole, source: before.source };
        session.record({ ...save, ...whole, outcome: 'error', error: describeError(error) });
        return failureOf(error);
      },
    );
  }

  /** The app calls destroySession: `run` does it. */
  destroy(opened: Opened, below: Below, run: () => Promise<string>): Promise<string> {
    const { session } = opened;
    const noted = guard(this.observed, 'destroySession', () => {
      session.checkpoint();
      return { before: session.known.state(), source: this.source(below) };
    });
    const flush = { operation: 'flush', call: 'destroySession', actor: 'app', from: session.fingerprint } as const;
    return this.saving(
      run,
      () => {
        opened.isDestroyed = true;
        session.record({ ...flush, ...noted, to: null });
        // In memory it holds what it held.
        session.fingerprint = null;
        return false;
      },
      (error) => {
        session.record({ ...flush, ...noted, outcome: 'error', error: describeError(error) });
        return failureOf(error);
      },
    );
  }
}

/** By the library's own words, and those of JSON. */
function failureOf(error: unknown): Failure {
  const { message } = describeError(error);
  if (/Cookie length will exceed/.test(message)) return 'cookie-too-large';
  return /serialize a BigInt|circular structure/i.test(message) ? 'not-serializable' : 'error';
}
