/** How a session notifies its observer: of each call once, with who made it and from where. */
import { type ExchangeObserver, type ObservedSession, type SessionOperation, notify } from './observer.ts';

/** A method that was called and has not been reported yet. */
export interface Call {
  name: string;
  by: 'app' | 'framework';
  /** On the monotonic clock, in ms. */
  startedAt: number;
  /** What the observer gave when the method was called. */
  mark: unknown;
}

/** What is reported of a call beside what every call has. */
type Notice = Omit<SessionOperation, 'session' | 'sessionKey' | 'by' | 'call' | 'mark'> & {
  sessionKey?: string | null;
};

export class SessionNotifier {
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
    const mark =
      observer.mark === undefined ? undefined : notify(() => observer.mark!(method, name, this.#session, by));
    return { name, by, startedAt: performance.now(), mark };
  }

  /** The framework begins something that nobody has called. */
  beginOwn(name: string): Call {
    return { name, by: 'framework', startedAt: performance.now(), mark: undefined };
  }

  notify(call: Call | undefined, what: Notice): void {
    if (call === undefined) return;
    const { name, by, mark } = call;
    const session = this.#session;
    notify(() => this.#observer.operation({ session, sessionKey: session.sessionKey, call: name, by, mark, ...what }));
  }

  /** As `notify`, with how long it took. */
  notifyTimed(call: Call | undefined, what: Notice): void {
    if (call !== undefined) this.notify(call, { ...what, durationMs: performance.now() - call.startedAt });
  }

  /** The app assigned `modified`. */
  notifyAssigned(value: boolean, setter: (value: boolean) => void): void {
    this.notify(this.begin(`modified = ${value}`, setter), { operation: 'touch' });
  }

  notifyRecorded(): void {
    const observer = this.#observer;
    if (observer.recorded !== undefined) notify(() => observer.recorded!(this.#session));
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
