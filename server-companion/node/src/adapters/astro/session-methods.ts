/** The methods of Astro's session class, each in the place of its own: a session that is not observed passes through. */
import { guard } from '../../kit/scope.ts';
import type { SessionRecorder } from './session-recorder.ts';
import type { Session } from './types.ts';

type Method = (this: Session, ...args: never[]) => unknown;
type Recorders = Pick<WeakMap<object, SessionRecorder>, 'get'>;

const READS = ['get', 'has', 'keys', 'values', 'entries'] as const;

/** What is known of a session class: how to read one of its sessions, once it is loaded, with nobody watching. */
export interface Covered {
  readonly entries: Session['entries'];
  /** Where a record is missing, the session takes another ID (Astro 6.4 and later). */
  readonly renames: boolean;
}

/** To be called once for a class. */
export function coverClass(prototype: Session, recorders: Recorders): Covered {
  const { entries } = prototype;
  for (const name of READS)
    cover(prototype, name, (original) => {
      const observed: Method = function (...args) {
        const result = Reflect.apply(original, this, args) as Promise<unknown>;
        const recorder = recorders.get(this);
        return recorder === undefined ? result : recorder.read(name, args[0], result, recorder.source(observed));
      };
      return observed;
    });
  cover(prototype, 'set', (original) => {
    const observed: Method = function (...args) {
      const result = Reflect.apply(original, this, args);
      const [key, value] = args as readonly unknown[] as [string, unknown];
      record(recorders, this, 'set', (recorder) => recorder.wrote(key, value, recorder.source(observed)));
      return result;
    };
    return observed;
  });
  cover(prototype, 'delete', (original) => {
    const observed: Method = function (...args) {
      const result = Reflect.apply(original, this, args);
      record(recorders, this, 'delete', (recorder) => recorder.deleted(String(args[0]), recorder.source(observed)));
      return result;
    };
    return observed;
  });
  cover(prototype, 'destroy', (original) => {
    const observed: Method = function (...args) {
      const id = this.sessionID;
      const result = Reflect.apply(original, this, args);
      record(recorders, this, 'destroy', (recorder) => recorder.ended(id, recorder.source(observed)));
      return result;
    };
    return observed;
  });
  cover(prototype, 'regenerate', (original) => {
    const observed: Method = function (...args) {
      const recorder = recorders.get(this);
      const result = Reflect.apply(original, this, args) as Promise<unknown>;
      if (recorder === undefined) return result;
      const source = recorder.source(observed);
      const from = recorder.fingerprint;
      return result.then((value) => {
        record(recorders, this, 'regenerate', () => recorder.regenerated(from, source));
        return value;
      });
    };
    return observed;
  });
  cover(prototype, 'load', (original) => {
    const observed: Method = function (...args) {
      const recorder = recorders.get(this);
      const result = Reflect.apply(original, this, args) as Promise<unknown>;
      if (recorder === undefined) return result;
      const source = recorder.source(observed);
      return result.then((value) => {
        record(recorders, this, 'load', () => recorder.replaced(String(args[0]), source));
        return value;
      });
    };
    return observed;
  });
  // Astro calls it by a symbol of its own.
  for (const symbol of Object.getOwnPropertySymbols(prototype))
    cover(prototype, symbol, (original) => {
      return function (this: Session, ...args) {
        const run = () => Reflect.apply(original, this, args) as Promise<unknown>;
        return recorders.get(this)?.persist(run) ?? run();
      };
    });
  return { entries, renames: /sessionIDFromCookie/.test(String(prototype.constructor)) };
}

function record(recorders: Recorders, session: Session, name: string, note: (recorder: SessionRecorder) => void): void {
  const recorder = recorders.get(session);
  if (recorder !== undefined) guard(recorder.exchange.observed, `session ${name}`, () => note(recorder));
}

function cover(prototype: Session, name: string | symbol, make: (original: Method) => Method): void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  if (typeof own?.value !== 'function') return;
  const original = own.value as Method;
  const observed = make(original);
  for (const property of ['name', 'length'] as const)
    Object.defineProperty(observed, property, { value: original[property], configurable: true });
  Object.defineProperty(prototype, name, { ...own, value: observed });
}
