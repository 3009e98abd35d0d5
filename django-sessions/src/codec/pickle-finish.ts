/** The second step of reading a pickle: what was put together becomes what the app sees. */
import { PythonFloat, rememberFloat, rememberOrder } from './numbers.ts';
import { type BuildStep, PythonObject, PythonTuple } from './python-values.ts';

/** A dict whose keys are all strings becomes an object; any other one a `Map` with its keys as they are. */
type Dict = Record<string, unknown> | Map<unknown, unknown>;

/** An integer key reads back as a string from an object: those dicts remember their order. */
const INTEGER_LIKE = /^(?:0|[1-9]\d*)$/;

/** A float of Python that is integral, on its way into a container that remembers it. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A dict while it is filled; becomes an object or a `Map` when all is read. */
export class DictDraft {
  readonly entries = new Map<unknown, unknown>();
  /** Whether all keys are text. */
  isObject = true;
  result: Dict | undefined;
}

/** Where no container remembers it, a float stands for itself. */
const asValue = (value: unknown): unknown => (value instanceof Float ? new PythonFloat(value.value) : value);

/** Turns drafts into what the app sees, each once: shared parts stay shared, cycles stay cycles. */
export class Finisher {
  readonly #seen = new Set<object>();
  readonly #queue: object[] = [];

  finish(root: unknown): unknown {
    const value = this.#settle(root);
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) this.#fill(next);
    return asValue(value);
  }

  /** The final object for a value; its content is filled later, so that depth costs no stack. */
  #settle(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || value instanceof Float || value instanceof Uint8Array)
      return value;
    if (!this.#seen.has(value)) {
      this.#seen.add(value);
      this.#queue.push(value);
      if (value instanceof DictDraft) {
        value.result = value.isObject ? {} : new Map();
      }
    }
    return value instanceof DictDraft ? value.result : value;
  }

  #item(container: object, at: string | number, value: unknown): unknown {
    const settled = this.#settle(value);
    if (!(settled instanceof Float)) return settled;
    rememberFloat(container, at, settled.value);
    return settled.value;
  }

  #list(list: unknown[]): void {
    for (let index = 0; index < list.length; index++) list[index] = this.#item(list, index, list[index]);
  }

  #fill(value: object): void {
    if (Array.isArray(value)) this.#list(value);
    else if (value instanceof PythonTuple) this.#list(value.items as unknown[]);
    else if (value instanceof DictDraft) this.#dict(value);
    else if (value instanceof PythonObject) {
      const parts = value as { callable: unknown; args: unknown; kwargs: unknown };
      parts.callable = this.#settle(parts.callable);
      parts.args = this.#settle(parts.args);
      parts.kwargs = this.#settle(parts.kwargs);
      for (const step of value.steps) this.#step(step);
    }
  }

  #step(step: BuildStep): void {
    if (step.step === 'build') step.state = this.#settle(step.state);
    else if (step.step === 'set') for (const entry of step.entries) this.#list(entry);
    else this.#list(step.items);
  }

  #dict({ entries, result }: DictDraft): void {
    if (result instanceof Map) {
      for (const [key, value] of entries) result.set(asValue(this.#settle(key)), asValue(this.#settle(value)));
      return;
    }
    let hasIntegerKey = false;
    for (const [key, value] of entries as Map<string, unknown>) {
      hasIntegerKey ||= INTEGER_LIKE.test(key);
      const item = this.#item(result!, key, value);
      if (key === '__proto__')
        Object.defineProperty(result, key, { value: item, enumerable: true, configurable: true, writable: true });
      else result![key] = item;
    }
    if (hasIntegerKey && entries.size > 1) rememberOrder(result!, [...entries.keys()] as string[]);
  }
}
