/** The cookies of one client, kept, refused and sent as browsers do. */

/** A cookie of more bytes, name and value, is ignored by every browser. */
const MAX_COOKIE_BYTES = 4096;

interface Cookie {
  readonly name: string;
  readonly value: string;
  /** It belongs to this host alone: no scenario names a domain. */
  readonly host: string;
  readonly path: string;
  readonly sameSite: string;
  /** Epoch ms; absent: with the browser. */
  readonly endsAt?: number;
}

/** Where a request goes, and where it comes from. */
export interface Destination {
  /** Without the port, which cookies do not know. */
  readonly host: string;
  readonly path: string;
  /** A POST, or a part of a page, that another site made the browser send. */
  readonly isCrossSite?: boolean;
}

const isCovered = (cookiePath: string, path: string): boolean =>
  path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`);

export class Jar {
  readonly #cookies: Map<string, Cookie>;

  constructor(other?: Jar) {
    this.#cookies = new Map(other === undefined ? [] : other.#cookies);
  }

  /** Those that go with a request, in the order in which browsers send them: the longest path first. */
  for({ host, path, isCrossSite = false }: Destination): readonly Cookie[] {
    const all = [...this.#cookies.values()].filter(
      (cookie) =>
        cookie.host === host &&
        isCovered(cookie.path, path) &&
        (cookie.endsAt === undefined || cookie.endsAt > Date.now()) &&
        (!isCrossSite || cookie.sameSite === 'none'),
    );
    return all.sort((a, b) => b.path.length - a.path.length);
  }

  /** Takes a `Set-Cookie` line in. Hosts serve plain http here: what is Secure is refused. */
  keep(line: string, { host, path }: Destination): void {
    const [pair = '', ...attributes] = line.split(';');
    if (Buffer.byteLength(pair) > MAX_COOKIE_BYTES) return;
    const at = pair.indexOf('=');
    const said = new Map(
      attributes.map((attribute) => {
        const [key = '', text = ''] = attribute.split('=');
        return [key.trim().toLowerCase(), text.trim()] as const;
      }),
    );
    if (said.has('secure')) return;
    const directory = path.slice(0, Math.max(1, path.lastIndexOf('/')));
    const maxAge = said.get('max-age');
    const ends = maxAge === undefined ? Date.parse(said.get('expires') ?? '') : Date.now() + Number(maxAge) * 1_000;
    const cookie: Cookie = {
      name: pair.slice(0, at).trim(),
      value: pair.slice(at + 1).trim(),
      host,
      path: said.get('path') || directory,
      // Chromium's default.
      sameSite: said.get('samesite')?.toLowerCase() ?? 'lax',
      ...(Number.isNaN(ends) ? {} : { endsAt: ends }),
    };
    const key = `${host} ${cookie.path} ${cookie.name}`;
    if (cookie.endsAt !== undefined && cookie.endsAt <= Date.now()) this.#cookies.delete(key);
    else this.#cookies.set(key, cookie);
  }
}
