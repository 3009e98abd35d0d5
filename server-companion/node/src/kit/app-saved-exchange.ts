/**
 * One request through a library that saves only what the app asks it to save, into a cookie of the response: what its
 * sessions hold beside what was saved, whether the cookie left, and the verdict made of both.
 */
import type { ServerResponse } from 'node:http';
import type { Verdict } from '../../../../protocol/index.ts';
import { readSetCookie } from '../core/set-cookie.ts';
import type { HostedExchange } from './hosts/middleware.ts';
import { partsOf } from './hosts/node-request.ts';
import type { RequestContext } from './hosts/request-exchanges.ts';
import { type HeaderReader, observeResponse } from './hosts/response.ts';
import type { KnownValues } from './known-values.ts';
import { LibraryExchange } from './library-exchange.ts';
import type { SentReading } from './observed-exchange.ts';
import type { ObservedLibrary } from './observed-library.ts';
import type { ObservedSession } from './observed-session.ts';
import { responseFacts, type ResponseFacts } from './response-facts.ts';
import { cookieExpiry, endWith } from './response-head.ts';
import { guard } from './scope.ts';
import type { StoreCall } from './stores/callbacks.ts';

/** A session that the library has made for this request; there may be several. */
export interface OpenedSession {
  readonly session: ObservedSession;
  /** It began empty: no cookie was sent, or none that the library took. */
  readonly isNew: boolean;
  isDestroyed: boolean;
  /** What the last save has stored, as text; `undefined`: none has. */
  saved: string | undefined;
}

/** What every such library's verdict is made of. `Failure`: why a save threw, in the library's own kinds. */
export interface AppSavedFacts<Failure extends string> {
  /** The app asked for the session. */
  readonly isOpened: boolean;
  readonly isDestroyed: boolean;
  /** Every session of this request began empty. */
  readonly isNew: boolean;
  /** How the last save went; `undefined`: there was none. */
  readonly saved: 'done' | 'failed' | undefined;
  /** Of a save that failed. */
  readonly failure: Failure | undefined;
  /** What a session holds was not saved. */
  readonly isUnsaved: boolean;
  /** It was changed after the response's head had left. */
  readonly isLate: boolean;
  /** The response's head was written before the connection closed. */
  readonly isHeadSent: boolean;
  /** The connection closed; the app has not begun the response, or a save goes on. */
  readonly isUndecided: boolean;
  readonly setCookie: Verdict['cookie']['attributes'];
}

type Context = Pick<RequestContext<unknown>, 'request' | 'response' | 'parent'>;

export abstract class AppSavedExchange<Failure extends string> extends LibraryExchange implements HostedExchange {
  readonly #response: ServerResponse;
  /** The cookies in which the session may lie. */
  readonly #cookieNames: readonly string[];
  /** The server asks itself: its response is an object that stands for one, whose head nobody writes. */
  readonly #isInner: boolean;
  readonly #opened: OpenedSession[] = [];
  #head: ResponseFacts | undefined;
  #setCookie: Verdict['cookie']['attributes'];
  #sessionAfter: string | null;
  #saved: AppSavedFacts<Failure>['saved'];
  #failure: Failure | undefined;
  /** Saves that go on. */
  #saving = 0;
  #wasUnsaved = false;
  #isClosed = false;
  #isHeadSent = false;

  /** `sent`: what the request says of the session's cookie. */
  constructor(
    library: ObservedLibrary,
    { request, response, parent }: Context,
    cookieNames: readonly string[],
    sent: SentReading,
  ) {
    super(library);
    this.#response = response;
    this.#cookieNames = cookieNames;
    this.#isInner = parent !== undefined;
    this.observed.start({ ...partsOf(request), parent }, this.observed.sentCookie(sent));
    this.#sessionAfter = this.observed.owner;
    observeResponse(response, {
      head: (_below, write, header) => this.#writeHead(write, header),
      end: (_below, finish) => this.#end(finish),
    });
  }

  /** The session that the Set-Cookie lines give the browser; `null`: they take it away. Asked where one has such a name. */
  protected abstract sessionIn(lines: readonly unknown[]): string | null;

  protected abstract judge(facts: AppSavedFacts<Failure>): Verdict;

  get memory(): ObservedSession | undefined {
    return this.#opened.at(-1)?.session;
  }

  /** The library has made a session for this request. */
  hold<Opened extends OpenedSession>(opened: Opened): Opened {
    this.#opened.push(opened);
    return opened;
  }

