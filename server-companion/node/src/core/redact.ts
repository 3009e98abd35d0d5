/** Redacts a value as it leaves the process: by the names of keys, by the form of a text, at every depth. */
import {
  type EncodedObject,
  type EncodedValue,
  isSecretUnder,
  isTagged,
  type KeyPathStep,
  type TaggedValue,
} from '../../../../protocol/index.ts';
import { partAt, stepInto } from './parts.ts';
import { isShownName, type Redaction } from './redaction.ts';

type Entry = readonly [key: EncodedValue, value: EncodedValue];

/**
 * `value` with every secret replaced by a digest of it; what holds none is given back as it is, not copied.
 * `path` says under which keys the value stands: a value below a secret key is a secret.
 */
export function redact(value: EncodedValue, path: readonly KeyPathStep[], rules: Redaction): EncodedValue {
  if (isBelowSecret(path, value, rules)) return redacted(value, 'name', rules);
  if (value === null || typeof value !== 'object') return redactNode(value, rules);
  // Many events share one value, as many reads of one key do: it is looked through once.
  let done = rules.done.get(value);
  if (done === undefined) rules.done.set(value, (done = redactNode(value, rules)));
  return done;
}

/**
 * The part of `whole` at `way`, redacted as it would be in the whole, which stands under the keys of `path`; `undefined`
 * where there is no such part. A key that is a secret is named as it is shown.
 */
export function redactPart(
  whole: EncodedValue,
  way: readonly KeyPathStep[],
  path: readonly KeyPathStep[],
  rules: Redaction,
): EncodedValue | undefined {
  let part = whole;
  let isSecret = isBelowSecret(path, whole, rules);
  for (const step of keysOf(whole, way, rules)) {
    const entry = stepInto(part, step);
    if (entry === undefined) return undefined;
    isSecret ||= isSecretEntry(entry, isPair(part, rules), rules) || (step === 1 && isListPair(part, rules));
    [, part] = entry;
  }
  return isSecret ? redacted(part, 'name', rules) : redactNode(part, rules);
}

/** `way`, as its keys are shown, with the keys themselves. */
export function keysOf(whole: EncodedValue, way: readonly KeyPathStep[], rules: Redaction): KeyPathStep[] {
  let part: EncodedValue | undefined = whole;
  return way.map((step) => {
    const key: KeyPathStep =
      part !== undefined && typeof step === 'string' && isShownName(step) ? keyShownAs(step, part, rules) : step;
    part = part === undefined ? undefined : partAt(part, [key]);
    return key;
  });
}

function keyShownAs(shown: string, container: EncodedValue, rules: Redaction): string {
  for (const [key] of entriesOf(container) ?? [])
    if (typeof key === 'string' && rules.nameOf(key).shown === shown) return key;
  return shown;
}

/** A path as it may leave: a step that is a secret itself is shown as its key is. The same one where none is. */
export const shownPath = (path: readonly KeyPathStep[], rules: Redaction): readonly KeyPathStep[] =>
  path.some((step) => typeof step === 'string' && rules.nameOf(step).shown !== step)
    ? path.map((step) => (typeof step === 'string' ? rules.nameOf(step).shown : step))
    : path;

function isBelowSecret(path: readonly KeyPathStep[], value: EncodedValue, rules: Redaction): boolean {
  const last = path.at(-1);
  return (
    path.some((step) => typeof step === 'string' && rules.nameOf(step).isSecret) ||
    (typeof last === 'string' && typeof value === 'string' && isSecretUnder(last, value))
  );
}

/** Tags of what holds no content. */
const BARE: ReadonlySet<string> = new Set(['undefined', 'function', 'number', 'redacted']);

function redacted(value: EncodedValue, by: 'name' | 'shape', rules: Redaction): EncodedValue {
  // An absent or empty value gives nothing away, and says more than a digest: a store may hold nothing of it.
  if (value === null || value === '' || (isTagged(value) && BARE.has(value.$))) return value;
  return { $: 'redacted', digest: rules.digest(JSON.stringify(value)), by };
}

/** The entries of what has keys; `undefined`: it has none. */
function entriesOf(value: EncodedValue): readonly Entry[] | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  if (!isTagged(value)) return Object.entries(value);
  return value.$ === 'object' || value.$ === 'map' ? value.entries : undefined;
}

/** Whether a container says under one key that the value under another is a secret: `{ name: 'password', value }`. */
function isPair(container: EncodedValue, rules: Redaction): boolean {
  return (entriesOf(container) ?? []).some(([key, value]) => isPairName(key, value, rules));
}

const isPairName = (key: EncodedValue, value: EncodedValue, rules: Redaction): boolean =>
  typeof key === 'string' &&
  typeof value === 'string' &&
  rules.nameOf(key).pair === 'name' &&
  value.length <= 128 &&
  rules.nameOf(value).isSecret;

/** `['password', 'hunter2']`: an entry of an object or of headers, as a list. */
function isListPair(container: EncodedValue, rules: Redaction): boolean {
  const items = Array.isArray(container)
    ? container
    : isTagged(container) && container.$ === 'array'
      ? container.items
      : [];
  return items.length === 2 && isPairName('name', items[0]!, rules);
}

