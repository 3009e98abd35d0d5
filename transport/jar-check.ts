/**
 * Asks the jar what became of each Set-Cookie of a session: the only witness, for DevTools gives no reason why a cookie
 * was blocked. Also hears what changes there. Values stay here.
 */
import { type CookieChange, type JarCookie, markOf } from './jar.ts';
import type { PanelHost } from './panel-host.ts';
import type { SeenResponse } from './seen-response.ts';

/** As the model's `KeptCookie`. */
export type KeptCookie = Omit<JarCookie, 'value'>;

/** As the model's `JarFate`. */
export interface JarFate {
  name: string;
  outcome: 'kept' | 'replaced' | 'other' | 'absent' | 'removed';
  cookie?: KeptCookie;
  others?: readonly KeptCookie[];
}

export interface JarCheckOptions {
  host: Pick<PanelHost, 'keptCookies' | 'hasPermission' | 'onCookieChanged' | 'onNavigated'>;
  /** Cookies that are asked after. */
  names: () => readonly string[];
  /** The jar has spoken of this response; by position of its Set-Cookie lines, `undefined` where it was not asked. */
  onFates: (response: SeenResponse, fates: readonly (JarFate | undefined)[]) => void;
  /** A session's cookie is another than it was. */
  onChange: (change: CookieChange) => void;
}

/** Changes remembered, to know a value that was kept for a moment only. */
const MAX_CHANGES = 200;

/** A Set-Cookie read later than this, from before the panel was opened, says nothing of what the jar held then. */
const FRESH_MS = 10_000;

const MAX_WAITING = 200;

export class JarCheck {
  readonly #options: JarCheckOptions;
  readonly #changes: CookieChange[] = [];
  /** Of responses that came before their companion was known, by key. */
  readonly #waiting = new Map<string, SeenResponse>();
  readonly #disposals: (() => void)[];
  /** Epoch ms at which the inspected page was left last. */
  #leftAt = 0;

  constructor(options: JarCheckOptions) {
    this.#options = options;
    this.#disposals = [
      options.host.onCookieChanged((change) => this.#hear(change)),
      options.host.onNavigated(() => {
        this.#leftAt = Date.now();
      }),
    ];
  }

  dispose(): void {
    for (const dispose of this.#disposals) dispose();
  }

  #hear(change: CookieChange): void {
    this.#changes.push(change);
    if (this.#changes.length > MAX_CHANGES) this.#changes.shift();
    if (this.#options.names().includes(change.cookie.name)) this.#options.onChange(change);
  }

  /** Takes a response in, as soon as it is seen. */
  async see(response: SeenResponse): Promise<void> {
    const { setCookies, fromCache, startedAt, durationMs } = response;
    if (setCookies.length === 0 || fromCache) return;
    if (Date.now() - (startedAt + durationMs) > FRESH_MS) return;
    if (this.#options.names().length === 0) {
      this.#waiting.set(response.key, response);
      if (this.#waiting.size > MAX_WAITING) this.#waiting.delete(this.#waiting.keys().next().value!);
      return;
    }
    await this.#ask(response);
  }

  /** The names may be known now. */
  namesChanged(): void {
    if (this.#options.names().length === 0) return;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const response of waiting) void this.see(response);
  }

  async #ask(response: SeenResponse): Promise<void> {
    const { host, names, onFates } = this.#options;
    const known = names();
    const asked = [...new Set(response.setCookies.map(({ name }) => name))].filter((name) => known.includes(name));
    // Without access every jar looks empty.
    if (asked.length === 0 || !(await host.hasPermission(response.origin))) return;
    const jar = await host.keptCookies(response.url, asked);
    if (jar === undefined) return;
    onFates(
      response,
      response.setCookies.map((line) => (asked.includes(line.name) ? this.#fateOf(line, response, jar) : undefined)),
    );
  }

  /** What is below another site may be kept for that alone: once its page was left, the jar is asked for the next one's. */
  #isOfJarBefore({ site, dest, startedAt }: SeenResponse, attributes: string): boolean {
    const isApart = site === 'cross-site' || /;\s*partitioned\s*(?:;|$)/i.test(attributes);
    return isApart && dest !== 'document' && startedAt < this.#leftAt;
  }

  #fateOf(
    { name, mark, attributes }: SeenResponse['setCookies'][number],
    response: SeenResponse,
    jar: readonly JarCookie[],
  ): JarFate | undefined {
    const { key, url, startedAt } = response;
    const named = jar.filter((cookie) => cookie.name === name);
    if (isRemoval(attributes)) {
      const isHeard = this.#changes.some(
        ({ removed, cookie, at }) =>
          removed && at >= startedAt && cookie.name === name && isAtPlace(cookie, attributes, url),
      );
      if (isHeard || named.length === 0) return { name, outcome: 'removed' };
      return { name, outcome: 'other', others: named.map(withoutValue) };
    }
    const isThis = (cookie: JarCookie) => cookie.name === name && markOf(cookie.value, key) === mark;
    const kept = named.find(isThis);
    if (kept !== undefined) return { name, outcome: 'kept', cookie: withoutValue(kept) };
    const was = this.#changes.findLast(({ removed, cookie }) => !removed && isThis(cookie));
    if (was !== undefined) return { name, outcome: 'replaced', cookie: withoutValue(was.cookie) };
    if (this.#isOfJarBefore(response, attributes)) return undefined;
    return named.length > 0 ? { name, outcome: 'other', others: named.map(withoutValue) } : { name, outcome: 'absent' };
  }
}

export const withoutValue = ({ value: _value, ...cookie }: JarCookie): KeptCookie => cookie;

/** Whether a cookie is the one that a Set-Cookie of this response names: by path and domain (RFC 6265, 5.3). */
function isAtPlace({ path, domain }: JarCookie, attributes: string, url: string): boolean {
  const { pathname, hostname } = new URL(url);
  const named = (name: string) => new RegExp(`;\\s*${name}=([^;]*)`, 'i').exec(attributes)?.[1]?.trim() ?? '';
  const ofDirectory = pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')));
  const wide = named('domain').replace(/^\./, '').toLowerCase();
  const isPath = path === (named('path').startsWith('/') ? named('path') : ofDirectory);
  return isPath && domain === (wide === '' ? hostname : `.${wide}`);
}

/** Whether a Set-Cookie tells the browser to drop the cookie. Max-Age counts before Expires (RFC 6265). */
function isRemoval(attributes: string): boolean {
  const maxAge = /;\s*max-age=(-?\d+)/i.exec(attributes)?.[1];
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = /;\s*expires=([^;]+)/i.exec(attributes)?.[1];
  return expires !== undefined && Date.parse(expires) <= Date.now();
}
