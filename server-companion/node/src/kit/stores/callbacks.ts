/**
 * A store with callbacks, or with promises, whose calls are seen. Its methods are covered on the instance: the store stays the same object,
 * with the same private fields, and code that holds it sees the same calls, arguments, errors and `this`.
 */
import type { Below } from '../scope.ts';

/** A store of whatever class, by its members. */
export interface AnyStore {
  readonly [member: string]: unknown;
}

/** One call of a store, from the moment it is made. Nothing here may throw. */
export interface StoreCall {
  /** The store has answered, or thrown in place of it: called once. */
  answered(error: unknown, value: unknown): void;
  /** The method has returned; nothing but the store has run since the call. */
  returned?(): void;
  /** Runs the caller's callback, which `run` calls; absent: as it is. */
  callBack?(run: () => unknown): unknown;
  /** While it ran, the store called this method of its own. */
  calledItself?(name: string): void;
}

type Callback = (this: unknown, ...answers: unknown[]) => unknown;
type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A call of which only what the store calls in turn matters: that is the store's own doing. */
export const UNWATCHED: StoreCall = { answered: () => undefined };

/** The store call that is running right now, synchronously: what it calls in turn is the store's own doing. */
let running: StoreCall | undefined;

/** Marks a function of ours on a store. */
const OBSERVER = Symbol('sessionscope.observer');

/** Puts what `make` makes in the place of a store's method, once; safe to repeat. */
export function coverMethod(store: object, name: string, make: (original: Method) => Method): void {
  const original = (store as Record<string, unknown>)[name] as (Method & { [OBSERVER]?: true }) | undefined;
  if (typeof original !== 'function' || original[OBSERVER]) return;
  const observed = make(original);
  Object.defineProperty(observed, 'name', { value: original.name, configurable: true });
  Object.defineProperty(observed, 'length', { value: original.length, configurable: true });
  Object.defineProperty(observed, OBSERVER, { value: true });
  const own = Object.getOwnPropertyDescriptor(store, name);
  Object.defineProperty(store, name, {
    value: observed,
    writable: true,
    configurable: true,
    enumerable: own?.enumerable ?? false,
  });
}

export interface StoreMethod {
  name: string;
  /** Which argument is the callback. */
  callbackAt: number;
  /** Whether the caller may leave the callback out. */
  isOptional: boolean;
  /** A call begins; `undefined`: it is nobody's that is watched. `below`: the function that was called. */
  begin(args: readonly unknown[], below: Below): StoreCall | undefined;
}

/** Watches the calls of one method of a store. */
export function observeStoreMethod(store: object, method: StoreMethod): void {
  const { name, callbackAt, isOptional, begin } = method;
  coverMethod(store, name, (original) => {
    return function observed(this: unknown, ...args) {
      const callback = args[callbackAt] as Callback | undefined;
      const isCallable = typeof callback === 'function' || (isOptional && callback === undefined);
      if (running !== undefined) running.calledItself?.(name);
      if (running !== undefined || !isCallable) return Reflect.apply(original, this, args);
      const call = begin(args, observed);
      if (call === undefined) return Reflect.apply(original, this, args);
      let isAnswered = false;
      const answer = function (this: unknown, ...answers: unknown[]): unknown {
        const goOn = () => {
          if (!isAnswered) {
            isAnswered = true;
            call.answered(answers[0], answers[1]);
          }
          const before = running;
          running = undefined;
          try {
            return callback && Reflect.apply(callback, this, answers);
          } finally {
            running = before;
          }
        };
        return call.callBack === undefined ? goOn() : call.callBack(goOn);
      };
      const given = args.slice();
      given[callbackAt] = answer;
      running = call;
      try {
        const result: unknown = Reflect.apply(original, this, given);
        call.returned?.();
        return result;
      } catch (error) {
        running = undefined;
        if (!isAnswered) {
          isAnswered = true;
          call.answered(error, undefined);
        }
        throw error;
      } finally {
        running = undefined;
      }
    };
  });
}

/** Watches the calls of one method of a store that answers with a promise, or at once. */
export function observeAwaitedMethod(
  store: object,
  name: string,
  begin: (args: readonly unknown[], below: Below) => StoreCall | undefined,
): void {
  coverMethod(store, name, (original) => {
    return function observed(this: unknown, ...args) {
      const call = running === undefined ? begin(args, observed) : undefined;
      if (call === undefined) return Reflect.apply(original, this, args);
      const failed = (error: unknown): never => {
        call.answered(error, undefined);
        throw error;
      };
      let result: unknown;
      try {
        running = call;
        result = Reflect.apply(original, this, args);
      } catch (error) {
        running = undefined;
        return failed(error);
      } finally {
        running = undefined;
      }
      if (!isThenable(result)) {
        call.answered(undefined, result);
        return result;
      }
      // Asked once: what comes of it is passed on. A query builder would run for each that asks.
      return Promise.resolve(result).then((value) => {
        call.answered(undefined, value);
        return value;
      }, failed);
    };
  });
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
