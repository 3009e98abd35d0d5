/**
 * The exchange for which a library's own code is running right now, synchronously: what it does meanwhile to a store is
 * that exchange's. One for each library and process, as one store may serve several middlewares.
 */
import type { Actor, Source } from '../../../../protocol/index.ts';
import type { ObservedExchange } from './observed-exchange.ts';

/** What the app asked the library for, while the library does it. */
export interface LibraryCall {
  call: string;
  actor: Actor;
  source?: Source;
}

export interface RunsLibrary {
  readonly observed: Pick<ObservedExchange, 'libraryDepth' | 'fault'>;
  /** What the app has asked for and the library is doing. */
  call: LibraryCall | undefined;
  /** Puts the library's own session in the place of the app's, so that its code runs unobserved and fast. */
  takeBack(): void;
  /** Gives the app the observed session in the place of the library's own. */
  exposeToApp(): void;
}

export class CurrentExchange<Exchange extends RunsLibrary> {
  #current: Exchange | undefined;

  get exchange(): Exchange | undefined {
    return this.#current;
  }

  /** The library's code begins to run; give what this returns to `leave` when it has ended. */
  enter(exchange: Exchange): Exchange | undefined {
    const previous = this.#current;
    this.#current = exchange;
    try {
      exchange.observed.libraryDepth += 1;
      if (exchange.observed.libraryDepth === 1) exchange.takeBack();
    } catch (error) {
      exchange.observed.fault('enter', error);
    }
    return previous;
  }

  leave(exchange: Exchange, previous: Exchange | undefined): void {
    try {
      exchange.observed.libraryDepth -= 1;
      if (exchange.observed.libraryDepth === 0) exchange.exposeToApp();
    } catch (error) {
      exchange.observed.fault('leave', error);
    }
    this.#current = previous;
  }

  /** Runs the library's code that goes on with `call`, once its store has answered. */
  goOn<T>(exchange: Exchange, call: LibraryCall | undefined, run: () => T): T {
    const previous = this.enter(exchange);
    const before = exchange.call;
    exchange.call = call;
    try {
      return run();
    } finally {
      exchange.call = before;
      this.leave(exchange, previous);
    }
  }

  /** Runs code of the library's. */
  asLibrary<T>(exchange: Exchange, run: () => T): T {
    const previous = this.enter(exchange);
    try {
      return run();
    } finally {
      this.leave(exchange, previous);
    }
  }

  /** Runs code of the app's that the library has called: observed again, whatever was under way. */
  asApp<T>(exchange: Exchange, run: () => T): T {
    const { call } = exchange;
    const { libraryDepth } = exchange.observed;
    const previous = this.#current;
    this.#current = undefined;
    exchange.call = undefined;
    exchange.observed.libraryDepth = 0;
    try {
      exchange.exposeToApp();
    } catch (error) {
      exchange.observed.fault('expose to app', error);
    }
    try {
      return run();
    } finally {
      exchange.observed.libraryDepth = 0;
      if (libraryDepth > 0) {
        this.enter(exchange);
        exchange.observed.libraryDepth = libraryDepth;
      }
      exchange.call = call;
      this.#current = previous;
    }
  }
}
