/** One request on its way through the framework: what is known at its end, and the verdict made of it. */
import type {
  ExchangeObserver,
  ObservedSession,
  RequestFacts,
  SessionOperation,
  SessionVerdict,
} from '@sessionscope/django-sessions';
import type { ExchangeFinished, ExchangeStarted } from '../../../../protocol/index.ts';
import { newExchangeId } from '../../core/exchange-id.ts';
import { pathOf } from '../../core/request-path.ts';
import { countSent } from '../../core/sent-cookies.ts';
import { readSetCookie } from '../../core/set-cookie.ts';
import { clocksOf } from './expiry.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import { round, type Scope, Tracker } from './tracker.ts';
import { type Facts, judge } from './verdict.ts';

const CHANGES: ReadonlySet<string> = new Set(['set', 'delete', 'clear', 'set-expiry', 'touch']);

export class Exchange implements Scope {
  readonly id: string = newExchangeId();
  readonly sessions: ObservedSessions;
  readonly session: ObservedSession;
  readonly #facts: RequestFacts;
  readonly #startedAt = performance.now();
  readonly #tracker: Tracker;
  /** Fingerprint of the session that the cookie named. */
  owner: string | null = null;
  #isEnded = false;
  #faults = 0;
  #load: Facts['load'];
  #isFlushed = false;
  #isSavedByApp = false;
  /** Top-level keys inside of which something changed that no operation told, while nothing was to be saved. */
  readonly #unsaved = new Set<string>();
  #verdict: SessionVerdict | undefined;
  /** `Set-Cookie` said so, at that moment. */
  #setCookie: Facts['setCookie'];
  /** Something was changed after the headers had left. */
  #isLate = false;
  #hasThrown = false;

  constructor(sessions: ObservedSessions, facts: RequestFacts) {
    this.sessions = sessions;
    this.session = facts.session;
    this.#facts = facts;
    this.#start();
    this.#tracker = new Tracker(this, facts.session);
  }

  get offsetMs(): number {
    return round(performance.now() - this.#startedAt);
  }

  fault(where: string, error: unknown): void {
    this.#faults += 1;
    try {
      this.sessions.companion.faults.note(where, error, this.id, this.owner);
    } catch {
      // An event of the response's calls this too: there what is thrown would end the app.
    }
  }

  #start(): void {
    const { method, url, isSecure, cookieHeader, cookie: value } = this.#facts;
    const name = this.sessions.settings.cookieName;
    let cookie: ExchangeStarted['cookie'] = { name, sent: 0 };
    if (value !== undefined) {
      const { signature, fingerprint } = this.sessions.proveValue(value);
      this.owner = fingerprint ?? null;
      const sent = Math.max(1, countSent(cookieHeader, name));
      cookie = { name, sent, signature, ...(fingerprint === undefined ? {} : { fingerprint }) };
    }
    this.sessions.companion.log.append(
      {
        type: 'exchange-started',
        exchange: this.id,
        middleware: this.sessions.index,
        method,
        path: pathOf(url),
        protocol: isSecure ? 'https' : 'http',
        cookie,
      },
      0,
      this.owner,
    );
    this.sessions.open.add(this);
  }

