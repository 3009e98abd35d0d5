/** How one process redacts: the protocol's rules, key names of the app's own, and the session keys that it knows. */
import {
  cleanSentence,
  type EncodedValue,
  isSecretName,
  isSecretText,
  normalizeKeyName,
  PAIR_NAMES,
  PAIR_VALUES,
  RANDOM_VALUE_NAMES,
} from '../../../../protocol/index.ts';
import type { Digest } from './encode.ts';

/** What a key's name says of the value that stands under it. */
export interface KeyName {
  /** The value is a secret. */
  readonly isSecret: boolean;
  /** The value is a secret where it is a text that looks random. */
  readonly isRandom: boolean;
  /** The value is the name of a key whose value stands beside it, or that value: `{ name: 'password', value }`. */
  readonly pair: 'name' | 'value' | undefined;
  /** As the key may leave the process: itself, or, where it is a secret itself, `(redacted 0123456789ab)`. */
  readonly shown: string;
}

export interface Redaction {
  /** Makes the keyed digest that stands in a secret's place. */
  readonly digest: Digest;
  /** Encoded values, which never change, and what redaction made of them. */
  readonly done: WeakMap<object, EncodedValue>;
  /** The digest of an encoded value; of one that is shared by many events it is made once. */
  digestOf(value: EncodedValue): string;
  nameOf(key: string): KeyName;
  isSecretName(name: string): boolean;
  /** Whether a text is or holds a secret, whatever its key. */
  isSecretText(text: string): boolean;
  /** A sentence (an error's message, a verdict's text, a path) without the secrets in it. */
  clean(sentence: string): string;
  /** A text without the session keys that the process knows; before it is kept, since it may forget them. */
  withoutKeys(text: string): string;
}

/** Key names of which it is known what they say: an app uses the same ones again and again. */
const MAX_KNOWN_NAMES = 5_000;

/** Sentences of which it is known what is left of them: nearly all are a table's, or an app's few paths. */
const MAX_KNOWN_SENTENCES = 1_000;
const MAX_KNOWN_LENGTH = 500;

const SHOWN = /^\(redacted [0-9a-f]{12}\)$/;

/** Whether a key is shown under this name because it is a secret itself. */
export const isShownName = (name: string): boolean => SHOWN.test(name);

/** `names`: key names of the app's own (`options.redact`), compared as the protocol compares its own. */
export function createRedaction(
  digest: Digest,
  names: readonly string[] = [],
  withoutKeys: (text: string) => string = (text) => text,
): Redaction {
  const own = new Set(names.map(normalizeKeyName));
  const known = new Map<string, KeyName>();
  const sentences = new Map<string, string>();
  const digests = new WeakMap<object, string>();
  const isName = (name: string): boolean => isSecretName(name) || (own.size > 0 && own.has(normalizeKeyName(name)));

  function read(key: string): KeyName {
    const normalized = normalizeKeyName(key);
    return {
      isSecret: isName(key),
      isRandom: RANDOM_VALUE_NAMES.includes(normalized),
      pair: PAIR_NAMES.includes(normalized) ? 'name' : PAIR_VALUES.includes(normalized) ? 'value' : undefined,
      shown: isSecretText(key, isName) ? `(redacted ${digest(key)})` : key,
    };
  }

  function nameOf(key: string): KeyName {
    let name = known.get(key);
    if (name === undefined) {
      if (known.size >= MAX_KNOWN_NAMES) known.clear();
      known.set(key, (name = read(key)));
    }
    return name;
  }

  function digestOf(value: EncodedValue): string {
    if (typeof value !== 'object' || value === null) return digest(JSON.stringify(value));
    let made = digests.get(value);
    if (made === undefined) digests.set(value, (made = digest(JSON.stringify(value))));
    return made;
  }

  function clean(sentence: string): string {
    if (sentence.length > MAX_KNOWN_LENGTH) return cleanSentence(sentence, isName);
    let cleaned = sentences.get(sentence);
    if (cleaned === undefined) {
      if (sentences.size >= MAX_KNOWN_SENTENCES) sentences.clear();
      sentences.set(sentence, (cleaned = cleanSentence(sentence, isName)));
    }
    return cleaned;
  }

  return {
    digest,
    digestOf,
    done: new WeakMap(),
    nameOf,
    isSecretName: (name) => nameOf(name).isSecret,
    isSecretText: (text) => isSecretText(text, isName),
    clean,
    withoutKeys,
  };
}
