/**
 * What is held back when a value leaves the process, as data, so that every companion holds back the same.
 * `protocol/fixtures/redaction.json` has a case for each entry.
 */

/** A key is compared in lower case with everything but letters and digits taken out: `API-Key` → `apikey`. */
export const normalizeKeyName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** A key that contains one of these, normalized. */
export const SECRET_NAME_PARTS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'apikey',
  'accesskey',
  'privatekey',
  'authorization',
  'credential',
  'sessionkey',
  'sessionid',
  'creditcard',
  'cardnumber',
  'csrf',
  'xsrf',
  'authuserhash',
  'jwt',
  'bearer',
];

/** A key that is one of these, normalized. */
export const SECRET_NAMES: readonly string[] = [
  'pwd',
  'pass',
  'pin',
  'otp',
  'totp',
  'mfa',
  'ssn',
  'cvv',
  'cvc',
  'iban',
  'auth',
  'sid',
  'cookie',
  'cookies',
  'salt',
  'signature',
  'pan',
];

/** Values that give themselves away, as regular expressions of the common subset of ECMAScript and Python. */
export const SECRET_SHAPES: readonly { name: string; pattern: string }[] = [
  { name: 'JSON web token', pattern: '\\beyJ[A-Za-z0-9_-]{8,2048}\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]*' },
  { name: 'authorization header', pattern: '^(?:Bearer|Basic|Token) +[A-Za-z0-9+/=._~-]{8,}$' },
  { name: 'private key', pattern: '-----(?:BEGIN|END) [A-Z ]*PRIVATE KEY-----' },
  {
    name: 'password hash',
    pattern:
      '^(?:\\$2[abxy]?\\$|\\$argon2|\\$scrypt\\$|pbkdf2_sha(?:1|256)\\$|bcrypt(?:_sha256)?\\$|argon2\\$|scrypt\\$)',
  },
  { name: 'AWS access key', pattern: '\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b' },
  { name: 'GitHub token', pattern: '\\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})' },
  { name: 'Slack token', pattern: '\\bxox[abeoprs]-[A-Za-z0-9-]{10,}' },
  { name: 'Stripe key', pattern: '\\b(?:sk|rk|pk|whsec)_(?:live|test)?_?[A-Za-z0-9]{16,}' },
  { name: 'Google API key', pattern: '\\bAIza[A-Za-z0-9_-]{30,}' },
  { name: 'signed session cookie', pattern: '^s:[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9+/=]{20,}$' },
  { name: 'URL with credentials', pattern: '\\b[a-z][a-z0-9+.-]{0,30}://[^\\s/:@]*:[^\\s/@]+@' },
];

/** 13 to 19 digits in groups, that pass the Luhn check: a card number. */
export const CARD_NUMBER = '^\\d(?:[ -]?\\d){12,18}$';

const shapes = SECRET_SHAPES.map(({ pattern }) => new RegExp(pattern));
const cardNumber = new RegExp(CARD_NUMBER);
const names = new Set(SECRET_NAMES);

/** Whether a key's name says that its value is a secret. */
export function isSecretName(name: string): boolean {
  const normalized = normalizeKeyName(name);
  return names.has(normalized) || SECRET_NAME_PARTS.some((part) => normalized.includes(part));
}

/** Whether a text looks like a secret, whatever its key. No pattern scans on from each of many starts: near linear work. */
export function isSecretText(text: string): boolean {
  return shapes.some((shape) => shape.test(text)) || (cardNumber.test(text) && passesLuhn(text));
}

function passesLuhn(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
