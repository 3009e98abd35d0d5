/** One request in which a session storage of React Router is at work: its sessions, each commit, each destruction. */
import type { Source } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { countSent, decoded } from '../../core/sent-cookies.ts';
import { lastSetValue, readSetCookie } from '../../core/set-cookie.ts';
import { AppSavedExchange, type OpenedSession, storedText } from '../../kit/app-saved-exchange.ts';
import type { HostedExchange } from '../../kit/hosts/middleware.ts';
import { partsOf } from '../../kit/hosts/node-request.ts';
import type { RequestContext } from '../../kit/hosts/request-exchanges.ts';
import { ObservedExchange } from '../../kit/observed-exchange.ts';
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

export class Exchange implements HostedExchange {
  readonly observed: ObservedExchange;
  listedAt = -1;
  readonly #library: ReactRouterLibrary;
  readonly #app: AppSavedExchange<Failure>;
  /** As the library took it, where it was asked to. */
  #sent: SentSession | undefined;
  #isMissing = false;

  constructor(library: Library, { request, response }: RequestContext<Exchange>) {
    this.#library = library.library;
    const { cookieName: name, cookieNames, kind } = this.#library;
    this.observed = new ObservedExchange(library);
    const { cookie: header } = request.headers;
    const sent = this.#library.readSent(header);
    this.#sent = sent;
    this.observed.start(partsOf(request), {
      name,
      sent: countSent(header, name),
      ...(sent?.signature === undefined ? {} : { signature: sent.signature }),
      ...(sent?.taken === 'accepted' ? { fingerprint: this.#fingerprint(sent.key) } : {}),
    });
    this.#app = new AppSavedExchange(this.observed, response, {
      cookieNames,
      sessionIn: (lines) => {
        const key = this.#library.keyOf(decoded(lastSetValue(lines, name) ?? ''));
        return key === undefined ? null : this.#fingerprint(key);
      },
      judge: (facts) => judge({ ...facts, kind, sent: this.#sent?.taken, isMissing: this.#isMissing }),
    });
  }

  get id(): string {
    return this.observed.id;
  }

  get memory(): ObservedSession | undefined {
    return this.#app.memory;
  }

  closed(): void {
    this.observed.observed.open.delete(this);
    this.#app.closed();
  }

  /** getSession has made `raw` of this header. */
  opened(raw: Session, header: string | null | undefined, source: Source): Opened {
    const sent = this.#library.readSent(header);
    this.#sent = sent;
    const isFound = sent?.taken === 'accepted' && !(this.#library.kind === 'id' && Object.keys(raw.data).length === 0);
    const fingerprint = sent?.taken === 'accepted' ? this.#fingerprint(sent.key) : null;
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
    return this.#app.opened({ raw, session, isNew: !isFound, isDestroyed: false, saved: undefined });
  }

  /** The app calls commitSession: `run` does it, and gives the Set-Cookie. */
  commit(opened: Opened, below: Below, run: () => Promise<string>): Promise<string> {
    const { session } = opened;
    const before = guard(this.observed, 'commitSession', () => {
      session.checkpoint();
      const stored = session.known.stored(session.data).state;
      return { stored, text: storedText(session), fields: { ...session.whole(), source: this.#source(below) } };
    });
    const save = { operation: 'save', call: 'commitSession', actor: 'app' } as const;
    return this.#app.save(
      run,
      (line) => {
        if (before === undefined) return false;
        const value = decoded(lastSetValue([line], this.#library.cookieName) ?? '');
        this.#library.learn(value, 'accepted');
        const key = this.#library.keyOf(value);
        const from = session.fingerprint;
        if (key !== undefined) session.fingerprint = this.#fingerprint(key);
        opened.saved = before.text;
        const cookieAt = readSetCookie(line, this.#library.cookieName, Date.now())?.expiresAt ?? null;
        session.record(
          {
            ...save,
            ...before.fields,
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
        session.record({ ...save, ...before?.fields, outcome: 'error', error: describeError(error) });
        return failureOf(error);
      },
    );
  }

  /** The app calls destroySession: `run` does it. */
  destroy(opened: Opened, below: Below, run: () => Promise<string>): Promise<string> {
    const { session } = opened;
    const noted = guard(this.observed, 'destroySession', () => {
      session.checkpoint();
      return { before: session.known.state(), source: this.#source(below) };
    });
    const flush = { operation: 'flush', call: 'destroySession', actor: 'app', from: session.fingerprint } as const;
    return this.#app.save(
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

  #source(below: Below): Source {
    return this.observed.companion.sources.take(below);
  }

  #fingerprint(key: string): string {
    return this.observed.companion.identity.fingerprint(key);
  }
}

/** By the library's own words, and those of JSON. */
function failureOf(error: unknown): Failure {
  const { message } = describeError(error);
  if (/Cookie length will exceed/.test(message)) return 'cookie-too-large';
  return /serialize a BigInt|circular structure/i.test(message) ? 'not-serializable' : 'error';
}
