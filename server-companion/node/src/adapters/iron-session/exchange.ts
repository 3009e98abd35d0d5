/** One request in which iron-session is at work: the sessions that were made of its cookie, and each save of them. */
import type { Source } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { cookiesOf, countSent } from '../../core/sent-cookies.ts';
import { lastSetValue } from '../../core/set-cookie.ts';
import { AppSavedExchange, type OpenedSession, storedText } from '../../kit/app-saved-exchange.ts';
import type { HostedExchange } from '../../kit/hosts/middleware.ts';
import { partsOf } from '../../kit/hosts/node-request.ts';
import type { RequestContext } from '../../kit/hosts/request-exchanges.ts';
import { liveProperties } from '../../kit/live-properties.ts';
import { ObservedExchange } from '../../kit/observed-exchange.ts';
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

export class Exchange implements HostedExchange {
  readonly observed: ObservedExchange;
  listedAt = -1;
  readonly #app: AppSavedExchange<Failure>;
  readonly #sent: SentSeal | undefined;
  /** A session was made of a cookie that the library took. */
  #isFound = false;

  constructor(library: Library, { request, response }: RequestContext<Exchange>) {
    const { readSent, cookieName, cookieNames } = library.library;
    this.observed = new ObservedExchange(library);
    const { cookie: header } = request.headers;
    const [name, firstChunk] = cookieNames;
    const sent = readSent(cookiesOf(header));
    this.#sent = sent;
    this.observed.start(partsOf(request), {
      name,
      sent: Math.max(countSent(header, name), countSent(header, firstChunk!)),
      ...(sent === undefined ? {} : { signature: sent.signature }),
      ...(sent?.seal.outcome === 'open' ? { fingerprint: this.#fingerprint(sent.key) } : {}),
    });
    this.#app = new AppSavedExchange(this.observed, response, {
      cookieNames,
      sessionIn: (lines) => {
        const value = joined((cookie) => lastSetValue(lines, cookie), cookieName);
        return value === '' ? null : this.#fingerprint(value);
      },
      judge: (facts) => judge({ ...facts, sent: facts.isOpened && this.#isFound ? 'open' : this.#sent?.seal.outcome }),
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

  /** getIronSession has made `raw`. `library`: with the options of this call. */
  opened(raw: IronSession, library: IronLibrary, access: CookieAccess, source: Source): Opened {
    const sent = library.readSent(access.sent());
    const isNew = sent?.seal.outcome !== 'open';
    this.#isFound ||= !isNew;
    const fingerprint = isNew ? null : this.#fingerprint(sent.key);
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
    return this.#app.opened({ session, access, library, isNew, isDestroyed: false, saved: undefined });
  }

  /** The app calls `save`: `run` does it. What it seals is what the session holds at this moment. */
  save(opened: Opened, below: Below, run: () => Promise<void>): Promise<void> {
    const { session, access } = opened;
    const before = guard(this.observed, 'save', () => {
      session.checkpoint();
      const stored = session.known.stored(session.data).state;
      return { stored, text: storedText(session), fields: { ...session.whole(), source: this.#source(below) } };
    });
    const save = { operation: 'save', call: 'save', actor: 'app' } as const;
    return this.#app.save(
      run,
      () => {
        // A session that was destroyed and is empty is not sealed again.
        if (opened.isDestroyed || before === undefined) return false;
        const from = session.fingerprint;
        const seal = joined((name) => access.written(name), opened.library.cookieName);
        const to = seal === '' ? undefined : this.#fingerprint(seal);
        if (to !== undefined) session.fingerprint = to;
        opened.saved = before.text;
        session.record(
          {
            ...save,
            ...before.fields,
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
        session.record({ ...save, ...before?.fields, outcome: 'error', error: describeError(error) });
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
        source: this.#source(below),
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
        source: this.#source(below),
        expiry: { sessionAt: endOf(library) },
      });
    });
  }

  #source(below: Below): Source {
    return this.observed.companion.sources.take(below);
  }

  #fingerprint(seal: string): string {
    return this.observed.companion.identity.fingerprint(seal);
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
