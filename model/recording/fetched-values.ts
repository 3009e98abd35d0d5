/** Values that were fetched later, and stand beside what was cut or redacted, wherever that has the same digest. */
import type { EncodedValue, OperationRecorded } from '../../protocol/index.ts';
import { type Contents, fill } from '../values/fill.ts';
import { namedSession } from '../values/known.ts';
import { VALUE_PARTS } from './records.ts';

/** Contents that were fetched later, and are put beside what comes with the same digest. */
const MAX_FETCHED = 200;

export class FetchedValues {
  /** By the digest of what it belongs to. */
  readonly #contents = new Map<string, EncodedValue>();

  keep(digest: string, content: EncodedValue): void {
    this.#contents.delete(digest);
    this.#contents.set(digest, content);
    if (this.#contents.size > MAX_FETCHED) this.#contents.delete(this.#contents.keys().next().value!);
  }

  /** An operation as the model knows it: keys of the session as names, and what was fetched of its values. */
  asKnown(operation: OperationRecorded): OperationRecorded {
    let known = operation;
    for (const part of ['state', 'stored'] as const) {
      const value = known[part];
      const named = value === undefined ? undefined : namedSession(value);
      if (named !== undefined && named !== value) known = { ...known, [part]: named };
    }
    return this.#contents.size === 0 ? known : filledOperation(known, this.#contents);
  }
}

/** The same operation with contents beside what has their digests. */
export function filledOperation(operation: OperationRecorded, contents: Contents): OperationRecorded {
  let filled = operation;
  for (const part of VALUE_PARTS) {
    const value = operation[part];
    const after = value === undefined ? undefined : fill(value, contents);
    if (after !== undefined && after !== value) filled = { ...filled, [part]: after };
  }
  return filled;
}
