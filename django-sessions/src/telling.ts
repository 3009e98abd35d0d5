/** How a session tells its observer: each call once, with who made it and from where. */
import { type ExchangeObserver, type ObservedSession, type SessionOperation, tell } from './observer.ts';

/** A method that was called and has not been told yet. */
export interface Call {
  name: string;
  by: 'app' | 'framework';
  /** On the monotonic clock, in ms. */
  startedAt: number;
  /** What the observer gave when the method was called. */
  mark: unknown;
}

/** What is told of a call beside what every call has. */
type Told = Omit<SessionOperation, 'session' | 'sessionKey' | 'by' | 'call' | 'mark'> & { sessionKey?: string | null };

export class Teller {
  readonly #session: ObservedSession;
  readonly #observer: ExchangeObserver;
  /** While the middleware calls a method: up to that method's first wait. */
  #isFramework = false;

  constructor(session: ObservedSession, observer: ExchangeObserver) {
    this.#session = session;
    this.#observer = observer;
  }

  /** A method begins. To be called by it, before anything else. */
  begin(name: string, method: (...args: never[]) => unknown): Call {
    const observer = this.#observer;
    const by = this.#isFramework ? 'framework' : 'app';
    const mark = observer.mark === undefined ? undefined : tell(() => observer.mark!(method, name, this.#session, by));
    return { name, by, startedAt: performance.now(), mark };
  }

  /** The framework begins something that nobody has called. */
  beginOwn(name: string): Call {
    return { name, by: 'framework', startedAt: performance.now(), mark: undefined };
  }

  tell(call: Call | undefined, what: Told): void {
    if (call === undefined) return;
    const { name, by, mark } = call;
    const session = this.#session;
    tell(() => this.#observer.operation({ session, sessionKey: session.sessionKey, call: name, by, mark, ...what }));
  }

  /** As `tell`, with how long it took. */
  tellTimed(call: Call | undefined, what: Told): void {
    if (call !== undefined) this.tell(call, { ...what, durationMs: performance.now() - call.startedAt });
  }

  /** The app assigned `modified`. */
  tellAssigned(value: boolean, setter: (value: boolean) => void): void {
    this.tell(this.begin(`modified = ${value}`, setter), { operation: 'touch' });
  }

  tellRecorded(): void {
    const observer = this.#observer;
    if (observer.recorded !== undefined) tell(() => observer.recorded!(this.#session));
  }

  asFramework<T>(work: () => T): T {
    this.#isFramework = true;
    try {
      return work();
    } finally {
      this.#isFramework = false;
    }
  }
}