  /** What the framework tells of this request; each hook's fault is noted, none is thrown. */
  observer(): ExchangeObserver {
    const guarded = <T>(where: string, work: () => T): T | undefined => {
      try {
        return work();
      } catch (error) {
        this.fault(where, error);
        return undefined;
      }
    };
    const observer: ExchangeObserver = {
      operation: (operation) => guarded('operation', () => this.#tell(operation)),
      mark: (method, call, _session, by) => guarded('mark', () => this.#tracker.mark(method, call, by)),
      recorded: () => guarded('recorded', () => this.#tracker.recorded()),
      finished: (verdict) => guarded('finished', () => this.#finished(verdict)),
    };
    if (this.#facts.response === undefined)
      observer.run = (next) => this.#watch(next, () => guarded('thrown', () => this.#threw()));
    else this.#facts.response.once('close', () => guarded('close', () => this.end()));
    return observer;
  }

  /** Where no response shows its end, a handler that throws is the end of the exchange. */
  #watch<T>(next: () => T, threw: () => void): T {
    let result: T;
    try {
      result = next();
    } catch (error) {
      threw();
      throw error;
    }
    // A branch of its own: the promise itself is given on as it is.
    if (result instanceof Promise) result.then(undefined, threw);
    return result;
  }

  #threw(): void {
    this.#hasThrown = true;
    this.end();
  }

  #tell(operation: SessionOperation): void {
    const { by, error } = operation;
    if (operation.operation === 'load' && by === 'framework') this.#load = operation.outcome;
    if (operation.operation === 'flush' && operation.call === 'flush' && error === undefined) this.#isFlushed = true;
    if (CHANGES.has(operation.operation)) {
      this.#isFlushed = false;
      this.#isLate ||= this.#verdict !== undefined;
    }
    if (operation.operation === 'save' && by === 'app' && error === undefined) {
      this.#isSavedByApp = true;
      this.#isLate = false;
    }
    this.#tracker.tell(operation);
  }

  /** The headers are about to leave: what the framework decided is final. */
  #finished(verdict: SessionVerdict): void {
    const changed = this.#tracker.checkpoint();
    if (!verdict.saved) for (const key of changed) this.#unsaved.add(key);
    else if (changed.length > 0) this.#isLate = true;
    this.#verdict = verdict;
    this.#setCookie = readSetCookie(verdict.setCookie, this.sessions.settings.cookieName, Date.now());
    if (this.#facts.response === undefined) this.end();
  }

  /** The response is over. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.sessions.open.delete(this);
    if (this.#tracker.checkpoint().length > 0) this.#isLate ||= this.#verdict !== undefined;
    const { response } = this.#facts;
    const facts = this.#collect();
    const verdict = judge(facts);
    const event: Omit<ExchangeFinished, 'epoch' | 'seq' | 'at'> = {
      type: 'exchange-finished',
      exchange: this.id,
      durationMs: this.offsetMs,
      ending: facts.isAborted ? 'aborted' : 'completed',
      sessionBefore: this.owner,
      sessionAfter: this.#sessionAfter(verdict.record.outcome),
      verdict,
    };
    if (response === undefined ? this.#verdict !== undefined : response.headersSent)
      event.status = response?.statusCode ?? facts.status;
    const { memory } = this.session;
    const expiry = memory === undefined ? {} : clocksOf(memory, this.sessions.settings);
    if (this.#setCookie !== undefined) expiry.cookieAt = this.#setCookie.expiresAt ?? null;
    if (Object.keys(expiry).length > 0) event.expiry = expiry;
    if (this.#faults > 0) event.faults = this.#faults;
    this.sessions.companion.log.append(event, 400, this.owner);
  }

  #collect(): Facts {
    const { response, cookie, isSecure, host } = this.#facts;
    const decided = this.#verdict;
    return {
      settings: this.sessions.settings,
      decided,
      error: decided?.error === undefined ? undefined : this.#tracker.describe(decided.error),
      thrown: decided?.error,
      status: decided?.reason === 'interrupted' ? 400 : (decided?.status ?? 0),
      wasSent: cookie !== undefined,
      load: this.#load,
      isModified: this.session.modified,
      isBlank: this.session.memory?.size === 0,
      isFlushed: this.#isFlushed,
      isSavedByApp: this.#isSavedByApp,
      isLate: this.#isLate,
      unsaved: [...this.#unsaved],
      setCookie: this.#setCookie,
      isSecureRequest: isSecure,
      host: hostName(host),
      isAborted: this.#hasThrown || (response === undefined ? decided === undefined : !response.writableFinished),
      hasThrown: this.#hasThrown,
    };
  }

  #sessionAfter(outcome: string): string | null {
    if (this.#verdict?.reason === 'interrupted' || outcome === 'deleted' || outcome === 'missing') return null;
    const now = this.sessions.nameOf(this.session);
    // A save that failed may have chosen a key for a record that was never made.
    if (outcome === 'failed' && now !== this.owner) return this.#load === 'found' ? this.owner : null;
    return now;
  }
}

/** Of a Host header: without port, in lower case. */
const hostName = (host = ''): string => host.toLowerCase().replace(/:\d+$/, '');
