/** Holds secrets back as a value leaves the process: by the name of a key, by the shape of a text, at every depth. */
import {
  type EncodedObject,
  type EncodedValue,
  isSecretName,
  isSecretText,
  isTagged,
  type KeyPathStep,
  normalizeKeyName,
  type TaggedValue,
} from '../../../protocol/index.ts';
import type { Digest } from './encode.ts';

/** How this process holds secrets back. */
export interface Redaction {
  /** Makes the keyed digest that stands in a secret's place. */
  digest: Digest;
  /** Whether a key's name says that its value is a secret. */
  isSecretName: (name: string) => boolean;
}

/** Key names of which it is known whether they are secret: an app uses the same ones again and again. */
const MAX_KNOWN_NAMES = 5_000;

/** The protocol's rules, and key names of the app's own (`options.redact`), compared as the rules compare them. */
export function createRedaction(digest: Digest, names: readonly string[] = []): Redaction {
  const own = new Set(names.map(normalizeKeyName));
  const known = new Map<string, boolean>();
  return {
    digest,
    isSecretName(name) {
      let isSecret = known.get(name);
      if (isSecret === undefined) {
        isSecret = isSecretName(name) || own.has(normalizeKeyName(name));
        if (known.size >= MAX_KNOWN_NAMES) known.clear();
        known.set(name, isSecret);
      }
      return isSecret;
    },
  };
}

/** A secret key anywhere in a text that reads like JSON, whole or cut: `"password":`. */
const JSON_KEY = /"((?:[^"\\]|\\.){1,128})"\s*:/g;
/** The same in JSON that is itself a text in JSON, however often: `\"password\":`. */
const ESCAPED_JSON_KEY = /\\"([^"\\]{1,128})\\+"\s*:/g;

/**
 * `value` with every secret replaced by a digest of it; what holds none is given back as it is, not copied.
 * `path` says under which keys the value stands: a value below a secret key is a secret.
 */
export function redact(value: EncodedValue, path: readonly KeyPathStep[], rules: Redaction): EncodedValue {
  if (path.some((step) => typeof step === 'string' && rules.isSecretName(step))) return held(value, 'name', rules);
  return redactNode(value, rules);
}

function held(value: EncodedValue, by: 'name' | 'shape', rules: Redaction): EncodedValue {
  // An absent or empty value gives nothing away, and says more than a digest.
  if (value === null || value === '' || (isTagged(value) && (value.$ === 'undefined' || value.$ === 'redacted')))
    return value;
  return { $: 'redacted', digest: rules.digest(JSON.stringify(value)), by };
}

function redactNode(value: EncodedValue, rules: Redaction): EncodedValue {
  if (typeof value === 'string') return isSecret(value, rules) ? held(value, 'shape', rules) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return mapSame(value, (item) => redactNode(item, rules));
  if (isTagged(value)) return redactTagged(value, rules);
  let copy: EncodedObject | undefined;
  for (const key of Object.keys(value)) {
    const before = value[key]!;
    const after = rules.isSecretName(key) ? held(before, 'name', rules) : redactNode(before, rules);
    if (after !== before) (copy ??= { ...value })[key] = after;
  }
  return copy ?? value;
}

function redactTagged(value: TaggedValue, rules: Redaction): EncodedValue {
  switch (value.$) {
    case 'object': {
      const entries = mapSame(value.entries, (entry): [string, EncodedValue] => {
        const after = rules.isSecretName(entry[0]) ? held(entry[1], 'name', rules) : redactNode(entry[1], rules);
        return after === entry[1] ? entry : [entry[0], after];
      });
      return entries === value.entries ? value : { ...value, entries };
    }
    case 'map': {
      const entries = mapSame(value.entries, (entry): [EncodedValue, EncodedValue] => {
        const key = redactNode(entry[0], rules);
        const after =
          typeof entry[0] === 'string' && rules.isSecretName(entry[0])
            ? held(entry[1], 'name', rules)
            : redactNode(entry[1], rules);
        return key === entry[0] && after === entry[1] ? entry : [key, after];
      });
      return entries === value.entries ? value : { ...value, entries };
    }
    case 'array':
    case 'set': {
      const items = mapSame(value.items, (item) => redactNode(item, rules));
      return items === value.items ? value : { ...value, items };
    }
    case 'text': {
      if (isSecret(value.head, rules) || isSecret(value.tail, rules))
        return { $: 'redacted', digest: value.digest, by: 'shape' };
      const tail = safeTail(value.head, value.tail);
      return tail === value.tail ? value : { ...value, tail };
    }
    case 'error':
      return isSecret(value.message, rules) ? { ...value, message: 'held back: it looks like a secret' } : value;
    case 'opaque':
      return value.text !== undefined && isSecret(value.text, rules) ? held(value, 'shape', rules) : value;
    case 'bytes':
      return isSecret(Buffer.from(value.head, 'base64').toString('latin1'), rules)
        ? held(value, 'shape', rules)
        : value;
    default:
      return value;
  }
}

function isSecret(text: string, rules: Redaction): boolean {
  // Shorter than any secret we know: most values end here.
  if (text.length < 8) return false;
  if (isSecretText(text)) return true;
  return text.includes('":') || /"\s*:/.test(text) ? holdsSecretKey(text, rules) : false;
}

function holdsSecretKey(text: string, rules: Redaction): boolean {
  for (const pattern of text.includes('\\"') ? [JSON_KEY, ESCAPED_JSON_KEY] : [JSON_KEY])
    for (const [, key] of text.matchAll(pattern)) if (rules.isSecretName(key!)) return true;
  return false;
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
function mapSame<T>(list: T[], change: (item: T) => T): T[] {
  let copy: T[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const after = change(list[index]!);
    if (after !== list[index]) (copy ??= [...list])[index] = after;
  }
  return copy ?? list;
}
