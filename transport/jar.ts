/** The browser's cookie jar, as far as the panel asks it. */

/** A cookie as the jar holds it. Its value proves a session: it goes to the companion alone. */
export interface JarCookie {
  name: string;
  value: string;
  path: string;
  /** With a leading dot where it is sent to hosts below it too. */
  domain: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite?: 'strict' | 'lax' | 'none';
  /** Epoch ms; `null`: with the browser. */
  expiresAt: number | null;
  /** The site of the page below which alone it is sent; absent: sent below any. */
  partition?: string;
  /** Of one with a partition, in Chromium: a frame below another site was given it, and not the page itself. */
  hasForeignAncestor?: boolean;
}

/** Why a cookie is another than it was, in the browser's own words. */
export const CHANGE_CAUSES = ['explicit', 'overwrite', 'expired', 'evicted', 'expired_overwrite'] as const;
export type ChangeCause = (typeof CHANGE_CAUSES)[number];

export interface CookieChange {
  cookie: JarCookie;
  /** It was removed; else it was set. */
  removed: boolean;
  cause: ChangeCause;
  /** Epoch ms at which the browser reported it. */
  at: number;
}

/**
 * Distinguishes two values of one cookie without keeping either: 53 bits, salted, for comparison within the extension's own
 * pages. No secret may be derived from it elsewhere: it never goes to the model, an export or a server.
 */
export function markOf(value: string, salt: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (const character of `${salt}\n${value}`) {
    const code = character.codePointAt(0)!;
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return `${(high >>> 0).toString(16)}${(low >>> 0).toString(16)}`;
}
