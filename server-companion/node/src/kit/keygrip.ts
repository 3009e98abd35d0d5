/** Cookies that a second one signs, `<name>.sig`, as `keygrip` does it for the libraries on the package `cookies`. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A list of keys, or what `keygrip` makes of one. */
export type SigningKeys = readonly string[] | { index(data: string, signature: string): number };

/** Which of the keys made the signature of `text` (`name=value`); -1: none. With a list: SHA-1, base64url. */
export function signingKeyAt(text: string, signature: string, keys: SigningKeys): number {
  if (!Array.isArray(keys)) return (keys as Exclude<SigningKeys, readonly string[]>).index(text, signature);
  const given = Buffer.from(signature);
  return (keys as string[]).findIndex((key) => {
    const made = Buffer.from(createHmac('sha1', key).update(text).digest('base64url'));
    return made.length === given.length && timingSafeEqual(made, given);
  });
}
