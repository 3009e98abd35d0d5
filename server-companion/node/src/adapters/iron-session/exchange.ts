/** One request in which iron-session is at work: the sessions that were made of its cookie, and each save of them. */
import type { Source, Verdict } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { cookiesOf, countSent } from '../../core/sent-cookies.ts';
import { lastSetValue } from '../../core/set-cookie.ts';
import { AppSavedExchange, type AppSavedFacts, type OpenedSession, snapshotOf } from '../../kit/app-saved-exchange.ts';
import type { RequestContext } from '../../kit/hosts/request-exchanges.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import { type Below, guard } from '../../kit/scope.ts';
import type { CookieAccess } from './cookie-access.ts';
import { type IronLibrary, isData, joined, type SentSeal } from './library.ts';
import { REFUSALS } from './refusals.ts';
import type { IronSession } from './types.ts';
import { type Failure, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: IronLibrary };

/** A session that one call of getIronSession has made. */
export interface Opened extends OpenedSession {
  readonly access: CookieAccess;
  /** With the options of this call. */
  library: IronLibrary;
}

export class Exchange extends AppSavedExchange<Failure> {
  readonly #library: IronLibrary;
  readonly #sent: SentSeal | undefined;
  /** A session was made of a cookie that the library took. */
  #isFound = false;

  constructor(library: Library, context: RequestContext<Exchange>) {
    const { readSent, cookieNames } = library.library;
    const { cookie: header } = context.request.headers;
    const [name, firstChunk] = cookieNames;
    const sent = readSent(cookiesOf(header));
    super(library, context, cookieNames, {
      name,
      sent: Math.max(countSent(header, name), countSent(header, firstChunk!)),
      taken: undefined,
      signature: sent?.signature,
      key: sent?.seal.outcome === 'open' ? sent.key : undefined,
    });
    this.#library = library.library;
    this.#sent = sent;
  }

  protected sessionIn(lines: readonly unknown[]): string | null {
    const value = joined((cookie) => lastSetValue(lines, cookie), this.#library.cookieName);
    return value === '' ? null : this.fingerprint(value);
  }

  protected judge(facts: AppSavedFacts<Failure>): Verdict {
    return judge({ ...facts, sent: facts.isOpened && this.#isFound ? 'open' : this.#sent?.seal.outcome });
  }

  /** getIronSession has made `raw`. `library`: with the options of this call. */
  opened(raw: IronSession, library: IronLibrary, access: CookieAccess, source: Source): Opened {
    const sent = library.readSent(access.sent());
    const isNew = sent?.seal.outcome !== 'open';
    this.#isFound ||= !isNew;
    const fingerprint = isNew ? null : this.fingerprint(sent.key);
    const session = new ObservedSession(this.observed, liveProperties(raw, isData), fingerprint);
    const load = { operation: 'load', call: 'getIronSession', actor: 'framework', layer: 'cookie', source } as const;
    if (sent?.seal.outcome === 'open') {
      const { expiresAt: sessionAt } = sent.seal;
      const found = { outcome: 'found', bytes: sent.key.length, expiry: { sessionAt }, ...session.whole() } as const;
      session.record({ ...load, ...found }, session.known.bytes);
    } else {
      if (sent !== undefined) session.record({ ...load, ...REFUSALS[sent.seal.outcome] });
      session.record({ operation: 'create', call: 'getIronSession', actor: 'framework', source, ...session.whole() });
    }
    return this.hold({ session, access, library, isNew, isDestroyed: false, saved: undefined });
  }

  /** The app calls `save`: `run` does it. What it seals is what the session holds at this moment. */
  save(opened: Opened, below: Below, run: () => Promise<void>): Promise<void> {
    const { session, access } = opened;
    const before = guard(this.observed, 'save', () => {
      session.checkpoint();
      return { ...snapshotOf(session), source: this.source(below) };
    });
    const save = { operation: 'save', call: 'save', actor: 'app' } as const;
    return this.saving(
      run,
      () => {
        // A session that was destroyed and is empty is not sealed again.
        if (opened.isDestroyed || before === undefined) return false;
        const from = session.fingerprint;
        const seal = joined((name) => access.written(name), opened.library.cookieName);
        const to = seal === '' ? undefined : this.fingerprint(seal);
        if (to !== undefined) session.fingerprint = to;
        opened.saved = before.text;
        session.record(
          {
            ...save,
            ...before.whole,
            source: before.source,
            outcome: 'done',
            reason: from === null ? 'new-session' : 'save-called',
            stored: before.stored,
            from,
            ...(to === undefined ? {} : { bytes: seal.length, cookieProduced: true, to }),
            expiry: { sessionAt: endOf(opened.library) },
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

  /** The app calls `destroy`: `run` does it. */
  destroy(opened: Opened, below: Below, run: () => void): void {
    const { session } = opened;
    const before = guard(this.observed, 'destroy', () => {
      session.checkpoint();
      return session.known.state();
    });
    run();
    guard(this.observed, 'destroy', () => {
      opened.isDestroyed = true;
      opened.saved = undefined;
      session.record({
        operation: 'flush',
        call: 'destroy',
        actor: 'app',
        source: this.source(below),
        from: session.fingerprint,
        to: null,
        ...(before === undefined ? {} : { before }),
      });
      session.restart();
      session.fingerprint = null;
    });
  }

  /** The app calls `updateConfig`: `run` does it. The end that the next save will give moves with it. */
  updateConfig(opened: Opened, library: IronLibrary | undefined, below: Below, run: () => void): void {
    run();
    guard(this.observed, 'updateConfig', () => {
      if (library === undefined) return;
      opened.library = library;
      opened.session.record({
        operation: 'set-expiry',
        call: 'updateConfig',
        actor: 'app',
        source: this.source(below),
        expiry: { sessionAt: endOf(library) },
      });
    });
  }
}

/** Of a seal made now: Epoch ms; `null`: it has no end. */
const endOf = ({ ttl }: IronLibrary): number | null => (ttl === 0 ? null : Date.now() + ttl * 1000);

/** By the library's own words, which are the same in 8 and 9. */
function failureOf(error: unknown): Failure {
  const { message } = describeError(error);
  if (/Cookie length is too big|cookies and the maximum is|leaves no room/.test(message)) return 'cookie-too-large';
  if (/not JSON serializable|serialize a BigInt|circular structure/i.test(message)) return 'not-serializable';
  if (/after headers were sent|headers after they are sent|already been consumed/.test(message)) return 'too-late';
  if (/destroyed session/.test(message)) return 'destroyed';
  if (/Cookies can only be modified/.test(message)) return 'read-only-cookies';
  return 'error';
}