function isSecretEntry([key, value]: Entry, isPaired: boolean, rules: Redaction): boolean {
  if (typeof key !== 'string') return namesIn(key).some((name) => rules.nameOf(name).isSecret);
  const { isSecret, isRandom, pair } = rules.nameOf(key);
  return (
    isSecret || (isPaired && pair === 'value') || (isRandom && typeof value === 'string' && isSecretUnder(key, value))
  );
}

/** The names that a map's key has in it: what is left of a cut one, the texts of a list. */
function namesIn(key: EncodedValue): string[] {
  if (typeof key === 'string') return [key];
  if (key === null || typeof key !== 'object') return [];
  if (Array.isArray(key)) return key.flatMap(namesIn);
  if (!isTagged(key)) return [];
  if (key.$ === 'text') return [key.head, key.tail];
  return key.$ === 'array' || key.$ === 'set' ? key.items.flatMap(namesIn) : [];
}

function redactNode(value: EncodedValue, rules: Redaction): EncodedValue {
  if (typeof value === 'string') return rules.isSecretText(value) ? redacted(value, 'shape', rules) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return redactItems(value, isListPair(value, rules), rules);
  return isTagged(value) ? redactTagged(value, rules) : redactPlain(value, rules);
}

const redactItems = (items: EncodedValue[], isPaired: boolean, rules: Redaction): EncodedValue[] =>
  mapSame(items, (item, index) => (isPaired && index === 1 ? redacted(item, 'name', rules) : redactNode(item, rules)));

const redactValue = (entry: Entry, isPaired: boolean, rules: Redaction): EncodedValue =>
  isSecretEntry(entry, isPaired, rules) ? redacted(entry[1], 'name', rules) : redactNode(entry[1], rules);

function redactPlain(value: EncodedObject, rules: Redaction): EncodedValue {
  const keys = Object.keys(value);
  let isPaired = false;
  let isRenamed = false;
  for (const key of keys) {
    isPaired ||= isPairName(key, value[key]!, rules);
    isRenamed ||= rules.nameOf(key).shown !== key;
  }
  // In the order of the keys, which says something.
  let copy: EncodedObject | undefined = isRenamed ? {} : undefined;
  for (const key of keys) {
    const before = value[key]!;
    const after = redactValue([key, before], isPaired, rules);
    if (isRenamed) copy![rules.nameOf(key).shown] = after;
    else if (after !== before) (copy ??= { ...value })[key] = after;
  }
  return copy ?? value;
}

function redactTagged(value: TaggedValue, rules: Redaction): EncodedValue {
  switch (value.$) {
    case 'object': {
      const isPaired = isPair(value, rules);
      const entries = mapSame(value.entries, (entry): [string, EncodedValue] => {
        const { shown } = rules.nameOf(entry[0]);
        const after = redactValue(entry, isPaired, rules);
        return after === entry[1] && shown === entry[0] ? entry : [shown, after];
      });
      return entries === value.entries ? value : { ...value, entries };
    }
    case 'map': {
      const isPaired = isPair(value, rules);
      const entries = mapSame(value.entries, (entry): [EncodedValue, EncodedValue] => {
        const key = redactNode(entry[0], rules);
        const after = redactValue(entry, isPaired, rules);
        return key === entry[0] && after === entry[1] ? entry : [key, after];
      });
      return entries === value.entries ? value : { ...value, entries };
    }
    case 'array':
    case 'set': {
      const items = redactItems(value.items, isListPair(value, rules), rules);
      return items === value.items ? value : { ...value, items };
    }
    case 'text': {
      if (rules.isSecretText(value.head) || rules.isSecretText(value.tail))
        return { $: 'redacted', digest: value.digest, by: 'shape' };
      const tail = safeTail(value.head, value.tail);
      return tail === value.tail ? value : { ...value, tail };
    }
    case 'error': {
      const message = rules.clean(value.message);
      return message === value.message ? value : { ...value, message };
    }
    case 'opaque':
      return value.text !== undefined && rules.isSecretText(value.text) ? redacted(value, 'shape', rules) : value;
    case 'symbol':
      return rules.isSecretText(value.description) ? redacted(value, 'shape', rules) : value;
    case 'bytes':
      return rules.isSecretText(Buffer.from(value.head, 'base64').toString('latin1'))
        ? redacted(value, 'shape', rules)
        : value;
    case 'cycle': {
      const path = shownPath(value.path, rules);
      return path === value.path ? value : { ...value, path: [...path] };
    }
    default:
      return value;
  }
}

const JSON_HEAD = /^\s*[[{]|"\s*:/;
const JSON_TAIL = /"\s*:|["}\]]\s*$/;
const REST_OF_STRING = /^(?:[^"\\]|\\.)*/s;

/**
 * The tail of a long text, without the rest of a string that began in what was cut out: where the text reads like
 * JSON, the name that says whether that string is a secret was cut out with it.
 */
function safeTail(head: string, tail: string): string {
  if (!JSON_HEAD.test(head) && !JSON_TAIL.test(tail)) return tail;
  return tail.slice(REST_OF_STRING.exec(tail)![0].length);
}

/** As `map`, giving the same list back where nothing changed. */
function mapSame<T>(list: T[], change: (item: T, index: number) => T): T[] {
  let copy: T[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const after = change(list[index]!, index);
    if (after !== list[index]) (copy ??= [...list])[index] = after;
  }
  return copy ?? list;
}
