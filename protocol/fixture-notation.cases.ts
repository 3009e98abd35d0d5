/** Reads the golden fixtures: JSON, with constructions as fixtures/README.md describes them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The JSON of one file of fixtures, constructions not yet built. */
export const readFixtures = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')) as T;

/** The digest of the fixtures: 12 hex digits of SHA-256, without a key. */
export const fixtureDigest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Builds what one construction stands for; `undefined` from the lookup: not of this kind. */
export type Construct = (argument: never, build: (notation: unknown) => unknown) => unknown;

/** A value that stands for the ancestor at `path`: put in its place once the whole is built. */
export class Ancestor {
  readonly path: readonly (string | number)[];
  constructor(path: readonly (string | number)[]) {
    this.path = path;
  }
}

const listOf = (length: number, item: (index: number) => unknown) => Array.from({ length }, (_, index) => item(index));

/** What stands for JSON in both languages, and for what an encoding is made of. */
const PLAIN: Record<string, Construct> = {
  repeat: ([text, times]: [string, number]) => text.repeat(times),
  join: (parts: unknown[], build) => parts.map((part) => String(build(part))).join(''),
  list: ([item, times]: [unknown, number], build) => listOf(times, () => build(item)),
  range: (size: number) => listOf(size, (index) => index),
  keys: ([prefix, size]: [string, number]) => Object.fromEntries(listOf(size, (i) => [`${prefix}${i}`, i]) as []),
  // By definition, so that `__proto__` becomes a key like any other.
  object: (entries: [unknown, unknown][], build) => Object.fromEntries(entries.map(([k, v]) => [build(k), build(v)])),
  nest: ([kind, levels, bottom]: ['list' | 'object', number, unknown], build) => {
    let value = build(bottom);
    for (let level = 0; level < levels; level++) value = kind === 'list' ? [value] : { in: value };
    return value;
  },
  digest: (text: unknown, build) => fixtureDigest(String(build(text))),
};

/** Builds a notation; `own` adds constructions to those that stand for JSON. */
export function build(notation: unknown, own: Record<string, Construct> = {}): unknown {
  if (Array.isArray(notation)) return notation.map((item) => build(item, own));
  if (typeof notation !== 'object' || notation === null) return notation;
  const entries = Object.entries(notation);
  const [key = '', argument] = entries[0] ?? [];
  if (entries.length !== 1 || !key.startsWith('!'))
    return Object.fromEntries(entries.map(([name, value]) => [name, build(value, own)]));
  const construct = own[key.slice(1)] ?? PLAIN[key.slice(1)];
  if (construct === undefined) throw new Error(`the fixtures' notation has no ${key}`);
  return construct(argument as never, (inner) => build(inner, own));
}

interface MessageCase<Schema> {
  schema: Schema;
  name: string;
  message: unknown;
}

interface Change {
  /** Name of an accepted case of the same schema. */
  like: string;
  with?: { path: (string | number)[]; value: unknown };
  without?: (string | number)[];
}

export interface MessageFixtures<Schema> {
  accepted: (MessageCase<Schema> & { parsed?: unknown })[];
  refused: (MessageCase<Schema> & { at: string })[];
  unreadable: { name: string; text: string }[];
}

/** `messages.json`, with each message that is described as an accepted one but for one place made whole. */
export function readMessages<Schema>(): MessageFixtures<Schema> {
  const messages = readFixtures<MessageFixtures<Schema>>('messages');
  for (const one of messages.refused as (MessageCase<Schema> & Partial<Change>)[]) {
    if (one.like === undefined) continue;
    const base = messages.accepted.find(({ schema, name }) => schema === one.schema && name === one.like);
    if (base === undefined) throw new Error(`no accepted case is named '${one.like}'`);
    one.message = structuredClone(base.message);
    const path = [...(one.without ?? one.with!.path)];
    const last = path.pop()!;
    const holder = path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], one.message);
    if (one.without === undefined) (holder as Record<string, unknown>)[last] = one.with!.value;
    else delete (holder as Record<string, unknown>)[last];
  }
  return messages;
}
