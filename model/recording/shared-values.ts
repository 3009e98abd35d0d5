/**
 * What events have in common is kept once. Requests of one app are much alike: the same lines of code, the same verdicts,
 * and a session of which most stays as it is from one state to the next.
 */
import { type EncodedValue, isTagged, type OperationRecorded, type SessionscopeEvent } from '../../protocol/index.ts';

/** Events and texts that are remembered, to share what is alike: those of some pages of an app. */
const MAX_REMEMBERED = 2_000;

/** Characters of a text that a browser's parser of JSON keeps once by itself. */
const MAX_INTERNED = 10;

type Parts = Record<string, unknown>;

export class SharedValues {
  /** By type, then by its line of code: the last event of its kind. */
  readonly #events = new Map<string, Map<string, Parts>>();
  /** What each session held last, in memory and in the store. */
  readonly #states = new Map<string, unknown>();
  readonly #stored = new Map<string, unknown>();
  readonly #texts = new RecentTexts();

  /** The same event; what is equal to a part of another is that very part. Never changes the event itself. */
  share(event: SessionscopeEvent): SessionscopeEvent {
    const isOperation = event.type === 'operation-recorded';
    const known = this.#events.get(event.type) ?? new Map<string, Parts>();
    const key = isOperation ? lineOf(event) : '';
    const before = known.get(key);
    const shared: Parts = { ...event };
    const isOfSession = isOperation && event.session !== null;
    for (const name in shared) {
      const value = shared[name];
      const had = before?.[name];
      if (typeof value === 'string') {
        if (value.length > MAX_INTERNED) shared[name] = value === had ? had : this.#texts.same(value);
      } else if (typeof value === 'object' && typeof had === 'object') {
        if (!isOfSession || (name !== 'state' && name !== 'stored')) shared[name] = alike(had, value);
      }
    }
    if (isOfSession) {
      this.#shareState(this.#states, event.session!, shared, 'state');
      this.#shareState(this.#stored, event.session!, shared, 'stored');
    }
    remember(known, key, shared);
    this.#events.set(event.type, known);
    return shared as unknown as SessionscopeEvent;
  }

  /** With what the session held last. */
  #shareState(known: Map<string, unknown>, session: string, shared: Parts, part: 'state' | 'stored'): void {
    const value = shared[part];
    if (value === undefined) return;
    const own = alike(known.get(session), value);
    shared[part] = own;
    remember(known, session, own);
  }

  clear(): void {
    for (const known of [this.#events, this.#states, this.#stored, this.#texts]) known.clear();
  }
}

const lineOf = ({ operation, source }: OperationRecorded): string => {
  const frame = source?.frames[0];
  return frame === undefined ? operation : `${operation} ${frame.file} ${frame.line}`;
};

/**
 * `value`, with each part that is equal to that of `known` being that very part. A tagged value never is: what was cut
 * or redacted may be another though it reads the same, and the very same object means that nothing changed.
 *
 * Runs over all that comes, and most of it is as it was: without lists of names, and without a copy until something differs.
 */
function alike(known: unknown, value: unknown): unknown {
  if (known === value) return known;
  if (typeof known !== 'object' || typeof value !== 'object' || known === null || value === null) return value;
  if (Array.isArray(value)) return Array.isArray(known) ? alikeList(known, value) : value;
  if (Array.isArray(known) || isTagged(value as EncodedValue)) return value;
  const from = known as Parts;
  const to = value as Parts;
  let copy: Parts | undefined;
  for (const name in to) {
    const had = from[name];
    const part = alike(had, to[name]);
    if (copy === undefined && (part !== had || (had === undefined && !(name in from)))) {
      copy = { ...to };
      for (const same in to) {
        if (same === name) break;
        copy[same] = from[same];
      }
    }
    if (copy !== undefined) copy[name] = part;
  }
  if (copy !== undefined) return copy;
  for (const name in from) if (!(name in to)) return withPartsOf(from, to);
  return known;
}

/** What `from` holds under the names of `to`. */
function withPartsOf(from: Parts, to: Parts): Parts {
  const copy = { ...to };
  for (const name in to) copy[name] = from[name];
  return copy;
}

function alikeList(known: readonly unknown[], value: readonly unknown[]): readonly unknown[] {
  let isSame = known.length === value.length;
  const parts = value.map((item, at) => {
    const part = alike(known[at], item);
    isSame &&= part === known[at];
    return part;
  });
  return isSame ? known : parts;
}

/** The texts that came last, half of them at least: to drop them one by one would cost more than to find them again. */
class RecentTexts {
  #newer = new Map<string, string>();
  #older = new Map<string, string>();

  /** The very text that was given first of those that are equal. */
  same(text: string): string {
    const known = this.#newer.get(text);
    if (known !== undefined) return known;
    const own = this.#older.get(text) ?? text;
    this.#newer.set(own, own);
    if (this.#newer.size >= MAX_REMEMBERED / 2) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    return own;
  }

  clear(): void {
    this.#newer.clear();
    this.#older.clear();
  }
}

function remember<Value>(known: Map<string, Value>, key: string, value: Value): void {
  known.set(key, value);
  if (known.size > MAX_REMEMBERED) known.delete(known.keys().next().value!);
}