  /**
   * Runs a save of the app's, whose promise is the app's too: what it rejects with is rejected with. `done` and `failed`
   * record how it went; `done` says whether something was saved.
   */
  async saving<T>(
    run: () => Promise<T>,
    done: (result: T) => boolean,
    failed: (error: unknown) => Failure,
  ): Promise<T> {
    const { observed } = this;
    this.#saving += 1;
    try {
      const result = await run();
      guard(observed, 'save', () => {
        if (!done(result)) return;
        this.#saved = 'done';
        this.#failure = undefined;
      });
      return result;
    } catch (error) {
      guard(observed, 'save', () => {
        this.#saved = 'failed';
        this.#failure = failed(error);
      });
      throw error;
    } finally {
      this.#saving -= 1;
      guard(observed, 'save', () => this.#settle());
    }
  }

  /** As `saving`, of a save for which the library waits itself: with the answer of its store it is over. */
  protected savingInStore(done: () => boolean, failed: (error: unknown) => Failure): StoreCall {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.saving(() => promise, done, failed).catch(() => undefined);
    return { answered: (error) => (error === undefined ? resolve() : reject(error)) };
  }

  /** The library has saved a session by itself. */
  savedByLibrary(): void {
    this.#saved = 'done';
    this.#failure = undefined;
  }

  #writeHead<T>(write: () => T, header: HeaderReader): T {
    if (this.#head === undefined) guard(this.observed, 'response headers', () => this.#seeHead(header));
    return write();
  }

  #seeHead(header: HeaderReader): void {
    for (const { session } of this.#opened) session.checkpoint();
    this.#wasUnsaved = this.#opened.some(isUnsaved);
    this.#head = responseFacts(header, this.observed.offsetMs);
    this.#isHeadSent = !this.#isClosed;
    const lines = [header('set-cookie') ?? []].flat();
    const now = Date.now();
    const found = this.#cookieNames.flatMap((name) => readSetCookie(lines, name, now) ?? []);
    // Where a session moves from several cookies into one, the others are taken away.
    this.#setCookie = found.find(({ expiresAt }) => expiresAt === undefined || expiresAt > now) ?? found[0];
    if (found.length > 0 && this.#isHeadSent) this.#sessionAfter = this.sessionIn(lines);
    this.#settle();
  }

  /** The app ends the response: of a client that has gone no head is written any more. */
  #end<T>(finish: () => T): T {
    if (this.#isInner && this.#head === undefined)
      guard(this.observed, 'response headers', () => this.#seeHead((name) => this.#response.getHeader(name)));
    const finished = finish();
    guard(this.observed, 'response end', () => this.#settle());
    return finished;
  }

  /** The connection is done with the response. */
  closed(): void {
    this.#isClosed = true;
    this.observed.observed.open.delete(this);
    this.#settle();
  }

  #settle(): void {
    const response = this.#response;
    const isUndecided = this.#saving > 0 || (this.#head === undefined && !response.writableEnded);
    if (!this.#isClosed || !this.observed.settle(isUndecided)) return;
    for (const { session } of this.#opened) session.checkpoint();
    const verdict = this.judge(this.#facts(isUndecided));
    const expiry = cookieExpiry(this.#setCookie);
    const sessionAfter = verdict.record.outcome === 'missing' ? null : this.#sessionAfter;
    this.observed.finish(endWith(response, this.#head, { sessionAfter, verdict, expiry }));
  }

  #facts(isUndecided: boolean): AppSavedFacts<Failure> {
    const opened = this.#opened;
    const unsaved = opened.some(isUnsaved);
    return {
      isOpened: opened.length > 0,
      isDestroyed: opened.some(({ isDestroyed }) => isDestroyed),
      isNew: opened.every(({ isNew }) => isNew),
      saved: this.#saved,
      failure: this.#failure,
      isUnsaved: unsaved,
      // What was changed after the head could not have been saved any more.
      isLate: this.#head !== undefined && unsaved && !this.#wasUnsaved,
      isHeadSent: this.#isHeadSent,
      isUndecided,
      setCookie: this.#isHeadSent ? this.#setCookie : undefined,
    };
  }
}

/** What a session holds at one moment, as its save tells it. */
export interface Snapshot {
  readonly whole: ReturnType<ObservedSession['whole']>;
  readonly stored: ReturnType<KnownValues['stored']>['state'];
  readonly text: string;
}

export const snapshotOf = (session: ObservedSession): Snapshot => ({
  whole: session.whole(),
  stored: session.known.stored(session.data).state,
  text: storedText(session),
});

/** What a session holds, as the text of what a save stores. */
export const storedText = ({ known, data }: ObservedSession): string => JSON.stringify(known.stored(data).state);

function isUnsaved({ session, saved, isNew }: OpenedSession): boolean {
  if (saved !== undefined) return storedText(session) !== saved;
  return isNew ? session.known.size > 0 : session.known.isModified;
}
