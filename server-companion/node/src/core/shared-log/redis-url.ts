/** `redis://`, `rediss://` and `unix://`, as redis-py reads them: one setting serves a Python process and a Node one. */

export interface RedisAddress {
  /** Of a TCP connection; absent with `path`. */
  readonly host?: string;
  readonly port?: number;
  /** Of a unix socket. */
  readonly path?: string;
  readonly isTls: boolean;
  /** `false`: any certificate is taken (`?ssl_cert_reqs=none`). */
  readonly checksCertificate: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

const DEFAULT_PORT = 6379;

/** What a URL names; `undefined`: it is none of a Redis. */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isUnix = url.protocol === 'unix:';
  if (!isUnix && url.protocol !== 'redis:' && url.protocol !== 'rediss:') return undefined;
  const path = decoded(url.pathname);
  const named = url.searchParams.get('db') ?? (isUnix ? '' : (path?.slice(1) ?? 'none'));
  if (path === undefined || !/^\d{0,5}$/.test(named)) return undefined;
  const [username, password] = [decoded(url.username), decoded(url.password)];
  if (username === undefined || password === undefined) return undefined;
  const common = {
    isTls: url.protocol === 'rediss:',
    checksCertificate: url.searchParams.get('ssl_cert_reqs') !== 'none',
    username: username === '' ? undefined : username,
    password: password === '' ? undefined : password,
    database: Number(named),
  };
  if (isUnix) return path === '' ? undefined : { ...common, path };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { ...common, host: host === '' ? 'localhost' : host, port: url.port === '' ? DEFAULT_PORT : Number(url.port) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
