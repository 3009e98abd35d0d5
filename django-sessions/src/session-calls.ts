/**
 * A request's calls of its session. Who forgets an `await` still gets the call done before the session is saved, and
 * hears of it when it fails: a promise that nobody awaits otherwise loses the change, or ends the process.
 */
import { SessionError } from './errors.ts';
import type { SessionLogger } from './settings.ts';

/** What changes a session. After the response's headers have left, nothing saves it. */
const CHANGES: ReadonlySet<string> = new Set([
  'set',
  'delete',
  'pop',
  'setDefault',
  'update',
  'setExpiry',
  'setTestCookie',
  'deleteTestCookie',
]);

/** A call may begin the next one (`get().then(set)`); one that goes on for ever must not hold the response for ever. */
const MAX_ROUNDS = 100;

/** A promise that knows whether anybody waits for it. */
class Call<T> extends Promise<T> {
  isAwaited = false;

  /** What `then` makes is a plain promise: the app's own. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- `await` of a subclass calls it, which is how it is noticed.
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isAwaited = true;
    return super.then(fulfilled, rejected);
  }

  /** Keeps a rejection that nobody waits for from ending the process: it is given to `failed`. */
  guard(failed: (error: unknown) => void): void {
    void super.then(undefined, (error: unknown) => {
      if (!this.isAwaited) failed(error);
    });
  }
}

export class SessionCalls {
  readonly #logger: SessionLogger;
  #running = 0;
  #idle: (() => void) | undefined;
  readonly #failures: { call: Call<unknown>; error: unknown }[] = [];
  #isOver = false;
  #hasWarned = false;

  constructor(logger: SessionLogger) {
    this.#logger = logger;
  }

  /** A method of the session is called. */
  began(name: string): void {
    if (this.#isOver && CHANGES.has(name)) this.#warnTooLate(name);
  }

  /** Runs a method of the session. What it gives or throws is the app's where the app awaits it. */
  follow<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.began(name);
    const running = this.#run(work, (error) => this.#failures.push({ call, error }));
    const call: Call<T> = new Call((resolve, reject) => void running.then(resolve, reject));
    // `await` marks the call one microtask from here. A handler of ours before that would take the app's line out of
    // the error's stack.
    queueMicrotask(() =>
      queueMicrotask(() => {
        if (!call.isAwaited) call.guard((error) => this.#warnNotAwaited(name, error));
      }),
    );
    return call;
  }

  async #run<T>(work: () => Promise<T>, failed: (error: unknown) => void): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } catch (error) {
      failed(error);
      throw error;
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#idle?.();
    }
  }

  /** Whether `settle` has something to wait for, or to say. */
  get isSettled(): boolean {
    return this.#running === 0 && this.#unawaited() === undefined;
  }

  /** Waits until no call is running. Rejects with the error of one that failed and that nobody awaits. */
  async settle(): Promise<void> {
    for (let round = 0; this.#running > 0 && round < MAX_ROUNDS; round++) {
      await new Promise<void>((resolve) => (this.#idle = resolve));
      // What stands behind a call (`.then(…)`) runs first, and may call again.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#idle = undefined;
    const failure = this.#unawaited();
    if (failure !== undefined) throw failure.error;
  }

  #unawaited(): { error: unknown } | undefined {
    return this.#failures.find(({ call }) => !call.isAwaited);
  }

  /** The response's headers are about to leave, the session saved or not. */
  end(): void {
    this.#isOver = true;
  }

  #warnNotAwaited(name: string, error: unknown): void {
    this.#logger.warn(
      `session.${name}() failed, and nothing awaited it: ${describe(error)} Write: await session.${name}(…)`,
    );
  }

  #warnTooLate(name: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#logger.warn(
      `session.${name}() was called after the response's headers had left: it is not saved. Await it before you answer, or await session.save() after it.`,
    );
  }
}

/** A store's own words may name the session by its key: only its error's name and code are repeated. */
function describe(error: unknown): string {
  if (error instanceof SessionError) return `${error.name}: ${error.message}`;
  const { name = 'Error', code } = (error ?? {}) as { name?: string; code?: unknown };
  return typeof code === 'string' ? `${name} (${code}).` : `${name}.`;
}
