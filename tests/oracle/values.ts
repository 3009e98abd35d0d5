/** Values that a program puts into sessions: as the program names them, and as an app under test reports what it has. */

/** A value as a program names it: small as JSON, however large what an app makes of it. */
export type ValueSpec =
  | { is: 'json'; value: unknown }
  | { is: 'undefined' | 'NaN' | '-0' }
  | { is: 'date'; ms: number }
  | { is: 'map'; entries: [string, number][] }
  /** Python: a dict with integer keys. JavaScript: an object, whose keys are always texts. */
  | { is: 'integer keys'; entries: [number, number][] }
  /** Python: a tuple. JavaScript: an array. */
  | { is: 'tuple'; items: number[] }
  /** What JSON cannot say: Python `object()`, JavaScript a function. */
  | { is: 'unstorable' }
  | { is: 'text'; length: number; seed: number }
  | { is: 'list'; length: number; seed: number }
  /** An object in an object, so many times. */
  | { is: 'deep'; depth: number; seed: number }
  | { is: 'record'; size: number; seed: number };

/**
 * A value as an app reports it, in either language: JSON scalars say themselves, everything else is a list whose first
 * item says what it is. Made by `dump` of each app, and by nothing of the companion.
 */
export type Dump =
  | null
  | boolean
  | number
  | string
  | ['list' | 'tuple' | 'set', Dump[]]
  | ['object', [string, Dump][]]
  | ['map', [Dump, Dump][]]
  | ['undefined']
  | ['number', 'NaN' | 'Infinity' | '-Infinity' | '-0']
  /** ISO 8601, `null` for an invalid one. */
  | ['date', string | null]
  | ['bigint', string]
  | ['other', string];

/** Equal as values: the order of an object's keys does not count. */
export function isEqual(a: Dump | undefined, b: Dump | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonical(a) === canonical(b);
}

/** A text that is equal for equal values. */
export function canonical(value: Dump): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const [kind, content] = value;
  if (kind === 'object' || kind === 'map')
    return `${kind}{${content
      .map(([key, part]) => `${canonical(key)}:${canonical(part)}`)
      .sort()
      .join()}}`;
  if (kind === 'list' || kind === 'tuple') return `${kind}[${content.map(canonical).join()}]`;
  if (kind === 'set') return `set[${content.map(canonical).sort().join()}]`;
  return JSON.stringify(value);
}

/** A session's content by key. */
export type Content = ReadonlyMap<string, Dump>;

/** A session is an object, or in Python a dict that may have keys of other kinds: those are named as they read. */
export function contentOf(session: Dump | undefined): Content | undefined {
  if (!Array.isArray(session)) return undefined;
  if (session[0] === 'object') return new Map(session[1]);
  if (session[0] !== 'map') return undefined;
  return new Map(session[1].map(([key, part]) => [typeof key === 'string' ? key : `${canonical(key)}`, part]));
}
