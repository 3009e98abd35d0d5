/** One request on its way through the framework: what is known at its end, and the verdict made of it. */
import type {
  ExchangeObserver,
  ObservedSession as FrameworkSession,
  RequestFacts,
  SessionOperation,
  SessionVerdict,
} from '@sessionscope/django-sessions';
import type { ExchangeStarted } from '../../../../../protocol/index.ts';
import { countSent } from '../../core/sent-cookies.ts';
import { readSetCookie } from '../../core/set-cookie.ts';
import { KnownValues } from '../../kit/known-values.ts';
import { LibraryExchange } from '../../kit/library-exchange.ts';
import type { OpenExchange } from '../../kit/observed-library.ts';
import { responseFacts, type ResponseFacts } from '../../kit/response-facts.ts';
import { guard } from '../../kit/scope.ts';
import { readValue } from './library.ts';
import type { ObservedSessions } from './observed-sessions.ts';
import { memoryOf, SessionRecorder } from './session-recorder.ts';
import { type Facts, judge } from './verdict.ts';

const CHANGES: ReadonlySet<string> = new Set(['set', 'delete', 'clear', 'set-expiry', 'touch']);
/** What writes the record under a new key. */
const MAKES: ReadonlySet<string> = new Set(['cycle-key', 'create']);

export class Exchange extends LibraryExchange {
  readonly sessions: ObservedSessions;
  readonly session: FrameworkSession;
  readonly #facts: RequestFacts;
  readonly #recorder: SessionRecorder;
  #headAtMs: number | undefined;
  /** Keys inside of which something changed that no operation reported, of a record that was saved anyway. */
  readonly #savedInside = new Set<string>();
  #load: Facts['load'];
  #isFlushed = false;
  #isSavedByApp = false;
  #appSaveError: Facts['appSaveError'];
  #isMadeByApp = false;
  /** Top-level keys inside of which something changed that no operation reported, while nothing was to be saved. */
  readonly #unsaved = new Set<string>();
  #verdict: SessionVerdict | undefined;
  /** `Set-Cookie` said so, at that moment. */
  #setCookie: Facts['setCookie'];
  /** Something was changed after the headers had left. */
  #isLate = false;
  #hasThrown = false;

  constructor(sessions: ObservedSessions, facts: RequestFacts) {
    super(sessions.observed);
    this.sessions = sessions;
    this.session = facts.session;
    this.#facts = facts;
    this.#start();
    this.#recorder = new SessionRecorder(this.observed, sessions, facts.session);
  }

  get memory(): OpenExchange['memory'] {
    const { session } = this;
    if (session.memory === undefined) return undefined;
    return {
      fingerprint: this.sessions.nameOf(session),
      look: () => new KnownValues(this.sessions.companion.identity.digest, memoryOf(session)),
    };
  }

  #start(): void {
    const { method, url, isSecure, request, host } = this.#facts;
    const { headers, socket } = request ?? {};
    this.observed.start({ method, url, isSecure, headers, host, peer: socket?.remoteAddress }, this.#sentCookie());
    this.sessions.observed.open.add(this);
  }

