/** The library's methods on a session (`save`, `regenerate` …), run with the app's line noted first. */
import type { Expiry } from '../../../../protocol/index.ts';
import { asApp, enter, leave } from './current-exchange.ts';
import type { Exchange } from './exchange.ts';
import type { HeldSession } from './held-session.ts';

type Method = (...args: unknown[]) => unknown;

export class ObservedCalls {
  readonly #exchange: Exchange;
  readonly #held: HeldSession;
  readonly #known = new Map<string, { method: Method; observed: Method }>();

  constructor(exchange: Exchange, held: HeldSession) {
    this.#exchange = exchange;
    this.#held = held;
  }

  /** In the place of `method`: one function for one method, with its name, length and properties. */
  observed(name: string, method: Method): Method {
    const known = this.#known.get(name);
    if (known?.method === method) return known.observed;
    const observed: Method = new Proxy(method, {
      apply: (target, self: unknown, args: unknown[]) => this.#run(name, target, self, args, observed),
    });
    this.#known.set(name, { method, observed });
    return observed;
  }

  /** Runs it on the library's own session object, unobserved. */
  #run(name: string, method: Method, self: unknown, args: unknown[], below: (...args: never[]) => unknown): unknown {
    const exchange = this.#exchange;
    const held = this.#held;
    const isOurs = self === held.given || self === held.raw;
    if (!isOurs || exchange.depth > 0) return Reflect.apply(method, self, args);
    const { call } = exchange;
    let expiryBefore: Expiry | undefined;
    try {
      if (name === 'touch' || name === 'resetMaxAge') expiryBefore = exchange.sessions.expiryOf(held.raw.cookie);
      exchange.call = { call: name, actor: 'app', source: exchange.source(below) };
      exchange.checkpoint();
    } catch (error) {
      exchange.fault(`session ${name}`, error);
    }
    const previous = enter(exchange);
    let result: unknown;
    try {
      result = Reflect.apply(
        method,
        held.raw,
        args.map((argument) => asAppCallback(exchange, argument)),
      );
    } finally {
      leave(exchange, previous);
      try {
        if (expiryBefore !== undefined) this.#recordTouch(name, expiryBefore);
      } catch (error) {
        exchange.fault(`session ${name}`, error);
      }
      exchange.call = call;
    }
    return result === held.raw ? self : result;
  }

  #recordTouch(name: string, expiryBefore: Expiry): void {
    const expiry = this.#exchange.sessions.expiryOf(this.#held.raw.cookie);
    const source = this.#exchange.call?.source;
    this.#exchange.record(
      {
        operation: 'touch',
        call: name,
        actor: 'app',
        ...(source ? { source } : {}),
        expiryBefore,
        ...(expiry ? { expiry } : {}),
      },
      0,
      this.#held.fingerprint,
    );
  }
}

/** What the app passed to be called back is the app's own code again. */
function asAppCallback(exchange: Exchange, argument: unknown): unknown {
  if (typeof argument !== 'function') return argument;
  return function (this: unknown, ...answers: unknown[]): unknown {
    return asApp(exchange, () => Reflect.apply(argument as Method, this, answers));
  };
}
