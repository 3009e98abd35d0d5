/** The cookie jar of a browser under test: what the panel may ask of it, and what it holds in truth. */
import { type Cookie, CookieJar } from 'tough-cookie';
import type { CookieChange, JarCookie } from '../../transport/jar.ts';

/** How a browser treats cookies. */
export interface JarHabits {
  /** It drops no cookie by its expiry, unless the server asked for that: as one whose clock is slow. */
  keeps?: boolean;
  /** It takes no cookie at all, and says nothing: as one that blocks them. */
  refuses?: boolean;
}

/** A cookie as the jar has it in truth. */
export interface Held {
  value: string;
  /** Epoch ms; `null`: with the browser. */
  expiresAt: number | null;
  /** The same, as the last Set-Cookie said. */
  saidToExpireAt: number | null;
}

/** Of name and value: of what is longer, browsers take nothing (RFC 6265bis). */
const MAX_BYTES = 4_096;

export class BrowserJar {
  readonly #jar = new CookieJar();
  readonly #habits: JarHabits;
  readonly #listeners = new Set<(change: CookieChange) => void>();
  /** By name: what the Set-Cookie said that set it. */
  readonly #said = new Map<string, number | null>();

  constructor(habits: JarHabits) {
    this.#habits = habits;
  }

  cookiesFor(url: string): Cookie[] {
    return this.#jar.getCookiesSync(url);
  }

  /** A Set-Cookie of a response. */
  take(line: string, url: string): void {
    if (this.#habits.refuses === true) return;
    const [pair = ''] = line.split(';', 1);
    const name = pair.slice(0, pair.indexOf('='));
    if (pair.length - 1 > MAX_BYTES) return;
    const before = this.#find(name, url);
    const set = this.#jar.setCookieSync(this.#habits.keeps === true ? withoutExpiry(line) : line, url, {
      ignoreError: true,
    });
    if (set === undefined) return;
    this.#said.set(name, endSaid(line));
    const after = this.#find(name, url);
    const at = Date.now();
    if (before !== undefined) this.#report({ at, cookie: before, removed: true, cause: 'overwrite' });
    if (after !== undefined) this.#report({ at, cookie: after, removed: false, cause: 'explicit' });
  }

  held(name: string, url: string): Held | undefined {
    const cookie = this.#find(name, url);
    return (
      cookie && {
        value: cookie.value,
        expiresAt: cookie.expiresAt,
        saidToExpireAt: this.#said.get(name) ?? null,
      }
    );
  }

  #find(name: string, url: string): JarCookie | undefined {
    const cookie = this.cookiesFor(url).find(({ key }) => key === name);
    return cookie && asPanelSees(cookie);
  }

  #report(change: CookieChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  // ── what the extension gives the panel ─────────────────────────────────────

  readonly host = {
    hasPermission: () => Promise.resolve(true),
    keptCookies: (url: string, names: readonly string[]) =>
      Promise.resolve(
        this.cookiesFor(url)
          .filter(({ key }) => names.includes(key))
          .map(asPanelSees),
      ),
    onNavigated: () => () => undefined,
    onCookieChanged: (listener: (change: CookieChange) => void) => {
      this.#listeners.add(listener);
      return () => void this.#listeners.delete(listener);
    },
  };
}

function asPanelSees(cookie: Cookie): JarCookie {
  const end = cookie.expiryTime();
  return {
    name: cookie.key,
    value: cookie.value,
    path: cookie.path ?? '/',
    domain: cookie.domain ?? '',
    secure: cookie.secure,
    httpOnly: cookie.httpOnly,
    expiresAt: end === undefined || !Number.isFinite(end) ? null : end,
  };
}

/** Epoch ms; `null`: with the browser. */
function endSaid(line: string): number | null {
  const age = /; *max-age=(-?\d+)/i.exec(line)?.[1];
  if (age !== undefined) return Date.now() + Number(age) * 1_000;
  const expires = /; *expires=([^;]*)/i.exec(line)?.[1];
  return expires === undefined ? null : Date.parse(expires);
}

/** A `Set-Cookie` without its expiry; one that ends the cookie as it is. */
function withoutExpiry(line: string): string {
  const end = endSaid(line);
  const isEnd = end !== null && end <= Date.now() - (/max-age/i.test(line) ? 0 : 10_000);
  return isEnd ? line : line.replace(/; *(?:max-age|expires)=[^;]*/gi, '');
}
