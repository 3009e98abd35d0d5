/**
 * Whether a key's name or a text is a secret, and sentences without the secrets in them. `redaction-table.ts` has the
 * names and forms; this file runs them.
 */
import {
  CARD_NUMBER,
  NAMED_FORMS,
  type NamedForm,
  RANDOM_TEXT,
  RANDOM_VALUE_NAMES,
  SECRET_FORMS,
  SECRET_NAME_PARTS,
  SECRET_NAMES,
  type SecretForm,
} from './redaction-table.ts';

/** A key is compared in lower case with everything but letters and digits taken out: `API-Key` → `apikey`. */
export const normalizeKeyName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Shorter than any text that holds a secret we know: `pin=1`. */
const SHORTEST_SECRET = 5;

/** Stands in a sentence for what was taken out. */
export const REDACTED = '(redacted)';

const compile = <Form extends { pattern: string }>(form: Form) => ({
  ...form,
  once: new RegExp(form.pattern),
  all: new RegExp(form.pattern, 'g'),
});
const forms = SECRET_FORMS.map(compile);
const namedForms = NAMED_FORMS.map(compile);
const cardNumber = new RegExp(CARD_NUMBER, 'g');
const randomText = new RegExp(RANDOM_TEXT);
const names = new Set(SECRET_NAMES);
const randomValueNames = new Set(RANDOM_VALUE_NAMES);

/** Whether a key's name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  const normalized = normalizeKeyName(name);
  return names.has(normalized) || SECRET_NAME_PARTS.some((part) => normalized.includes(part));
}

/** Whether `value`, under a key of this name that is no secret by itself, is one: OAuth's `state`. */
export const isSecretUnder = (name: string, value: string): boolean =>
  value.length >= 16 && randomValueNames.has(normalizeKeyName(name)) && randomText.test(value);

/** Decides whether a key's name is secret: the protocol's names, and an app's own beside them. */
export type NameRule = (name: string) => boolean;

/** Cheaper by far than a search by pattern, and what ends most of them. */
const mayMatch = (text: string, { has }: SecretForm): boolean => has.some((part) => text.includes(part));

/** Whether a text is or holds a secret, whatever its key. Work linear in its length. */
export function isSecretText(text: string, isName: NameRule = isSecretName): boolean {
  if (text.length < SHORTEST_SECRET) return false;
  if (forms.some((form) => mayMatch(text, form) && form.once.test(text))) return true;
  for (const [found] of text.matchAll(cardNumber)) if (isCardNumber(found)) return true;
  return namedForms.some((form) => {
    if (!mayMatch(text, form)) return false;
    for (const match of text.matchAll(form.all)) if (isSecretMatch(form, match, isName)) return true;
    return false;
  });
}

/**
 * A sentence (an error's message, a verdict's text, a path) with `(redacted)` in place of each secret in it; of a form
 * whose end nobody knows, in place of all that follows. The same text where it holds none.
 */
export function cleanSentence(text: string, isName: NameRule = isSecretName): string {
  if (text.length < SHORTEST_SECRET) return text;
  let cleaned = text;
  for (const form of namedForms) if (mayMatch(cleaned, form)) cleaned = cleanNamed(cleaned, form, isName);
  for (const form of forms) {
    if (!mayMatch(cleaned, form)) continue;
    if (form.rest === true) {
      const at = form.once.exec(cleaned)?.index;
      if (at !== undefined) cleaned = cleaned.slice(0, at) + REDACTED;
    } else cleaned = cleaned.replace(form.all, REDACTED);
  }
  return cleaned.replace(cardNumber, (found) => (isCardNumber(found) ? REDACTED : found));
}

function cleanNamed(text: string, form: NamedForm & { all: RegExp }, isName: NameRule): string {
  let cleaned = '';
  let copied = 0;
  for (const match of text.matchAll(form.all)) {
    if (!isSecretMatch(form, match, isName)) continue;
    const end = match.index + match[0].length;
    if (form.rest === true) return cleaned + text.slice(copied, end) + REDACTED;
    if (end < copied) continue;
    cleaned += text.slice(copied, end) + REDACTED;
    copied = end + match[2]!.length;
  }
  return copied === 0 ? text : cleaned + text.slice(copied);
}

function isSecretMatch({ strict }: NamedForm, match: RegExpExecArray, isName: NameRule): boolean {
  const [found, name = '', value] = match;
  // A sentence that was cleaned may be cleaned again.
  if (match.input.startsWith(REDACTED, match.index + found.length)) return false;
  if (value !== undefined && isSecretUnder(name, value)) return true;
  if (!isName(name)) return false;
  return (
    strict !== true || (value !== undefined && value.length >= 6 && /[0-9]/.test(value)) || randomText.test(value!)
  );
}

/** Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro: how they begin. */
const CARD_START = /^(?:4|5[0-8]|2[2-7]|3[045678]|6)/;

function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!CARD_START.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
