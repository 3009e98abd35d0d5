/** One quick look at JSON before `JSON.parse` is trusted with it. */

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const UPPER_E = 0x45;
/** `[` and `{`, `]` and `}`, `E` and `e` differ in this bit alone. */
const CASE_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * Whether `JSON.parse` reads this text as Python does, should it be JSON at all: no number that Python would take for
 * another type or value (`1.0`, `1e3`, `-0`, 16 digits and more), no key that JavaScript would move (`"2"` before
 * `"a"`), no nesting beyond `maxDepth`. May say `false` for more than it must. What stands inside of strings does not
 * count: the digest that Django keeps of a login would look like `1e3` in every other session.
 */
export function isPlainJson(bytes: Uint8Array, maxDepth: number): boolean {
  const { length } = bytes;
  let depth = 0;
  let at = 0;
  while (at < length) {
    const code = bytes[at]!;
    if (code === QUOTE) {
      const from = at + 1;
      at = endOfString(bytes, from);
      if (isDigit(bytes[from]!) && isNumericKey(bytes, from, at)) return false;
      at += 1;
    } else if (code === MINUS || isDigit(code)) {
      at = endOfPlainNumber(bytes, at);
      if (at === -1) return false;
    } else {
      const bracket = code | CASE_BIT;
      if (bracket === OPENING) {
        depth += 1;
        if (depth > maxDepth) return false;
      } else if (bracket === CLOSING) depth -= 1;
      at += 1;
    }
  }
  return true;
}

// Behind the last byte there is `undefined`, which is no digit and no sign: the loops end there.
const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

/** Where the closing quote is. */
function endOfString(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  let at = from;
  while (at < length) {
    const code = bytes[at]!;
    if (code === QUOTE) break;
    at += code === BACKSLASH ? 2 : 1;
  }
  return at;
}

/** Whether a string is all digits and may be a key. */
function isNumericKey(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (!isDigit(bytes[at]!)) return false;
  const next = bytes[end + 1]!;
  return next === COLON || next <= SPACE;
}

/** Where the number ends; `-1`: Python reads it otherwise. */
function endOfPlainNumber(bytes: Uint8Array, from: number): number {
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  let at = first;
  while (isDigit(bytes[at]!)) at++;
  if (at - first >= 16) return -1;
  if (bytes[at] === POINT) {
    let isIntegral = true;
    for (at += 1; isDigit(bytes[at]!); at++) if (bytes[at] !== ZERO) isIntegral = false;
    if (isIntegral) return -1;
  } else if (isNegative && bytes[first] === ZERO) return -1;
  const next = bytes[at]!;
  return next !== COMMA && (next & ~CASE_BIT) === UPPER_E ? -1 : at;
}
