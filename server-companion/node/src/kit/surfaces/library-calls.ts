/** The library's methods on a session (`save`, `regenerate` …), run with the app's line noted first. */
import type { Below } from '../scope.ts';

type Method = (...args: unknown[]) => unknown;

export interface CallRunner {
  /** Whether `self`, on which the app calls the method, is this session, and the library is not the one who calls. */
  isOfApp(self: unknown): boolean;
  /** Runs the library's code for the app's call, on the library's own session. `below`: the function that the app has called. */
  run(call: string, below: Below, run: (raw: object) => unknown): unknown;
  /** Runs what the app passed to be called back: it is the app's own code again. */
  asApp<T>(run: () => T): T;
  /** The session as the app has it. */
  readonly raw: object;
}

export class LibraryCalls {
  readonly #runner: CallRunner;
  readonly #known = new Map<string, { method: Method; observed: Method }>();

  constructor(runner: CallRunner) {
    this.#runner = runner;
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

  #run(name: string, method: Method, self: unknown, args: unknown[], below: Below): unknown {
    const runner = this.#runner;
    if (!runner.isOfApp(self)) return Reflect.apply(method, self, args);
    const result = runner.run(name, below, (raw) =>
      Reflect.apply(
        method,
        raw,
        args.map((argument) => this.#asAppCallback(argument)),
      ),
    );
    return result === runner.raw ? self : result;
  }

  #asAppCallback(argument: unknown): unknown {
    if (typeof argument !== 'function') return argument;
    const runner = this.#runner;
    return function (this: unknown, ...answers: unknown[]): unknown {
      return runner.asApp(() => Reflect.apply(argument as Method, this, answers));
    };
  }
}
