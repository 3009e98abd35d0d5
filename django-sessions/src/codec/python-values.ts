/** Values that Python's pickle carries and JavaScript has no word for: kept as they are, and written back so. */

/** A tuple. JSON has none: there it becomes a list, as with Python's own `json`. */
export class PythonTuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A name of a Python module, never looked up. */
export class PythonGlobal {
  readonly module: string;
  readonly qualifiedName: string;
  constructor(module: string, qualifiedName: string) {
    this.module = module;
    this.qualifiedName = qualifiedName;
  }
}

/** One step of how Python would make an object: the opcode's name and its operand. */
export type BuildStep =
  | { step: 'build'; state: unknown }
  | { step: 'append'; items: unknown[] }
  | { step: 'set'; entries: [unknown, unknown][] }
  | { step: 'add'; items: unknown[] };

/**
 * An object of a Python class: what Python would call to make it, which is never called here. A session that holds
 * one can be read and saved; the value itself can only be kept, replaced or deleted.
 */
export class PythonObject {
  /** `reduce`: `callable(*args)`; `new`: `cls.__new__(cls, *args, **kwargs)`. */
  readonly how: 'reduce' | 'new';
  readonly callable: unknown;
  readonly args: unknown;
  readonly kwargs: unknown;
  /** What is done to it then, in order. */
  readonly steps: BuildStep[] = [];
  constructor(how: 'reduce' | 'new', callable: unknown, args: unknown, kwargs?: unknown) {
    this.how = how;
    this.callable = callable;
    this.args = args;
    this.kwargs = kwargs;
  }
}
