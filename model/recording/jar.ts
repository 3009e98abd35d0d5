/** What the browser's own jar said: after a Set-Cookie, and when a cookie changed. No value of a cookie is here. */

/** A cookie that the jar holds. */
export interface KeptCookie {
  name: string;
  path: string;
  /** With a leading dot where it is sent to hosts below it too. */
  domain: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite?: 'strict' | 'lax' | 'none';
  /** Epoch ms; `null`: with the browser. */
  expiresAt: number | null;
  /** The site of the page below which alone it is sent; absent: below any. */
  partition?: string;
  /** Of one with a partition, in Chromium: a frame below another site was given it, and not the page itself. */
  hasForeignAncestor?: boolean;
}

/**
 * What became of one Set-Cookie, as the jar shows it. `kept`: it holds this value. `replaced`: it held it, and holds
 * another one by now. `other`: it holds a cookie of that name with another value, and this one was never seen in it.
 * `absent`: it holds none of that name. `removed`: it told the browser to drop the cookie, and the jar holds none.
 */
export interface JarFate {
  name: string;
  outcome: 'kept' | 'replaced' | 'other' | 'absent' | 'removed';
  /** The one that is kept, or was. */
  cookie?: KeptCookie;
  /** With `other`: those of that name that the jar holds. */
  others?: readonly KeptCookie[];
}

/** A change of a session's cookie in the jar, in the browser's own words. */
export interface JarChange {
  /** Epoch ms, the browser's clock. */
  at: number;
  cookie: KeptCookie;
  /** It was removed; else it was set. */
  removed: boolean;
  cause: 'explicit' | 'overwrite' | 'expired' | 'evicted' | 'expired_overwrite';
}
