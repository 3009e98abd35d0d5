/** Text of a program, made readable: what cannot be seen, or would reorder its surroundings, is written out. */

/** Controls and format characters; a joiner inside an emoji is part of a picture and stays. */
const UNSEEN = /(?<![\p{Extended_Pictographic}\u{fe0f}])\u200d|(?!\u200d)[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const escapeOf = (text: string) =>
  [...text]
    .map((char) => {
      const code = char.codePointAt(0)!.toString(16);
      return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
    })
    .join('');

/** Bidirectional controls, zero-width and control characters as `\u202e`, so that no key passes for another. */
export const visibleText = (text: string): string => text.replace(UNSEEN, escapeOf);

/** An empty key has a name anyway. */
export const EMPTY_KEY = '""';

/** A key as it stands on screen. */
export const visibleKey = (key: string): string => (key === '' ? EMPTY_KEY : visibleText(key));

/** Longer keys are cut in their middle: both ends distinguish keys. */
export function cutMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}

/** Characters of a path's end that always show. */
const TAIL = 16;
/** A last step of up to this many characters is never cut itself. */
const WHOLE_STEP = 24;
/** Shorter paths are never parted. */
const WHOLE = 24;

/** A path as a head that may be cut and a tail that never is: its last steps, or the last characters of a long one. */
export function splitPath(path: string): readonly [head: string, tail: string] {
  if (path.length <= WHOLE) return [path, ''];
  const steps = path.slice(0, -1).lastIndexOf('/');
  let at = steps <= 0 ? path.length - TAIL : steps;
  const before = path.lastIndexOf('/', at - 1);
  if (before > 0 && path.length - before <= TAIL) at = before;
  if (path.length - at > WHOLE_STEP) at = path.length - TAIL;
  return [path.slice(0, at), path.slice(at)];
}
