/** Who may use the page's server: a link that works once gives a key, and each call bears the key. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Browsers that one command serves: the one that came first goes first. */
const MAX_KEYS = 16;
/** Long enough to carry the link to another browser. */
const LINK_LIFE_MS = 10 * 60_000;

export interface PageKeys {
  /** A new secret for a link; the one before works no more. */
  newLink(): string;
  /** The key that the link's secret is exchanged for, once; `undefined`: it was used, is too old, or is none. */
  enter(secret: unknown): string | undefined;
  isKey(key: unknown): boolean;
}

const hashOf = (text: string) => createHash('sha256').update(text).digest();
const newSecret = () => randomBytes(32).toString('base64url');

export function createPageKeys(now: () => number = Date.now): PageKeys {
  let link: { hash: Buffer; until: number } | undefined;
  let keys: Buffer[] = [];
  /** In constant time, whatever is given. */
  const equals = (text: unknown, hash: Buffer) => typeof text === 'string' && timingSafeEqual(hashOf(text), hash);
  return {
    newLink() {
      const secret = newSecret();
      link = { hash: hashOf(secret), until: now() + LINK_LIFE_MS };
      return secret;
    },
    enter(secret) {
      if (link === undefined || now() >= link.until || !equals(secret, link.hash)) return undefined;
      link = undefined;
      const key = newSecret();
      keys = [...keys, hashOf(key)].slice(-MAX_KEYS);
      return key;
    },
    isKey: (key) => keys.some((hash) => equals(key, hash)),
  };
}
