/** Protocol and host of a URL that the browser gave: this module has no URL of its own. */

export interface UrlOrigin {
  protocol: 'http:' | 'https:';
  /** Without the port; an IPv6 address in brackets. */
  hostname: string;
  /** `http://[::1]:3000` */
  origin: string;
}

/** A browser writes none of them. */
const DEFAULT_PORTS = { 'http:': ':80', 'https:': ':443' } as const;

/** `undefined` for what is none of http. */
export function urlOrigin(url: string): UrlOrigin | undefined {
  const found = /^(https?:)\/\/(?:[^/?#@]*@)?(\[[0-9a-f:.]+\]|[^/:?#@[\]]+)(:\d+)?(?=[/?#]|$)/i.exec(url);
  if (found === null) return undefined;
  const [, protocol, host, port = ''] = found;
  const hostname = host!.toLowerCase();
  const scheme = protocol!.toLowerCase() as UrlOrigin['protocol'];
  return {
    protocol: scheme,
    hostname,
    origin: `${scheme}//${hostname}${port === DEFAULT_PORTS[scheme] ? '' : port}`,
  };
}
