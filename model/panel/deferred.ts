/** Code that the first screenful does not need: a script of its own, loaded when it is asked for or when there is time. */
import { signal } from '@preact/signals-core';

export interface Deferred<Code> {
  /** `undefined` until it is there: then whoever read it is notified. The first read has it loaded. */
  readonly code: Code | undefined;
  /** Why it is not there; `undefined`: it is, or is on its way. */
  readonly fault: string | undefined;
  /** Resolves when it is there, or failed; never rejects. */
  load(): Promise<void>;
  /** Rejects with words for people where it can't be loaded. */
  get(): Promise<Code>;
  /** Throws where it is not there: for who has waited for it. */
  readonly loaded: Code;
}

const all = new Set<Deferred<unknown>>();

/** `load` imports it. */
export function deferred<Code>(load: () => Promise<Code>): Deferred<Code> {
  const code = signal<Code | undefined>(undefined);
  const fault = signal<string | undefined>(undefined);
  let loading: Promise<void> | undefined;
  const begin = async () => {
    try {
      code.value = await load();
    } catch (error) {
      fault.value = error instanceof Error ? error.message : String(error);
    }
  };
  const one: Deferred<Code> = {
    get code() {
      if (loading === undefined) void one.load();
      return code.value;
    },
    get fault() {
      return fault.value;
    },
    load: () => (loading ??= begin()),
    async get() {
      await one.load();
      return one.loaded;
    },
    get loaded() {
      const there = code.peek();
      if (there === undefined) throw new Error(`A script of this panel is not loaded: ${fault.peek() ?? 'not yet'}`);
      return there;
    },
  };
  all.add(one);
  return one;
}

/** Resolves when all of it is there: what is shown then needs no more scripts. */
export const loadDeferred = async (): Promise<void> => {
  await Promise.all([...all].map((one) => one.load()));
};
