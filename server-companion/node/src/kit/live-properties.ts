/** The data of a session whose keys are its own enumerable properties, read with no code of the app run. */
import { isAccessor } from '../core/changes.ts';
import { ACCESSOR } from './json-form.ts';
import type { LiveData } from './known-values.ts';

/** Gives an own property's value with no getter called; `ACCESSOR` stands for one that is a getter. */
export type ReadProperty = (session: object, key: string) => unknown;

export const readProperty: ReadProperty = (session, key) =>
  isAccessor(session, key) ? ACCESSOR : (session as Record<string, unknown>)[key];

/** `isData`: whether a property is data of the app, not a member of the library's. */
export const liveProperties = (
  session: object,
  isData: (key: string) => boolean,
  read: ReadProperty = readProperty,
): LiveData => new LiveProperties(session, isData, read);

class LiveProperties implements LiveData {
  readonly #session: object;
  readonly #isData: (key: string) => boolean;
  readonly #read: ReadProperty;

  constructor(session: object, isData: (key: string) => boolean, read: ReadProperty) {
    this.#session = session;
    this.#isData = isData;
    this.#read = read;
  }

  keys(): string[] {
    const keys = Object.keys(this.#session);
    // In place: one list for each look, of which a request has several.
    let kept = 0;
    for (const key of keys) if (this.#isData(key)) keys[kept++] = key;
    keys.length = kept;
    return keys;
  }

  has(key: string): boolean {
    return Object.prototype.propertyIsEnumerable.call(this.#session, key);
  }

  get(key: string): unknown {
    return this.#read(this.#session, key);
  }
}