  #sentCookie(): ExchangeStarted['cookie'] {
    const { cookieHeader, cookie: value } = this.#facts;
    const { settings } = this.sessions;
    const { cookieName: name } = settings;
    if (value === undefined) return { name, sent: 0 };
    const { signature, key } = readValue(value, settings);
    const sent = Math.max(1, countSent(cookieHeader, name));
    return this.observed.sentCookie({ name, sent, taken: 'last', signature, key });
  }

  /** What the framework says of this request; each hook's fault is noted, none is thrown. */
  observer(): ExchangeObserver {
    const guarded = <T>(where: string, work: () => T): T | undefined => guard(this.observed, where, work);
    const observer: ExchangeObserver = {
      operation: (operation) => guarded('operation', () => this.#observe(operation)),
      mark: (method, call, _session, by) => guarded('mark', () => this.#recorder.mark(method, call, by)),
      recorded: () => guarded('recorded', () => this.#recorded()),
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

  #observe(operation: SessionOperation): void {
    const { by, error } = operation;
    if (operation.operation === 'load' && by === 'framework') this.#load = operation.outcome;
    if (operation.operation === 'flush' && operation.call === 'flush' && error === undefined) this.#isFlushed = true;
    if (CHANGES.has(operation.operation)) {
      this.#isFlushed = false;
      this.#isLate ||= this.#verdict !== undefined;
    }
    if (operation.operation === 'save' && by === 'app' && error === undefined) {
      this.#isSavedByApp = true;
      this.#appSaveError = undefined;
      this.#isLate = false;
    }
    if (operation.operation === 'save' && by === 'app' && error !== undefined)
      this.#appSaveError = this.#recorder.describe(error);
    if (MAKES.has(operation.operation) && by === 'app' && error === undefined) this.#isMadeByApp = true;
    this.#recorder.observe(operation);
  }

  #recorded(): void {
    for (const key of this.#recorder.recorded()) this.#savedInside.add(key);
  }

  /** The headers are about to leave: what the framework decided is final. */
  #finished(verdict: SessionVerdict): void {
    const changed = this.#recorder.checkpoint();
    if (!verdict.saved) for (const key of changed) this.#unsaved.add(key);
    else if (changed.length > 0) this.#isLate = true;
    this.#verdict = verdict;
    this.#headAtMs = this.observed.offsetMs;
    this.#setCookie = readSetCookie(verdict.setCookie, this.sessions.settings.cookieName, Date.now());
    if (this.#facts.response === undefined || this.observed.isPending) this.end();
  }

  /** The response is over; called twice where the client went away while the app goes on. */
  end(): void {
    if (this.observed.isFinished) return;
    this.sessions.observed.open.delete(this);
    const { response } = this.#facts;
    const isUndecided = response !== undefined && this.#verdict === undefined && !this.#hasThrown;
    if (!this.observed.settle(isUndecided)) return;
    if (this.#recorder.checkpoint().length > 0) this.#isLate ||= this.#verdict !== undefined;
    const facts = this.#collect(isUndecided);
    const verdict = judge(facts);
    const expiry = this.#recorder.expiry();
    if (this.#setCookie !== undefined) expiry.cookieAt = this.#setCookie.expiresAt ?? null;
    const hasStatus = response === undefined ? this.#verdict !== undefined : response.headersSent;
    this.observed.finish({
      ending: facts.isAborted ? 'aborted' : 'completed',
      ...this.#head(),
      sessionAfter: this.#sessionAfter(verdict.record.outcome),
      verdict,
      ...(hasStatus ? { status: response?.statusCode ?? facts.status } : {}),
      ...(Object.keys(expiry).length > 0 ? { expiry } : {}),
    });
  }

  #collect(isUndecided: boolean): Facts {
    const { response, cookie } = this.#facts;
    const decided = this.#verdict;
    return {
      settings: this.sessions.settings,
      decided,
      error: decided?.error === undefined ? undefined : this.#recorder.describe(decided.error),
      thrown: decided?.error,
      status: decided?.reason === 'interrupted' ? 400 : (decided?.status ?? 0),
      wasSent: cookie !== undefined,
      load: this.#load,
      isModified: this.session.modified,
      isBlank: this.session.memory?.size === 0,
      isFlushed: this.#isFlushed,
      isSavedByApp: this.#isSavedByApp,
      appSaveError: this.#appSaveError,
      isMadeByApp: this.#isMadeByApp,
      isAllStored: this.#isComparedAtEnd() ? this.#recorder.isAllStored() : false,
      isLate: this.#isLate,
      unsaved: [...this.#unsaved],
      setCookie: this.#setCookie,
      isUndecided,
      savedInside: [...this.#savedInside],
      isAborted: this.#hasThrown || (response === undefined ? decided === undefined : !response.writableFinished),
      hasThrown: this.#hasThrown,
    };
  }

  /** Asked only where it decides: it costs two encodings. */
  #isComparedAtEnd(): boolean {
    const decided = this.#verdict;
    return (
      this.#isSavedByApp ||
      this.#isMadeByApp ||
      decided === undefined ||
      decided.reason === 'server-error' ||
      (!decided.saved && this.session.modified)
    );
  }

  /** The framework puts headers of its own on the response as the head leaves: it is read after that. */
  #head(): ResponseFacts {
    const { response } = this.#facts;
    if (this.#headAtMs === undefined) return {};
    return responseFacts((name) => response?.getHeader(name), this.#headAtMs);
  }

  #sessionAfter(outcome: string): string | null {
    if (this.#verdict?.reason === 'interrupted' || outcome === 'deleted' || outcome === 'missing') return null;
    const now = this.sessions.nameOf(this.session);
    const { owner } = this.observed;
    // A save that failed may have chosen a key for a record that was never made.
    if (outcome === 'failed' && now !== owner) return this.#load === 'found' ? owner : null;
    return now;
  }
}
