/**
 * What events have in common is kept once. Requests of one app are much alike: the same lines of code, the same verdicts,
 * and a session of which most stays as it is from one state to the next.
 */
import { type EncodedValue, isTagged, type SessionscopeEvent } from '../../protocol/index.ts';

/** Events and texts that are remembered, to share what is alike: those of some pages of an app. */
const MAX_REMEMBERED = 2_000;

export class SharedValues {
  /** The last event of its kind, from its line of code. */
  readonly #events = new Map<string, Record<string, unknown>>();
  /** What each session held last. */
  readonly #states = new Map<string, EncodedValue>();
  readonly #texts = new Map<string, string>();

  /** The same event; what is equal to a part of another is that very part. Never changes the event itself. */
  share(event: SessionscopeEvent): SessionscopeEvent {
    const key = kindOf(event);
    const before = this.#events.get(key);
    const shared: Record<string, unknown> = { ...event };
    for (const name of Object.keys(shared)) {
      const value = shared[name];
      if (typeof value === 'string') shared[name] = this.#text(value);
      else if (before !== undefined && typeof value === 'object') shared[name] = alike(before[name], value);
    }
    if (event.type === 'operation-recorded' && event.session !== null)
      for (const part of ['state', 'stored'] as const) {
        const value = shared[part] as EncodedValue | undefined;
        if (value === undefined) continue;
        const name = `${part} ${event.session}`;
        shared[part] = alike(this.#states.get(name), value);
        remember(this.#states, name, shared[part] as EncodedValue);
      }
    remember(this.#events, key, shared);
    return shared as unknown as SessionscopeEvent;
  }

  clear(): void {
    for (const known of [this.#events, this.#states, this.#texts]) known.clear();
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) remember(this.#texts, text, text);
    return known ?? text;
  }
}

function kindOf(event: SessionscopeEvent): string {
  if (event.type !== 'operation-recorded') return event.type;
  const frame = event.source?.frames[0];
  return `${event.operation} ${frame?.file} ${frame?.line}`;
}

/**
 * `value`, with each part that is equal to that of `known` being that very part. A tagged value never is: what was cut
 * or redacted may be another though it reads the same, and the very same object means that nothing changed.
 */
function alike(known: unknown, value: unknown): unknown {
  if (known === value) return known;
  if (typeof known !== 'object' || typeof value !== 'object' || known === null || value === null) return value;
  if (Array.isArray(value)) return Array.isArray(known) ? alikeList(known, value) : value;
  if (Array.isArray(known) || isTagged(value as EncodedValue)) return value;
  const from = known as Record<string, unknown>;
  const to = value as Record<string, unknown>;
  const names = Object.keys(to);
  const parts = names.map((name) => alike(from[name], to[name]));
  const isSame =
    names.length === Object.keys(from).length && names.every((name, at) => parts[at] === from[name] && name in from);
  if (isSame) return known;
  const copy = { ...to };
  for (const [at, name] of names.entries()) copy[name] = parts[at];
  return copy;
}

function alikeList(known: readonly unknown[], value: readonly unknown[]): readonly unknown[] {
  const parts = value.map((item, at) => alike(known[at], item));
  return parts.length === known.length && parts.every((part, at) => part === known[at]) ? known : parts;
}

function remember<Value>(known: Map<string, Value>, key: string, value: Value): void {
  known.set(key, value);
  if (known.size > MAX_REMEMBERED) known.delete(known.keys().next().value!);
}
