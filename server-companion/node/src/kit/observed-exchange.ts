/** One request on its way through a session library: how it began, what its operations belong to, how it ended. */
import type { IncomingHttpHeaders } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Actor, ExchangeFinished, ExchangeStarted, OperationRecorded } from '../../../../protocol/index.ts';
import type { Companion } from '../core/companion.ts';
import { finishForm, operationForm, startForm } from '../core/event-forms.ts';
import { newExchangeId } from '../core/exchange-id.ts';
import { pathOf } from '../core/request-path.ts';
import type { ObservedLibrary } from './observed-library.ts';
import type { OperationFields } from './observed-session.ts';
import { noteRequestFacts } from './request-facts.ts';
import { type ExchangeScope, round } from './scope.ts';

/** What a request says of itself, in whichever host's form it came. */
export interface RequestParts {
  readonly method: string | undefined;
  /** Path with query. */
  readonly url: string | undefined;
  readonly isSecure: boolean;
  readonly headers: IncomingHttpHeaders | undefined;
  readonly host: string | undefined;
  readonly peer: string | undefined;
  /** The exchange during which the server asked itself. */
  readonly parent?: string | undefined;
}

/** What a request says of a session's cookie. */
export interface SentReading extends Pick<ExchangeStarted['cookie'], 'name' | 'sent'> {
  /** Which of several the library takes; `undefined`: that is not known. */
  taken: ExchangeStarted['cookie']['taken'];
  signature: ExchangeStarted['cookie']['signature'] | undefined;
  /** What names the session, where the library took it. */
  key: string | undefined;
}

/** Of a verdict's sentences and attributes, roughly: for the log's account. */
const FINISHED_BYTES = 400;

export class ObservedExchange implements ExchangeScope {
  readonly id: string = newExchangeId();
  readonly observed: ObservedLibrary;
  readonly companion: Companion;
  owner: string | null = null;
  /** Above 0 while the library's own code runs. */
  libraryDepth = 0;
  #startedAt = performance.now();
  #faults = 0;
  #isStarted = false;
  #isPending = false;
  #isFinished = false;

  constructor(observed: ObservedLibrary) {
    this.observed = observed;
    this.companion = observed.companion;
  }

  get offsetMs(): number {
    return round(performance.now() - this.#startedAt);
  }

  get isLibraryRunning(): boolean {
    return this.libraryDepth > 0;
  }

  fault(where: string, error: unknown): void {
    this.#faults += 1;
    try {
      this.companion.faults.note(where, error, this.id, this.owner);
    } catch {
      // An event of the response's calls this too: there what is thrown would end the app.
    }
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** The end has been reported, and nothing more will be. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** What a request says of a session's cookie, for `start`. */
  sentCookie({ name, sent, taken, signature, key }: SentReading): ExchangeStarted['cookie'] {
    return {
      name,
      sent,
      ...(sent > 1 && taken !== undefined ? { taken } : {}),
      ...(signature === undefined ? {} : { signature }),
      ...(key === undefined ? {} : { fingerprint: this.companion.identity.fingerprint(key) }),
    };
  }

  /** Records that the exchange began. `cookie.fingerprint`: of the session that the library took from it. */
  start({ method, url, isSecure, headers, host, peer, parent }: RequestParts, cookie: ExchangeStarted['cookie']): void {
    this.#isStarted = true;
    this.owner = cookie.fingerprint ?? null;
    const event = startForm(
      this.id,
      this.observed.index,
      method ?? 'GET',
      pathOf(url),
      isSecure ? 'https' : 'http',
      cookie,
    );
    if (parent !== undefined) {
      event.parent = parent;
      event.kind = 'self';
    }
    noteRequestFacts(event, { headers, host, peer }, this.companion);
    this.companion.log.append(event, 0, this.owner);
    // Not before the event was dated: a head that left would seem to have left after the next request came.
    this.#startedAt = performance.now();
  }

  /** Records an operation of this exchange; returns its `seq`. `bytes`: of its values. */
  record(operation: OperationFields & { session: string | null }, bytes = 0): number {
    const { operation: name, call, actor, session } = operation;
    return this.log(Object.assign(this.operation(name, call, actor, session), operation), bytes);
  }

  /** An operation for `log`, to be filled in by who records it. */
  operation(
    operation: OperationRecorded['operation'],
    call: string,
    actor: Actor,
    session: string | null,
  ): OperationRecorded {
    return operationForm(this.id, this.offsetMs, session, operation, call, actor);
  }

  /** As `record`, of what `operation` has made: no object is copied on the hot path. */
  log(event: OperationRecorded, bytes: number): number {
    return this.companion.log.append(event, bytes, this.owner);
  }

  /**
   * Whether the end is to be reported now. Where it is not decided yet (the client went away, and the app goes on) it is
   * reported as pending, once, and again when it is decided.
   */
  settle(isUndecided: boolean): boolean {
    if (this.#isFinished || (isUndecided && this.#isPending)) return false;
    this.#isPending = isUndecided;
    this.#isFinished = !isUndecided;
    return true;
  }

  get isPending(): boolean {
    return this.#isPending;
  }

  /** Records how the exchange ended. */
  finish(
    end: Omit<
      ExchangeFinished,
      'type' | 'epoch' | 'seq' | 'at' | 'exchange' | 'durationMs' | 'sessionBefore' | 'faults'
    >,
  ): void {
    const event = finishForm(this.id, this.offsetMs, this.owner, end);
    if (this.#faults > 0) event.faults = this.#faults;
    this.companion.log.append(event, FINISHED_BYTES, this.owner);
  }
}
